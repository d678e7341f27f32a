"""Two days side by side: what moved in a state, and in the nation."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nudm.core.as_on import day_from
from nudm.core.dates import today
from nudm.core.errors import NotAllowed
from phases.compare import difference, month_ago
from phases.progress import remembered
from phases.views.shown import state_for
from states.access import is_national, visible
from states.models import State
from states.past import as_on
from ulbs.models import Batch, Ulb

WORDS = {
    "name": gettext_lazy("name"),
    "pilot": gettext_lazy("pilot"),
    "in_scope": gettext_lazy("in scope"),
    "in_batch": gettext_lazy("batch"),
    "ended": gettext_lazy("what became of it"),
    "data_validated_on": gettext_lazy("master data validated"),
    "uat_signed_on": gettext_lazy("UAT signed off"),
    "live_on": gettext_lazy("live"),
    "modules_live": gettext_lazy("modules live"),
    "new": gettext_lazy("new in the register"),
    "gone": gettext_lazy("no more in the register"),
}


def _days(request: HttpRequest) -> tuple[date, date]:
    """The two days asked for, the earlier first; a month ago and today where none is."""
    until = day_from(request.GET.get("to", "")) or today()
    since = day_from(request.GET.get("from", "")) or month_ago(until)
    return min(since, until), max(since, until)


def state(request: HttpRequest, iso: str) -> HttpResponse:
    """What moved in a state between two days."""
    row = state_for(request, iso)
    since, until = _days(request)
    before = remembered([row], as_on=since)[row.pk]
    after = remembered([row], as_on=until)[row.pk]
    then, now = ({ulb.pk: ulb for ulb in as_on(Ulb, [row.pk], day)} for day in (since, until))
    numbers = {batch.pk: batch.number for day in (since, until) for batch in as_on(Batch, [row.pk], day)}
    for ulb in (*then.values(), *now.values()):
        ulb.state = row
        ulb.in_batch = numbers.get(ulb.batch_id)
    moved = difference(before, after, then, now)
    context = {
        "state": row,
        "since": since,
        "until": until,
        "moved": moved,
        "words": WORDS,
        "today": today(),
    }
    return render(request, "phases/compare.html", context)


def nation(request: HttpRequest) -> HttpResponse:
    """What moved in each State/UT between two days."""
    if not is_national(request.user):
        raise NotAllowed(_("The national summary is for the centre and the ministry."))
    since, until = _days(request)
    rows = list(visible(State, request.user))
    before, after = remembered(rows, as_on=since), remembered(rows, as_on=until)
    table = []
    for row in rows:
        moved = difference(before[row.pk], after[row.pk], {}, {})
        live = after[row.pk].live.n - before[row.pk].live.n
        table.append((row, moved, live))
    table.sort(key=lambda told: (-len(told[1].criteria), -told[2], told[0].name))
    context = {"rows": table, "since": since, "until": until, "today": today()}
    return render(request, "phases/compare_nation.html", context)
