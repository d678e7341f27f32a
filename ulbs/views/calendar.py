"""The calendar that the centre and States/UTs share: gatherings to come, and those that were held."""

from collections import Counter
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.dates import today
from states.access import visible
from states.models import State, by_label
from states.past import as_on_all, visible_on
from ulbs.models import EVENT_LABELS, Event, EventUlb

PAGE = 50


@shows_the_past
def page(request: HttpRequest) -> HttpResponse:
    """Events of all States/UTs that one sees, those to come first (deck, Stage 3, role of the CDG: training
    and capacity building); by kind, by State/UT."""
    day = asked_day(request)
    kind, iso, when = (request.GET.get(name, "") for name in ("kind", "state", "when"))
    states = {state.pk: state for state in by_label(visible(State, request.user))}
    chosen = {pk for pk, state in states.items() if iso in {"", state.iso}}
    asked = {name for name, _words in kinds() if kind in {"", name}}
    past = when == "held"
    rows: Any = _now(request, chosen, asked, past) if day is None else _on(request, chosen, asked, past, day)
    shown = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    for row in shown:
        row.state = states[row.state_id]
    context = {
        "page": shown,
        "filters": [
            ("kind", _("Kind"), [("", _("All")), *kinds()], kind),
            ("state", _("State/UT"), [("", _("All")), *_states(states)], iso),
            ("when", _("When"), [("", _("To come")), ("held", _("Before today"))], when),
        ],
        "several": len(states) > 1,
        "today": day or today(),
        "as_on": day,
    }
    return render(request, "ulbs/calendar.html", context)


def kinds() -> list[tuple[str, Any]]:
    """The kinds of events with their names."""
    return [(kind.value, words) for kind, words in EVENT_LABELS.items()]


def _states(states: dict[int, State]) -> list[tuple[str, str]]:
    return [(state.iso, state.label) for state in states.values()]


def _now(request: HttpRequest, states: set[int], asked: set[str], past: bool) -> Any:
    rows = visible(Event, request.user).filter(state__in=states, kind__in=asked)
    rows = rows.filter(on__lt=today()) if past else rows.filter(on__gte=today())
    order = ("-on", "-pk") if past else ("on", "pk")
    return rows.annotate(ulb_count=Count("towns", distinct=True)).order_by(*order)


def _on(request: HttpRequest, states: set[int], asked: set[str], past: bool, day: date) -> list[Event]:
    """The same as it was known at the end of `day`."""
    rows: list[Any] = [
        row
        for row in visible_on(Event, request.user, day)
        if row.state_id in states and row.kind in asked and (row.on < day) is past
    ]
    parts = as_on_all([EventUlb], sorted({row.state_id for row in rows}), day)[EventUlb]
    towns = Counter(part.event_id for part in parts)
    there = set(
        visible(Event, request.user).filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True)
    )
    for row in rows:
        row.ulb_count, row.removed_since = towns[row.pk], row.pk not in there
    return sorted(rows, key=lambda row: (row.on, row.pk), reverse=past)
