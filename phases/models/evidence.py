"""Evidence: a file with its letter, uploaded once and cited on many lines."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from states.models import Post, State


def _place(evidence: "Evidence", _name: str) -> str:
    """`state/uuid`: nothing of the uploader's file name reaches the store."""
    return f"evidence/{evidence.state.iso}/{uuid.uuid4()}"


class Evidence(models.Model):
    """A file of a state. A new version replaces an older one, which is kept."""

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="evidence")
    title = models.CharField(_("title"), max_length=200)
    letter_number = models.CharField(_("letter number"), max_length=100, blank=True)
    letter_date = models.DateField(_("letter date"), null=True, blank=True)
    file = models.FileField(_("file"), upload_to=_place, max_length=200)
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

    state_path = "state"

    class Meta:
        ordering = ("-uploaded_at", "-pk")
        verbose_name_plural = "evidence"

    def __str__(self) -> str:
        return self.title


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
