"""What took a ULB out of a count, and which gates were passed although they were shut."""

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from states.models import Post, State
from ulbs.models.register import Ulb
from ulbs.models.rollout import module_name

# What keeps the gate of a batch, or of a go-live, shut.
SHUT = {
    "master_data": _("Its master data are not validated."),
    "training": _("Its training is not held."),
    "uat": _("UAT is not signed off in every pilot."),
    "criticals": _("Too many critical incidents are open."),
    "no_ulb": _("No ULB is in the batch."),
    "no_batch": _("It is in no batch."),
    "not_begun": _("Its batch has not begun."),
    "not_signed": _("UAT of the module is not signed off."),
}


def shut_words(names: Iterable[str]) -> str:
    """What keeps a gate shut, in sentences; a reason that there is no more, by its name."""
    return " ".join(str(SHUT.get(name, name)) for name in names)


class Exclusion(models.Model):
    """A ULB that leaves a count after Stage 1 of its State/UT was closed.

    The State/UT asks and gives a reason; the centre agrees or refuses; until it agrees the count stays as it
    was. A correction of the register (merger, split) and what is taken back within the hour need no
    agreement and are recorded as `corrected`. One that is back in the count has `returned`.

    `counts` names the counts that it leaves (`all,rest,batch`); `changes` is what is asked for, by column.
    The name and the code stay with the row where a ULB was removed with the file that added it.
    """

    class What(models.TextChoices):
        SCOPE = "scope", _("Left out of scope")
        PILOT = "pilot", _("No longer a pilot")
        MADE_PILOT = "made_pilot", _("Made a pilot, so not among the other ULBs")
        BATCH = "batch", _("Taken out of a batch that has begun")
        MODULE = "module", _("A module withdrawn or taken out of scope")
        DROPPED = "dropped", _("Dropped from the register")
        MERGED = "merged", _("Merged into another ULB")
        SPLIT = "split", _("Split into several ULBs")
        FILE = "file", _("Removed with the file that added it")

    class Status(models.TextChoices):
        ASKED = "asked", _("Waits for the centre")
        AGREED = "agreed", _("Agreed")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn by the State/UT")
        CORRECTED = "corrected", _("Correction, no agreement needed")
        RETURNED = "returned", _("Counted again")

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+")
    ulb = models.ForeignKey(Ulb, null=True, on_delete=models.PROTECT, related_name="exclusions")
    lgd_code = models.PositiveIntegerField(_("LGD code"))
    name = models.CharField(_("name"), max_length=200)
    what = models.CharField(_("what leaves"), max_length=10, choices=What.choices)
    module = models.CharField(_("module"), max_length=10, blank=True)
    changes = models.JSONField(default=dict)
    counts = models.CharField(_("counts that it leaves"), max_length=60)
    reason = models.CharField(_("reason"), max_length=300)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked on"), default=timezone.now)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(_("answered on"), null=True)
    note = models.CharField(_("the centre's words"), max_length=300, blank=True)

    state_path = "state"
    kept = True

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["ulb", "what", "module"], condition=Q(status="asked"), name="one_open_request_a_ulb"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("agreed", "refused")) | ~Q(answered_by=F("asked_by")),
                name="who_asked_may_not_answer",
            ),
        ]
        indexes = [models.Index(fields=["state", "status"])]

    def __str__(self) -> str:
        return f"{self.name} ({self.lgd_code}): {self.what}"

    @property
    def module_label(self) -> str:
        return str(module_name(self.module)) if self.module else ""


class Override(models.Model):
    """A gate that was passed although it was shut: by whom, when, and why."""

    class Gate(models.TextChoices):
        BATCH_START = "start", _("Start of a batch")
        BATCH_ENTRY = "entry", _("Entry into a batch that has begun")
        GO_LIVE = "live", _("Go-live of a module")

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+")
    gate = models.CharField(_("gate"), max_length=5, choices=Gate.choices)
    batch = models.PositiveSmallIntegerField(_("batch"), null=True)
    ulb = models.ForeignKey(Ulb, null=True, on_delete=models.PROTECT, related_name="overrides")
    module = models.CharField(_("module"), max_length=10, blank=True)
    shut = models.CharField(_("what kept it shut"), max_length=300)
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("on"), default=timezone.now)

    state_path = "state"
    kept = True

    class Meta:
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=["state", "-at"])]

    def __str__(self) -> str:
        return f"{self.gate} {self.batch or self.ulb_id}"

    @property
    def module_label(self) -> str:
        return str(module_name(self.module)) if self.module else ""

    @property
    def shut_words(self) -> str:
        return shut_words(self.shut.split(","))
