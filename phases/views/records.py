"""A state's set-up records: filled in by its officers, read by all who see the state, on any day."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.errors import Conflict, NotAllowed, Refused
from nudm.core.numbers import number
from nudm.core.receipts import answered_once, new_key
from phases.actions import records
from phases.forms import record_form, record_kind, row_forms
from phases.models import Evidence, Record
from phases.records import KINDS, RecordKind, missing, own_fields
from phases.views.record_facts import facts_in_words
from phases.views.shown import needed_by
from states.access import powers, visible
from states.models import State
from states.past import as_on, as_on_all, first_day
from states.views.shown import state_for


@shows_the_past
@answered_once
def record(request: HttpRequest, iso: str, slug: str) -> HttpResponse:
    """A set-up record with its rows; saved as far as it is filled in."""
    state = state_for(request, iso)
    kind = record_kind(slug)
    if kind is None:
        raise Http404
    day = asked_day(request)
    if day is not None:
        return _as_on(request, state, kind, day)
    row = records.record_for(state, slug)
    data = request.POST if request.method == "POST" else None
    frozen = bool(records.frozen_by(state, slug))
    if data is None and (frozen or "update_checklist" not in powers(request.user, state)):
        entered = row if row.pk else None
        read = _read(request, kind, entered, entered, row.rows.all() if entered and kind.rows else ())
        return _page(request, state, kind, read | {"frozen": frozen})
    form, rows = record_form(kind, data, row), row_forms(kind, data, row, spare=2)
    refusal = None
    if data is not None and form.is_valid() and (rows is None or rows.is_valid()):
        version = number(data.get("version"), -1)
        try:
            made = records.save_record(form, rows, version=version, by=request.user)
        except (NotAllowed, Conflict):
            raise
        except Refused as error:
            refusal = error
        else:
            left = missing(kind, made, list(made.rows.all()) if kind.rows else [])  # type: ignore[attr-defined]
            messages.success(
                request,
                _("Saved. Still to fill in: %(left)s.") % {"left": ", ".join(left)}
                if left
                else _("Saved. The record is complete."),
            )
            return redirect("phases:record", iso=state.iso, slug=slug)
    asked = {"record": row, "form": form, "rows": rows, "refusal": refusal, "form_key": new_key()}
    return _page(request, state, kind, asked, status=200 if data is None else 422)


@shows_the_past
def record_list(request: HttpRequest, iso: str) -> HttpResponse:
    """All set-up records of a state, and how far each is."""
    state, day = state_for(request, iso), asked_day(request)
    now = visible(Record, request.user).filter(state=state)
    there = {row.kind: row for row in (now if day is None else as_on(Record, [state.pk], day))}
    context = {
        "state": state,
        "as_on": day,
        "records": [(kind, there.get(slug)) for slug, kind in KINDS.items()],
    }
    return render(request, "phases/records.html", context)


def _as_on(request: HttpRequest, state: State, kind: RecordKind, day: date) -> HttpResponse:
    """The page of a set-up record with its rows as it stood, rows taken away since included.

    Where only its letter and its standing are known of that day, it says since when the rest is kept.
    """
    asked: list[Any] = [Record, kind.model, *([kind.rows] if kind.rows else [])]
    kept = as_on_all(asked, [state.pk], day)
    record: Any = next((row for row in kept[Record] if row.kind == kind.slug), None)
    told = kept[kind.model]
    if "agency" in kind.own_fields:
        prefetch_related_objects(told, "agency")
    rows = sorted(kept[kind.rows], key=_place) if kind.rows else []
    read = _read(request, kind, record, told[0] if told else None, rows)
    since = first_day([state.pk], kind.model) if record and not told else None
    return _page(request, state, kind, read | {"kept_since": since, "as_on": day})


def _read(
    request: HttpRequest, kind: RecordKind, record: Record | None, told: Any, rows: Iterable[Any]
) -> dict[str, Any]:
    """What a page that changes nothing shows: what the record has in common with all others, what it tells
    itself, where that is known, and its rows."""
    letter = record.document_id if record else None
    return {
        "record": told or record,
        "facts": facts_in_words(told, kind.own_fields) if told else [],
        "letter": visible(Evidence, request.user).filter(pk=letter).first() if letter else None,
        "told_rows": [facts_in_words(row, own_fields(row)) for row in rows],
    }


def _page(
    request: HttpRequest, state: State, kind: RecordKind, shown: dict[str, Any], status: int = 200
) -> HttpResponse:
    context = {"state": state, "kind": kind, **needed_by(kind), **shown}
    return render(request, "phases/record.html", context, status=status)


def _place(row: Any) -> tuple[Any, ...]:
    """Where a row of a record stands among the others."""
    return tuple(getattr(row, name) for name in row._meta.ordering)
