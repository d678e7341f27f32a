"""The deck as data: every CDG role, input, outcome, responsibility, recommendation and completion criterion.

One TOML file a stage, in the deck's order, in English and Hindi. Pure: no Django, no clock.
"""

import hashlib
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

VERSION = "2026.5"
HERE = Path(__file__).parent

SECTIONS = {
    "role": "G",
    "input": "I",
    "outcome": "O",
    "responsibility": "R",
    "recommendation": "T",
    "criterion": "C",
}
KINDS = frozenset({"attested", "measured", "implied", "guidance"})
QUORUMS = frozenset({"all", "any", "pilots_begun", "others_begun"})
OWNERS = frozenset({"state", "agency", "town", "centre"})
RECORDS = frozenset(
    {
        "mou",
        "nodal_order",
        "adoption",
        "hosting",
        "engagement",
        "requirement_report",
        "gap_report",
        "procurement",
        "charter",
        "plan",
        "finance",
        "modules",
        "pilot_approach",
    }
)


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence in English and Hindi."""

    en: str
    hi: str

    def in_(self, language: str) -> str:
        return self.hi if language == "hi" else self.en

    def __str__(self) -> str:
        return self.en


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the deck.

    Its truth is the AND of everything it names: the centre's acceptance where `kind` is attested,
    complete set-up records, a measure that reaches its `quorum` (`all`, `any`, or the name of the
    threshold that says it), and other lines. What has no truth of its own may be counted all the same.
    `event`: the deck's word names what happens once (kicked off, initiated, made live), so a count that was
    reached stays reached. The centre's acceptance it does not replace.
    """

    code: str
    ref: str
    stage: int
    section: str
    number: str
    parent: str | None
    text: Text
    kind: str
    owner: str = "state"
    record: tuple[str, ...] = ()
    measure: str | None = None
    quorum: str = "all"
    needs: tuple[str, ...] = ()
    advises: tuple[str, ...] = ()
    event: bool = False

    @property
    def counts_ulbs(self) -> bool:
        """Whether the line is a count of ULBs. Where a register has none in scope, the State/UT asks to treat
        it as not applicable and the centre agrees."""
        measure = self.measure or ""
        of_ulbs = measure.split(".")[0] in {"pilot", "rest", "all", "first_batch", "batches"}
        return self.kind == "measured" and of_ulbs and self.section in {"input", "outcome", "criterion"}

    @property
    def may_be_marked(self) -> bool:
        """A responsibility that nothing else settles can carry a done mark."""
        return self.section == "responsibility" and self.kind == "guidance"


@dataclass(frozen=True, slots=True)
class Stage:
    number: int
    title: Text
    lines: tuple[Line, ...]

    def section(self, name: str) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.section == name)


@dataclass(frozen=True)
class Catalogue:
    """All four stages under one version; `digest` is the SHA-256 of their files."""

    version: str
    digest: str
    stages: tuple[Stage, ...]

    @cached_property
    def _by_code(self) -> dict[str, Line]:
        return {line.code: line for line in self.lines()}

    def line(self, code: str) -> Line:
        """The line with this code. Raises KeyError for a code that is not the catalogue's."""
        return self._by_code[code]

    def has(self, code: str) -> bool:
        return code in self._by_code

    def stage(self, number: int) -> Stage:
        return self.stages[number - 1]

    def lines(self, stage: int | None = None, section: str | None = None) -> Iterator[Line]:
        for part in self.stages:
            for line in part.lines:
                if stage in (None, part.number) and section in (None, line.section):
                    yield line

    def leaves(self, code: str) -> tuple[Line, ...]:
        """The attested and measured lines on which `code` rests, in the deck's order, itself included."""
        seen: dict[str, Line] = {}
        waiting = [code]
        while waiting:
            line = self.line(waiting.pop())
            if line.code in seen:
                continue
            seen[line.code] = line
            waiting += line.needs
        return tuple(
            line for line in self.lines() if line.code in seen and line.kind in {"attested", "measured"}
        )


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The catalogue in force, read once."""
    files = [HERE / f"stage_{number}.toml" for number in (1, 2, 3, 4)]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    return Catalogue(
        VERSION,
        digest,
        tuple(parse(tomllib.loads(f.read_text(encoding="utf-8"))) for f in files),
    )


def parse(data: dict[str, Any]) -> Stage:
    """A stage from its TOML. Codes are written without their stage and get it here."""
    stage = data["stage"]
    lines: list[Line] = []
    for section, letter in SECTIONS.items():
        parent: str | None = None
        for row in data.get(section, []):
            number = str(row["number"])
            top = number.isdigit()
            code = f"{stage}.{row['code']}"
            lines.append(
                Line(
                    code=code,
                    ref=f"S{stage}-{letter}{number}",
                    stage=stage,
                    section=section,
                    number=number,
                    parent=None if top else parent,
                    text=Text(row["en"], row["hi"]),
                    kind=row.get("kind", "guidance"),
                    owner=row.get("owner", "centre" if section == "role" else "state"),
                    record=tuple(row.get("record", ())),
                    measure=row.get("measure"),
                    quorum=row.get("quorum", "all"),
                    needs=tuple(row.get("needs", ())),
                    advises=tuple(row.get("advises", ())),
                    event=row.get("event", False),
                )
            )
            parent = code if top else parent
    return Stage(stage, Text(data["title_en"], data["title_hi"]), tuple(lines))


def problems(book: Catalogue, measures: Collection[str]) -> list[str]:
    """What is wrong with a catalogue: doubled codes, references that lead nowhere, circles, unknown
    words, missing languages. Empty when it is sound."""
    found: list[str] = []
    lines = list(book.lines())
    codes = [line.code for line in lines]
    found += [f"{code}: the code is used twice" for code in sorted({c for c in codes if codes.count(c) > 1})]
    for line in lines:
        found += [
            f"{line.code}: leads to {code}, which is not there"
            for code in (*line.needs, *line.advises)
            if code not in codes
        ]
        found += [f"{line.code}: unknown record {slug}" for slug in line.record if slug not in RECORDS]
        if line.measure and line.measure not in measures:
            found.append(f"{line.code}: unknown measure {line.measure}")
        if line.kind not in KINDS or line.owner not in OWNERS or line.quorum not in QUORUMS:
            found.append(f"{line.code}: unknown kind, owner or quorum")
        if line.kind == "measured" and not line.measure:
            found.append(f"{line.code}: measured, but by nothing")
        if line.kind == "implied" and not (line.needs or line.measure):
            found.append(f"{line.code}: implied, but by nothing")
        if not line.text.en or not any("\u0900" <= c <= "\u097f" for c in line.text.hi):
            found.append(f"{line.code}: the text is missing in a language")
    return found + _circles(book, set(codes))


def _circles(book: Catalogue, codes: set[str]) -> list[str]:
    done: set[str] = set()
    found: list[str] = []

    def walk(code: str, path: tuple[str, ...]) -> None:
        if code in path:
            found.append(f"{code}: rests on itself ({' → '.join((*path, code))})")
        elif code in codes and code not in done:
            for need in book.line(code).needs:
                walk(need, (*path, code))
            done.add(code)

    for code in sorted(codes):
        walk(code, ())
    return found
