"""A list of the platform's tenants: what each row says, and which ULB each tenant is. Pure."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from ulbs.importing import cells
from ulbs.importing.headings import Found
from ulbs.importing.lines import Line, Plan, Result, read_once
from ulbs.importing.places import Places
from ulbs.importing.unread import with_unread
from ulbs.rules.names import Names

# As the platform has them, whatever the signs: `kl.sample town c`, `kl.sampledpanchayat(north)`.
CODE = re.compile(r"[^\W_][^<>]{0,99}")
LONGEST = 200
PERSONS = ("person", "none")


@dataclass(frozen=True, slots=True)
class Held:
    """A tenant as it is stored; `ulb` is the LGD code of its ULB."""

    state: int
    name: str
    ulb: int | None
    how: str


@dataclass(slots=True)
class Register:
    """What tenants are compared with: names by state, tenant codes of ULBs, tenants stored already."""

    names: dict[int, Names] = field(default_factory=dict)
    of_code: dict[str, tuple[int, int]] = field(default_factory=dict)
    tenant_of: dict[int, str] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)


def parse(found: Found, places: Places, home: int | None) -> Plan:
    """What each row says. With `home`, rows of other states are counted and left aside."""
    plan = Plan("tenants", [])
    for n, row in found.rows():
        line = Line(n)
        texts = {name: cells.tidy(row[place]) for name, place in found.place.items() if place < len(row)}
        line.key, line.name = texts.get("code", ""), texts.get("name", "")
        if len(row) < found.wide():
            line.refuse("", line.name, "cut_off", found.wide())
            plan.lines.append(line)
            continue
        asked = texts.get("state_code", ""), texts.get("state_name", "")
        state, column, word = places.fitting(*asked, str(line.key))
        if state is None and home is not None and not any(asked):
            state = home
        if state is not None and home is not None and state != home:
            plan.elsewhere += 1
            continue
        if state is None:
            at = column if column in found.heading else "code"
            line.refuse(found.heading[at], texts.get(at, ""), word, asked[column == "state_code"])
        line.values["state"] = state
        if cells.yes(texts.get("active", "")) is False or texts.get("active", "").casefold() == "inactive":
            line.values["active"] = False
        _check(line, found.heading, named="name" in found.place)
        plan.lines.append(with_unread(line, found, row))
    plan.lines = read_once(plan.lines)
    first: dict[str, int] = {}
    for line in plan.lines:
        code = str(line.key).casefold()
        if code and not line.faults and first.setdefault(code, line.row) != line.row:
            line.refuse(found.heading["code"], line.key, "double", first[code])
    plan.states = sorted({line.values["state"] for line in plan.lines if line.values.get("state")})
    return plan


def _check(line: Line, heading: Mapping[str, str], *, named: bool) -> None:
    code = str(line.key)
    if not CODE.fullmatch(code):
        line.refuse(heading["code"], code[:60], "tenant" if code else "no_code")
    if not named:
        return
    if not any(c.isalpha() for c in line.name):
        line.refuse(heading["name"], line.name, "name" if line.name else "no_name")
    elif len(line.name) > LONGEST:
        line.refuse(heading["name"], line.name[:60], "long", LONGEST)
    if cells.formula(line.name):
        line.warn("formula", line.name)


def compare(plan: Plan, register: Register, heading: Mapping[str, str]) -> None:
    """Say of each line which ULB it is and how that was found; `open` where a person has to say.

    What a person has decided stays. A ULB that two tenants fit, or that has another tenant, is not taken.
    """
    fits = {}
    for line in plan.lines:
        if line.result == Result.REFUSED:
            continue
        held = register.held.get(str(line.key))
        line.name = line.name or (held.name if held else str(line.key))
        if held is not None and held.state != line.values["state"]:
            line.refuse(heading.get("code", ""), line.key, "other_state", held.name)
        elif line.values.get("active") is False:
            line.result = Result.UNCHANGED
            line.warn("inactive")
        else:
            fits[line.row] = _match(line, register)
    wanted = Counter(ulb for ulb, _how in fits.values() if ulb is not None)
    for line in plan.lines:
        if line.row not in fits:
            continue
        ulb, how = fits[line.row]
        if ulb is not None and how not in PERSONS:
            owner = register.tenant_of.get(ulb, "")
            if wanted[ulb] > 1 or owner not in {"", line.key}:
                line.warn("taken", ulb)
                ulb, how = None, ""
        if ulb is None and how != "none":
            line.warn("open")
        _settle(line, register.held.get(str(line.key)), ulb, how)


def _match(line: Line, register: Register) -> tuple[int | None, str]:
    """The LGD code of the ULB, and how it was found: by a person, its code, another name, its name."""
    code, state = str(line.key), line.values["state"]
    held = register.held.get(code)
    if held is not None and (held.how in PERSONS or held.ulb is not None):
        return held.ulb, held.how
    if code in register.of_code and register.of_code[code][0] == state:
        return register.of_code[code][1], "code"
    names = register.names.get(state)
    if names is None:
        return None, ""
    ulb, how = names.means(line.name)
    if ulb is None:
        ulb, how = names.means(code.rsplit(".", 1)[-1])
    return ulb, how


def _settle(line: Line, held: Held | None, ulb: int | None, how: str) -> None:
    line.values = {**line.values, "ulb": ulb, "how": how}
    if held is None:
        line.result = Result.NEW
        return
    before = {"name": held.name, "ulb": held.ulb, "how": held.how}
    for name, value in (("name", line.name), ("ulb", ulb), ("how", how)):
        if value != before[name]:
            line.change(name, before[name], value)
    line.result = Result.CHANGED if line.changes else Result.UNCHANGED
    if line.result == Result.UNCHANGED:
        line.warnings = ()
