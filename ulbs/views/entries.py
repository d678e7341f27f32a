"""One entry of a register: seen, added, changed, closed, reopened."""

from collections import Counter
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.dates import show, today
from nudm.core.receipts import answered_once, new_key, once
from states.access import powers, require, visible
from states.models import Entry, State
from states.past import as_on, as_on_all
from states.views.shown import state_for
from ulbs.actions import events, logs
from ulbs.forms.entries import EntryForm
from ulbs.limits import limits
from ulbs.models import ActionPoint, EventUlb, Incident, Ulb
from ulbs.registers import REGISTERS, Register
from ulbs.rules.events import EventKind
from ulbs.values import LONG, label, shown
from ulbs.views.gatherings import around, around_on
from ulbs.views.picking import THERE, group_filter, groups_of
from ulbs.views.shown import attempt, version_of

VERBS = {
    "save": gettext_lazy("saved"),
    "close": gettext_lazy("closed"),
    "reopen": gettext_lazy("opened again"),
    "towns": gettext_lazy("ULBs changed"),
}


def register_for(slug: str) -> Register:
    """Raises Http404 for a register that there is not."""
    if slug not in REGISTERS:
        raise Http404
    return REGISTERS[slug]


def rows_of(request: HttpRequest, state: State, register: Register) -> QuerySet[Any]:
    """A register's entries that exist for this person; events with the number of their ULBs."""
    rows = visible(register.model, request.user).filter(state=state, **register.where)
    if register.has_towns:
        rows = rows.annotate(ulb_count=Count("towns", distinct=True))
    if register.slug == EventKind.REVIEW:
        rows = rows.annotate(findings_count=Count("findings", distinct=True))
    if register.slug == "incidents":
        rows = rows.select_related("review")
    return rows.select_related("ulb") if "ulb" in register.fields else rows


def add(request: HttpRequest, iso: str, slug: str) -> HttpResponse:
    """A new entry."""
    state, register = state_for(request, iso), register_for(slug)
    if register.single:
        raise Http404
    require(request.user, register.permission, state)
    return page(request, state, register, None)


@shows_the_past
def entry(request: HttpRequest, iso: str, slug: str, pk: int) -> HttpResponse:
    """An entry that is there."""
    state, register = state_for(request, iso), register_for(slug)
    day = asked_day(request)
    if day is not None:
        found = [row for row in rows_on(request, state, register, day) if row.pk == pk]
        if not found:
            raise Http404
        return page_on(request, state, register, found[0], day)
    return page(request, state, register, get_object_or_404(rows_of(request, state, register), pk=pk))


def rows_on(request: HttpRequest, state: State, register: Register, day: date) -> list[Any]:
    """A register's entries as they were known at the end of `day`, in its order; events with the number of
    their ULBs and of their open points; those taken away since are marked (`removed_since`)."""
    rows: list[Any] = [
        row
        for row in as_on(register.model, [state.pk], day)
        if all(getattr(row, name) == value for name, value in register.where.items())
    ]
    if "ulb" in register.fields:
        ulbs = {ulb.pk: ulb for ulb in as_on(Ulb, [state.pk], day)}
        for row in rows:
            row.ulb = ulbs.get(row.ulb_id)
    if register.is_event:
        parts = as_on_all([EventUlb, ActionPoint, Incident], [state.pk], day)
        towns = Counter(part.event_id for part in parts[EventUlb])
        points = Counter(point.event_id for point in parts[ActionPoint] if point.done_on is None)
        findings = Counter(incident.review_id for incident in parts[Incident])
        for row in rows:
            row.ulb_count, row.points_open = towns[row.pk], points[row.pk]
            row.findings_count = findings[row.pk]
    there = set(rows_of(request, state, register).values_list("pk", flat=True))
    for row in rows:
        row.state, row.removed_since = state, row.pk not in there
    return rows if register.single else register.in_order(rows)


def page_on(request: HttpRequest, state: State, register: Register, row: Any, day: date) -> HttpResponse:
    """An entry's facts as they were known at the end of `day`, without any act."""
    context = {
        "state": state,
        "register": register,
        "row": row,
        "facts": [(label(register.model, n), shown(row, n, day), n in LONG) for n in register.fields if row],
        "is_open": not register.closes or row is None or row.closed_on is None,
        "needs": register.needs(limits()) if register.needs else "",
        "today": day,
        "as_on": day,
        **(around_on(request, state, row, day) if register.is_event and row else {}),
    }
    return render(request, "ulbs/entry.html", context)


def page(request: HttpRequest, state: State, register: Register, row: Any) -> HttpResponse:
    """The entry as a form to those who write in the register while it is open, as facts to all others."""
    data: Any = request.POST if request.method == "POST" else None
    held = powers(request.user, state)
    power = _power(register, row, held)
    may_write = power in held
    if data is not None:
        require(request.user, power, state)
    is_open = not register.closes or row is None or row.closed_on is None
    form = _form(request, state, register, row, data) if may_write and (is_open or data) else None
    if data is not None and form is not None and form.is_valid():
        answer = attempt(request, form, lambda: _save(request, state, register, row, form))
        if answer is not None:
            return answer
    if row is not None:
        row.state = state
    context = {
        "state": state,
        "register": register,
        "row": row,
        "form": form,
        "town_options": form.fields["ulb"].options if form and "ulb" in form.fields else [],  # type: ignore[attr-defined]
        "facts": [(label(register.model, n), shown(row, n), n in LONG) for n in register.fields if row],
        "may_write": may_write,
        "is_open": is_open,
        "needs": register.needs(limits()) if register.needs else "",
        "history": _history(request, row),
        "today": today(),
        "form_key": new_key(),
        **(around(request, row) if register.is_event and row else {}),
    }
    return render(request, "ulbs/entry.html", context, status=422 if data is not None else 200)


def _power(register: Register, row: Any, held: frozenset[str]) -> str:
    """What a change of this entry asks of somebody with these powers."""
    return logs.power_over(row, held) if register.slug == "incidents" else register.permission


def _form(request: HttpRequest, state: State, register: Register, row: Any, data: Any) -> EntryForm:
    towns: Any = ()
    if "ulb" in register.fields:
        there = THERE | Q(pk=row.ulb_id) if row is not None else THERE
        towns = visible(Ulb, request.user).filter(there, state=state)
    groups = groups_of(request.user, state, planned=True) if register.has_towns else ()
    return EntryForm(register, data, row=row, towns=towns, groups=groups)


def _save(request: HttpRequest, state: State, register: Register, row: Any, form: EntryForm) -> str:
    """Save the entry, closed if so asked, and say where to go on."""
    close = request.POST.get("act") == "close" and register.closes
    shared: dict[str, Any] = {"version": version_of(request), "by": request.user}
    values = form.values()
    made: Any
    if register.is_event:
        groups = reduce(or_, map(group_filter, form.cleaned_data.get("towns", ())), Q(pk=None))
        towns = visible(Ulb, request.user).filter(groups, state=state)
        kind = EventKind(register.slug)
        made = events.save_event(state, kind, values, row=row, towns=towns, close=close, **shared)
    elif register.slug == "incidents":
        made = logs.save_incident(state, values, row=row, close=close, **shared)
    elif not register.single:
        save = {"policy": logs.save_policy, "trainers": logs.save_trainer}[register.slug]
        made = save(state, values, row=row, **shared)
    else:
        save_one = {"help_desk": logs.save_help_desk, "cadence": logs.save_cadence}[register.slug]
        made = save_one(state, values, **shared)
    messages.success(
        request, _("Closed on %(day)s.") % {"day": show(made.closed_on)} if close else _("Saved.")
    )
    if register.is_event and not close:
        return reverse("ulbs:entry", args=[state.iso, register.slug, made.pk])
    return reverse("ulbs:register", args=[state.iso, register.slug])


def _history(request: HttpRequest, row: Any) -> list[tuple[Entry, Any]]:
    """What was done with an entry last, by which post, and why it was opened again."""
    if row is None:
        return []
    name = row._meta.model_name
    lines = (
        visible(Entry, request.user).filter(target=name, target_id=str(row.pk)).select_related("post__team")
    )
    return [(line, VERBS.get(line.verb.rpartition(".")[2], line.verb)) for line in lines[:8]]


@require_POST
def reopen(request: HttpRequest, iso: str, slug: str, pk: int) -> HttpResponse:
    """Take the close of an entry back, with a reason."""
    state, register = state_for(request, iso), register_for(slug)
    row = get_object_or_404(rows_of(request, state, register), pk=pk)
    require(request.user, _power(register, row, powers(request.user, state)), state)
    if not register.closes:
        raise Http404
    verb: Any = events.reopen_event if register.is_event else logs.reopen_incident

    def act() -> str:
        verb(row, version=version_of(request), reason=request.POST.get("reason", ""), by=request.user)
        messages.success(request, _("Open again."))
        return reverse("ulbs:entry", args=[state.iso, slug, pk])

    return redirect(once(request.POST.get("form_key", ""), request.user, act))


@require_POST
@answered_once
def remove(request: HttpRequest, iso: str, slug: str, pk: int) -> HttpResponse:
    """Take an event away that was entered by mistake."""
    state, register = state_for(request, iso), register_for(slug)
    row = get_object_or_404(rows_of(request, state, register), pk=pk)
    require(request.user, register.permission, state)
    if not register.is_event:
        raise Http404
    events.remove_event(row, version=version_of(request), by=request.user)
    messages.success(request, _("Removed."))
    return redirect("ulbs:register", iso=state.iso, slug=slug)
