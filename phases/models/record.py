"""The set-up records of a state: typed, dated, each with its letter.

One parent row per (state, kind) carries what all have in common, so that a page can tell in one query
which are there; the typed child carries the facts.
"""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from nudm.core.dates import financial_year, today
from phases.models.evidence import Evidence
from states.models import State, Team
from ulbs.models.rollout import module_choices


def _this_year() -> str:
    return financial_year(today())


class Record(models.Model):
    """What every set-up record has: its state, its letter, its version, whether it is complete."""

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="records")
    kind = models.CharField(max_length=20)
    letter_number = models.CharField(_("letter number"), max_length=100, blank=True)
    letter_date = models.DateField(_("letter date"), null=True, blank=True)
    document = models.ForeignKey(
        Evidence,
        verbose_name=_("letter file"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
    )
    complete = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    saved_at = models.DateTimeField(auto_now=True)

    state_path = "state"
    kept = True

    class Meta:
        ordering = ("state", "kind")
        constraints = [models.UniqueConstraint(fields=["state", "kind"], name="one_record_a_kind")]

    def __str__(self) -> str:
        return f"{self.state_id}/{self.kind}"


class Row(models.Model):
    """A row of a set-up record, which is its `record`."""

    state_path = "record__state"
    kept = True

    class Meta:
        abstract = True
        ordering = ("pk",)

    @property
    def state_id(self) -> int:
        record: Record = self.record  # type: ignore[attr-defined]
        return record.state_id


class Mou(Record):
    """The memorandum between State/UT, NIUA and MoHUA (deck, Stage 1, input 1)."""

    state_signed_on = models.DateField(_("signed by the State/UT on"), null=True, blank=True)
    state_signatory = models.CharField(_("signatory's designation, State/UT"), max_length=200, blank=True)
    niua_signed_on = models.DateField(_("signed by NIUA on"), null=True, blank=True)
    mohua_signed_on = models.DateField(_("signed by MoHUA on"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)


class NodalOrder(Record):
    """The order that appoints the nodal officer (deck, Stage 1, input 2)."""

    designation = models.CharField(_("designation of the officer"), max_length=200, blank=True)
    effective_on = models.DateField(_("with effect from"), null=True, blank=True)


class Adoption(Record):
    """The adoption model (deck, Stage 1, input 3). The list can be extended."""

    class Model(models.TextChoices):
        FULL = "I", _("Model I: full adoption of the platform")
        HYBRID = "II", _("Model II: co-existence with the State/UT's own systems")

    model = models.CharField(_("adoption model"), max_length=5, choices=Model.choices, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)


class Hosting(Record):
    """The hosting instance (deck, Stage 1, input 4)."""

    class Where(models.TextChoices):
        CENTRAL = "central", _("Centrally hosted")
        LOCAL = "local", _("Locally hosted")

    where = models.CharField(_("hosting"), max_length=10, choices=Where.choices, blank=True)
    provider = models.CharField(_("data centre or cloud provider"), max_length=200, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)


class Engagement(Record):
    """The engagement of the implementation agency, with its team (deck, Stage 1, input 5a)."""

    agency = models.ForeignKey(
        Team,
        verbose_name=_("agency's team in this system"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
    )
    agency_name = models.CharField(_("implementation agency"), max_length=200, blank=True)
    agreement_on = models.DateField(_("agreement signed on"), null=True, blank=True)
    mobilised_on = models.DateField(_("team mobilised on"), null=True, blank=True)


class TeamMember(Row):
    """A role in the agency's team; the role and its number, not a person's name."""

    record = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="rows")
    role = models.CharField(_("role"), max_length=100)
    count = models.PositiveSmallIntegerField(_("number"), default=1, validators=[MinValueValidator(1)])
    since = models.DateField(_("from"))

    def __str__(self) -> str:
        return f"{self.role} × {self.count}"


class RequirementReport(Record):
    """The State/UT's requirement analysis (deck, Stage 1, input 5b)."""

    completed_on = models.DateField(_("completed on"), null=True, blank=True)
    summary = models.TextField(_("summary"), blank=True)


class GapReport(Record):
    """The AS-IS analysis and the gaps found (deck, Stage 1, input 5c)."""

    completed_on = models.DateField(_("completed on"), null=True, blank=True)


class Gap(Row):
    """A gap in municipal processes or in infrastructure, IT or non-IT."""

    class Area(models.TextChoices):
        PROCESS = "process", _("Municipal process")
        IT = "it", _("IT infrastructure")
        NON_IT = "non_it", _("Non-IT infrastructure")

    record = models.ForeignKey(GapReport, on_delete=models.CASCADE, related_name="rows")
    area = models.CharField(_("area"), max_length=10, choices=Area.choices)
    description = models.CharField(_("gap"), max_length=500)

    def __str__(self) -> str:
        return self.description


class Procurement(Record):
    """Infrastructure procurement, line by line (deck, Stage 1, input 6)."""

    plan_note = models.TextField(_("what is procured, and how"), blank=True)


class ProcurementLine(Row):
    """One thing procured: tendered, ordered, installed, in that order."""

    record = models.ForeignKey(Procurement, on_delete=models.CASCADE, related_name="rows")
    thing = models.CharField(_("item"), max_length=200)
    tender_number = models.CharField(_("tender number"), max_length=100, blank=True)
    ordered_on = models.DateField(_("ordered on"), null=True, blank=True)
    installed_on = models.DateField(_("installed on"), null=True, blank=True)

    class Meta(Row.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(installed_on__isnull=True)
                | Q(ordered_on__isnull=True)
                | Q(installed_on__gte=F("ordered_on")),
                name="installed_not_before_ordered",
            )
        ]

    def __str__(self) -> str:
        return self.thing


class Charter(Record):
    """The programme charter (deck, Stage 1, outcome 2)."""

    published_on = models.DateField(_("published on"), null=True, blank=True)
    link = models.URLField(_("link"), blank=True)


class Plan(Record):
    """The implementation plan (deck, Stage 1, outcome 2)."""

    published_on = models.DateField(_("published on"), null=True, blank=True)
    starts_on = models.DateField(_("plan starts on"), null=True, blank=True)
    ends_on = models.DateField(_("plan ends on"), null=True, blank=True)
    link = models.URLField(_("link"), blank=True)


class Finance(Record):
    """Resources and finances, head by head (deck, Stage 1, outcome 3)."""

    staff_note = models.TextField(_("people assigned to the programme"), blank=True)


class BudgetLine(Row):
    """A budget head with its amount in lakh or crore of rupees."""

    class Unit(models.TextChoices):
        LAKH = "lakh", _("₹ lakh")
        CRORE = "crore", _("₹ crore")

    record = models.ForeignKey(Finance, on_delete=models.CASCADE, related_name="rows")
    head = models.CharField(_("head"), max_length=200)
    amount = models.DecimalField(
        _("amount"),
        max_digits=12,
        decimal_places=2,
        validators=[MinValueValidator(0.01)],
    )
    unit = models.CharField(_("unit"), max_length=5, choices=Unit.choices, default=Unit.LAKH)
    source = models.CharField(_("source of funds"), max_length=200)
    year = models.CharField(_("financial year"), max_length=7, default=_this_year)
    sanctioned = models.BooleanField(_("sanctioned"), default=False)

    class Meta(Row.Meta):
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="amount_is_positive")]

    def __str__(self) -> str:
        return self.head


class Modules(Record):
    """The priority modules (deck, Stage 1, outcome 6)."""

    decided_on = models.DateField(_("decided on"), null=True, blank=True)


class ModuleChoice(Row):
    """A service module that the State/UT begins with."""

    record = models.ForeignKey(Modules, on_delete=models.CASCADE, related_name="rows")
    module = models.CharField(_("module"), max_length=10, choices=module_choices)
    priority = models.PositiveSmallIntegerField(_("priority"), default=1, validators=[MinValueValidator(1)])
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta(Row.Meta):
        ordering = ("priority", "pk")
        constraints = [models.UniqueConstraint(fields=["record", "module"], name="a_module_is_chosen_once")]

    def __str__(self) -> str:
        return str(self.get_module_display())


class PilotApproach(Record):
    """How the pilot ULBs are chosen (deck, recommendations for phase 1, no. 2)."""

    class Approach(models.TextChoices):
        GREENFIELD = "greenfield", _("Greenfield ULBs first")
        BROWNFIELD = "brownfield", _("Brownfield ULBs first")
        MIX = "mix", _("Mix of greenfield and brownfield")

    approach = models.CharField(_("approach"), max_length=10, choices=Approach.choices, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)
