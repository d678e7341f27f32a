"""A state's roll-out sheet: what each row says of a ULB's plan and its modules, and what it would change.

Y in a module's column means live. The e-mailed sheets give neither address nor day of UAT, so such a
module is taken as live from the day of reading, with the sheet as the written reason. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from nudm.core.earliest import EARLIEST
from ulbs.catalogue import modules
from ulbs.importing import cells
from ulbs.importing.headings import Found, plain
from ulbs.importing.layouts import DETAILS, PLAN, Layout
from ulbs.importing.lines import Line, Plan, Result, read_once
from ulbs.importing.tables import Unreadable
from ulbs.importing.tenants import CODE
from ulbs.importing.unread import with_unread
from ulbs.rules.names import Names, alike

KINDS = {
    "greenfield": "greenfield", "green field": "greenfield", "green": "greenfield", "g": "greenfield",
    "brownfield": "brownfield", "brown field": "brownfield", "brown": "brownfield", "b": "brownfield",
    "ग्रीनफ़ील्ड": "greenfield", "ब्राउनफ़ील्ड": "brownfield",
}  # fmt: skip
_KINDS = {plain(word): kind for word, kind in KINDS.items()}
FIELDS = tuple(column.field for column in PLAN)
TOLD = tuple(column.field for column in DETAILS)
REASON = next(column.en for column in PLAN if column.field == "scope_reason")
TEXTS = {"district": 100, "scope_reason": 300, "name_local": 200, "type_label": 100}
MAX_BATCH = 999
MAX_POPULATION = 99_999_999
# Below this a name beside a code is another ULB's.
ANOTHER = 0.6


@dataclass(frozen=True, slots=True)
class Cell:
    """A module in a ULB, as far as the sheet can change it."""

    live_on: date | None = None
    withdrawn: bool = False
    in_scope: bool = True


@dataclass(frozen=True, slots=True)
class Town:
    """A ULB of the register with its plan and modules."""

    pk: int
    code: int
    name: str
    name_local: str
    type_code: int
    ended: bool
    live: bool
    plan: Mapping[str, Any]
    cells: Mapping[str, Cell] = field(default_factory=dict)
    aliases: Sequence[str] = ()


def memory(layout: Layout, rows: Iterable[Sequence[Any]]) -> list[list[str]]:
    """What the cells of a sheet hold when it leaves: the fields, then a row for each ULB, as text."""
    fields = [column.field for column in layout.columns if column.field]
    return [["rollout", *fields], *(["", *map(_text, row)] for row in rows)]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "Y" if value else "N"
    return "" if value is None else str(value)


def recalled(rows: Sequence[Sequence[str]], today: date) -> dict[int, dict[str, Any]]:
    """What a downloaded sheet held, by the ULB's code and the field; nothing of a sheet without a memory.

    Raises Unreadable (`memory`) for one that somebody has changed.
    """
    if not rows or rows[0][:1] != ["rollout"]:
        return {}
    fields, held = rows[0][1:], dict[int, dict[str, Any]]()
    for _mark, *texts in rows[1:]:
        said = dict(zip(fields, texts, strict=False))
        code = cells.code(said.get("lgd_code", ""))
        if code is None:
            raise Unreadable("memory")
        held[code] = {name: _held(name, text, today) for name, text in said.items()}
    return held


def _held(name: str, text: str, today: date) -> Any:
    """The value of a cell as the sheet held it; an empty one is none."""
    if name in modules():
        return _reached(text, today)[0] if text else None
    if name in FIELDS:
        return _planned(name, text)[0] if text else None
    return text


def parse(found: Found, today: date) -> Plan:
    """What each row says; empty cells say nothing."""
    plan = Plan("rollout", [])
    held = recalled(found.memory, today)
    for n, row in found.rows():
        plan.lines.append(with_unread(_line(found, n, row, today), found, row))
    plan.lines = read_once(plan.lines)
    for line in plan.lines:
        if line.key in held:
            known = held[int(line.key)]
            line.values["held"] = {name: known[name] for name in line.values if name in known}
    return plan


def _line(found: Found, n: int, row: list[str], today: date) -> Line:
    line = Line(n)
    if len(row) < found.wide():
        line.name = cells.tidy(" ".join(row))
        line.refuse("", line.name, "cut_off", found.wide())
        return line
    texts = {name: cells.tidy(row[place]) for name, place in found.place.items()}
    line.name = line.values["name"] = texts.get("name", "")
    if code := texts.get("lgd_code", ""):
        read = cells.code(code)
        line.values["code"] = line.key = read or code
        if read is None or not 100_000 <= read <= 999_999:
            line.refuse(found.heading["lgd_code"], code, "code")
    elif not line.name:
        known = "lgd_code" if "lgd_code" in found.heading else "name"
        line.refuse(found.heading[known], "", "no_code" if known == "lgd_code" else "no_name")
    for name, text in texts.items():
        if text and name in FIELDS:
            value, word, other = _planned(name, text)
            if word:
                line.refuse(found.heading[name], text[:60], word, other)
            line.values[name] = value
        elif text and name in TOLD:
            line.values[name] = text
        elif text and name in modules():
            on, word = _reached(text, today)
            if word:
                line.refuse(found.heading[name], text[:60], word)
            line.values[name] = on
    return line


def _planned(name: str, text: str) -> tuple[Any, str, Any]:
    """The value of a column of the plan; or the word for what is wrong with it."""
    if name in TEXTS:
        return text, "long" if len(text) > TEXTS[name] else "", TEXTS[name]
    if name == "kind":
        kind = _KINDS.get(plain(text), "")
        return kind, "" if kind else "kind", ""
    if name == "batch":
        number = cells.number(text.casefold().removeprefix("batch").removeprefix("बैच").strip())
        return number, "" if number is not None and 1 <= number <= MAX_BATCH else "batch", ""
    answer = cells.yes(text)
    return answer, "" if answer is not None else "yes", ""


def _told(name: str, text: str) -> tuple[Any, str, Any]:
    """The same for a column of the register's details."""
    if name in TEXTS:
        return text, "long" if len(text) > TEXTS[name] else "", TEXTS[name]
    if name == "tenant_code":
        return text, "" if CODE.fullmatch(text) else "tenant", ""
    number = cells.number(text)
    if name == "population":
        return number, "" if number is not None and number <= MAX_POPULATION else "population", ""
    # Excel loses zeros at the front.
    known = number is not None and 0 < number <= 999_999
    return f"{number or 0:06}", "" if known else "census", ""


def _reached(text: str, today: date) -> tuple[Any, str]:
    """True or False for Y or N, the ISO day for a day; or the word for what is wrong."""
    answer = cells.yes(text)
    if answer is not None:
        return answer, ""
    on = cells.day(text)
    if on is None:
        return None, "cell"
    return on.isoformat(), "future" if on > today else "early" if on < EARLIEST else ""


def compare(plan: Plan, towns: Mapping[int, Town], heading: Mapping[str, str], today: date) -> None:
    """Say of each line what it would change. `towns` are the state's ULBs by LGD code."""
    names = Names()
    for one in towns.values():
        if not one.ended:
            also = [other for other in (one.name_local, *one.aliases) if other]
            names.add(one.code, one.type_code, one.name, also)
    first: dict[int, int] = {}
    column = heading.get("lgd_code") or heading.get("name", "")
    for line in plan.lines:
        if line.result == Result.REFUSED:
            continue
        town = _town(line, towns, names, heading)
        if town is None:
            continue
        if first.setdefault(town.code, line.row) != line.row:
            line.refuse(column, town.name, "double", first[town.code])
            continue
        line.key, line.name = town.code, town.name
        line.result = Result.UNCHANGED
        said = _not_changed_since(plan, line, town)
        _differ_modules(line, said, town, today)
        _differ_plan(line, said, town, heading)
        _differ_details(line, said, town, heading)
        if line.changes and line.result != Result.REFUSED:
            line.result = Result.CHANGED
    _one_tenant_each(plan, towns, heading.get("tenant_code", ""))


def _town(line: Line, towns: Mapping[int, Town], names: Names, heading: Mapping[str, str]) -> Town | None:
    """The ULB of a row: by its code, else by a name that only one ULB of the state has."""
    code, name = line.values.get("code"), line.values["name"]
    found = code if code else names.means(name)[0]
    town = towns.get(found) if found is not None else None
    if town is None:
        near = [towns[pk] for pk in names.nearest(name, 5)] if name else []
        twins = [one for one in near if not code and alike(one.name, name) == 1]
        word, told = ("two_ulbs", twins) if len(twins) > 1 else ("no_ulb", near[:3])
        other = ", ".join(f"{one.name} ({one.code})" for one in told)
    else:
        word, other = _objection(town, code, name)
    if town is None or word:
        line.refuse(heading.get("lgd_code" if code else "name", ""), code or name, word, other)
        return None
    if not code and not cells.same(town.name, name):
        line.warn("by_name", town.name)
    return town


def _objection(town: Town, code: int | None, name: str) -> tuple[str, str]:
    """What stands against a row's meaning this ULB; nothing as a rule."""
    if town.ended:
        return "ended", ""
    known = [other for other in (town.name, town.name_local, *town.aliases) if other]
    fits = not (code and name) or any(cells.same(name, o) or alike(name, o) >= ANOTHER for o in known)
    return ("", "") if fits else ("code_and_name", town.name)


def _not_changed_since(plan: Plan, line: Line, town: Town) -> dict[str, Any]:
    """What the row says, without the cells that somebody changed in the register since the sheet left: these
    are shown with three values."""
    said, held = dict(line.values), line.values.get("held", {})
    for name in (*FIELDS, *TOLD, *modules()):
        if name not in said or name not in held:
            continue
        was, mine, now = held[name], said[name], _now(name, town)
        if name in modules() and mine is True and now and now is not True:
            # Y says that it is live, and it is.
            mine = now
        if _same_value(now, was) or _same_value(now, mine) or plan.is_over(line, name):
            continue
        line.since = {**line.since, name: [was, said.pop(name), now]}
    becomes_pilot = said.get("pilot") and not town.plan["pilot"]
    if becomes_pilot and "batch" in line.since and not plan.is_over(line, "pilot"):
        # A pilot is in no batch: the mark would take away the batch that somebody has given it since.
        line.since = {**line.since, "pilot": [held.get("pilot"), said.pop("pilot"), False]}
    return said


def _same_value(one: Any, other: Any) -> bool:
    """Whether two cells say the same; one that is empty is like none."""
    empty = {None, ""}
    return cells.tidy(str(one)) == cells.tidy(str(other)) or (one in empty and other in empty)


def _now(name: str, town: Town) -> Any:
    """What the register says, as a sheet that left now would."""
    if name not in modules():
        return town.plan[name]
    cell = town.cells.get(name)
    if cell is None or not cell.in_scope:
        return None
    return cell.live_on.isoformat() if cell.live_on and not cell.withdrawn else False


def _differ_plan(line: Line, values: Mapping[str, Any], town: Town, heading: Mapping[str, str]) -> None:
    said = {name: values[name] for name in FIELDS if name in values}
    if said.get("pilot") and not town.plan["pilot"]:
        said.setdefault("batch", None)
    if said.get("in_scope"):
        said["scope_reason"] = ""
    for name, value in said.items():
        if value != town.plan[name]:
            line.change(name, town.plan[name], value)
    live = town.live or any(line.changes[code][1] for code in modules() if code in line.changes)
    for name, word in _clashes(town, {**town.plan, **said}, live):
        if name in values:
            line.refuse(heading.get(name, ""), values[name], word, heading.get("scope_reason", REASON))


def _differ_details(line: Line, said: Mapping[str, Any], town: Town, heading: Mapping[str, str]) -> None:
    """What stands there already is right, whatever it is: the sheet as it was taken reads back."""
    for name in TOLD:
        before, text = town.plan[name], said.get(name, "")
        if text == cells.tidy("" if before is None else str(before)):
            continue
        value, word, other = _told(name, text)
        if text and word:
            line.refuse(heading[name], text[:60], word, other)
        elif text and value != before:
            line.change(name, before, value)


def _one_tenant_each(plan: Plan, towns: Mapping[int, Town], column: str) -> None:
    """Refuse a tenant's code that another ULB of the state would have, too."""
    given = {line.key: line for line in plan.lines if "tenant_code" in line.changes}
    holders: dict[str, list[str]] = {}
    for town in towns.values() if given else ():
        code = given[town.code].changes["tenant_code"][1] if town.code in given else town.plan["tenant_code"]
        holders.setdefault(code, []).append(town.name)
    for line in given.values():
        code = line.changes["tenant_code"][1]
        if len(holders[code]) > 1:
            others = [name for name in holders[code] if name != line.name]
            line.refuse(column, code, "tenant_twice", ", ".join(others) or line.name)


def _clashes(town: Town, after: Mapping[str, Any], live: bool) -> list[tuple[str, str]]:
    """What stands against a plan, as the register's own action has it."""
    found = []
    if after["pilot"] and after["batch"] is not None:
        found.append(("batch", "pilot_in_batch"))
    if town.live and town.plan["pilot"] and not after["pilot"]:
        found.append(("pilot", "live_pilot"))
    if not after["in_scope"] and not after["scope_reason"]:
        found.append(("in_scope", "scope_reason"))
    if not after["in_scope"] and live:
        found.append(("in_scope", "live_out"))
    return found


def _differ_modules(line: Line, values: Mapping[str, Any], town: Town, today: date) -> None:
    for code in modules():
        said = values.get(code)
        if said is None:
            continue
        cell = town.cells.get(code) or Cell()
        if said is False:
            if cell.live_on and not cell.withdrawn:
                line.warn("live_not", code)
            elif cell.withdrawn or (code in town.cells and cell.in_scope):
                continue
            elif town.plan["in_scope"]:
                line.change(code, None, False)
            else:
                line.warn("planned_out", code)
        elif cell.withdrawn:
            line.warn("withdrawn", code)
        elif said is True:
            if cell.live_on is None:
                line.change(code, None, today.isoformat())
        elif cell.live_on is None or cell.live_on.isoformat() != said:
            line.change(code, cell.live_on.isoformat() if cell.live_on else None, said)
