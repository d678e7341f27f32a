"""Where states stand: read by dashboard, pages, API, reports and mail alike, in a fixed number of queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from nudm.core.dates import day_of, today
from nudm.core.ratio import Ratio
from phases.blockers import Blocker, blockers_of, standing_of
from phases.catalogue import Line, catalogue
from phases.models import Item
from phases.rules import Party, Status, Truth, assess, met_of
from phases.sources import Kept, kept_on, now, then
from states import tally as posts
from states.models import State
from states.versions import versions
from ulbs.limits import limits
from ulbs.rules.counting import MEASURES as TOWN_MEASURES

MEASURES = posts.MEASURES | TOWN_MEASURES
# A criterion that is met, or agreed not to apply, keeps no gate shut.
HOLDS = frozenset({Truth.MET, Truth.NOT_APPLICABLE})


@dataclass(frozen=True, slots=True)
class Slipped:
    """A completion criterion on which a stage was closed and that no longer holds: how it stands now, and
    the lines because of which."""

    line: Line
    truth: Truth
    because: tuple[Blocker, ...]

    @property
    def reason(self) -> str:
        """Why it no longer holds, in the reader's language: each line with its count or its status."""
        said = [standing_of(blocker) for blocker in self.because]
        return "; ".join(said) or _("“%(line)s” is no longer met") % {
            "line": self.line.text.in_(get_language() or "en").rstrip(".।")
        }


@dataclass(frozen=True, slots=True)
class Closing:
    """A stage that is closed: since which day, and the truth of each completion criterion by its code on
    which it was closed."""

    on: date
    saw: Mapping[str, Truth]


@dataclass(frozen=True, slots=True)
class Undone:
    """A closure that the centre has undone: the days on which it was made and undone, and why."""

    closed_on: date
    undone_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class StageProgress:
    """One stage of one state. `status` is not_started, in_progress, complete or, for Stage 4, ongoing.

    A closed stage shows for good what it was closed on: `criteria`, `met` and `total` are those of its
    closing (`closed_met`, `closed_total`), whatever has become of its lines; `slipped` says which of
    its criteria no longer hold.
    """

    number: int
    status: str
    criteria: tuple[tuple[Line, Truth], ...]
    blockers: tuple[Blocker, ...]
    counts: Mapping[Status, int]
    outcomes: Ratio
    closed_on: date | None
    closed_met: int | None = None
    closed_total: int | None = None
    slipped: tuple[Slipped, ...] = ()
    undone: tuple[Undone, ...] = ()

    @property
    def met(self) -> int:
        if self.closed_met is not None:
            return self.closed_met
        return met_of(truth for _line, truth in self.criteria).n

    @property
    def total(self) -> int:
        """Criteria that apply: one agreed not applicable leaves the denominator."""
        if self.closed_total is not None:
            return self.closed_total
        return met_of(truth for _line, truth in self.criteria).of

    @property
    def warning(self) -> str:
        """What no longer holds of that on which the stage was closed, in the reader's language; empty where
        all of it does."""
        if not self.slipped:
            return ""
        words = ngettext(
            "Since closing: %(n)s criterion no longer holds, because %(why)s.",
            "Since closing: %(n)s criteria no longer hold, because %(why)s.",
            len(self.slipped),
        )
        return words % {"n": len(self.slipped), "why": "; ".join(one.reason for one in self.slipped)}

    @property
    def gate_open(self) -> bool:
        """Whether every completion criterion is met and the stage is not closed yet. The centre may close it
        once the stages before it are closed."""
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
    closed: dict[int, dict[int, Closing]] = {pk: {} for pk in ids}
    undone: dict[int, dict[int, list[Undone]]] = {pk: {} for pk in ids}
    marks: dict[int, set[str]] = {pk: set() for pk in ids}
    happened: dict[int, set[str]] = {pk: set() for pk in ids}
    rows, signed, tallies = (
        now(ids, since, read)
        if as_on is None
        else then(ids, as_on, since, kept_on(ids, as_on) if kept is None else kept)
    )
    for item in rows:
        items[item.state_id][item.code] = item
    for state_id, name, at, said, until in signed:
        if name.startswith("closed:"):
            closed[state_id][int(name.removeprefix("closed:"))] = Closing(
                day_of(at), {code: Truth(truth) for code, truth in said.items()}
            )
        elif name.startswith("undone:"):
            made = Undone(day_of(at), day_of(until), said)
            undone[state_id].setdefault(int(name.removeprefix("undone:")), []).append(made)
        elif name.startswith("event:"):
            happened[state_id].add(name.removeprefix("event:"))
        elif name.startswith("mark:"):
            marks[state_id].add(name.removeprefix("mark:"))
        else:
            records[state_id].add(name)
    return {
        pk: _progress(
            items[pk],
            tallies[pk],
            records[pk],
            closed[pk],
            undone[pk],
            marks[pk],
            happened[pk],
            since,
            day,
        )
        for pk in ids
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
    closed: dict[int, Closing],
    undone: dict[int, list[Undone]],
    marks: set[str],
    happened: set[str],
    since: date | None,
    day: date,
) -> Progress:
    book = catalogue()
    statuses = {code: Status(item.status) for code, item in items.items()}
    truths = assess(book, statuses, tallies, records, limits(), happened)
    stages = tuple(
        _stage(number, items, statuses, truths, tallies, closed, undone, day) for number in (1, 2, 3, 4)
    )
    # A criterion of a closed stage stands as it did when the stage was closed.
    truths |= {line.code: truth for stage in stages for line, truth in stage.criteria}
    party, days = _pending(stages)
    moved = [item.since for item in items.values() if item.status != Status.NOT_STARTED.value]
    accepted = [
        i for i in items.values() if i.status == Status.ACCEPTED.value and since and day_of(i.since) >= since
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
    closed: Mapping[int, Closing],
    undone: Mapping[int, list[Undone]],
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
    closing = closed.get(number)
    earlier = tuple(sorted(undone.get(number, ()), key=lambda one: (one.undone_on, one.closed_on)))
    if closing is not None:
        status = "complete"
    elif number == 4:
        opened = truths["4.first_batch_live"] is Truth.MET or 3 in closed
        status = "ongoing" if opened else "not_started"
    else:
        status = "in_progress" if begun else "not_started"
    if closing is None:
        return StageProgress(
            number=number,
            status=status,
            criteria=criteria,
            blockers=blockers_of(criteria, items, statuses, truths, tallies, day),
            counts=counts,
            outcomes=outcomes,
            closed_on=None,
            undone=earlier,
        )
    closed_on_them = met_of(closing.saw.values())
    return StageProgress(
        number=number,
        status=status,
        criteria=tuple((line, closing.saw[line.code]) for line, _now in criteria if line.code in closing.saw),
        blockers=(),
        counts=counts,
        outcomes=outcomes,
        closed_on=closing.on,
        closed_met=closed_on_them.n,
        closed_total=closed_on_them.of,
        undone=earlier,
        slipped=tuple(
            Slipped(
                line,
                truth,
                blockers_of(((line, truth),), items, statuses, truths, tallies, day),
            )
            for line, truth in criteria
            if closing.saw.get(line.code) in HOLDS and truth not in HOLDS
        ),
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
