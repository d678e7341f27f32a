"""What moved in a state between two days, both as they were known then."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from nudm.core.ratio import Ratio
from phases.catalogue import Line, catalogue
from phases.progress import Progress, StageProgress, progress_of
from phases.rules import Status, Truth
from phases.sources import kept_on
from states.models import State
from ulbs.models import Batch, Ulb
from ulbs.rules.moved import Change, changes

# Between not met and not yet known a criterion only seems to move.
SETTLED = {Truth.MET, Truth.NOT_APPLICABLE}


@dataclass(frozen=True, slots=True)
class LineMove:
    """A line whose status is another one now."""

    line: Line
    old: Status
    new: Status


@dataclass(frozen=True, slots=True)
class Moves:
    """Stages, criteria, lines and measures that differ between two days."""

    stages: tuple[tuple[StageProgress, StageProgress], ...]
    criteria: tuple[tuple[Line, Truth, Truth], ...]
    lines: tuple[LineMove, ...]
    measures: tuple[tuple[Line, Ratio, Ratio], ...]

    def __bool__(self) -> bool:
        return bool(self.stages or self.criteria or self.lines or self.measures)

    @property
    def met(self) -> int:
        """Criteria met newly, less those that are met no more."""
        return sum((new is Truth.MET) - (old is Truth.MET) for _line, old, new in self.criteria)

    @property
    def accepted(self) -> int:
        """Lines accepted newly, less those reopened."""
        good = {Status.ACCEPTED, Status.NOT_APPLICABLE}
        return sum((move.new in good) - (move.old in good) for move in self.lines)


def moves(before: Progress, after: Progress) -> Moves:
    """What differs between what was known on two days. Pure."""
    pairs = tuple(zip(before.stages, after.stages, strict=True))
    return Moves(
        stages=tuple((a, b) for a, b in pairs if _stands(a) != _stands(b)),
        criteria=tuple(
            (line, old, new)
            for a, b in pairs
            for (line, old), (_line, new) in zip(a.criteria, b.criteria, strict=True)
            if old is not new and {old, new} & SETTLED
        ),
        lines=tuple(_lines(before, after)),
        measures=tuple(
            (line, old, new)
            for measure, line in _measured().items()
            if (old := before.tallies[measure]) != (new := after.tallies[measure])
        ),
    )


def _stands(stage: StageProgress) -> tuple[Any, ...]:
    return stage.status, stage.met, stage.total, stage.closed_on


def _lines(before: Progress, after: Progress) -> Iterable[LineMove]:
    for line in catalogue().lines():
        if line.kind == "attested":
            old, new = (_status(seen, line.code) for seen in (before, after))
            if old is not new:
                yield LineMove(line, old, new)


def _status(seen: Progress, code: str) -> Status:
    item = seen.items.get(code)
    return Status(item.status) if item is not None else Status.NOT_STARTED


def _measured() -> Mapping[str, Line]:
    """Each measure with the first line of the deck that asks for it, which gives it its words."""
    found: dict[str, Line] = {}
    for line in catalogue().lines():
        if line.measure:
            found.setdefault(line.measure, line)
    return found


@dataclass(frozen=True, slots=True)
class TownMove:
    """A ULB with what became of it."""

    ulb: Ulb
    changes: tuple[Change, ...]


def of_state(state: State, first: date, last: date) -> tuple[Moves, list[TownMove]]:
    """What moved in a state between the ends of two days, and what became of its ULBs, in four queries."""
    kept = {day: kept_on([state.pk], day) for day in (first, last)}
    then, now = (progress_of([state], as_on=day, kept=kept[day])[state.pk] for day in (first, last))
    towns = town_moves(*(kept[day][model] for day in (first, last) for model in (Ulb, Batch)))
    return moves(then, now), towns


def town_moves(
    before: Sequence[Ulb], old_batches: Sequence[Batch], after: Sequence[Ulb], new_batches: Sequence[Batch]
) -> list[TownMove]:
    """The ULBs that something became of, by name."""
    rows = {ulb.pk: ulb for ulb in before}
    old, new = ({batch.pk: batch.number for batch in some} for some in (old_batches, new_batches))
    found = []
    for ulb in sorted(after, key=lambda ulb: (ulb.name, ulb.lgd_code)):
        was = rows.get(ulb.pk)
        old_number = old.get(was.batch_id or 0) if was is not None else None
        became = changes(was, ulb, old_number, new.get(ulb.batch_id or 0))
        if became:
            found.append(TownMove(ulb, tuple(became)))
    return found
