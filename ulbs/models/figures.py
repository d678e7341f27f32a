"""Monthly figures, their baselines and their targets."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from states.models import State
from ulbs.models.register import Ulb


class Figure(models.Model):
    """One metric of one ULB, or of the state, in one month; or its baseline, or its target.

    A baseline is the figure before go-live and stays as it is from then on; `at` says when it was given,
    which may be later where it was missing. A target is a percentage
    for a share and a number otherwise. `key` (`figure_key`) keeps one row for one figure.
    """

    class Purpose(models.TextChoices):
        BASELINE = "baseline", _("Baseline")
        TARGET = "target", _("Target")
        ACTUAL = "actual", _("Reported")

    class Source(models.TextChoices):
        TYPED = "typed", _("Typed")
        IMPORTED = "imported", _("Imported")
        API = "api", _("Sent by API")

    key = models.CharField(max_length=80, unique=True)
    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+")
    ulb = models.ForeignKey(Ulb, null=True, blank=True, on_delete=models.CASCADE, related_name="figures")
    metric = models.CharField(_("figure"), max_length=25)
    purpose = models.CharField(max_length=8, choices=Purpose.choices, default=Purpose.ACTUAL)
    month = models.DateField(_("month"), null=True, blank=True)
    value = models.DecimalField(_("value"), max_digits=14, decimal_places=2)
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.TYPED)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now=True)
    sure = models.CharField(_("why it is right although it looks impossible"), max_length=300, blank=True)

    state_path = "state"
    town_path = "ulb__lgd_code"
    kept = True

    class Meta:
        ordering = ("state", "ulb", "metric", "month")
        constraints = [
            models.CheckConstraint(
                condition=(Q(purpose="actual") & Q(month__isnull=False, month__day=1))
                | (~Q(purpose="actual") & Q(month__isnull=True)),
                name="a_reported_figure_has_its_month",
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="a_figure_is_not_negative"),
        ]
        indexes = [models.Index(fields=["state", "purpose", "metric", "month"])]

    def __str__(self) -> str:
        return f"{self.metric} {self.month or self.purpose}: {self.value}"


def figure_key(state_id: int, ulb_id: int | None, metric: str, purpose: str, month: date | None) -> str:
    """`32:17:transactions:actual:2026-11`; a dash where there is no ULB or no month."""
    return f"{state_id}:{ulb_id or '-'}:{metric}:{purpose}:{month.strftime('%Y-%m') if month else '-'}"
