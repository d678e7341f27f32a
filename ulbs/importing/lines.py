"""What a file would do, row by row. Pure; a line goes to and comes from JSON as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

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
    """One row: what it says (`values`), what would change (`changes`: before and after), what is wrong
    with it (`faults`: column, value, word, and what the sentence names), what to look at (`warnings`:
    word, and what the sentence names)."""

    row: int
    key: int | str = ""
    name: str = ""
    result: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    changes: Mapping[str, list[Any]] = field(default_factory=lambda: NONE)
    faults: Sequence[list[Any]] = ()
    warnings: Sequence[list[Any]] = ()

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
        for name in ("values", "changes", "faults", "warnings"):
            if value := getattr(self, name):
                told[name] = value
        return told


@dataclass(slots=True)
class Plan:
    """All lines of a file, the rows left aside because they are another state's, the states concerned in
    the order of their ids, and the facts versions of these that the lines were compared with."""

    kind: str
    lines: list[Line]
    elsewhere: int = 0
    states: list[int] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """How many rows of each result; `suspicious` ones are counted among the others, too."""
        counts = {result.value: 0 for result in Result}
        counts |= {"suspicious": 0, "elsewhere": self.elsewhere}
        for line in self.lines:
            counts[line.result] += 1
            counts["suspicious"] += bool(line.warnings)
        return counts

    @property
    def changes(self) -> int:
        """How many rows would be written."""
        return sum(line.result in {Result.NEW, Result.CHANGED} for line in self.lines)

    @property
    def refused(self) -> bool:
        return any(line.result == Result.REFUSED for line in self.lines)

    def as_json(self) -> list[dict[str, Any]]:
        """The lines to keep: of a refused file the refused rows alone, which is all that is of use."""
        refused = self.refused
        return [line.as_json() for line in self.lines if not refused or line.result == Result.REFUSED]
