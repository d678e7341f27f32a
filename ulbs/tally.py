"""What is counted from the towns: `{state id: {measure: Ratio}}` in three queries, whatever their number."""

from collections.abc import Iterable

from django.db.models import Count

from nudm.core.ratio import Ratio
from ulbs.models import Batch, Milestone, Ulb
from ulbs.rules import MilestoneKind, measures_of


def tallies(state_ids: Iterable[int]) -> dict[int, dict[str, Ratio]]:
    """The measures of each state over its ULBs in scope.

    `Ratio(0, 0)` stands where there is nothing to count (Lakshadweep has no ULB): not complete.
    """
    ids = list(state_ids)
    towns: dict[int, list[tuple[bool, int | None, int]]] = {pk: [] for pk in ids}
    for state, pilot, batch, count in (
        Ulb.objects.filter(state__in=ids, in_scope=True)
        .order_by()
        .values_list("state", "pilot", "batch__number")
        .annotate(count=Count("pk"))
    ):
        towns[state].append((pilot, batch, count))
    reached: dict[int, list[tuple[MilestoneKind, bool, int | None, int]]] = {pk: [] for pk in ids}
    for state, kind, pilot, batch, count in (
        Milestone.objects.filter(state__in=ids, ulb__in_scope=True)
        .order_by()
        .values_list("state", "kind", "ulb__pilot", "ulb__batch__number")
        .annotate(count=Count("pk"))
    ):
        reached[state].append((MilestoneKind(kind), pilot, batch, count))
    batches = {
        state: Ratio(started, count)
        for state, started, count in Batch.objects.filter(state__in=ids)
        .order_by()
        .values_list("state")
        .annotate(started=Count("started_on"), count=Count("pk"))
    }
    nothing = Ratio(0, 0)
    return {
        pk: measures_of(towns[pk], reached[pk]) | {"batches.started": batches.get(pk, nothing)} for pk in ids
    }
