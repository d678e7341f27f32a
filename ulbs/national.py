"""The national dashboard's records, counted for several states in a fixed number of queries."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count, Max, Q, Sum

from states.models import State
from ulbs.catalogue import modules
from ulbs.models import Deployment, Figure, Ulb
from ulbs.rules.common import common


def records(states: Iterable[State], day: date) -> list[dict[str, Any]]:
    """`COMMON` of each state as it stands now, dated `day` (dd-MM-yyyy), in the order given."""
    rows = list(states)
    ids = [state.pk for state in rows]
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
    for cell in cells.order_by().values("state", "module").annotate(n=Count("pk")):
        for name in modules()[cell["module"]].dashboard:
            live.setdefault(cell["state"], {})[name] = cell["n"]
    figures = _figures(ids)
    found = []
    for state in rows:
        town = towns.get(state.pk, {"total": 0, "begun": 0, "live": 0})
        told = figures.get(state.pk, {})
        decided = told.get("applications", 0)
        found.append(
            common(
                state=state.name,
                day=day.strftime("%d-%m-%Y"),
                total=town["total"],
                begun=town["begun"],
                live=town["live"],
                modules=live.get(state.pk, {}),
                citizens=int(told.get("citizens", 0)),
                in_sla=round(100 * told.get("applications_in_sla", 0) / decided, 2) if decided else 0.0,
            )
        )
    return found


def _figures(ids: list[int]) -> dict[int, dict[str, float]]:
    """The sums of the latest month that each state has reported."""
    wanted = Figure.objects.filter(
        state__in=ids, purpose="actual", metric__in=["citizens", "applications", "applications_in_sla"]
    ).order_by()
    last = dict(wanted.values("state").annotate(month=Max("month")).values_list("state", "month"))
    found: dict[int, dict[str, float]] = {}
    if last:
        of_last = Q()
        for state, month in last.items():
            of_last |= Q(state=state, month=month)
        for row in wanted.filter(of_last).values("state", "metric").annotate(n=Sum("value")):
            found.setdefault(row["state"], {})[row["metric"]] = float(row["n"])
    return found
