"""What pages show of a past day: the same as today's, from what was kept, without any act."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst

from nudm.core import tables
from nudm.core.money import indian
from phases.catalogue import catalogue
from phases.models import Citation, DueDate, Evidence, Item, Record, Step
from phases.progress import Progress, remembered
from phases.records import KINDS, RecordKind
from phases.views.review import differences
from phases.views.shown import needed_by, rows_of
from states.access import powers, visible
from states.models import State
from states.past import as_on, as_on_all, end_of, first_day


def told(states: list[State], progress: dict[int, Progress], day: date | None) -> dict[str, Any]:
    """What the banner says: the day, and where nothing was recorded yet, when the first entry was made."""
    nothing = day is not None and all(seen.blank for seen in progress.values())
    first = first_day([state.pk for state in states]) if nothing else None
    return {"as_on": day, "nothing": nothing, "first": first}


def citations_on(state: State, progress: Progress, day: date, user: Any) -> dict[str, list[Citation]]:
    """What each line cited, those taken off since included."""
    return _with_evidence(as_on(Citation, [state.pk], day), progress, user)


def _with_evidence(citations: list[Citation], progress: Progress, user: Any) -> dict[str, list[Citation]]:
    codes = {item.pk: code for code, item in progress.items.items()}
    files = (
        visible(Evidence, user)
        .select_related("removed_by")
        .in_bulk({citation.evidence_id for citation in citations})
    )
    found: dict[str, list[Citation]] = {}
    for citation in citations:
        if citation.item_id in codes and citation.evidence_id in files:
            citation.evidence = files[citation.evidence_id]
            found.setdefault(codes[citation.item_id], []).append(citation)
    return found


def item_on(request: HttpRequest, state: State, current: Item, day: date) -> HttpResponse:
    """The page of a line as it stood; `current` is how it stands now."""
    user = request.user
    seen = remembered([state], as_on=day)
    progress, held, line = seen[state.pk], powers(user, state), current.line
    kept = as_on_all([Citation, DueDate], [state.pk], day)
    due_dates = [due for due in kept[DueDate] if due.item_id == current.pk]
    prefetch_related_objects(due_dates, "granted_by")
    steps = visible(Step, user).filter(state=state, item__code=line.code, at__lt=end_of(day))
    history = list(steps.select_related("by", "post__team"))
    row = rows_of(
        (line,),
        state,
        progress,
        powers=held,
        user=user,
        citations=_with_evidence(kept[Citation], progress, user),
        now={line.code: current},
    )[0]
    context = {
        "state": state,
        "stage": catalogue().stage(line.stage),
        "row": row,
        "item": row.item,
        "steps": reversed(history),
        "changes": differences(history) if "review_item" in held else [],
        "powers": frozenset(),
        "due_dates": due_dates,
        "records": [(KINDS[slug], slug not in row.lacking) for slug in line.record],
        **told([state], seen, day),
    }
    return render(request, "phases/item.html", context)


def record_on(request: HttpRequest, state: State, kind: RecordKind, day: date) -> HttpResponse:
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
    context = {
        "state": state,
        "kind": kind,
        "record": told[0] if told else record,
        "facts": _facts(told[0], kind.own_fields) if told else [],
        "letter": visible(Evidence, request.user).filter(pk=record.document_id).first() if record else None,
        "rows": [_facts(row, _own_fields(row)) for row in rows],
        "kept_since": first_day([state.pk], kind.model) if record and not told else None,
        **needed_by(kind),
        "as_on": day,
    }
    return render(request, "phases/record.html", context)


def _place(row: Any) -> tuple[Any, ...]:
    """Where a row of a record stands among the others."""
    return tuple(getattr(row, name) for name in row._meta.ordering)


def _own_fields(row: Any) -> list[str]:
    return [field.name for field in row._meta.concrete_fields if field.name not in {"id", "record"}]


def _facts(row: Any, names: Iterable[str]) -> list[tuple[str, str]]:
    """What a record or one of its rows says, field by field: what it is called, and the value."""
    return [(str(capfirst(row._meta.get_field(name).verbose_name)), _said(row, name)) for name in names]


def _said(row: Any, name: str) -> str:
    told = getattr(row, f"get_{name}_display", None)
    value = told() if told is not None else getattr(row, name)
    if isinstance(value, Decimal):
        value = indian(value)
    return tables.words(value if isinstance(value, (date, bool)) or value is None else str(value)) or "–"
