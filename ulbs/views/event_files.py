"""The files of an event: sent, read, taken away."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nudm.core.errors import Refused
from nudm.core.pieces import files_of
from nudm.core.receipts import answered_once, once
from nudm.core.serving import attachment
from states.access import require, visible
from states.actions import record as log
from states.models import State
from states.past import as_on
from states.views.shown import state_for
from ulbs.actions import event_files as actions
from ulbs.models import Event, EventFile
from ulbs.registers import REGISTERS


def files_on(request: HttpRequest, state: State, event: Event, day: date) -> list[EventFile]:
    """What had come by the end of a past day; what was taken away since says so (`removed_since`)."""
    there = set(visible(EventFile, request.user).filter(event=event.pk).values_list("pk", flat=True))
    rows: list[Any] = [row for row in as_on(EventFile, [state.pk], day) if row.event_id == event.pk]
    for row in rows:
        row.removed_since = row.pk not in there
    return sorted(rows, key=lambda row: row.pk)


def _event(request: HttpRequest, iso: str, slug: str, pk: int) -> Event:
    rows = visible(Event, request.user).select_related("state").filter(state=state_for(request, iso))
    event: Event = get_object_or_404(rows, kind=slug, pk=pk)
    return event


@require_POST
def attach(request: HttpRequest, iso: str, slug: str, pk: int) -> HttpResponse:
    """Add a file to an event."""
    event = _event(request, iso, slug, pk)
    require(request.user, REGISTERS[event.kind].permission, event)
    place = reverse("ulbs:entry", args=[event.state.iso, slug, pk])

    def act() -> str:
        file = files_of(request).get("file")
        if file is None:
            words = _("Choose a file.")
            raise Refused(words, code="file", fields={"file": [words]})
        try:
            made = actions.attach(event, file, again=bool(request.POST.get("again")), by=request.user)
        except Refused as error:
            if error.code != "there_already":
                raise
            messages.warning(request, error.message)
            return f"{place}?again=1#files"
        if made.came_before:
            words = _("This file was there already as “%(name)s”; it was not stored twice.")
            messages.info(request, words % {"name": made.name})
        elif made.readable:
            messages.success(request, _("The file is added."))
        else:
            say = messages.warning if made.waits else messages.error
            say(request, f"{made.name}: {made.explained}")
        return place

    return redirect(once(request.POST.get("form_key", ""), request.user, act, likely=place))


def file(request: HttpRequest, iso: str, slug: str, pk: int, number: int) -> HttpResponse:
    """A file of an event: asked for each time, never shown in the page's own origin."""
    event = _event(request, iso, slug, pk)
    rows = visible(EventFile, request.user).filter(event=event).select_related("state")
    row = get_object_or_404(rows, pk=number)
    if not row.readable:
        raise Refused(f"{row.name}: {row.explained}", code="not_readable")
    answer = attachment(row)
    log("event.file_download", by=request.user, state=row.state, target=row)
    return answer


@require_POST
@answered_once
def remove(request: HttpRequest, iso: str, slug: str, pk: int, number: int) -> HttpResponse:
    """Take a file of an open event away."""
    event = _event(request, iso, slug, pk)
    row = get_object_or_404(visible(EventFile, request.user).filter(event=event), pk=number)
    actions.remove(row, by=request.user)
    messages.success(request, _("The file is removed."))
    return redirect("ulbs:entry", iso=event.state.iso, slug=slug, pk=pk)
