"""A state's answer to a line of the catalogue, its history, its due dates; and signed-off stages."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from phases.catalogue import Line, catalogue
from phases.rules import Claim, Party, Status, party_of
from states.models import Post, State

STATUS_LABELS = {
    Status.NOT_STARTED: _("Not started"),
    Status.IN_PROGRESS: _("In progress"),
    Status.UNDER_REVIEW: _("Under review"),
    Status.RETURNED: _("Returned"),
    Status.ACCEPTED: _("Accepted"),
    Status.NOT_APPLICABLE: _("Not applicable"),
}
REASON_LABELS = {
    "incomplete": _("Document incomplete"),
    "illegible": _("Document not legible"),
    "wrong_document": _("Wrong document"),
    "not_signed": _("Signature or date missing"),
    "figures_differ": _("Figures differ from the record"),
    "other": _("Other"),
}


class Item(models.Model):
    """No row means not started, so a new line in the catalogue needs no backfill.

    `remark` is the state's side's working text: the centre sees it from the submission on.
    `since` is when the line moved last. `handed_over`: the IA, whose item it is, has handed it to the
    State/UT, which submits it; a return brings it back to the IA. `due` is the target date that stands;
    its rows, with who granted each, are in DueDate. `answer` is what the centre said last.
    """

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="items")
    code = models.CharField(max_length=60)
    stage = models.PositiveSmallIntegerField()
    status = models.CharField(
        max_length=15,
        choices=[(status.value, label) for status, label in STATUS_LABELS.items()],
        default=Status.NOT_STARTED.value,
    )
    asks = models.CharField(
        max_length=15,
        choices=[(c.value, c.value) for c in Claim],
        default=Claim.MET.value,
    )
    remark = models.TextField(_("remark"), blank=True)
    version = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(default=timezone.now)
    handed_over = models.BooleanField(_("handed over to the State/UT"), default=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    first_accepted_at = models.DateTimeField(null=True, blank=True)
    catalogue_version = models.CharField(_("accepted under catalogue"), max_length=20, blank=True)

    answer_reason = models.CharField(max_length=20, blank=True)
    answer = models.TextField(_("the centre's last words"), blank=True)
    due = models.DateField(_("target date"), null=True, blank=True)

    state_path = "state"
    kept = True

    class Meta:
        ordering = ("state", "stage", "pk")
        constraints = [
            models.UniqueConstraint(fields=["state", "code"], name="one_item_a_line"),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True)
                | Q(submitted_by__isnull=True)
                | ~Q(reviewed_by=F("submitted_by")),
                name="who_submitted_may_not_review",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in Status]),
                name="status_is_one_of_six",
            ),
        ]
        indexes = [models.Index(fields=["status", "since"])]

    def __str__(self) -> str:
        return f"{self.state_id}/{self.code}"

    @property
    def line(self) -> Line:
        return catalogue().line(self.code)

    @property
    def handed(self) -> bool | None:
        """Of an item of the IA, whether it has been handed over to the State/UT; None for all others."""
        known = catalogue().has(self.code)
        return self.handed_over if known and self.line.owner == Party.AGENCY else None

    @property
    def party(self) -> Party:
        """With whom it is."""
        return party_of(Status(self.status), self.line.owner, handed=self.handed_over)

    def get_absolute_url(self) -> str:
        return reverse("phases:item", args=[self.state.iso, self.stage, self.code])


class Step(models.Model):
    """One move in a line's history, with what the mover saw: never changed, never removed."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="steps")
    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+")
    move = models.CharField(max_length=20)
    source = models.CharField(max_length=15)
    to = models.CharField(max_length=15)
    asks = models.CharField(max_length=15, default=Claim.MET.value)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=20, blank=True)
    note = models.TextField(blank=True)
    saw = models.JSONField(default=dict)
    catalogue_version = models.CharField(max_length=20)

    state_path = "state"

    class Meta:
        ordering = ("at", "pk")
        indexes = [models.Index(fields=["state", "-at"])]

    def __str__(self) -> str:
        return f"{self.item} {self.source} → {self.to}"


class DueDate(models.Model):
    """A line's target date. The first is set; each later one is an extension, asked for and granted."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="due_dates")
    due = models.DateField(_("target date"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    refused = models.BooleanField(default=False)

    state_path = "item__state"
    kept = True

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.item} {self.due:%d-%m-%Y}"

    @property
    def state_id(self) -> int:
        return self.item.state_id

    @property
    def stands(self) -> bool:
        return self.granted_by_id is not None and not self.refused


class Mark(models.Model):
    """A responsibility of the deck that a state has marked as done."""

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="marks")
    code = models.CharField(max_length=60)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    state_path = "state"
    kept = True

    class Meta:
        constraints = [models.UniqueConstraint(fields=["state", "code"], name="one_mark_a_responsibility")]

    def __str__(self) -> str:
        return f"{self.state_id}/{self.code}"


class EventMet(models.Model):
    """An event of the deck that has happened, such as “kicked off” or “initiated”: a count reached what its
    line asks for. It stays met whatever becomes of the count."""

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)

    state_path = "state"
    kept = True

    class Meta:
        ordering = ("state", "pk")
        constraints = [models.UniqueConstraint(fields=["state", "code"], name="an_event_is_met_once")]

    def __str__(self) -> str:
        return f"{self.state_id}/{self.code}"


class Closure(models.Model):
    """A stage that the centre has signed off, with what it saw: `saw` has the truth of each completion
    criterion by its code. Stage 4 has no completion criteria.

    A closure that the centre has undone stays as a row with who undid it, when and why; the stage can be
    closed again.
    """

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="closures")
    stage = models.PositiveSmallIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    note = models.TextField(blank=True)
    saw = models.JSONField()
    catalogue_version = models.CharField(max_length=20)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_post = models.ForeignKey(Post, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    undone_reason = models.CharField(_("reason"), max_length=500, blank=True)

    state_path = "state"
    kept = True

    class Meta:
        ordering = ("state", "stage", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["state", "stage"],
                condition=Q(undone_at__isnull=True),
                name="a_stage_closes_once",
            ),
            models.CheckConstraint(condition=Q(stage__in=[1, 2, 3]), name="stage_4_never_closes"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True) | (Q(undone_by__isnull=False) & ~Q(undone_reason="")),
                name="undone_by_somebody_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state_id}/{self.stage}"
