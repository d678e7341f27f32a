"""The checklist of a stage, and the acts on it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.errors import Refused
from nudm.core.numbers import number, numbers
from nudm.core.receipts import new_key, once
from phases.actions import lines
from phases.catalogue import catalogue
from phases.models import Citation, Item
from phases.progress import remembered
from phases.records import KINDS
from phases.views.past import citations_on, told
from phases.views.shown import name_towns, rows_of, stage_cards
from states.access import powers, visible
from states.models import State
from states.views.shown import state_for


@shows_the_past
def checklist(request: HttpRequest, iso: str, number: int) -> HttpResponse:
    """Gate first, then outcomes, inputs, criteria; the deck's advice beside; `?as_on=` as on a day."""
    state = state_for(request, iso)
    if number not in (1, 2, 3, 4):
        raise Http404
    day = asked_day(request)
    known = remembered([state], as_on=day)
    progress = known[state.pk]
    held = powers(request.user, state)
    stage = catalogue().stage(number)
    if day is None:
        cited = _citations(state, number, request.user)
    else:
        cited = citations_on(state, progress, day, request.user)

    def rows(section: str) -> Any:
        return rows_of(
            stage.section(section),
            state,
            progress,
            powers=held,
            user=request.user,
            citations=cited,
            now=None if day is None else {},
        )

    seen = progress.stages[number - 1]
    sections = [
        ("input", _("Inputs"), rows("input")),
        ("outcome", _("Outcomes"), rows("outcome")),
    ]
    ready = [
        row
        for _name, _title, some in sections
        for row in some
        if any(m.name == "submit" for m in row.moves) and row.citations and not row.lacking
    ]
    context = {
        "state": state,
        "stage": stage,
        "seen": seen,
        "progress": progress,
        "cards": stage_cards(state, progress),
        "shut": name_towns(state, seen.blockers, request.user, day),
        "close_first": next((s.number for s in progress.stages[: number - 1] if s.closed_on is None), None),
        "sections": sections,
        "criteria": rows("criterion"),
        "responsibilities": rows("responsibility"),
        "roles": rows("role"),
        "powers": held if day is None else frozenset(),
        "ready": ready,
        "record_titles": {slug: kind.title for slug, kind in KINDS.items()},
        "form_key": new_key(),
        **told([state], known, day),
    }
    return render(request, "phases/checklist.html", context)


def _citations(state: State, number: int, user: Any) -> dict[str, list[Citation]]:
    rows = visible(Citation, user).filter(item__state=state, item__stage=number)
    found: dict[str, list[Citation]] = {}
    for citation in rows.select_related("evidence", "item"):
        found.setdefault(citation.item.code, []).append(citation)
    return found


@require_POST
def submit_many(request: HttpRequest, iso: str, number: int) -> HttpResponse:
    """Submit the chosen lines at once: each on its own, with its own word on why not."""
    state = state_for(request, iso)
    chosen = visible(Item, request.user).filter(
        state=state,
        stage=number,
        pk__in=numbers(request.POST.getlist("item")),
    )

    def act() -> str:
        done = 0
        for item in chosen.select_related("state"):
            try:
                lines.move(item, "submit", version=_version(request, item), by=request.user)
                done += 1
            except Refused as error:
                words = " ".join(
                    [
                        error.message,
                        *(t for texts in error.fields.values() for t in texts),
                    ]
                )
                messages.error(request, f"{item.line.number}. {item.line.text}: {words}")
        if done:
            words = ngettext("%(n)s line is submitted.", "%(n)s lines are submitted.", done)
            messages.success(request, words % {"n": done})
        return request.path.removesuffix("submit/")

    return redirect(once(request.POST.get("form_key", ""), request.user, act))


def _version(request: HttpRequest, item: Item) -> int:
    given = request.POST.get(f"version_{item.pk}", "")
    return number(given, -1)


@require_POST
def close(request: HttpRequest, iso: str, number: int) -> HttpResponse:
    """The centre signs a stage off."""
    state = state_for(request, iso)

    def act() -> str:
        lines.close_stage(state, number, by=request.user, note=request.POST.get("note", ""))
        messages.success(request, _("Stage %(n)s is closed.") % {"n": number})
        return request.path.removesuffix("close/")

    return redirect(once(request.POST.get("form_key", ""), request.user, act))


@require_POST
def undo(request: HttpRequest, iso: str, number: int) -> HttpResponse:
    """The centre takes back that a stage was closed, with its reason."""
    state = state_for(request, iso)

    def act() -> str:
        lines.undo_closure(state, number, by=request.user, reason=request.POST.get("reason", ""))
        messages.success(request, _("The closure of Stage %(n)s is undone.") % {"n": number})
        return request.path.removesuffix("undo/")

    return redirect(once(request.POST.get("form_key", ""), request.user, act))


@require_POST
def mark(request: HttpRequest, iso: str, number: int) -> HttpResponse:
    """Mark a responsibility as done, or not."""
    state = state_for(request, iso)
    lines.mark_done(
        state,
        request.POST.get("code", ""),
        done=request.POST.get("done") == "1",
        by=request.user,
    )
    return redirect("phases:checklist", iso=state.iso, number=number)
