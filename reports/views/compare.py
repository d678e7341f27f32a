"""What moved in the nation between two days: every State/UT in one table."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.errors import NotAllowed
from phases.compare import moves
from phases.progress import Progress, remembered
from phases.views.compare import two_days
from states.access import is_national, visible
from states.models import State, by_label

# What of the towns is compared, in the order of the columns.
TOWNS = ("all.master_data_validated", "all.uat_signed_off", "all.live")


@shows_the_past
def page(request: HttpRequest) -> HttpResponse:
    """Per State/UT what moved: for the centre and the ministry."""
    if not is_national(request.user):
        raise NotAllowed(_("The comparison of all States/UTs is for the centre and the ministry."))
    first, last = two_days(request)
    states = by_label(visible(State, request.user))
    then, now = (remembered(states, as_on=day) for day in (first, last))
    rows = [_row(state, then[state.pk], now[state.pk]) for state in states]
    context = {
        "first": first,
        "as_on": asked_day(request),
        "last": last,
        "rows": [row for row in rows if row["any"]],
        "still": [row["state"] for row in rows if not row["any"]],
        "sums": [sum(row["figures"][n] for row in rows) for n in range(len(TOWNS) + 4)],
    }
    return render(request, "reports/compare.html", context)


def _row(state: State, then: Progress, now: Progress) -> dict[str, object]:
    moved = moves(then, now)
    towns = [now.tallies[name].n - then.tallies[name].n for name in TOWNS]
    counted = now.live.of - then.live.of
    return {
        "state": state,
        "any": bool(moved) or bool(counted),
        "stages": [(old, new) for old, new in moved.stages if old.status != new.status],
        "figures": [moved.met, len(moved.lines), moved.accepted, counted, *towns],
    }
