"""The national dashboard's records, counted for several states in a fixed number of queries."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Count, Q

from nudm.core.counts import gather
from nudm.core.dates import today
from states.models import State
from states.past import as_on_all
from ulbs.catalogue import modules
from ulbs.limits import limits
from ulbs.models import Deployment, Figure, Ulb
from ulbs.rules.common import common
from ulbs.rules.months import Months, is_over, reported, share_that_counts, value_that_counts
from ulbs.tally import by_month, counts_on

METRICS = ("citizens", "applications", "applications_in_sla")
# What is counted of each state: its ULBs, its live modules, its figures by month.
Counted = tuple[
    Mapping[int, Mapping[str, int]], Mapping[int, dict[str, int]], Mapping[int, Mapping[str, Months]]
]


def records(states: Iterable[State], day: date, *, as_on: date | None = None) -> list[dict[str, Any]]:
    """`COMMON` of each state as it stands now, or as it was known at the end of `as_on`, dated `day`
    (dd-MM-yyyy), in the order given.

    A figure is that of the month that counts (`ulbs.rules.months`) on the day of which this is known.
    """
    rows = list(states)
    ids = [state.pk for state in rows]
    towns, live, figures = _now(ids) if as_on is None else _then(ids, as_on)
    found, among = [], limits().months_looked_at
    for state in rows:
        town = towns.get(state.pk, {"total": 0, "begun": 0, "live": 0})
        told = figures.get(state.pk, {})
        in_time = share_that_counts(
            told.get("applications_in_sla", {}), told.get("applications", {}), town["live"], among
        )
        found.append(
            common(
                state=state.name,
                day=day.strftime("%d-%m-%Y"),
                total=town["total"],
                begun=town["begun"],
                live=town["live"],
                modules=live.get(state.pk, {}),
                citizens=int(value_that_counts(told.get("citizens", {}), town["live"], among) or 0),
                in_sla=round(100 * in_time.part / in_time.whole, 2) if in_time and in_time.whole else 0.0,
            )
        )
    return found


def _now(ids: list[int]) -> Counted:
    """From the tables, in three queries."""
    towns = {
        row["state"]: row
        for row in Ulb.objects.filter(state__in=ids, in_scope=True, ended="")
        .order_by()
        .values("state")
        .annotate(
            total=Count("pk"),
            begun=Count("pk", filter=Q(data_started_on__isnull=False) | Q(live_on__isnull=False)),
            live=Count("pk", filter=Q(live_on__isnull=False)),
        )
    }
    live: dict[int, dict[str, int]] = {}
    cells = Deployment.objects.filter(
        state__in=ids,
        in_scope=True,
        live_on__isnull=False,
        withdrawn_on__isnull=True,
        ulb__in_scope=True,
        ulb__ended="",
    )
    for cell in cells.order_by("state", "module").values("state", "module").annotate(n=Count("pk")):
        for name in modules()[cell["module"]].dashboard:
            live.setdefault(cell["state"], {})[name] = cell["n"]
    return towns, live, _figures(ids, today())


def _then(ids: list[int], day: date) -> Counted:
    """From what was kept, in two queries."""
    kept = as_on_all([Ulb, Deployment], ids, day)
    towns: dict[int, Counter[str]] = {}
    counting = {ulb.pk for ulb in kept[Ulb] if ulb.counts}
    for ulb in kept[Ulb]:
        if ulb.counts:
            of = towns.setdefault(ulb.state_id, Counter())
            of["total"] += 1
            of["begun"] += bool(ulb.data_started_on or ulb.live_on)
            of["live"] += ulb.live_on is not None
    cells: Counter[tuple[int, str]] = Counter(
        (cell.state_id, cell.module)
        for cell in kept[Deployment]
        if cell.in_scope and cell.live_on and cell.withdrawn_on is None and cell.ulb_id in counting
    )
    live: dict[int, dict[str, int]] = {}
    for (state, module), n in sorted(cells.items()):
        for name in modules()[module].dashboard:
            live.setdefault(state, {})[name] = n
    counted = gather(ids, counts_on(ids, day, kept[Ulb]))
    return towns, live, {state: reported(counts, day) for state, counts in counted.items()}


def _figures(ids: list[int], day: date) -> dict[int, dict[str, Months]]:
    """By state and figure the months that are over."""
    told = by_month(Figure.objects.filter(state__in=ids, metric__in=METRICS))
    return {
        state: {
            metric: {month: row for month, row in months.items() if is_over(month, day)}
            for metric, months in figures.items()
        }
        for state, figures in told.items()
    }
