"""What is counted from the towns: `{state id: {measure: Ratio}}` in two queries, whatever their number."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Count, Q, Value

from nudm.core.ratio import Ratio
from ulbs.models import Milestone, Ulb
from ulbs.rules import MilestoneKind, measures_of


def tallies(
    state_ids: Iterable[int], since: date | None = None
) -> dict[int, dict[str, Ratio]]:
    """The measures of each state over its ULBs in scope; with `since`, also how many of those live
    went live on or after that day (`all.live_since`).

    `Ratio(0, 0)` stands where there is nothing to count (Lakshadweep has no ULB): not complete.
    A batch counts once a town is in it.
    """
    ids = list(state_ids)
    towns: dict[int, list[tuple[bool, int | None, int]]] = {pk: [] for pk in ids}
    batches: dict[int, dict[int, bool]] = {pk: {} for pk in ids}
    for state, pilot, batch, started, count in (
        Ulb.objects.filter(state__in=ids, in_scope=True)
        .order_by()
        .values_list("state", "pilot", "batch__number", "batch__started_on")
        .annotate(count=Count("pk"))
    ):
        towns[state].append((pilot, batch, count))
        if batch is not None:
            batches[state][batch] = started is not None
    reached: dict[int, list[tuple[MilestoneKind, bool, int | None, int]]] = {
        pk: [] for pk in ids
    }
    recent = dict.fromkeys(ids, 0)
    lately = (
        Count("pk", filter=Q(on__gte=since, kind=MilestoneKind.LIVE.value))
        if since
        else Value(0)
    )
    for state, kind, pilot, batch, count, new in (
        Milestone.objects.filter(state__in=ids, ulb__in_scope=True)
        .order_by()
        .values_list("state", "kind", "ulb__pilot", "ulb__batch__number")
        .annotate(count=Count("pk"), new=lately)
    ):
        reached[state].append((MilestoneKind(kind), pilot, batch, count))
        recent[state] += new
    return {pk: _all_of(towns[pk], reached[pk], batches[pk], recent[pk]) for pk in ids}


def _all_of(
    towns: list[tuple[bool, int | None, int]],
    reached: list[tuple[MilestoneKind, bool, int | None, int]],
    batches: dict[int, bool],
    recent: int,
) -> dict[str, Ratio]:
    measures = measures_of(towns, reached)
    return measures | {
        "batches.started": Ratio(sum(batches.values()), len(batches)),
        "all.live_since": Ratio(recent, measures["all.live"].of),
    }
