"""What moved between two days: pure comparison of what was known at the end of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from phases.catalogue import Line, catalogue
from phases.progress import Progress
from phases.rules import Status
from ulbs.models import Ulb

WATCHED = (
    "name",
    "pilot",
    "in_scope",
    "in_batch",
    "ended",
    "data_validated_on",
    "uat_signed_on",
    "live_on",
    "modules_live",
)


@dataclass(frozen=True, slots=True)
class Moved:
    """One thing that moved: what it was and what it is."""

    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that moved in a state between two days."""

    stages: tuple[tuple[int, Moved], ...]
    criteria: tuple[tuple[Line, Moved], ...]
    lines: tuple[tuple[Line, Moved], ...]
    measures: tuple[tuple[str, Moved], ...]
    towns: tuple[tuple[Ulb, tuple[tuple[str, Moved], ...]], ...] = ()

    @property
    def anything(self) -> bool:
        return bool(self.stages or self.criteria or self.lines or self.measures or self.towns)


def difference(
    before: Progress, after: Progress, then: Mapping[int, Ulb], now: Mapping[int, Ulb]
) -> Difference:
    """What differs between two days; ULBs by their keys, each with its batch's number as `in_batch`."""
    return Difference(
        stages=tuple(
            (b.number, Moved(a.status, b.status))
            for a, b in zip(before.stages, after.stages, strict=True)
            if a.status != b.status
        ),
        criteria=tuple(_criteria(before, after)),
        lines=tuple(_lines(before, after)),
        measures=tuple(
            (name, Moved(before.tallies[name], ratio))
            for name, ratio in sorted(after.tallies.items())
            if name in before.tallies and before.tallies[name] != ratio and not name.endswith("_since")
        ),
        towns=tuple(_towns(then, now)),
    )


def _criteria(before: Progress, after: Progress) -> Iterator[tuple[Line, Moved]]:
    for line in catalogue().lines(section="criterion"):
        a, b = before.truths[line.code], after.truths[line.code]
        if a != b:
            yield line, Moved(a.value, b.value)


def _lines(before: Progress, after: Progress) -> Iterator[tuple[Line, Moved]]:
    for line in catalogue().lines():
        if line.kind != "attested":
            continue
        a, b = (seen.items.get(line.code) for seen in (before, after))
        one, two = (item.status if item else Status.NOT_STARTED.value for item in (a, b))
        if one != two:
            yield line, Moved(one, two)


def _towns(
    then: Mapping[int, Ulb], now: Mapping[int, Ulb]
) -> Iterator[tuple[Ulb, tuple[tuple[str, Moved], ...]]]:
    for pk, ulb in sorted(now.items(), key=lambda pair: (pair[1].name, pair[0])):
        old = then.get(pk)
        if old is None:
            yield ulb, (("new", Moved(None, ulb.name)),)
            continue
        found = [
            (name, Moved(getattr(old, name), getattr(ulb, name)))
            for name in WATCHED
            if getattr(old, name) != getattr(ulb, name)
        ]
        if found:
            yield ulb, tuple(found)
    for pk, ulb in then.items():
        if pk not in now:
            yield ulb, (("gone", Moved(ulb.name, None)),)


def month_ago(day: date) -> date:
    """The day a month before, or the last of that month."""
    year, month = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    return day
