"""What belongs to an event: the ULBs that take part, the action points of a meeting, the findings of a
review, the files, what is lacking."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.dates import today
from nudm.core.receipts import answered_once, new_key
from states.access import powers, require, visible
from states.models import State
from states.past import as_on_all
from states.views.shown import state_for
from ulbs.actions import events, logs
from ulbs.forms.entries import EntryForm, PointForm
from ulbs.models import ActionPoint, Alias, Event, EventFile, EventUlb, Incident, Ulb
from ulbs.past import by_name, plan_on
from ulbs.registers import REGISTERS
from ulbs.rules.events import EventKind, Topic, lacking
from ulbs.rules.registers import mix
from ulbs.views.all_of_filter import ask, foreseen_part, to_confirm
from ulbs.views.event_files import files_on
from ulbs.views.picking import THERE, chosen, pick, pick_on
from ulbs.views.shown import form_page, version_of

NAMED = 40
# The route that shows what a review is of.
LOOKED_AT: dict[str, str] = {
    Topic.SOLUTION: "matrix",
    Topic.INCIDENTS: "incidents",
    Topic.PLANS: "campaign",
    Topic.USAGE: "figures",
    Topic.CITIZENS: "figures",
}


def around(request: HttpRequest, event: Any) -> dict[str, Any]:
    """The files and the ULBs of an event, what it lacks for its close, of a meeting its points and the
    earlier ones, of a review its findings and what it looks at."""
    count = getattr(event, "ulb_count", 0)
    values = {field.name: getattr(event, field.name) for field in event._meta.concrete_fields}
    files = list(visible(EventFile, request.user).filter(event=event))
    readable = [file for file in files if file.readable]
    missing = lacking(EventKind(event.kind), values | {"towns": count, "files": readable})
    known = {"missing": [events.needed(name) for name in missing], "files": files}
    if event.kind == EventKind.MEETING:
        return known | _points(request, event)
    if event.kind == EventKind.REVIEW:
        return known | _review(
            event.state, event, visible(Incident, request.user).filter(state=event.state_id), today()
        )
    towns = visible(Ulb, request.user).filter(events__event=event)[:NAMED]
    return known | {"towns": list(towns), "more_towns": max(count - NAMED, 0)}


def _points(request: HttpRequest, meeting: Event) -> dict[str, Any]:
    """A meeting's own points, and the action taken on earlier ones since the meeting before it."""
    points = visible(ActionPoint, request.user).select_related("event")
    before = visible(Event, request.user).filter(state=meeting.state_id, kind=meeting.kind, on__lt=meeting.on)
    since = Q(done_on=None) | Q(done_on__gte=Subquery(before.order_by("-on").values("on")[:1]))
    earlier = points.filter(since, event__in=before).order_by("due", "pk")
    return {"points": points.filter(event=meeting), "earlier": earlier}


def _review(state: State, event: Event, incidents: Iterable[Incident], day: date) -> dict[str, Any]:
    """The findings of a review; of one of incident management, what stood open on its day; and the page of
    what is reviewed, as it was then."""
    rows = sorted(incidents, key=lambda row: row.pk)
    known: dict[str, Any] = {"findings": [row for row in rows if row.review_id == event.pk]}
    if event.topic == Topic.INCIDENTS:
        open_then = mix(rows, event.on)
        known["mix"] = [(words, *open_then.get(value, (0, 0))) for value, words in Incident.Severity.choices]
    if (name := LOOKED_AT.get(event.topic)) is not None:
        url = f"ulbs:{name}" if name not in REGISTERS else "ulbs:register"
        place = reverse(url, args=[state.iso, *([name] if name in REGISTERS else [])])
        known["looked_at"] = f"{place}?as_on={event.on:%d-%m-%Y}" if event.on < day else place
    return known


def around_on(request: HttpRequest, state: State, event: Event, day: date) -> dict[str, Any]:
    """What belonged to an event at the end of a past day."""
    known = {"files": files_on(request, state, event, day)}
    if event.kind == EventKind.MEETING:
        return known | _points_on(state, event, day)
    if event.kind == EventKind.REVIEW:
        return known | _review(state, event, as_on_all([Incident], [state.pk], day)[Incident], day)
    kept = as_on_all([Ulb, EventUlb], [state.pk], day)
    part = {row.ulb_id for row in kept[EventUlb] if row.event_id == event.pk}
    towns = by_name(ulb for ulb in kept[Ulb] if ulb.pk in part)
    return known | {"towns": towns[:NAMED], "more_towns": max(len(towns) - NAMED, 0)}


def _points_on(state: State, meeting: Event, day: date) -> dict[str, Any]:
    """`_points` of a past day."""
    kept = as_on_all([Event, ActionPoint], [state.pk], day)
    before = {row.pk: row for row in kept[Event] if row.kind == meeting.kind and row.on < meeting.on}
    last = max((row.on for row in before.values()), default=meeting.on)
    earlier = []
    for point in kept[ActionPoint]:
        if point.event_id in before and (point.done_on is None or point.done_on >= last):
            point.event = before[point.event_id]
            earlier.append(point)
    earlier.sort(key=lambda point: (point.due or date.max, point.pk))
    own = [point for point in kept[ActionPoint] if point.event_id == meeting.pk]
    return {"points": sorted(own, key=lambda point: point.pk), "earlier": earlier}


def _towns_on(request: HttpRequest, state: State, slug: str, pk: int, day: date) -> HttpResponse:
    """The ULBs that took part at the end of a past day. Raises Http404 for an event that was not there."""
    kept: Any = as_on_all([Event, EventUlb, Alias], [state.pk], day)
    event = next((row for row in kept[Event] if row.pk == pk and row.kind == slug), None)
    if event is None or not REGISTERS[slug].has_towns:
        raise Http404
    part = {row.ulb_id for row in kept[EventUlb] if row.event_id == pk}
    ulbs: Any = plan_on(state, day)[0]
    for ulb in ulbs:
        ulb.takes_part = ulb.pk in part
    if request.GET.get("group") == "in":
        ulbs = [ulb for ulb in ulbs if ulb.takes_part]
    picked = pick_on(request, ulbs, kept[Alias])
    context = {"state": state, "register": REGISTERS[slug], "event": event, "picked": picked, "as_on": day}
    return render(request, "ulbs/event_towns.html", context)


@shows_the_past
@answered_once
def towns(request: HttpRequest, iso: str, slug: str, pk: int) -> HttpResponse:
    """Choose the ULBs that take part: by pilot, by batch, by search; ticked ones or all of a filter."""
    state, day = state_for(request, iso), asked_day(request)
    if day is not None:
        return _towns_on(request, state, slug, pk, day)
    event = get_object_or_404(visible(Event, request.user).filter(state=state, kind=slug), pk=pk)
    if not REGISTERS[slug].has_towns:
        raise Http404
    held = powers(request.user, state)
    there = visible(EventUlb, request.user).filter(event=event, ulb=OuterRef("pk"))
    rows = visible(Ulb, request.user).annotate(takes_part=Exists(there))
    if request.GET.get("group") == "in":
        rows = rows.filter(takes_part=True)
    picked = pick(request, state, rows)
    if request.method == "POST":
        require(request.user, REGISTERS[slug].permission, state)
        return _change_towns(request, event, chosen(request, picked))
    context = {
        "state": state,
        "register": REGISTERS[slug],
        "event": event,
        "picked": picked,
        "may_write": REGISTERS[slug].permission in held and event.closed_on is None,
        "form_key": new_key(),
    }
    return render(request, "ulbs/event_towns.html", context)


def _change_towns(request: HttpRequest, event: Event, ulbs: list[Ulb]) -> HttpResponse:
    """Let these ULBs take part, or no longer; all of a filter only once their number is confirmed."""
    take_part = "add" in {request.POST.get("act"), request.POST.get("all")}
    if to_confirm(request, ulbs):
        lines = foreseen_part(ulbs, take_part=take_part, uat=event.kind == EventKind.UAT)
        title = _("Add all of the filter") if take_part else _("Take all of the filter off")
        may = any(ulb.takes_part != take_part for ulb in ulbs)  # type: ignore[attr-defined]
        named = {"title": title, "from": event.title, "may": may}
        return ask(request, event.state, ulbs, lines, **named)
    count = events.change_towns(event, ulbs, take_part=take_part, by=request.user)
    words = (
        ngettext("%(n)s ULB takes part now.", "%(n)s more ULBs take part now.", count)
        if take_part
        else ngettext("%(n)s ULB was taken off.", "%(n)s ULBs were taken off.", count)
    )
    messages.success(request, words % {"n": count})
    return redirect(request.get_full_path())


def point(request: HttpRequest, iso: str, pk: int, number: int | None = None) -> HttpResponse:
    """An action point of a meeting: noted, or the action taken on it."""
    state = state_for(request, iso)
    meetings = visible(Event, request.user).filter(state=state, kind=EventKind.MEETING.value)
    meeting = get_object_or_404(meetings.select_related("state"), pk=pk)
    points = visible(ActionPoint, request.user).filter(event=meeting)
    row = get_object_or_404(points, pk=number) if number is not None else None
    require(request.user, REGISTERS["meeting"].permission, state)
    form = PointForm(request.POST or None, row=row, decided=meeting.closed_on is not None)
    back = reverse("ulbs:entry", args=[state.iso, "meeting", meeting.pk])

    def act() -> str:
        version, values = version_of(request), form.cleaned_data
        events.save_point(meeting, values, row=row, version=version, by=request.user)
        messages.success(request, _("Saved."))
        return back

    return form_page(
        request,
        state,
        form,
        act,
        title=row.text if row is not None and meeting.closed_on else _("Action point"),
        crumbs=[
            (reverse("ulbs:register", args=[state.iso, "meeting"]), REGISTERS["meeting"].title),
            (back, meeting.title),
        ],
        version=row.version if row is not None else 0,
    )


def finding(request: HttpRequest, iso: str, pk: int) -> HttpResponse:
    """What a review with the centre found, logged as an incident."""
    state = state_for(request, iso)
    reviews = visible(Event, request.user).filter(state=state, kind=EventKind.REVIEW.value)
    review = get_object_or_404(reviews.select_related("state"), pk=pk)
    register = REGISTERS["review"]
    require(request.user, register.permission, state)
    towns = visible(Ulb, request.user).filter(THERE, state=state)
    form = EntryForm(REGISTERS["incidents"], request.POST or None, towns=towns)
    back = reverse("ulbs:entry", args=[state.iso, register.slug, review.pk])

    def act() -> str:
        logs.save_incident(state, form.values(), review=review, by=request.user)
        messages.success(request, _("Saved."))
        return back

    crumbs = [
        (reverse("ulbs:register", args=[state.iso, register.slug]), register.title),
        (back, review.title),
    ]
    return form_page(request, state, form, act, title=_("New finding"), crumbs=crumbs)
