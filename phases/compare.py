"""What moved in a state between two days, both as they were known then."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from nudm.core.counts import gather
from nudm.core.ratio import Ratio
from phases.catalogue import Line, catalogue
from phases.progress import Progress, StageProgress, progress_of
from phases.rules import Status, Truth
from phases.sources import Kept, kept_on
from states.models import State
from ulbs.actions.batches import DATES
from ulbs.catalogue import Metric, metrics
from ulbs.models import Batch, Deployment, Ulb
from ulbs.past import registers_counted
from ulbs.registers import REGISTERS, Register
from ulbs.rules.months import reported
from ulbs.rules.moved import Change, Turn, changes, modules_moved
from ulbs.tally import counts_on

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
        """Lines accepted newly, less those reopened; what was agreed not applicable is not accepted."""
        return sum((move.new is Status.ACCEPTED) - (move.old is Status.ACCEPTED) for move in self.lines)


def moves(before: Progress, after: Progress) -> Moves:
    """What differs between what was known on two days. Pure."""
    pairs = tuple(zip(before.stages, after.stages, strict=True))
    return Moves(
        stages=tuple((a, b) for a, b in pairs if _stands(a) != _stands(b)),
        criteria=tuple(
            (line, old, new)
            for a, b in pairs
            for line, old in a.criteria
            if (new := dict(b.criteria).get(line, old)) is not old and {old, new} & SETTLED
        ),
        lines=tuple(_lines(before, after)),
        measures=tuple(
            (line, old, new)
            for measure, line in _measured().items()
            if (old := before.tallies[measure]) != (new := after.tallies[measure])
        ),
    )


def _stands(stage: StageProgress) -> tuple[Any, ...]:
    slipped = tuple(one.line.code for one in stage.slipped)
    return stage.status, stage.met, stage.total, stage.closed_on, slipped, stage.undone


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
    """Each measure with the first line of the deck that asks for it, which gives it its words: one that it
    settles before one beside which it is only counted."""
    found: dict[str, Line] = {}
    for line in sorted(catalogue().lines(), key=lambda line: line.kind == "guidance"):
        if line.measure:
            found.setdefault(line.measure, line)
    return found


@dataclass(frozen=True, slots=True)
class TownMove:
    """A ULB with what became of it."""

    ulb: Ulb
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class BatchMove:
    """A batch that was made or taken away, or whose dates differ: `(column, old, new)` each."""

    batch: Batch
    made: bool
    removed: bool
    dates: tuple[tuple[str, date | None, date | None], ...]


@dataclass(frozen=True, slots=True)
class RegisterMove:
    """A register whose entries, or those still open, are more or fewer now, each pair then and now; and how
    many entries of both days hold something else."""

    register: Register
    entries: tuple[int, int]
    open: tuple[int, int]
    changed: int


@dataclass(frozen=True, slots=True)
class FigureMove:
    """A figure of the State/UT, its own or the sum over its ULBs, that is another one now; without a month
    its target. None: not given."""

    metric: Metric
    month: date | None
    old: float | None
    new: float | None

    @property
    def values(self) -> tuple[float | None, float | None]:
        return self.old, self.new


@dataclass(frozen=True, slots=True)
class StateMoves:
    """All that moved in a state."""

    moved: Moves
    towns: list[TownMove]
    batches: list[BatchMove]
    registers: list[RegisterMove]
    figures: list[FigureMove]


def of_state(state: State, first: date, last: date) -> StateMoves:
    """What moved in a state between the ends of two days, what became of its ULBs, its batches, its registers
    and its figures, in six queries."""
    kept = {day: kept_on([state.pk], day, (Deployment,)) for day in (first, last)}
    then, now = (progress_of([state], as_on=day, kept=kept[day])[state.pk] for day in (first, last))
    before, after = kept[first], kept[last]
    counted = tuple(registers_counted(kept[day], day) for day in (first, last))
    registers = [
        RegisterMove(
            register,
            *(_pair(counted, name) for name in (slug, f"{slug}:open")),
            _changed(register, before, after),
        )
        for slug, register in REGISTERS.items()
    ]
    told = [gather([state.pk], counts_on([state.pk], day, kept[day][Ulb]))[state.pk] for day in (first, last)]
    return StateMoves(
        moves(then, now),
        town_moves(before, after),
        batch_moves(before[Batch], after[Batch]),
        [row for row in registers if row.changed or len({*row.entries}) + len({*row.open}) > 2],
        figure_moves(*told),
    )


def _changed(register: Register, before: Kept, after: Kept) -> int:
    """How many of a register's entries that were there on both days were saved in between."""
    old = {row.pk: row.version for row in before[register.model]}
    return sum(
        row.pk in old and row.version != old[row.pk]
        for row in after[register.model]
        if all(getattr(row, name) == value for name, value in register.where.items())
    )


def figure_moves(before: Mapping[str, float], after: Mapping[str, float]) -> list[FigureMove]:
    """The figures that differ, by metric and month, from the counts of two days. Pure."""
    found = []
    old, new = (_figures(counts) for counts in (before, after))
    places = list(metrics())
    for code, month in sorted(old.keys() | new.keys(), key=lambda key: (places.index(key[0]), key[1])):
        was, is_ = old.get((code, month)), new.get((code, month))
        if was != is_:
            when = date.fromisoformat(month) if month else None
            found.append(FigureMove(metrics()[code], when, was, is_))
    return found


def _figures(counts: Mapping[str, float]) -> dict[tuple[str, str], float]:
    """By metric and month; the target has no month."""
    told = {
        (code, month): row.value for code, months in reported(counts).items() for month, row in months.items()
    }
    return told | {
        (name.removeprefix("target:"), ""): value
        for name, value in counts.items()
        if name.startswith("target:")
    }


def _pair(counted: Sequence[Mapping[str, int]], name: str) -> tuple[int, int]:
    return counted[0].get(name, 0), counted[1].get(name, 0)


def town_moves(before: Kept, after: Kept) -> list[TownMove]:
    """The ULBs that something became of, by name; those taken away since included."""
    rows, there = ({ulb.pk: ulb for ulb in kept[Ulb]} for kept in (before, after))
    old, new = ({batch.pk: batch.number for batch in kept[Batch]} for kept in (before, after))
    modules = modules_moved(before[Deployment], after[Deployment])
    found = []
    for pk in rows.keys() | there.keys():
        was, ulb = rows.get(pk), there.get(pk)
        if ulb is None:
            found.append(TownMove(rows[pk], (Change(Turn.TAKEN_AWAY),)))
            continue
        old_number = old.get(was.batch_id or 0) if was is not None else None
        became = changes(was, ulb, old_number, new.get(ulb.batch_id or 0)) + modules.get(pk, [])
        if became:
            found.append(TownMove(ulb, tuple(became)))
    return sorted(found, key=lambda town: (town.ulb.name, town.ulb.lgd_code))


def batch_moves(before: Sequence[Batch], after: Sequence[Batch]) -> list[BatchMove]:
    """The batches that something became of, by number."""
    old, new = ({batch.pk: batch for batch in batches} for batches in (before, after))
    found = []
    for pk in old.keys() | new.keys():
        was, batch = old.get(pk), new.get(pk)
        dates = tuple(
            (name, then, now)
            for name in DATES
            if (then := getattr(was, name, None)) != (now := getattr(batch, name, None)) and batch is not None
        )
        if was is None or batch is None or dates:
            found.append(BatchMove(batch or old[pk], was is None, batch is None, dates))
    return sorted(found, key=lambda move: move.batch.number)
