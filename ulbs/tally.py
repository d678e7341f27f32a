"""What is counted from the towns: `{state id: {measure: Ratio}}` in one query, whatever their number."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count, Q, Value

from nudm.core.ratio import Ratio
from ulbs.models import Ulb
from ulbs.rules import MilestoneKind, measures_of


def tallies(state_ids: Iterable[int], since: date | None = None) -> dict[int, dict[str, Ratio]]:
    """The measures of each state over its ULBs in scope; with `since`, also how many of those live
    went live on or after that day (`all.live_since`).

    `Ratio(0, 0)` stands where there is nothing to count (Lakshadweep has no ULB): not complete.
    A batch counts once a town is in it.
    """
    groups: dict[int, list[dict[str, Any]]] = {pk: [] for pk in state_ids}
    live = Q(milestones__kind=MilestoneKind.LIVE.value)
    counts: dict[str, Any] = {
        kind.value: Count("milestones", filter=Q(milestones__kind=kind.value)) for kind in MilestoneKind
    }
    counts["recent"] = Count("milestones", filter=live & Q(milestones__on__gte=since)) if since else Value(0)
    rows = (
        Ulb.objects.filter(state__in=groups, in_scope=True)
        .order_by()
        .values("state", "pilot", "batch__number", "batch__started_on")
        .annotate(towns=Count("pk", distinct=True), **counts)
    )
    for row in rows:
        groups[row["state"]].append(row)
    return {pk: _measures(rows) for pk, rows in groups.items()}


def _measures(rows: list[dict[str, Any]]) -> dict[str, Ratio]:
    towns = [(row["pilot"], row["batch__number"], row["towns"]) for row in rows]
    reached = [
        (kind, row["pilot"], row["batch__number"], row[kind.value]) for row in rows for kind in MilestoneKind
    ]
    batches = {row["batch__number"]: row["batch__started_on"] is not None for row in rows}
    batches.pop(None, None)
    measures = measures_of(towns, reached)
    return measures | {
        "batches.started": Ratio(sum(batches.values()), len(batches)),
        "all.live_since": Ratio(sum(row["recent"] for row in rows), measures["all.live"].of),
    }
