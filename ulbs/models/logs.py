"""Registers of the state: incidents, help desk, cadence of reviews, policy items, trainers."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from states.models import State
from ulbs.models.events import Event
from ulbs.models.register import Ulb


class Incident(models.Model):
    """A bug or an incident, or what a review with the centre found. Open critical ones keep the gate of a
    batch shut."""

    class Severity(models.TextChoices):
        CRITICAL = "critical", _("Critical")
        MAJOR = "major", _("Major")
        MINOR = "minor", _("Minor")

    class Owner(models.TextChoices):
        STATE = "state", _("State/UT")
        AGENCY = "agency", _("IA")
        TOWN = "town", _("Town")
        CENTRE = "centre", _("Centre")

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+")
    ulb = models.ForeignKey(Ulb, null=True, blank=True, on_delete=models.SET_NULL, related_name="incidents")
    review = models.ForeignKey(
        Event, null=True, blank=True, on_delete=models.PROTECT, related_name="findings"
    )
    module = models.CharField(_("module"), max_length=10, blank=True)
    title = models.CharField(_("what is wrong"), max_length=200)
    detail = models.TextField(_("details"), blank=True, max_length=5000)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices)
    owner = models.CharField(_("with"), max_length=10, choices=Owner.choices, default=Owner.AGENCY)
    opened_on = models.DateField(_("opened on"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    solution = models.CharField(_("solution"), max_length=500, blank=True)
    version = models.PositiveIntegerField(default=0)

    state_path = "state"
    kept = True

    class Meta:
        ordering = ("closed_on", "opened_on", "pk")
        indexes = [models.Index(fields=["state", "severity", "closed_on"])]

    def __str__(self) -> str:
        return self.title


class HelpDesk(models.Model):
    """The state's help desk (deck, Stage 3, outcome 3)."""

    state = models.OneToOneField(State, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(_("telephone number"), max_length=50)
    email = models.EmailField(_("e-mail"), blank=True)
    hours = models.CharField(_("hours"), max_length=100)
    staff = models.PositiveSmallIntegerField(_("people"), default=1)
    since = models.DateField(_("in service since"))
    version = models.PositiveIntegerField(default=0)

    state_path = "state"
    kept = True

    def __str__(self) -> str:
        return self.number


class Cadence(models.Model):
    """How often the state reviews its roll-out, and who takes the chair (deck, Stage 3, outcome 4)."""

    class Every(models.TextChoices):
        WEEK = "week", _("Every week")
        FORTNIGHT = "fortnight", _("Every fortnight")
        MONTH = "month", _("Every month")
        QUARTER = "quarter", _("Every quarter")

    state = models.OneToOneField(State, on_delete=models.PROTECT, related_name="+")
    every = models.CharField(_("reviews are held"), max_length=10, choices=Every.choices)
    chair = models.CharField(_("designation in the chair"), max_length=200)
    since = models.DateField(_("since"))
    version = models.PositiveIntegerField(default=0)

    state_path = "state"
    kept = True

    def __str__(self) -> str:
        return self.get_every_display()


class PolicyItem(models.Model):
    """A change of policy: whether it is needed, and how far it is. “Not needed” is an answer."""

    class Topic(models.TextChoices):
        CHANGE = "change", _("Policy change for the roll-out")
        TRANSACTIONS = "transactions", _("100% transactions as KPI")

    class Status(models.TextChoices):
        NOT_NEEDED = "not_needed", _("Not needed")
        IDENTIFIED = "identified", _("Identified")
        DRAFTED = "drafted", _("Drafted")
        APPROVED = "approved", _("Approved by the cabinet or the department")
        NOTIFIED = "notified", _("Notified")

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+")
    topic = models.CharField(_("topic"), max_length=12, choices=Topic.choices)
    title = models.CharField(_("subject"), max_length=200)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.IDENTIFIED)
    since = models.DateField(_("since"))
    order_number = models.CharField(_("order number"), max_length=100, blank=True)
    note = models.TextField(_("remark"), blank=True, max_length=2000)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=0)

    state_path = "state"
    kept = True

    class Meta:
        ordering = ("topic", "pk")

    def __str__(self) -> str:
        return self.title


class Trainer(models.Model):
    """A trainer of a cluster of ULBs: who was trained to train the others (deck, recommendations for phase 3,
    no. 3c). The deck does not say what a cluster is: it has a name."""

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(_("name and designation"), max_length=200)
    cluster = models.CharField(_("ULB cluster"), max_length=100)
    ulb = models.ForeignKey(Ulb, null=True, blank=True, on_delete=models.SET_NULL, related_name="trainers")
    modules = models.CharField(_("modules"), max_length=200, blank=True)
    contact = models.CharField(_("official telephone or e-mail"), max_length=200, blank=True)
    since = models.DateField(_("trained on"))
    until = models.DateField(_("no longer a trainer since"), null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    state_path = "state"
    kept = True

    class Meta:
        ordering = ("cluster", "title", "pk")

    def __str__(self) -> str:
        return self.title
