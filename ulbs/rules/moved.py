"""What became of a ULB between two days. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ulbs.rules.cells import Step, step_of


class Turn(StrEnum):
    """What can happen to a ULB in the register and in the roll-out."""

    ENTERED = "entered"
    RENAMED = "renamed"
    TYPE = "type"
    CODE = "code"
    DETAILS = "details"
    ENDED = "ended"
    REINSTATED = "reinstated"
    LEFT_OUT = "left_out"
    TAKEN_IN = "taken_in"
    PILOT = "pilot"
    NO_PILOT = "no_pilot"
    BATCH = "batch"
    TAKEN_AWAY = "taken_away"
    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
    STARTED = "started"
    UAT_PLANNED = "uat_planned"
    TRAINED = "trained"
    MODULE = "module"
    MASTER_DATA = "master_data"
    VALIDATED = "validated"
    SIGNED_OFF = "signed_off"
    LIVE = "live"


# The dated columns that are told, each with its turn.
DATED = {
    Turn.STARTED: "data_started_on",
    Turn.VALIDATED: "data_validated_on",
    Turn.UAT_PLANNED: "uat_planned_on",
    Turn.SIGNED_OFF: "uat_signed_on",
    Turn.TRAINED: "trained_on",
    Turn.LIVE: "live_on",
}
# What the town or its state confirms, by the columns of a ULB.
CONFIRMED = (
    "nodal_named", "data_team", "data_operator", "officials_named", "baseline_given", "adoption_team",
)  # fmt: skip
# What the register says besides; one turn for all of them.
DETAILS = (
    "name_local", "type_label", "district", "census_code", "population", "kind", "tenant_code",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One turn, with what there was and what there is: names, days, batch numbers; None for nothing.

    A dated turn with only `old` was taken back, one with both was corrected. Of what ended, `old` is what
    became of it and `new` the day. Of a module both are its code and its step; what is confirmed is named
    by its column. Of a type both are its codes; of details `new` has the columns, sorted as in DETAILS.
    """

    turn: Turn
    old: Any = None
    new: Any = None

    @property
    def taken_back(self) -> bool:
        """A fact with its day that is none any more."""
        return self.turn in DATED and self.new is None


def changes(before: Any, after: Any, old_batch: int | None, new_batch: int | None) -> list[Change]:
    """What became of a ULB, given its rows on two days; `before` is None for one that was not there."""
    if before is None:
        return [Change(Turn.ENTERED, new=after.name), *_dated(None, after)]
    found = [*_told(before, after)]
    if after.ended and (before.ended, before.ended_on) != (after.ended, after.ended_on):
        found.append(Change(Turn.ENDED, after.ended, after.ended_on))
    if before.ended and not after.ended:
        found.append(Change(Turn.REINSTATED))
    if before.in_scope != after.in_scope:
        turn = Turn.TAKEN_IN if after.in_scope else Turn.LEFT_OUT
        found.append(Change(turn, new=after.reason_shown or None))
    if before.pilot != after.pilot:
        found.append(Change(Turn.PILOT if after.pilot else Turn.NO_PILOT))
    if old_batch != new_batch:
        found.append(Change(Turn.BATCH, old_batch, new_batch))
    for column in CONFIRMED:
        if getattr(before, column) != getattr(after, column):
            turn = Turn.CONFIRMED if getattr(after, column) else Turn.NOT_CONFIRMED
            found.append(Change(turn, new=column))
    return [*found, *_dated(before, after)]


def _told(before: Any, after: Any) -> Iterator[Change]:
    """What the register says of it."""
    if before.name != after.name:
        yield Change(Turn.RENAMED, before.name, after.name)
    if before.type_code != after.type_code:
        yield Change(Turn.TYPE, before.type_code, after.type_code)
    if before.lgd_code != after.lgd_code:
        yield Change(Turn.CODE, before.lgd_code, after.lgd_code)
    if details := tuple(name for name in DETAILS if getattr(before, name) != getattr(after, name)):
        yield Change(Turn.DETAILS, new=details)


def modules_moved(before: Iterable[Any], after: Iterable[Any]) -> dict[int, list[Change]]:
    """`{ULB's primary key: the modules that are at another step, or whose master data are}`, given the cells
    on two days."""
    rows, there = ({(cell.ulb_id, cell.module): cell for cell in cells} for cells in (before, after))
    old, new = ({key: step_of(cell) for key, cell in cells.items()} for cells in (rows, there))
    found: dict[int, list[Change]] = {}
    for ulb, code in sorted(old.keys() | new.keys()):
        was, is_ = (steps.get((ulb, code), Step.NOT_IN_SCOPE) for steps in (old, new))
        if was is not is_:
            found.setdefault(ulb, []).append(Change(Turn.MODULE, (code, was), (code, is_)))
        elif (ulb, code) in rows and (ulb, code) in there:
            said, says = (cells[ulb, code].master_data for cells in (rows, there))
            if said != says:
                found.setdefault(ulb, []).append(Change(Turn.MASTER_DATA, (code, said), (code, says)))
    return found


def _dated(before: Any, after: Any) -> Iterator[Change]:
    for turn, column in DATED.items():
        old, new = getattr(before, column, None), getattr(after, column)
        if old != new:
            yield Change(turn, old, new)
