"""What a file would do, row by row. Pure; a line goes to and comes from JSON as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from nudm.core.text import writable

# Most rows have no changes, faults or warnings: they share these.
NONE: Mapping[str, Any] = MappingProxyType({})


class Result(StrEnum):
    """What becomes of a row. `missing` rows are in the register and not in the file."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    MISSING = "missing"


@dataclass(slots=True)
class Line:
    """One row: what it says (`values`), what would change (`changes`: before and after), what is wrong with
    it (`faults`: column, value, word, and what the sentence names), what to look at (`warnings`: word, and
    what the sentence names); of a refused row the `cells` as they stand in the file.

    `since` are cells that somebody changed in the register after the sheet left: what the sheet held then,
    what it says now, what the register says now. They are not written unless a person asks for them.
    """

    row: int
    key: int | str = ""
    name: str = ""
    result: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    changes: Mapping[str, list[Any]] = field(default_factory=lambda: NONE)
    faults: Sequence[list[Any]] = ()
    warnings: Sequence[list[Any]] = ()
    cells: Sequence[str] = ()
    since: Mapping[str, list[Any]] = field(default_factory=lambda: NONE)

    def refuse(self, column: str, value: Any, word: str, other: Any = "") -> None:
        self.result = Result.REFUSED
        self.faults = [*self.faults, [column, value, word, other]]

    def change(self, name: str, before: Any, after: Any) -> None:
        self.changes = {**self.changes, name: [before, after]}

    def warn(self, word: str, other: Any = "") -> None:
        self.warnings = [*self.warnings, [word, other]]

    def as_json(self) -> dict[str, Any]:
        """Without what is empty."""
        told: dict[str, Any] = {"row": self.row, "key": self.key, "name": self.name, "result": self.result}
        for name in ("values", "changes", "faults", "warnings", "cells", "since"):
            if value := getattr(self, name):
                # What stands in the file goes as it is no further than a file or a database can hold it.
                told[name] = writable(value) if name in {"faults", "cells"} else value
        return told


@dataclass(slots=True)
class Plan:
    """All lines of a file, the rows left aside because they are another state's, the states concerned in
    the order of their ids, the facts versions of these that the lines were compared with, and the headings of
    all columns. `over` are the cells (row and field) that are written although somebody changed them since
    the sheet left; `hidden_columns` the headings of columns that are hidden in the file and were read."""

    kind: str
    lines: list[Line]
    elsewhere: int = 0
    states: list[int] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    over: frozenset[str] = frozenset()
    hidden_columns: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """How many rows of each result; `suspicious` ones are counted among the others, too."""
        counts = {result.value: 0 for result in Result}
        counts |= {"suspicious": 0, "since": 0, "elsewhere": self.elsewhere}
        for line in self.lines:
            counts[line.result] += 1
            counts["suspicious"] += bool(line.warnings)
            counts["since"] += bool(line.since)
        return counts

    def is_over(self, line: Line, name: str) -> bool:
        """Whether a person asked to write this cell over what somebody saved since the sheet left."""
        return f"{line.row}:{name}" in self.over

    @property
    def changes(self) -> int:
        """How many rows would be written."""
        return sum(line.result in {Result.NEW, Result.CHANGED} for line in self.lines)

    @property
    def refused(self) -> bool:
        return any(line.result == Result.REFUSED for line in self.lines)

    def as_json(self) -> list[dict[str, Any]]:
        """All lines, as they are kept with the preview."""
        return [line.as_json() for line in self.lines]


def read_once(lines: Sequence[Line]) -> list[Line]:
    """Without rows that say the same once more: the first of them says which. A row that says something else
    of the same key stays, to be refused."""
    first: dict[tuple[Any, ...], Line] = {}
    left: list[Line] = []
    for line in lines:
        said = (line.key, line.name, *line.values.items())
        if line.faults or not (line.key or line.name) or first.setdefault(said, line) is line:
            left.append(line)
        else:
            first[said].warn("twice", line.row)
    return left
