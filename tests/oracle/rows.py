"""Rows as they were known at the end of a day, read from what is kept of each: plain namespaces."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import groupby
from types import SimpleNamespace
from typing import Any

from states.models import Appointment, Past

INDIA = timezone(timedelta(hours=5, minutes=30))
Row = SimpleNamespace
Tables = dict[str, dict[int, Row]]


def days_end(day: date) -> datetime:
    """The first moment after `day` in India."""
    return datetime(day.year, day.month, day.day, tzinfo=INDIA) + timedelta(days=1)


def as_day(text: str | None) -> date | None:
    """The day in India of a day or a moment as JSON holds it."""
    if not text:
        return None
    if len(text) == 10:
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(INDIA).date()


def evenings(
    state_id: int, days: Iterable[date], note: Callable[[Tables, date], None]
) -> Iterator[tuple[date, Tables]]:
    """The tables of a State/UT at the end of each of these days; `note` looks at them after every change. The
    same dictionaries grow: read them before the next day is asked for."""
    left, tables = sorted(set(days)), Tables()
    lines = Past.objects.filter(state=state_id, since__lt=days_end(left[-1])).order_by("since", "pk")
    for moment, changes in groupby(lines.values_list("since", "model", "row", "data"), lambda line: line[0]):
        on = moment.astimezone(INDIA).date()
        while left and left[0] < on:
            yield left.pop(0), tables
        changed = set()
        for _since, model, row, data in changes:
            changed.add(model)
            of_model = tables.setdefault(model, {})
            if data is None:
                of_model.pop(row, None)
            else:
                of_model[row] = Row(**data)
        if changed & {"ulb", "deployment", "figure", "readiness"}:
            note(tables, on)
    yield from ((day, tables) for day in left)


def first_appointment(state_id: int, day: date) -> date | None:
    """The first day, up to `day`, on which anybody held a post of the State/UT's office."""
    held = Appointment.objects.filter(post__team__state=state_id, post__team__role="state")
    return min((row.start for row in held if row.start <= day), default=None)


def every(tables: Tables, model: str) -> list[Any]:
    return list(tables.get(model, {}).values())
