"""Evidence: a file with its letter, uploaded once and cited on many lines."""

import uuid
from enum import StrEnum

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nudm.core.dates import show
from phases.rules import FileStatus
from states.models import Post, State


class Refusal(StrEnum):
    """Why a file was refused."""

    INFECTED = "infected"
    CONTENT = "content"
    CHANGED = "changed"


def _place(evidence: "Evidence", _name: str) -> str:
    """`state/uuid`: nothing of the uploader's file name reaches the store."""
    return f"evidence/{evidence.state.iso}/{uuid.uuid4()}"


class Evidence(models.Model):
    """A file of a state. A new version replaces an older one, which is kept.

    `scanned_at` and `scanner` say when and by which signatures the file was found clean, or not: empty
    where no scanner is configured. A file that was refused on arrival or removed is gone from the
    store; its row stays with the digest.
    """

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="evidence")
    title = models.CharField(gettext_lazy("title"), max_length=200)
    letter_number = models.CharField(gettext_lazy("letter number"), max_length=100, blank=True)
    letter_date = models.DateField(gettext_lazy("letter date"), null=True, blank=True)
    file = models.FileField(gettext_lazy("file"), upload_to=_place, max_length=200)
    name = models.CharField(max_length=200)
    mime = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    replaces = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replaced_by",
    )
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_as = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    status = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in FileStatus],
        default=FileStatus.QUARANTINE.value,
        db_default=FileStatus.QUARANTINE.value,
    )
    refusal = models.CharField(
        max_length=10, choices=[(r.value, r.value) for r in Refusal], blank=True, db_default=""
    )
    finding = models.CharField(max_length=200, blank=True, db_default="")
    scanned_at = models.DateTimeField(null=True)
    scanner = models.CharField(max_length=100, blank=True, db_default="")
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    removed_why = models.CharField(max_length=300, blank=True, db_default="")

    state_path = "state"

    class Meta:
        ordering = ("-uploaded_at", "-pk")
        verbose_name_plural = "evidence"
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in FileStatus]), name="a_file_is_in_one_of_six"
            ),
            models.CheckConstraint(
                condition=~Q(status=FileStatus.REMOVED.value)
                | Q(removed_at__isnull=False, removed_by__isnull=False, file="") & ~Q(removed_why=""),
                name="a_removed_file_says_who_and_why",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def readable(self) -> bool:
        return self.status == FileStatus.ACCEPTED

    @property
    def explained(self) -> str:
        """Why the file cannot be read now, in words for the person who looks for it; empty when it can."""
        if self.status == FileStatus.REFUSED and self.refusal == Refusal.INFECTED:
            return _(
                "The virus scanner found “%(name)s” in it. Have the computer checked that it comes from."
            ) % {"name": self.finding}
        if self.status == FileStatus.REFUSED and self.refusal == Refusal.CHANGED:
            return _("The stored file is no longer the one that was uploaded. Upload it again.")
        if self.status == FileStatus.REFUSED:
            return _("Its content is not what its name says. Upload the real file.")
        if self.status == FileStatus.REMOVED and self.removed_by and self.removed_at:
            return _("Removed on %(day)s by %(person)s: %(why)s") % {
                "day": show(self.removed_at),
                "person": self.removed_by.label,
                "why": self.removed_why,
            }
        if self.readable:
            return ""
        return _("It can be opened and submitted when the virus scanner has seen it. Look again later.")


class Citation(models.Model):
    """A line cites a piece of evidence."""

    item = models.ForeignKey("phases.Item", on_delete=models.CASCADE, related_name="citations")
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="citations")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    state_path = "item__state"
    kept = True

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=["item", "evidence"], name="cited_once_a_line")]

    def __str__(self) -> str:
        return f"{self.item} ← {self.evidence}"

    @property
    def state_id(self) -> int:
        return self.item.state_id
