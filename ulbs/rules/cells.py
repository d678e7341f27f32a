"""One service module in one ULB: how far it is, what may come before what, and what the ULB has reached."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from nudm.core.earliest import EARLIEST

CANTONMENT_BOARD = 8


class MasterData(StrEnum):
    """How far the collection of a module's master data is (deck, Stage 1, outcome 8; Stage 2, outcome 2)."""

    NOT_STARTED = "not_started"
    COLLECTING = "collecting"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    VALIDATED = "validated"


class Step(StrEnum):
    """What a module is at in a ULB: the furthest of its facts."""

    NOT_IN_SCOPE = "not_in_scope"
    NOT_STARTED = "not_started"
    MASTER_DATA = "master_data"
    VALIDATED = "validated"
    CONFIGURED = "configured"
    UAT = "uat"
    SIGNED_OFF = "signed_off"
    LIVE = "live"
    WITHDRAWN = "withdrawn"


# What each party may set. The State/UT validates, signs off and takes live; the town and the agency
# prepare (deck, Stage 3, responsibility 1: the State/UT conducts UAT and provides sign-off).
PREPARES = frozenset({"master_data", "started_on"})
BUILDS = PREPARES | {
    "configured_on",
    "uat_planned_on",
    "defects",
    "enhancements",
    "clarifications",
    "trained_on",
}
DECIDES = BUILDS | {
    "in_scope",
    "validated_on",
    "uat_signed_on",
    "live_on",
    "live_url",
    "withdrawn_on",
    "withdrawn_reason",
    "override_reason",
}
FIELDS_OF: Mapping[str, frozenset[str]] = {
    "update_town": PREPARES,
    "update_rollout": BUILDS,
    "manage_ulbs": DECIDES,
}
# What a town or an agency may say of master data; the other two words are the State/UT's.
CLAIMS = frozenset({MasterData.NOT_STARTED, MasterData.COLLECTING, MasterData.SUBMITTED})
FACT_DATES = ("started_on", "validated_on", "configured_on", "uat_signed_on", "trained_on", "live_on")
DAYS = (*FACT_DATES, "uat_planned_on", "withdrawn_on")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a cell: the field, a word for the fault, and the field it clashes with."""

    field: str
    word: str
    other: str = ""


def faults(cell: Any, today: date) -> list[Fault]:
    """What stands against saving a cell, read from its attributes.

    The deck has no live without UAT sign-off (Stage 3, outcome 1); a written `override_reason` lets a
    module pass that was live before the programme, or of which a sheet says no more than that it is.
    Facts do not lie in the future; a plan may. Nothing is dated before anything was.
    """
    found = [Fault(name, "future") for name in FACT_DATES if (on := getattr(cell, name)) and on > today]
    found += [Fault(name, "early") for name in DAYS if (on := getattr(cell, name)) and on < EARLIEST]
    if _before(cell.validated_on, cell.started_on):
        found.append(Fault("master_data", "order", "started_on"))
    if cell.master_data == MasterData.VALIDATED and cell.validated_on is None:
        found.append(Fault("validated_on", "missing"))
    if cell.live_on:
        if not cell.override_reason:
            if cell.uat_signed_on is None:
                found.append(Fault("live_on", "needs", "uat_signed_on"))
            elif _before(cell.live_on, cell.uat_signed_on):
                found.append(Fault("live_on", "order", "uat_signed_on"))
            if not cell.live_url:
                found.append(Fault("live_url", "missing"))
        if not cell.in_scope and cell.withdrawn_on is None:
            found.append(Fault("in_scope", "live"))
    return found + _withdrawal(cell, today)


def planned_too_late(cell: Any, before: date | None, today: date) -> list[Fault]:
    """What stands against a UAT day that is planned now: it is over already, so nothing is scheduled by it
    (deck, Stage 2, criterion 3). One that was planned in time stays when its day has passed, and so does the
    day of what is signed off."""
    on = cell.uat_planned_on
    late = on is not None and on != before and EARLIEST <= on < today and cell.uat_signed_on is None
    return [Fault("uat_planned_on", "over")] if late else []


def is_added_later(cell: Any, ulb: Any, priority: Collection[str], today: date) -> bool:
    """Whether a module that comes into a ULB's scope now is one that its pilot did not begin with: collection
    began on an earlier day with others, and the module was not among the State/UT's `priority` modules
    then."""
    began = ulb.data_started_on
    if not ulb.pilot or began is None or began >= today or cell.module in priority:
        return False
    return cell.started_on is None or cell.started_on > began


def claimed(before: str, after: str) -> list[Fault]:
    """What stands against a town or an agency that says so of master data: the State/UT validates and
    returns them, and what it has validated stays until it says otherwise; what it returned is collected or
    submitted anew (deck, Stage 2, outcome 2)."""
    mine = MasterData(after) in CLAIMS
    if before == MasterData.RETURNED:
        mine = mine and after != MasterData.NOT_STARTED
    return [] if mine and before != MasterData.VALIDATED else [Fault("master_data", "state_only")]


def _withdrawal(cell: Any, today: date) -> list[Fault]:
    if cell.withdrawn_on is None:
        return []
    found: list[Fault] = []
    if cell.live_on is None:
        found.append(Fault("withdrawn_on", "needs", "live_on"))
    elif _before(cell.withdrawn_on, cell.live_on):
        found.append(Fault("withdrawn_on", "order", "live_on"))
    if cell.withdrawn_on > today:
        found.append(Fault("withdrawn_on", "future"))
    if not cell.withdrawn_reason.strip():
        found.append(Fault("withdrawn_reason", "missing"))
    return found


def _before(later: date | None, earlier: date | None) -> bool:
    return later is not None and earlier is not None and later < earlier


def step_of(cell: Any) -> Step:
    """The furthest fact of a cell."""
    if cell is None or not cell.in_scope:
        return Step.NOT_IN_SCOPE
    if cell.withdrawn_on:
        return Step.WITHDRAWN
    if cell.live_on:
        return Step.LIVE
    if cell.uat_signed_on:
        return Step.SIGNED_OFF
    if cell.uat_planned_on:
        return Step.UAT
    if cell.configured_on:
        return Step.CONFIGURED
    if cell.master_data == MasterData.VALIDATED:
        return Step.VALIDATED
    return Step.NOT_STARTED if cell.master_data == MasterData.NOT_STARTED else Step.MASTER_DATA


_FIRST = (*FACT_DATES, "uat_planned_on")
_FURTHEST = (
    MasterData.NOT_STARTED,
    MasterData.RETURNED,
    MasterData.COLLECTING,
    MasterData.SUBMITTED,
    MasterData.VALIDATED,
)


def united(cells: Iterable[Any]) -> dict[str, Any]:
    """What one module holds in a ULB in whose place several stood: of each fact the earliest day, of master
    data the furthest status, of the go-live its address and reason. Empty where none of them has the module
    in use."""
    used = [cell for cell in cells if cell.in_scope and cell.withdrawn_on is None]
    if not used:
        return {}
    values: dict[str, Any] = {
        name: min((on for cell in used if (on := getattr(cell, name))), default=None) for name in _FIRST
    }
    values["master_data"] = max((MasterData(cell.master_data) for cell in used), key=_FURTHEST.index).value
    if values["master_data"] != MasterData.VALIDATED:
        values["validated_on"] = None
    first = min((cell for cell in used if cell.live_on), key=lambda cell: cell.live_on, default=used[0])
    others = [cell for cell in used if cell is not first]
    for name in ("live_url", "override_reason"):
        values[name] = next((text for cell in (first, *others) if (text := getattr(cell, name))), "")
    return values | {"in_scope": True, "withdrawn_on": None, "withdrawn_reason": ""}


REACHED = ("data_started_on", "data_validated_on", "uat_planned_on", "uat_signed_on", "trained_on", "live_on")


def reached(
    cells: Iterable[Any], *, live_when: str = "any", priority: Collection[str] = ()
) -> dict[str, Any]:
    """What a ULB has reached over its modules in scope, as the columns of its row.

    Collection has started with the first module; data are validated and people trained when every
    module is; `live_when` (`any` or `all`) says how many modules make a ULB signed off and live. The
    national dashboard counts a ULB as live with its first module, which is the default. Signed off and live
    (deck, Stage 3, outcome 1) is one and the same module: what is live by an override, without sign-off, is
    not made good by the sign-off of another. `priority` are the modules that the State/UT chose to begin
    with: pilots are to show these (deck, Stage 1, criterion 5); where none was chosen yet, any module does.
    """
    active = [cell for cell in cells if cell.in_scope and cell.withdrawn_on is None]

    def some(name: str) -> date | None:
        return min((on for cell in active if (on := getattr(cell, name))), default=None)

    def every(name: str) -> date | None:
        days = [getattr(cell, name) for cell in active]
        return max(days) if days and all(days) else None

    quorum = every if live_when == "all" else some
    passed = [cell.uat_signed_on is not None and cell.live_on is not None for cell in active]
    # A pilot's master data are those of the modules that it began with (deck, Stage 2, outcome 2).
    first = [cell for cell in active if not cell.added_later] or active
    validated = [cell.validated_on for cell in first]
    return {
        "data_started_on": some("started_on"),
        "data_validated_on": max(validated) if validated and all(validated) else None,
        "uat_planned_on": some("uat_planned_on"),
        "uat_signed_on": quorum("uat_signed_on"),
        "trained_on": every("trained_on"),
        "live_on": quorum("live_on"),
        "signed_and_live": bool(passed) and (all(passed) if live_when == "all" else any(passed)),
        "priority_planned": not (active and priority) or any(cell.module in priority for cell in active),
        "modules_planned": len(active),
        "modules_live": sum(cell.live_on is not None for cell in active),
    }
