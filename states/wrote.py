"""What an act wrote, so that its line in the audit log can carry the digest of it.

`states.past.keep` notes the lines of the past that it writes, an action the rows that stay as they are for
good (a step of an item's history). `states.actions.record` takes what was noted in the same transaction about
its state. What was noted within a savepoint that is taken back goes with it: it is held where Django holds
what waits for the commit.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

# The name under which a line of the log carries it, and the kind of row that is the past of others.
WROTE, PAST = "wrote", "states.past"


class Note:
    """Rows that an act wrote in a state: `(label, id)` each, with what they hold. At the commit, when it is
    called, it does nothing."""

    def __init__(self, state: int | None, rows: Mapping[tuple[str, int], Any]) -> None:
        self.state, self.rows = state, rows

    def __call__(self) -> None:
        """Committed: nobody asks any more."""


def note(state: int | None, rows: Mapping[tuple[str, int], Any]) -> None:
    """Note rows that were just written; outside a transaction nobody could take them."""
    if rows and connection.in_atomic_block:
        transaction.on_commit(Note(state, rows))


def note_row(row: Any) -> None:
    """Note a row that is never changed, as it was written."""
    note(row.state_id, {(row._meta.label_lower, row.pk): held(row)})


def waits(state: int | None) -> bool:
    """Whether something was noted about a state in this transaction and not taken yet."""
    return any(isinstance(one[1], Note) and one[1].state == state for one in connection.run_on_commit)


def taken(state: int | None) -> dict[str, Any]:
    """What was noted about a state in this transaction and not taken yet: for the data of a line."""
    rows: dict[tuple[str, int], Any] = {}
    left = []
    for waiting in connection.run_on_commit:
        mine = waiting[1]
        if isinstance(mine, Note) and mine.state == state:
            rows |= mine.rows
        else:
            left.append(waiting)
    if not rows:
        return {}
    connection.run_on_commit[:] = left
    return {WROTE: {"rows": _spans(rows), "digest": digest_of(rows)}}


def digest_of(rows: Mapping[tuple[str, int], Any]) -> str:
    """SHA-256, in hexadecimal, over what rows hold, in the order of their labels and ids."""
    digest = hashlib.sha256()
    for key in sorted(rows):
        text = json.dumps([*key, rows[key]], sort_keys=True, separators=(",", ":"), default=_plain)
        # Fractions as text: the databases write them in different ways.
        digest.update(json.dumps(json.loads(text, parse_float=str), sort_keys=True).encode())
    return digest.hexdigest()


def rows_of(data: Mapping[str, Any]) -> set[tuple[str, int]]:
    """The rows that a line of the log covers."""
    spans = data.get(WROTE, {}).get("rows", {})
    return {(label, pk) for label, pairs in spans.items() for a, b in pairs for pk in range(a, b + 1)}


def held_past(model: str, row: int, state: int | None, since: datetime, data: Any) -> list[Any]:
    """What is covered of a line of the past."""
    return [model, row, state, since, data]


def held(row: Model) -> dict[str, Any]:
    """What is covered of a row that is never changed: all its columns."""
    return {field.attname: field.value_from_object(row) for field in row._meta.concrete_fields}


def _spans(rows: Iterable[tuple[str, int]]) -> dict[str, list[list[int]]]:
    """`{label: [[first id, last id], …]}`: an import's thousands of rows are a few spans."""
    found: dict[str, list[list[int]]] = {}
    for label, pk in sorted(rows):
        spans = found.setdefault(label, [])
        if spans and spans[-1][1] == pk - 1:
            spans[-1][1] = pk
        else:
            spans.append([pk, pk])
    return found


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else str(value)
