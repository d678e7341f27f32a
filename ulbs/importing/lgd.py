"""The directory's export “Urban Local Bodies of India”: what a row says, and what it would change. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from ulbs.importing import cells
from ulbs.importing.headings import Found
from ulbs.importing.layouts import LGD, STATE_NAME
from ulbs.importing.lines import Line, Plan, Result, read_once
from ulbs.importing.places import Places
from ulbs.importing.unread import with_unread

FIELDS = ("lgd_version", "name", "name_local", "type_code", "census_code")
LONGEST = 200
NAME, TYPE = (next(c.en for c in LGD.columns if c.field == field) for field in ("name", "type_code"))
# Towns have such codes in the Census of 2011; the directory's own lie far below.
CENSUS_TOWNS = range(800_000, 850_000)
_LETTER = re.compile(r"[^\W\d_]")


class Known(NamedTuple):
    """A ULB of the register."""

    state: int
    code: int
    ended: str
    provisional: bool
    lgd_version: int
    name: str
    name_local: str
    type_code: int
    census_code: str


def parse(found: Found, places: Places, types: Collection[int], home: int | None) -> Plan:
    """What each row says. With `home`, rows of other states are counted and left aside."""
    reader = _Reader(found, places, frozenset(types), home)
    plan = Plan("lgd", [])
    for n, row in found.rows():
        line = reader.line(n, row)
        if line is None:
            plan.elsewhere += 1
        else:
            plan.lines.append(with_unread(line, found, row))
    plan.lines = read_once(plan.lines)
    _doubles(plan.lines, found.heading["lgd_code"])
    fill_states(plan, {})
    return plan


def fill_states(plan: Plan, of_code: Mapping[int, int]) -> None:
    """Say of rows that name no State/UT whose the ULB with their code is; then which States/UTs there are."""
    for line in plan.lines:
        if isinstance(line.key, int) and line.key in of_code and line.values.get("state") is None:
            line.values = {**line.values, "state": of_code[line.key]}
    plan.states = sorted({line.values["state"] for line in plan.lines if line.values.get("state")})


class _Reader:
    """Reads rows by the places of their columns; what repeats is looked up once."""

    def __init__(self, found: Found, places: Places, types: frozenset[int], home: int | None) -> None:
        self.heading, self.wide = found.heading, found.wide()
        self.places, self.types, self.home = places, types, home
        # A column that the file does not have is the empty cell that is put at the end of each row.
        at = {column.field: found.place.get(column.field, -1) for column in found.layout.columns}
        self.code, self.version, self.name, self.local, self.type, self.census, self.state, self.title = (
            at[field] for field in ("lgd_code", *FIELDS, "state_code", "state_name")
        )
        self.of_state: dict[tuple[str, str], tuple[int | None, str, str]] = {}

    def line(self, n: int, cut: list[str]) -> Line | None:
        line = Line(n)
        if len(cut) < self.wide:
            line.name = cells.tidy(" ".join(cut))
            line.refuse("", line.name, "cut_off", self.wide)
            return line
        row = [*map(str.strip, cut), ""]
        state = self._state(line, row[self.state], row[self.title])
        if state is not None and self.home is not None and state != self.home:
            return None
        self._code(line, row[self.code])
        if self.name >= 0:
            self._name(line, row[self.name])
        line.values = {
            "state": state,
            "lgd_version": self._version(line, row[self.version]) if self.version >= 0 else None,
            "type_code": self._type(line, row[self.type]) if self.type >= 0 else None,
        }
        if local := self._local(line, row[self.local]):
            line.values["name_local"] = local
        if census := self._census(line, row[self.census]):
            line.values["census_code"] = census
        return line

    def _refuse(self, line: Line, field: str, value: str, word: str, other: Any = "") -> None:
        line.refuse(self.heading[field], value, word, other)

    def _state(self, line: Line, code: str, name: str) -> int | None:
        if self.state == self.title == -1:
            return self.home
        asked = code, name
        if asked not in self.of_state:
            self.of_state[asked] = self.places.find(*asked)
        state, field, word = self.of_state[asked]
        if state is None:
            self._refuse(line, field, asked[field == "state_name"], word, asked[field == "state_code"])
        return state

    def _code(self, line: Line, text: str) -> None:
        code = cells.code(text)
        if code is None or not 100_000 <= code <= 799_999:
            census = code is not None and code in CENSUS_TOWNS
            word = "no_code" if not text else "census_as_code" if census else "code"
            self._refuse(line, "lgd_code", text, word)
        else:
            line.key = code

    def _version(self, line: Line, text: str) -> int:
        version = cells.number(text) if text else 1
        if version is None or not 1 <= version <= 9999:
            self._refuse(line, "lgd_version", text, "number")
            return 1
        return version

    def _name(self, line: Line, said: str) -> None:
        line.name = cells.proper(said)
        if not _LETTER.search(said):
            self._refuse(line, "name", said, "name" if said else "no_name")
        if len(said) > LONGEST:
            self._refuse(line, "name", said[:60], "long", LONGEST)
        if cells.formula(said):
            line.warn("formula", line.name)

    def _local(self, line: Line, said: str) -> str:
        if len(said) > LONGEST:
            self._refuse(line, "name_local", said[:60], "long", LONGEST)
        if not cells.in_latin(said):
            return cells.tidy(said)
        line.warn("latin", said)
        return ""

    def _type(self, line: Line, text: str) -> int | None:
        code = cells.number(text)
        if code not in self.types:
            known = ", ".join(str(one) for one in sorted(self.types))
            self._refuse(line, "type_code", text, "type", known)
        return code

    def _census(self, line: Line, text: str) -> str:
        """Six digits; Excel loses zeros at the front, and the directory writes 000000 for none."""
        code = cells.number(text) if text else 0
        if code is None or code > 999_999:
            self._refuse(line, "census_code", text, "census")
            return ""
        return f"{code:06}" if code else ""


def _doubles(lines: Iterable[Line], heading: str) -> None:
    """Each code stands once: of several rows with one code, all but the first are refused with its row."""
    first: dict[int | str, int] = {}
    for line in lines:
        if line.key and first.setdefault(line.key, line.row) != line.row:
            line.refuse(heading, line.key, "double", first[line.key])


def compare(plan: Plan, register: Mapping[int, Known], heading: Mapping[str, str]) -> None:
    """Say of each line what it would change in the register, and what to look at.

    An empty cell takes nothing away. A row with a lower version than the register's is older: it changes
    nothing. `register` holds the ULBs of the states concerned, and whichever else has one of the codes.
    """
    twins = _twins(plan, register)
    for line in plan.lines:
        if line.result == Result.REFUSED or not isinstance(line.key, int):
            continue
        known = register.get(line.key)
        if known is None:
            line.result = Result.NEW
            _refuse_unmade(line)
        elif known.state != line.values["state"]:
            line.refuse(heading.get("lgd_code", ""), line.key, "other_state", known.name)
            continue
        else:
            _differ(line, known)
        if line.result == Result.NEW or "name" in line.changes:
            others = twins.get((line.values["state"], line.name.casefold()), ())
            other = min((code for code in others if code != line.key), default=None)
            if other is not None:
                waits = other in register and register[other].provisional
                line.warn("provisional" if waits else "same_name", other)
    seen = {line.key for line in plan.lines}
    plan.lines += [
        Line(0, known.code, known.name, Result.MISSING)
        for known in sorted(register.values(), key=lambda known: known.code)
        if known.state in plan.states and known.code not in seen and not known.ended and not known.provisional
    ]


def _refuse_unmade(line: Line) -> None:
    """A ULB that is new needs a name, a type and a State/UT; of one that is there a sheet may say less."""
    for column, value, word in (
        (NAME, line.name, "new_name"),
        (TYPE, line.values["type_code"], "new_type"),
        (STATE_NAME.en, line.values["state"], "no_state"),
    ):
        if not value:
            line.refuse(column, "", word)


def _differ(line: Line, known: Known) -> None:
    values = {**line.values, "name": line.name}
    line.name = line.name or known.name
    line.result = Result.UNCHANGED
    if values["lgd_version"] is not None and values["lgd_version"] < known.lgd_version:
        line.warnings = [["older", known.lgd_version]]
        return
    for field in FIELDS:
        before, after = getattr(known, field), values.get(field, "")
        if after not in {before, "", None} and not (field == "name" and cells.same(before, after)):
            line.change(field, before, after)
    if not line.changes:
        line.warnings = ()
        return
    line.result = Result.CHANGED
    if "type_code" in line.changes:
        line.warn("type")
    if known.ended:
        line.warn("ended")


def _twins(plan: Plan, register: Mapping[int, Known]) -> dict[tuple[int, str], list[int]]:
    """`{(state, name): codes}` of the names that the file and the register together have several times."""
    first: dict[tuple[int, str], int] = {}
    twins: dict[tuple[int, str], list[int]] = {}
    pairs = [(known.state, known.name, known.code) for known in register.values() if not known.ended]
    for state, name, code in chain(pairs, _told(plan)):
        key = (state, name.casefold())
        if first.setdefault(key, code) != code:
            twins.setdefault(key, [first[key]]).append(code)
    return twins


def _told(plan: Plan) -> Iterator[tuple[int, str, int]]:
    for line in plan.lines:
        if isinstance(line.key, int) and line.values.get("state") and line.name:
            yield line.values["state"], line.name, line.key
