"""Facts dated up to a day, as they were known on a later one: the rows from which a month's report counts.

What has a day of its own (a milestone, an event, an incident, a month's figure) counts by that day, also when
it was entered later. What is an act of the day on which it was entered (a mark, a plan, the register, a
status) counts by that day and is taken as it stood at the end of `day`.
"""

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import date
from typing import Any

from ulbs.limits import limits
from ulbs.models import ActionPoint, Batch, Deployment, Event, Figure, Incident, Ulb
from ulbs.rules.cells import DAYS, REACHED, MasterData, reached

# Rows that are read as they were known on the later day too.
LATER = (Ulb, Batch, Deployment, Event, ActionPoint, Incident, Figure)
Rows = Mapping[type[Any], list[Any]]


def up_to(day: date, then: Rows, later: Rows) -> dict[type[Any], list[Any]]:
    """The rows of `then`, known at the end of `day`, with what `later` knows of the days up to it."""
    cells = _cells(then[Deployment], later[Deployment], day)
    events = [_event(row, day) for row in later[Event]]
    return {
        **then,
        Deployment: cells,
        Ulb: _ulbs(then[Ulb], later[Ulb], cells, day),
        Batch: _batches(then[Batch], later[Batch], day),
        Event: events,
        ActionPoint: [_without_later(row, None, ("done_on",), day) for row in later[ActionPoint]],
        Incident: [
            _without_later(row, None, ("closed_on",), day) for row in later[Incident] if row.opened_on <= day
        ],
        Figure: [row for row in later[Figure] if row.month is None or row.month <= day],
    }


def _without_later(row: Any, before: Any, names: Iterable[str], day: date) -> Any:
    """A row with the days up to `day`; in the place of a later one stands what was known then."""
    found = copy(row)
    for name in names:
        on = getattr(row, name)
        if on is not None and on > day:
            setattr(found, name, getattr(before, name) if before is not None else None)
    return found


def _cells(then: list[Any], later: list[Any], day: date) -> list[Any]:
    known = {row.pk: row for row in later}
    before = {row.pk: row for row in then}
    found = [row for row in then if row.pk not in known]
    for pk, row in known.items():
        old = before.get(pk)
        cell = _without_later(row, old, DAYS, day)
        if old is not None:
            cell.in_scope = old.in_scope
        elif not any(getattr(cell, name) for name in DAYS):
            continue
        validated = cell.validated_on is not None and row.master_data == MasterData.VALIDATED
        if not validated and old is not None:
            cell.master_data = old.master_data
        elif not validated:
            cell.master_data = (MasterData.COLLECTING if cell.started_on else MasterData.NOT_STARTED).value
        found.append(cell)
    return found


def _ulbs(then: list[Any], later: list[Any], cells: list[Any], day: date) -> list[Any]:
    known = {row.pk: row for row in later}
    of: dict[int, list[Any]] = {}
    for cell in cells:
        of.setdefault(cell.ulb_id, []).append(cell)
    found = []
    for old in then:
        ulb, row = copy(old), known.get(old.pk, old)
        sums = reached(of[ulb.pk], live_when=limits().live_when) if ulb.pk in of else None
        if sums is None:
            # Without modules its days stand in its own row only.
            cut = _without_later(row, old, REACHED, day)
            sums = {name: getattr(cut, name) for name in REACHED}
        for name, value in sums.items():
            setattr(ulb, name, value)
        ulb.priority_planned = row.priority_planned
        ulb.baseline_given, ulb.months_reported = row.baseline_given, row.months_reported
        found.append(ulb)
    return found


def _batches(then: list[Any], later: list[Any], day: date) -> list[Any]:
    before = {row.pk: row for row in then}
    known = {row.pk for row in later}
    found = [row for row in then if row.pk not in known]
    for row in later:
        old = before.get(row.pk)
        batch = _without_later(row, old, ("started_on", "ended_on"), day)
        if old is not None or batch.started_on is not None:
            found.append(batch)
    return found


def _event(row: Any, day: date) -> Any:
    """What was held up to `day` counts as soon as it was closed; what was held later is still planned."""
    event = copy(row)
    if row.on > day:
        event.closed_on = None
    return event
