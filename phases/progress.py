"""Where states stand: read by dashboard, pages, API, reports and mail alike, in a fixed number of queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from nudm.core.dates import day_of, today
from nudm.core.ratio import Ratio
from phases.blockers import Blocker, blockers_of
from phases.catalogue import Line, catalogue
from phases.models import Item
from phases.rules import SETTLED, Party, Status, Truth, assess, met_of
from phases.sources import Kept, kept_on, now, then
from states import tally as posts
from states.models import State
from states.versions import versions
from ulbs.limits import limits
from ulbs.rules.counting import MEASURES as TOWN_MEASURES

MEASURES = posts.MEASURES | TOWN_MEASURES


@dataclass(frozen=True, slots=True)
class StageProgress:
    """One stage of one state. `status` is not_started, in_progress, complete or, for Stage 4, ongoing."""

    number: int
    status: str
    criteria: tuple[tuple[Line, Truth], ...]
    blockers: tuple[Blocker, ...]
    counts: Mapping[Status, int]
    outcomes: Ratio
    closed_on: date | None

    @property
    def met(self) -> int:
        return met_of(truth for _line, truth in self.criteria).n

    @property
    def total(self) -> int:
        """Criteria that apply: one agreed not applicable leaves the denominator."""
        return met_of(truth for _line, truth in self.criteria).of

    @property
    def gate_open(self) -> bool:
        """Whether the centre may close the stage now."""
        return bool(self.criteria) and self.met == self.total and self.closed_on is None


@dataclass(frozen=True, slots=True)
class Progress:
    """Four stages, what they were computed from, and what is pending with whom."""

    stages: tuple[StageProgress, ...]
    truths: Mapping[str, Truth]
    tallies: Mapping[str, Ratio]
    items: Mapping[str, Item]
    records: frozenset[str]
    marks: frozenset[str]
    pending_with: Party
    pending_days: int | None
    last_moved: datetime | None
    accepted_since: int
    day: date

    @property
    def idle_days(self) -> int | None:
        return (self.day - day_of(self.last_moved)).days if self.last_moved else None

    @property
    def live(self) -> Ratio:
        return self.tallies["all.live"]

    @property
    def blank(self) -> bool:
        """Whether nothing at all was recorded: no line, no set-up record, no ULB."""
        return not (self.items or self.records or self.live.of)


def progress_of(
    states: Iterable[State],
    *,
    since: date | None = None,
    as_on: date | None = None,
    kept: Kept | None = None,
    read: Mapping[int, State] | None = None,
) -> dict[int, Progress]:
    """`{state id: Progress}` in at most four queries, whatever the number of states or towns.

    With `since`, also what was accepted and what went live on or after that day. With `as_on`, all as it
    was known at the end of that day, what has been taken away since included, in two queries; `kept` is
    what `kept_on` gave for that day, where it was asked already, and `read` the states as they were
    read before, for reading pages.
    """
    ids = [state.pk for state in states]
    day = as_on or today()
    items: dict[int, dict[str, Item]] = {pk: {} for pk in ids}
    records: dict[int, set[str]] = {pk: set() for pk in ids}
    closed: dict[int, dict[int, date]] = {pk: {} for pk in ids}
    marks: dict[int, set[str]] = {pk: set() for pk in ids}
    rows, signed, tallies = (
        now(ids, since, read)
        if as_on is None
        else then(ids, as_on, since, kept_on(ids, as_on) if kept is None else kept)
    )
    for item in rows:
        items[item.state_id][item.code] = item
    for state_id, name, at in signed:
        if name.startswith("closed:"):
            closed[state_id][int(name.removeprefix("closed:"))] = day_of(at)
        elif name.startswith("mark:"):
            marks[state_id].add(name.removeprefix("mark:"))
        else:
            records[state_id].add(name)
    return {
        pk: _progress(items[pk], tallies[pk], records[pk], closed[pk], marks[pk], since, day) for pk in ids
    }


REMEMBERED: dict[tuple[int, date | None, date | None], tuple[tuple[int, date], Progress]] = {}


def remembered(
    states: Iterable[State], *, since: date | None = None, as_on: date | None = None
) -> dict[int, Progress]:
    """The same as `progress_of`, computed only for states whose facts have changed since the last look.

    Remembered under `facts_version`, which every action raises in its own transaction, and the day. What
    was known on a day that is over never changes but for who held a post, which an order may date back:
    it is remembered under the version of that. For reading pages only: inside a transaction that changes
    facts the version has not risen yet.
    """
    rows = list(states)
    day = as_on or today()
    people = versions()[0] if day < today() else None
    stamps = {row.pk: (row.facts_version if people is None else people, day) for row in rows}
    known = {row.pk: REMEMBERED.get((row.pk, since, as_on)) for row in rows}
    fresh = [row for row in rows if (kept := known[row.pk]) is None or kept[0] != stamps[row.pk]]
    if fresh:
        made = progress_of(fresh, since=since, as_on=as_on, read={row.pk: row for row in fresh})
        if len(REMEMBERED) > 500:
            REMEMBERED.clear()
        for row in fresh:
            known[row.pk] = REMEMBERED[row.pk, since, as_on] = (stamps[row.pk], made[row.pk])
    return {pk: kept[1] for pk, kept in known.items() if kept is not None}


def _progress(
    items: dict[str, Item],
    tallies: dict[str, Ratio],
    records: set[str],
    closed: dict[int, date],
    marks: set[str],
    since: date | None,
    day: date,
) -> Progress:
    book = catalogue()
    statuses = {code: Status(item.status) for code, item in items.items()}
    truths = assess(book, statuses, tallies, records, limits())
    stages = tuple(_stage(number, items, statuses, truths, tallies, closed, day) for number in (1, 2, 3, 4))
    party, days = _pending(stages)
    moved = [item.since for item in items.values() if item.status != Status.NOT_STARTED.value]
    accepted = [
        i for i in items.values() if Status(i.status) in SETTLED and since and day_of(i.since) >= since
    ]
    return Progress(
        stages=stages,
        truths=truths,
        tallies=tallies,
        items=items,
        records=frozenset(records),
        marks=frozenset(marks),
        pending_with=party,
        pending_days=days,
        last_moved=max(moved, default=None),
        accepted_since=len(accepted),
        day=day,
    )


def _stage(
    number: int,
    items: Mapping[str, Item],
    statuses: Mapping[str, Status],
    truths: Mapping[str, Truth],
    tallies: Mapping[str, Ratio],
    closed: Mapping[int, date],
    day: date,
) -> StageProgress:
    lines = catalogue().stage(number).lines
    attested = [line for line in lines if line.kind == "attested"]
    counts = {status: 0 for status in Status}
    for line in attested:
        counts[statuses.get(line.code, Status.NOT_STARTED)] += 1
    criteria = tuple((line, truths[line.code]) for line in lines if line.section == "criterion")
    outcomes = met_of(
        truths[line.code] for line in lines if line.section == "outcome" and line.parent is None
    )
    begun = counts[Status.NOT_STARTED] < len(attested) or any(
        (ratio := tallies.get(line.measure or "")) is not None and ratio.begun
        for line in lines
        if line.kind == "measured" and line.section == "outcome"
    )
    if number in closed:
        status = "complete"
    elif number == 4:
        opened = truths["4.first_batch_live"] is Truth.MET or 3 in closed
        status = "ongoing" if opened else "not_started"
    else:
        status = "in_progress" if begun else "not_started"
    return StageProgress(
        number=number,
        status=status,
        criteria=criteria,
        blockers=() if number in closed else blockers_of(criteria, items, statuses, truths, tallies, day),
        counts=counts,
        outcomes=outcomes,
        closed_on=closed.get(number),
    )


def _pending(stages: tuple[StageProgress, ...]) -> tuple[Party, int | None]:
    """With whom the earliest open gate hangs longest."""
    for stage in stages[:3]:
        if stage.closed_on is not None:
            continue
        if stage.gate_open:
            return Party.CENTRE, None
        waiting = [b for b in stage.blockers if b.days is not None]
        if waiting:
            longest = max(waiting, key=lambda b: b.days or 0)
            return longest.party, longest.days
        return (stage.blockers[0].party if stage.blockers else Party.STATE), None
    return Party.NOBODY, None
