"""What a list of ULBs is asked for: filters and order, read from a query string. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nudm.core.reading import Unclear, number_code
from nudm.core.text import loose
from ulbs.rules.cells import Step
from ulbs.rules.counting import COUNTED

ORDER = tuple(Step)
AT, BELOW = "at", "below"
PILOT, NOT_PILOT, REST = "pilot", "rest", "none"
# The column of a ULB that says whether it has what is counted under this word.
COLUMN = {word: column for column, word in COUNTED.items()}
# The columns of a ULB that its modules do not move.
ABOUT_TOWNS = frozenset({"name", "code", "type", "group"})
SCOPES = ("in", "out", "ended", "all")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which ULBs, in which order, and which modules beside those that the state has in scope.

    `group` is `pilot`, `rest` (no pilot), `none` (in no batch either) or a batch's number. `lacking` is a
    word of COUNTED for what they do not have yet. A `module` alone asks where it is in scope; with a `step`,
    where it is at that step or (`how`) not yet; a step alone asks it of any module.
    """

    text: str = ""
    district: str = ""
    type_code: int | None = None
    group: str = ""
    scope: str = "in"
    lacking: str = ""
    module: str = ""
    how: str = AT
    step: Step | None = None
    columns: tuple[str, ...] = ()
    sort: str = "name"

    @property
    def key(self) -> str:
        """The column that is sorted by, without its direction."""
        return self.sort.removeprefix("-")

    @property
    def rests_on_cells(self) -> bool:
        """Whether modules, or what they add up to, say which ULBs are asked for or in which order."""
        asked = self.lacking or self.module or self.step is not None
        return bool(asked) or self.key not in ABOUT_TOWNS

    @property
    def steps(self) -> range:
        """The places in ORDER at which a module has to be."""
        if self.step is None:
            return range(1, len(ORDER))
        place = ORDER.index(self.step)
        return range(1, place) if self.how == BELOW else range(place, place + 1)


def asked_of(query: Any, known: Iterable[str], sorts: Iterable[str], scope: str = "in") -> Asked:
    """What a query string (a QueryDict) asks; what it cannot mean is left out.

    `known` are the modules' codes, `sorts` the columns that can be sorted by, `scope` is what is shown
    when nothing is said of it.
    """
    known = tuple(known)

    def given(name: str, among: Iterable[str] | None = None, otherwise: str = "") -> str:
        value = str(query.get(name, "")).replace("\0", "").strip()[:100]
        return value if value and (among is None or value in among) else otherwise

    group, type_code, step = given("group"), given("type"), given("step", ORDER)
    scope, lacking = given("scope", SCOPES, scope), given("lacking", COLUMN)
    return Asked(
        text=given("q"),
        district=given("district"),
        type_code=int(type_code) if _number(type_code) else None,
        group=group if group in {PILOT, NOT_PILOT, REST} else str(int(group)) if _number(group) else "",
        # Of what does not count nothing is asked.
        scope="in" if lacking and scope == "all" else scope,
        lacking=lacking,
        module=given("module", known),
        how=given("how", (AT, BELOW), AT),
        step=Step(step) if step else None,
        columns=tuple(code for code in known if code in query.getlist("columns")),
        sort=given("sort", {f"{sign}{name}" for name in (*sorts, *known) for sign in ("", "-")}, "name"),
    )


def _number(text: str) -> bool:
    return text.isdecimal() and len(text) <= 4


def code_of(text: str) -> int | None:
    """The LGD code that a search is for, if it is one."""
    try:
        code = number_code(text)
    except Unclear:
        return None
    return code if code < 10**9 else None


def fits(asked: Asked, ulb: Any, steps: Mapping[str, Step]) -> bool:
    """Whether a ULB is among those asked for; `steps` are its modules' steps."""
    scopes = {"in": ulb.in_scope and not ulb.ended, "out": not ulb.in_scope and not ulb.ended}
    scopes |= {"ended": bool(ulb.ended), "all": True}
    text, code = loose(asked.text), code_of(asked.text)
    named = text in loose(ulb.name) or text in loose(ulb.name_local)
    return (
        scopes[asked.scope]
        and (ulb.lgd_code == code if code is not None else named)
        and asked.district in ("", ulb.district)
        and asked.type_code in (None, ulb.type_code)
        and (asked.group in ("", group_of(ulb)) or (asked.group == NOT_PILOT and not ulb.pilot))
        and not (asked.lacking and getattr(ulb, COLUMN[asked.lacking]))
        and _at(asked, steps)
    )


def _at(asked: Asked, steps: Mapping[str, Step]) -> bool:
    if not asked.module and asked.step is None:
        return True
    places = [ORDER.index(step) for code, step in steps.items() if asked.module in ("", code)]
    if asked.step is Step.NOT_IN_SCOPE and asked.how == AT:
        return not any(places)
    return any(place in asked.steps for place in places)


def group_of(ulb: Any) -> str:
    """`pilot`, the number of its batch, or `none`."""
    return PILOT if ulb.pilot else str(ulb.batch.number) if ulb.batch is not None else REST
