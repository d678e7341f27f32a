"""Files that were read in: what they would change, what was confirmed, and how to take it back."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from states.models import State
from ulbs.models.register import Ulb


class Import(models.Model):
    """A file read into a preview. Nothing is written until it is confirmed; then all or nothing.

    `preview` holds the rows with what would happen to each, `before` what the rows were, for the way back.
    """

    class Kind(models.TextChoices):
        LGD = "lgd", _("LGD export of urban local bodies")
        ROLLOUT = "rollout", _("State's roll-out sheet")
        TENANTS = "tenants", _("List of UPYOG tenants")
        FIGURES = "figures", _("Monthly figures")

    state = models.ForeignKey(State, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind of file"), max_length=8, choices=Kind.choices)
    name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    preview = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    state_path = "state"
    national_rows = True

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        if self.state is None:
            return reverse("ulbs:import_national_one", args=[self.pk])
        return reverse("ulbs:import_one", args=[self.state.iso, self.pk])


class Tenant(models.Model):
    """A tenant of the platform and its ULB. A person's decision stays when the list comes again."""

    class How(models.TextChoices):
        OPEN = "", _("To be decided")
        CODE = "code", _("By its code")
        ALIAS = "alias", _("By another name")
        NAME = "name", _("By its name")
        PERSON = "person", _("By a person")
        NONE = "none", _("No ULB: decided by a person")

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(_("tenant code"), max_length=100, unique=True)
    name = models.CharField(_("name"), max_length=200)
    ulb = models.ForeignKey(Ulb, null=True, blank=True, on_delete=models.SET_NULL, related_name="tenants")
    how = models.CharField(_("matched"), max_length=8, choices=How.choices, blank=True, default="")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    state_path = "state"
    kept = True

    class Meta:
        ordering = ("state", "code")

    def __str__(self) -> str:
        return self.code

    @property
    def token(self) -> str:
        """What was decided, to see whether somebody decides in between."""
        return f"{self.how}:{self.ulb_id or ''}"
