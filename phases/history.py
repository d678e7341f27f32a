"""What a State/UT's items, records and counts were at the end of each day, from what was kept of its rows.

Read in one query, whatever the number of States/UTs. What is older than an hour never changes any more and
is remembered, so that after an act only the last lines are read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from nudm.core.dates import day_of
from nudm.core.ratio import Ratio
from phases.catalogue import catalogue
from phases.models import Item, Record
from phases.rules import Status, Truth, asks_of_others, measured
from states.models import Past
from ulbs import history as counted
from ulbs.limits import limits

ITEM, RECORD = Item._meta.model_name or "", Record._meta.model_name or ""
# No transaction lasts longer: what is older is complete.
SETTLED_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an item stood from a day on: its status, and whether the IA had handed it over. `taken_back`: the
    State/UT had withdrawn it from review."""

    day: date
    status: Status
    handed: bool
    taken_back: bool = False


@dataclass(slots=True)
class History:
    """Of one State/UT, by code: the standings of each item; the days on which a line's count became enough
    (True) or fell short (False), and on which a record became complete or ceased to be. `begun`: the first
    day on which anything was counted. `ulbs`: from which days on there was a ULB in scope (True) or none."""

    items: dict[str, tuple[Standing, ...]] = field(default_factory=dict)
    enough: dict[str, tuple[tuple[date, bool], ...]] = field(default_factory=dict)
    records: dict[str, tuple[tuple[date, bool], ...]] = field(default_factory=dict)
    begun: dict[str, date] = field(default_factory=dict)
    ulbs: tuple[tuple[date, bool], ...] = ()


@dataclass(slots=True)
class _Fold:
    """The history as far as it was read: up to the line `last`, of the moment `at`."""

    history: History = field(default_factory=History)
    counts: counted.Counts = field(default_factory=counted.Counts)
    day: date = date.min
    moved: bool = False
    last: int = 0
    at: datetime | None = None

    def copy(self) -> "_Fold":
        own = self.history
        history = History(dict(own.items), dict(own.enough), dict(own.records), dict(own.begun), own.ulbs)
        return _Fold(history, self.counts.copy(), self.day, self.moved, self.last, self.at)

    def take(self, pk: int, model: str, row: int, since: datetime, data: Any) -> None:
        self.until(day_of(since))
        if model == ITEM:
            self._item(data)
        elif model == RECORD:
            self._record(data)
        else:
            self.counts.take(model, row, data)
            self.moved = True
        self.last, self.at = max(self.last, pk), max(self.at or since, since)

    def until(self, day: date) -> None:
        """Close the days before `day`."""
        if day <= self.day:
            return
        if self.moved:
            self._count(self.day)
        for on in self.counts.due_between(self.day, day - timedelta(days=1)):
            self._count(on)
        self.day, self.moved = day, False

    def _count(self, day: date) -> None:
        measures = self.counts.measures(day)
        there = measures["all.live"].of > 0
        if not self.history.ulbs or self.history.ulbs[-1][1] is not there:
            self.history.ulbs = (*self.history.ulbs, (day, there))
        for code, name, quorum in _measured():
            ratio = measures[name]
            enough = _enough(measures, name, quorum)
            known = self.history.enough.get(code, ())
            if not known or known[-1][1] is not enough:
                self.history.enough[code] = (*known, (day, enough))
            if ratio.begun:
                self.history.begun.setdefault(code, day)

    def _item(self, data: Mapping[str, Any] | None) -> None:
        if data is None:
            return
        known = self.history.items.get(data["code"], ())
        status, handed = Status(data["status"]), bool(data.get("handed_over"))
        before = known[-1].status if known else Status.NOT_STARTED
        if known and (before, known[-1].handed) == (status, handed):
            return
        back = before is Status.UNDER_REVIEW and status is Status.IN_PROGRESS
        self.history.items[data["code"]] = (*known, Standing(self.day, status, handed, back))

    def _record(self, data: Mapping[str, Any] | None) -> None:
        if data is None:
            return
        known = self.history.records.get(data["kind"], ())
        if not known or known[-1][1] is not data["complete"]:
            self.history.records[data["kind"]] = (*known, (self.day, data["complete"]))


def _measured() -> list[tuple[str, str, str]]:
    """The lines whose counts are followed: code, measure, quorum."""
    return [
        (line.code, line.measure, line.quorum)
        for line in catalogue().lines()
        if line.measure in counted.FOLLOWED
    ]


def _enough(measures: Mapping[str, Ratio], name: str, quorum: str) -> bool:
    if asks_of_others(name) and measures["pilot.identified"].complete:
        return True
    return measured(measures[name], quorum, limits()) is Truth.MET


# What was read of each State/UT, up to an hour before it was read last.
REMEMBERED: dict[int, _Fold] = {}


def histories(ids: Iterable[int]) -> dict[int, History]:
    """`{state id: History}`, today's acts included, in one query."""
    wanted = list(ids)
    known = {pk: REMEMBERED[pk] for pk in wanted if pk in REMEMBERED}
    found = {pk: (known[pk].copy() if pk in known else _Fold()) for pk in wanted}
    new = _lines({pk: fold.last for pk, fold in found.items()})
    # A line that was dated back is read with all before it.
    stale = [pk for pk, rows in new.items() if rows and (at := found[pk].at) is not None and rows[0][3] < at]
    if stale:
        found |= {pk: _Fold() for pk in stale}
        new |= _lines(dict.fromkeys(stale, 0))
    settled = timezone.now() - SETTLED_AFTER
    for pk, fold in found.items():
        rows = new.get(pk, [])
        young = next((n for n, row in enumerate(rows) if row[3] >= settled), len(rows))
        for row in rows[:young]:
            fold.take(*row)
        REMEMBERED[pk] = fold.copy()
        for row in rows[young:]:
            fold.take(*row)
    return {pk: _closed(fold) for pk, fold in found.items()}


def _closed(fold: _Fold) -> History:
    fold.until(date.max)
    return fold.history


def _lines(after: Mapping[int, int]) -> dict[int, list[tuple[int, str, int, datetime, Any]]]:
    """The lines of each State/UT behind the one that was read last, in the order of their moments."""
    wanted = Q()
    for last in set(after.values()):
        wanted |= Q(state__in=[pk for pk, read in after.items() if read == last], pk__gt=last)
    lines = Past.objects.filter(wanted, model__in=[ITEM, RECORD, *counted.MODELS]).order_by("since", "pk")
    found: dict[int, list[tuple[int, str, int, datetime, Any]]] = {}
    for state, *row in lines.values_list("state_id", "pk", "model", "row", "since", "data"):
        found.setdefault(state, []).append(tuple(row))  # type: ignore[arg-type]
    return found
