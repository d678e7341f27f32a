"""The register: ULBs, their other names, what became of them, and the batches they are rolled out in."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Ord
from django.db.models.lookups import Range
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from states.models import State
from ulbs.rules.cells import CANTONMENT_BOARD
from ulbs.rules.names import DEVANAGARI, in_devanagari

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
# The reason that is stored where a board is left out and nobody says why, as it was written in Hindi before.
STANDARD_REASON = "Cantonment Board"
STANDARD_REASONS = frozenset({STANDARD_REASON, "छावनी परिषद"})
# Codes for ULBs that the LGD does not know yet; the directory's own lie far below.
PROVISIONAL_FROM = 950_001
CLASSES = ((1_000_000, "I+"), (100_000, "I"), (50_000, "II"), (20_000, "III"), (10_000, "IV"), (5_000, "V"))


class Batch(models.Model):
    """A group of ULBs that are rolled out together. Batches may run side by side."""

    state = models.ForeignKey(State, on_delete=models.CASCADE, related_name="batches")
    number = models.PositiveSmallIntegerField(_("batch"), validators=[MinValueValidator(1)])
    planned_on = models.DateField(_("planned from"), null=True, blank=True)
    planned_until = models.DateField(_("planned until"), null=True, blank=True)
    started_on = models.DateField(_("started on"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    override_reason = models.CharField(_("reason for starting with a shut gate"), max_length=300, blank=True)

    state_path = "state"
    kept = True

    class Meta:
        ordering = ("state", "number")
        constraints = [models.UniqueConstraint(fields=["state", "number"], name="one_batch_a_number")]

    def __str__(self) -> str:
        return str(_("Batch %(number)s") % {"number": self.number})


class Ulb(models.Model):
    """An urban local body. The LGD code is its key; names repeat within a state.

    The columns from `data_started_on` to `months_reported` are what its modules, its people and its
    figures add up to; the actions that change those write them in the same transaction.
    """

    class Kind(models.TextChoices):
        GREENFIELD = "greenfield", _("Greenfield")
        BROWNFIELD = "brownfield", _("Brownfield")

    class Ended(models.TextChoices):
        MERGED = "merged", _("Merged into another ULB")
        SPLIT = "split", _("Split into several ULBs")
        DROPPED = "dropped", _("Dropped from the register")

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="ulbs")
    lgd_code = models.PositiveIntegerField(
        _("LGD code"),
        unique=True,
        validators=[MinValueValidator(100_000), MaxValueValidator(999_999)],
    )
    lgd_version = models.PositiveSmallIntegerField(_("LGD version"), default=1)
    provisional = models.BooleanField(_("code is provisional, not in the LGD yet"), default=False)
    name = models.CharField(_("name"), max_length=200)
    name_local = models.CharField(_("local name"), max_length=200, blank=True)
    type_code = models.PositiveSmallIntegerField(_("type"), choices=list(TYPE_LABELS.items()))
    type_label = models.CharField(_("the State/UT's own word for the type"), max_length=100, blank=True)
    district = models.CharField(_("district"), max_length=100, blank=True)
    census_code = models.CharField(_("Census 2011 code"), max_length=6, blank=True)
    population = models.PositiveIntegerField(_("population (Census 2011)"), null=True, blank=True)
    tenant_code = models.CharField(_("UPYOG tenant code"), max_length=100, blank=True)
    kind = models.CharField(_("greenfield or brownfield"), max_length=10, choices=Kind.choices, blank=True)
    pilot = models.BooleanField(_("pilot"), default=False)
    in_scope = models.BooleanField(_("in scope"), default=True)
    scope_reason = models.CharField(_("reason for leaving it out"), max_length=300, blank=True)
    scope_on = models.DateField(_("scope decided on"), null=True, blank=True)
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.SET_NULL, related_name="ulbs")
    ended = models.CharField(_("what became of it"), max_length=10, choices=Ended.choices, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    data_started_on = models.DateField(_("master data collection started"), null=True, blank=True)
    data_validated_on = models.DateField(_("master data validated"), null=True, blank=True)
    uat_planned_on = models.DateField(_("UAT session on"), null=True, blank=True)
    uat_signed_on = models.DateField(_("UAT signed off"), null=True, blank=True)
    trained_on = models.DateField(_("trained"), null=True, blank=True)
    live_on = models.DateField(_("live"), null=True, blank=True)
    signed_and_live = models.BooleanField(_("UAT signed off and live"), default=False)
    priority_planned = models.BooleanField(_("has a priority module in scope"), default=True)
    modules_planned = models.PositiveSmallIntegerField(_("modules in scope"), default=0)
    modules_live = models.PositiveSmallIntegerField(_("modules live"), default=0)
    nodal_named = models.BooleanField(_("ULB nodal officer named"), default=False)
    data_team = models.BooleanField(_("data collection team appointed"), default=False)
    data_operator = models.BooleanField(_("data entry operator in place"), default=False)
    officials_named = models.BooleanField(_("officials for UAT and training named"), default=False)
    baseline_given = models.BooleanField(_("baseline figures given"), default=False)
    adoption_team = models.BooleanField(_("adoption team in place"), default=False)
    months_reported = models.PositiveSmallIntegerField(_("months reported"), default=0)

    state_path = "state"
    town_path = "lgd_code"
    kept = True

    class Meta:
        ordering = ("name", "lgd_code")
        verbose_name = _("ULB")
        verbose_name_plural = _("ULBs")
        indexes = [
            models.Index(fields=["state", "in_scope", "pilot"]),
            models.Index(fields=["state", "name", "lgd_code"]),
            # A state's page names the pilots that a gate waits for.
            models.Index(
                fields=["state", "name", "lgd_code"], condition=Q(pilot=True), name="pilots_by_name"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=(Q(ended="") & Q(ended_on__isnull=True))
                | (~Q(ended="") & Q(ended_on__isnull=False)),
                name="what_ended_has_a_day",
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """In Hindi the local name, but only in Hindi's script; for the database `label_stored`."""
        return self.name_local if get_language() == "hi" and in_devanagari(self.name_local) else self.name

    @property
    def is_cantonment(self) -> bool:
        return self.type_code == CANTONMENT_BOARD

    @property
    def reason_shown(self) -> str:
        """Why it is left out; the standard reason in the reader's language."""
        standard = self.scope_reason in STANDARD_REASONS
        return str(TYPE_LABELS[CANTONMENT_BOARD]) if standard else self.scope_reason

    @property
    def counts(self) -> bool:
        """Whether it is in the denominator: in scope and still there."""
        return self.in_scope and not self.ended

    @property
    def population_class(self) -> str:
        """Census size class, I (100,000 and more) to VI; I+ for a million."""
        if self.population is None:
            return ""
        return next((word for least, word in CLASSES if self.population >= least), "VI")

    def get_absolute_url(self) -> str:
        return reverse("ulbs:ulb", args=[self.state.iso, self.lgd_code])


def label_stored() -> Case | F:
    """`Ulb.label` for the database."""
    if get_language() != "hi":
        return F("name")
    return Case(When(Range(Ord("name_local"), DEVANAGARI), then=F("name_local")), default=F("name"))


class Alias(models.Model):
    """Another name of a ULB: a former one, a spelling, a tenant's. `normal` is what is compared."""

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+")
    ulb = models.ForeignKey(Ulb, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(_("other name"), max_length=200)
    normal = models.CharField(max_length=200)

    state_path = "state"
    town_path = "ulb__lgd_code"
    kept = True

    class Meta:
        ordering = ("ulb", "name")
        constraints = [models.UniqueConstraint(fields=["ulb", "normal"], name="an_alias_once")]
        indexes = [models.Index(fields=["state", "normal"])]

    def __str__(self) -> str:
        return self.name


class Succession(models.Model):
    """A ULB went over into another on a day, by merger or by split."""

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+")
    before = models.ForeignKey(Ulb, on_delete=models.PROTECT, related_name="successors")
    after = models.ForeignKey(Ulb, on_delete=models.PROTECT, related_name="predecessors")
    on = models.DateField(_("on"))
    reason = models.CharField(_("order or reason"), max_length=300)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    state_path = "state"
    kept = True

    class Meta:
        ordering = ("-on", "pk")
        constraints = [models.UniqueConstraint(fields=["before", "after"], name="a_succession_once")]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"
