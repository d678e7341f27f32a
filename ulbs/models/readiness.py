"""What a town confirms of itself, the files it sends, and the links by which it may do so."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from nudm.core.files import ArrivingFile
from states.models import State
from ulbs.models.register import Ulb


class Fact(models.TextChoices):
    """What the deck asks of each ULB; the first five make the town's page."""

    NODAL_OFFICER = "nodal_officer", _("ULB nodal officer named")
    DATA_TEAM = "data_team", _("Data collection team appointed")
    DATA_OPERATOR = "data_operator", _("Data entry operator in place")
    OFFICIALS = "officials", _("Officials for UAT and training named")
    BASELINE = "baseline", _("Baseline figures given")
    ADOPTION_TEAM = "adoption_team", _("Adoption team in place")


# Which column of the ULB says that a fact is confirmed.
COLUMN_OF = {
    Fact.NODAL_OFFICER: "nodal_named",
    Fact.DATA_TEAM: "data_team",
    Fact.DATA_OPERATOR: "data_operator",
    Fact.OFFICIALS: "officials_named",
    Fact.BASELINE: "baseline_given",
    Fact.ADOPTION_TEAM: "adoption_team",
}


class Readiness(models.Model):
    """One fact about a ULB's readiness: yes or no, who, since when. No row: not answered."""

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+")
    ulb = models.ForeignKey(Ulb, on_delete=models.CASCADE, related_name="readiness")
    fact = models.CharField(max_length=15, choices=Fact.choices)
    answer = models.BooleanField(_("confirmed"))
    who = models.TextField(_("name and designation"), blank=True, max_length=1000)
    contact = models.CharField(_("official telephone or e-mail"), max_length=200, blank=True)
    note = models.CharField(_("remark"), max_length=300, blank=True)
    on = models.DateField(_("confirmed on"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    via_link = models.BooleanField(_("through the town's link"), default=False)
    version = models.PositiveIntegerField(default=0)

    state_path = "state"
    town_path = "ulb__lgd_code"
    kept = True

    class Meta:
        ordering = ("ulb", "fact")
        constraints = [models.UniqueConstraint(fields=["ulb", "fact"], name="one_answer_a_fact")]

    def __str__(self) -> str:
        return f"{self.fact} / {self.ulb_id}"


def _place(file: "TownFile", _name: str) -> str:
    """`state/uuid`: nothing of the sender's file name reaches the store."""
    return f"towns/{file.state.iso}/{uuid.uuid4()}"


class TownFile(ArrivingFile):
    """A photo or a file that a town sent with a fact."""

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+")
    ulb = models.ForeignKey(Ulb, on_delete=models.CASCADE, related_name="files")
    fact = models.CharField(max_length=15, choices=Fact.choices)
    file = models.FileField(upload_to=_place, max_length=200, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    state_path = "state"
    town_path = "ulb__lgd_code"

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return self.name


class TownLink(models.Model):
    """A link by which a town without an account confirms its facts: one ULB, until a moment.

    Only the SHA-256 of the link's secret is kept.
    """

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+")
    ulb = models.ForeignKey(Ulb, on_delete=models.CASCADE, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(_("valid until"))
    revoked_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    state_path = "state"

    class Meta:
        ordering = ("-made_at",)

    def __str__(self) -> str:
        return f"{self.ulb_id} until {self.expires_at:%Y-%m-%d}"
