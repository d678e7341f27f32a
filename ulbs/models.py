"""Facts about towns."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from states.models import State
from ulbs.rules import CANTONMENT_BOARD, MilestoneKind

TYPE_LABELS = {
    4: _("Municipal Corporation"),
    5: _("Municipality"),
    6: _("Notified Area Council"),
    7: _("Town Panchayat"),
    CANTONMENT_BOARD: _("Cantonment Board"),
    21: _("NCT Municipal Council"),
    24: _("City Municipal Council"),
    25: _("Town Municipal Council"),
}
MILESTONE_LABELS = {
    MilestoneKind.MASTER_DATA_STARTED: _("Master data collection started"),
    MilestoneKind.MASTER_DATA_VALIDATED: _("Master data validated in the desired format"),
    MilestoneKind.UAT_PARTICIPANTS: _("UAT participants named"),
    MilestoneKind.UAT_SCHEDULED: _("UAT session scheduled for"),
    MilestoneKind.UAT_SIGNED_OFF: _("UAT signed off"),
    MilestoneKind.LIVE: _("Live"),
}


class Batch(models.Model):
    """A group of ULBs that are rolled out together."""

    state = models.ForeignKey(State, on_delete=models.CASCADE, related_name="batches")
    number = models.PositiveSmallIntegerField(_("batch"), validators=[MinValueValidator(1)])
    planned_on = models.DateField(_("planned for"), null=True, blank=True)
    started_on = models.DateField(_("started on"), null=True, blank=True)

    state_path = "state"

    class Meta:
        ordering = ("state", "number")
        constraints = [models.UniqueConstraint(fields=["state", "number"], name="one_batch_a_number")]

    def __str__(self) -> str:
        return str(_("Batch %(number)s") % {"number": self.number})


class Ulb(models.Model):
    """An urban local body. The LGD code is its key; names repeat within a state."""

    class Kind(models.TextChoices):
        GREENFIELD = "greenfield", _("Greenfield")
        BROWNFIELD = "brownfield", _("Brownfield")

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="ulbs")
    lgd_code = models.PositiveIntegerField(
        _("LGD code"),
        unique=True,
        validators=[MinValueValidator(100_000), MaxValueValidator(999_999)],
    )
    lgd_version = models.PositiveSmallIntegerField(_("LGD version"), default=1)
    name = models.CharField(_("name"), max_length=200)
    name_local = models.CharField(_("local name"), max_length=200, blank=True)
    type_code = models.PositiveSmallIntegerField(_("type"), choices=list(TYPE_LABELS.items()))
    district = models.CharField(_("district"), max_length=100, blank=True)
    kind = models.CharField(_("greenfield or brownfield"), max_length=10, choices=Kind.choices, blank=True)
    pilot = models.BooleanField(_("pilot"), default=False)
    in_scope = models.BooleanField(_("in scope"), default=True)
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.SET_NULL, related_name="ulbs")
    version = models.PositiveIntegerField(default=0)

    state_path = "state"
    town_path = "lgd_code"

    class Meta:
        ordering = ("name", "lgd_code")
        verbose_name = _("ULB")
        verbose_name_plural = _("ULBs")
        indexes = [models.Index(fields=["state", "in_scope", "pilot"])]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return (self.name_local or self.name) if get_language() == "hi" else self.name

    @property
    def is_cantonment(self) -> bool:
        return self.type_code == CANTONMENT_BOARD

    def get_absolute_url(self) -> str:
        return reverse("ulbs:ulb", args=[self.state.iso, self.lgd_code])


class Milestone(models.Model):
    """One dated fact about a ULB. The state is carried in the row: it is counted by state."""

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+")
    ulb = models.ForeignKey(Ulb, on_delete=models.CASCADE, related_name="milestones")
    kind = models.CharField(max_length=25, choices=[(k.value, MILESTONE_LABELS[k]) for k in MilestoneKind])
    on = models.DateField(_("on"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    recorded_at = models.DateTimeField(auto_now=True)

    state_path = "state"
    town_path = "ulb__lgd_code"

    class Meta:
        ordering = ("ulb", "on")
        constraints = [models.UniqueConstraint(fields=["ulb", "kind"], name="one_milestone_a_kind")]
        indexes = [models.Index(fields=["state", "kind", "ulb"])]

    def __str__(self) -> str:
        return f"{self.ulb} {self.kind} {self.on:%d-%m-%Y}"
