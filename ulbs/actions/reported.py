"""What the figures of a ULB add up to in its row."""

from collections.abc import Sequence

from django.db.models import Count
from django.db.models.functions import TruncMonth

from states.past import keep
from ulbs.catalogue import metrics
from ulbs.models import Figure, Ulb

BASELINE = tuple(code for code, metric in metrics().items() if metric.baseline)


def count(ulbs: Sequence[Ulb]) -> None:
    """Write to each ULB how many months it has reported since its go-live, that month included, and whether
    its baseline is complete. Two queries, and the ULBs that changed are kept."""
    pks = [ulb.pk for ulb in ulbs]
    purpose = Figure.Purpose
    months = dict(
        Figure.objects.filter(ulb__in=pks, purpose=purpose.ACTUAL, month__gte=TruncMonth("ulb__live_on"))
        .order_by()
        .values("ulb")
        .annotate(n=Count("month", distinct=True))
        .values_list("ulb", "n")
    )
    base = dict(
        Figure.objects.filter(ulb__in=pks, purpose=purpose.BASELINE, metric__in=BASELINE)
        .order_by()
        .values("ulb")
        .annotate(n=Count("metric", distinct=True))
        .values_list("ulb", "n")
    )
    changed = []
    for ulb in ulbs:
        reported, given = months.get(ulb.pk, 0), base.get(ulb.pk, 0) == len(BASELINE)
        if (ulb.months_reported, ulb.baseline_given) != (reported, given):
            ulb.months_reported, ulb.baseline_given = reported, given
            changed.append(ulb)
    Ulb.objects.bulk_update(changed, ["months_reported", "baseline_given"], batch_size=300)
    keep(changed)
