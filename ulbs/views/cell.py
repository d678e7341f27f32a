"""One module in one ULB: its facts, what may be set, and what changed on which day."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst

from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.errors import Conflict, NotAllowed, Refused
from nudm.core.numbers import number
from nudm.core.receipts import new_key, once
from nudm.core.tables import words
from states.access import powers, visible
from states.models import Entry, Past
from states.past import end_of, told
from ulbs.actions.rollout import may_not, save_cell, settable
from ulbs.catalogue import modules
from ulbs.forms.cells import FACTS, CellForm
from ulbs.models import MASTER_DATA_LABELS, Deployment, Ulb
from ulbs.past import with_cells
from ulbs.rules.asking import ORDER
from ulbs.views.shown import say_saved, ulb_on

Lines = list[tuple[Past, Entry | None]]


@dataclass(frozen=True, slots=True)
class Moment:
    """What changed at once: when, by whom, and each fact with its words before and after."""

    at: datetime
    entry: Entry | None
    facts: list[tuple[str, str, str]]


@shows_the_past
def cell(request: HttpRequest, iso: str, lgd_code: str, module: str) -> HttpResponse:
    """The cell's page; a POST saves what differs and comes back, or says beside the field why not."""
    if module not in modules():
        raise Http404
    day = asked_day(request)
    if day is not None:
        known = _stored_on(ulb_on(request, iso, int(lgd_code), day), module, day)
        return _page(request, known, None, day=day)
    found = visible(Ulb, request.user).select_related("state", "batch")
    ulb = get_object_or_404(found, state__iso=iso.upper(), lgd_code=lgd_code)
    stored = _stored(request, ulb, module)
    allowed = settable(powers(request.user, ulb.state))
    if request.method != "POST":
        may = CellForm(allowed, instance=stored) if allowed and not ulb.ended else None
        return _page(request, stored, may if may is not None and may.fields else None)
    if not allowed:
        raise may_not()
    form = CellForm(allowed, request.POST, instance=_stored(request, ulb, module))
    if not form.is_valid():
        return _page(request, stored, form, status=422)
    version = number(request.POST.get("version"), -1)

    def act() -> str:
        save_cell(ulb, module, form.changes, version=version, by=request.user)
        say_saved(request, ulb, module=module)
        return reverse("ulbs:cell", args=[ulb.state.iso, ulb.lgd_code, module])

    try:
        return redirect(once(request.POST.get("form_key", ""), request.user, act))
    except Conflict as error:
        form.add_error(None, error.message)
        return _page(request, _stored(request, ulb, module), form, status=error.status, conflict=True)
    except NotAllowed:
        raise
    except Refused as error:
        for name, texts in error.fields.items():
            form.add_error(name if name in form.fields else None, texts)
        return _page(request, stored, form, status=error.status)


def _stored(request: HttpRequest, ulb: Ulb, module: str) -> Deployment:
    """The cell as it is stored, or one that is not planned yet; never saved from here."""
    row = visible(Deployment, request.user).filter(ulb=ulb, module=module).first()
    stored: Deployment = row or Deployment(state=ulb.state, ulb=ulb, module=module)
    stored.ulb, stored.state = ulb, ulb.state
    return stored


def _stored_on(ulb: Ulb, module: str, day: date) -> Deployment:
    """The cell as it was known at the end of a past day."""
    [ulb] = with_cells([ulb], day)
    known = (cell for cell in ulb.cells if cell.module == module)  # type: ignore[attr-defined]
    stored: Deployment = next(known, None) or Deployment(state=ulb.state, ulb=ulb, module=module)
    stored.ulb, stored.state = ulb, ulb.state
    return stored


def _page(
    request: HttpRequest,
    stored: Deployment,
    form: CellForm | None,
    *,
    day: date | None = None,
    status: int = 200,
    conflict: bool = False,
) -> HttpResponse:
    shown = form.fields if form is not None else ()
    context = {
        "cell": stored,
        "ulb": stored.ulb,
        "state": stored.state,
        "powers": powers(request.user, stored.state),
        "as_on": day,
        "place": ORDER.index(stored.step) if stored.pk else 0,
        "form": form,
        "both": list(_both(form, stored)) if conflict and form is not None else [],
        "facts": [(label_of(name), said(name, getattr(stored, name))) for name in FACTS if name not in shown],
        "history": list(_history(_until(told(stored), day)))[::-1] if stored.pk else [],
        "form_key": new_key(),
    }
    return render(request, "ulbs/cell.html", context, status=status)


def _both(form: CellForm, stored: Deployment) -> Iterator[tuple[str, str, str]]:
    """What was sent and what is stored, for each field in which they differ."""
    for name in form.fields:
        mine, theirs = form.cleaned_data.get(name), getattr(stored, name)
        if mine != theirs:
            yield label_of(name), said(name, mine), said(name, theirs)


def _until(lines: Lines, day: date | None) -> Lines:
    return lines if day is None else [line for line in lines if line[0].since < end_of(day)]


def _history(lines: Iterable[tuple[Past, Entry | None]]) -> Iterator[Moment]:
    before: dict[str, Any] = {name: Deployment._meta.get_field(name).get_default() for name in FACTS}
    for past, entry in lines:
        now = past.data or {}
        changed = [
            (label_of(name), said(name, before.get(name)), said(name, now.get(name)))
            for name in FACTS
            if now.get(name) != before.get(name)
        ]
        before = now
        yield Moment(past.since, entry, changed)


def label_of(name: str) -> str:
    """A fact's name in the reader's language."""
    return str(capfirst(Deployment._meta.get_field(name).verbose_name))


def said(name: str, value: Any) -> str:
    """A fact in words; a day may come as the past keeps it."""
    if name == "master_data":
        return str(MASTER_DATA_LABELS.get(value, value))
    if name.endswith("_on") and isinstance(value, str):
        value = date.fromisoformat(value)
    return words(value) or "–"
