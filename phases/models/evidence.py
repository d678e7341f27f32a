"""Evidence: a file with its letter, uploaded once and cited on many lines."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nudm.core.arrival import FileStatus
from nudm.core.dates import show
from nudm.core.files import ArrivingFile
from states.models import Post, State


def _place(evidence: "Evidence", _name: str) -> str:
    """`state/uuid`: nothing of the uploader's file name reaches the store."""
    return f"evidence/{evidence.state.iso}/{uuid.uuid4()}"


class Evidence(ArrivingFile):
    """A file of a state. A new version replaces an older one, which is kept."""

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="evidence")
    title = models.CharField(gettext_lazy("title"), max_length=200)
    letter_number = models.CharField(gettext_lazy("letter number"), max_length=100, blank=True)
    letter_date = models.DateField(gettext_lazy("letter date"), null=True, blank=True)
    file = models.FileField(gettext_lazy("file"), upload_to=_place, max_length=200)
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
    def explained(self) -> str:
        """Also of one that was removed."""
        if self.status == FileStatus.REMOVED and self.removed_by and self.removed_at:
            return _("Removed on %(day)s by %(person)s: %(why)s") % {
                "day": show(self.removed_at),
                "person": self.removed_by.label,
                "why": self.removed_why,
            }
        return super().explained


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
