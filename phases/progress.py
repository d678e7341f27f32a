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
from phases.clocks import Clock, Facts, clocks_of, gate_of, rank
from phases.history import History, histories
from phases.models import Item
from phases.rules import Party, Status, Truth, assess, met_of
from phases.sources import Kept, kept_on, moved_of, now, then
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
    its criteria no longer hold. `gate`: the centre's clock while the gate is open.
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
    gate: Clock | None = None

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
class Pending:
    """What a State/UT waits for: of its earliest stage that is not closed the line that is longest with its
    party, or the gate, which the centre can close (`blocker` None). The one rule for table, page and list of
    what needs attention."""

    clock: Clock
    blocker: Blocker | None = None
    stage: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Four stages, what they were computed from, and what is pending with whom. `clocks`: of each input,
    outcome and criterion by its code. `last_moved`: when any fact of the State/UT was recorded last."""

    stages: tuple[StageProgress, ...]
    truths: Mapping[str, Truth]
    tallies: Mapping[str, Ratio]
    items: Mapping[str, Item]
    records: frozenset[str]
    marks: frozenset[str]
    clocks: Mapping[str, Clock]
    pending: Pending
    last_moved: datetime | None
    accepted_since: int
    day: date

    @property
    def pending_with(self) -> Party:
        return self.pending.clock.party

    @property
    def pending_days(self) -> int | None:
        return self.pending.clock.days

    @property
    def idle_days(self) -> int | None:
        return (self.day - day_of(self.last_moved)).days if self.last_moved else None

    @property
    def live(self) -> Ratio:
        return self.tallies["all.live"]

    @property
    def started(self) -> bool:
        """Whether the State/UT has recorded anything of its own beside the register of its ULBs."""
        return bool(self.items or self.records)

    @property
    def blank(self) -> bool:
        """Whether nothing at all was recorded: no line, no set-up record, no ULB."""
        return not (self.items or self.records or self.live.of)


def progress_of(
    states: Iterable[State],
    *,
    since: date | None = None,
    as_on: date | None = None,
    known: date | None = None,
    kept: Kept | None = None,
    read: Mapping[int, State] | None = None,
) -> dict[int, Progress]:
    """`{state id: Progress}` in at most five queries, whatever the number of states or towns.

    With `since`, also what was accepted and what went live on or after that day. With `as_on`, all as it
    was known at the end of that day, what has been taken away since included, in three queries; with a later
    day `known` too, what is dated up to `as_on` as it was known at the end of `known`. `kept` is
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
    happened: dict[int, dict[str, date]] = {pk: {} for pk in ids}
    rows, signed, tallies, counted = (
        now(ids, since, read)
        if as_on is None
        else then(ids, as_on, since, kept_on(ids, as_on, known=known) if kept is None else kept, known)
    )
    past = histories(ids)
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
            happened[state_id][name.removeprefix("event:")] = day_of(at)
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
            history=past[pk],
            office=posts.office_of(counted[pk], day),
            moved=moved_of(counted[pk]),
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
    happened: dict[str, date],
    since: date | None,
    day: date,
    *,
    history: History,
    office: posts.Office,
    moved: datetime | None,
) -> Progress:
    book = catalogue()
    statuses = {code: Status(item.status) for code, item in items.items()}
    truths = assess(book, statuses, tallies, records, limits(), happened)
    closings = [(number, closing.on) for number, closing in closed.items()]
    closings += [(number, one.closed_on) for number, some in undone.items() for one in some]
    clocks = clocks_of(
        Facts(
            day=day,
            book=book,
            truths=truths,
            statuses=statuses,
            handed={code: item.handed_over for code, item in items.items()},
            tallies=tallies,
            records=frozenset(records),
            closed={number: on for number, on in sorted(closings, reverse=True)},
            happened=happened,
            history=history,
            office=office,
            limits=limits(),
        )
    )
    stages = tuple(
        _stage(number, statuses, truths, tallies, closed, undone, clocks, day) for number in (1, 2, 3, 4)
    )
    # A criterion of a closed stage stands as it did when the stage was closed.
    truths |= {line.code: truth for stage in stages for line, truth in stage.criteria}
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
        clocks=clocks,
        pending=pending_of(stages),
        last_moved=moved,
        accepted_since=len(accepted),
        day=day,
    )


def _stage(
    number: int,
    statuses: Mapping[str, Status],
    truths: Mapping[str, Truth],
    tallies: Mapping[str, Ratio],
    closed: Mapping[int, Closing],
    undone: Mapping[int, list[Undone]],
    clocks: Mapping[str, Clock],
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
        met, before = met_of(truth for _line, truth in criteria), closed.get(number - 1)
        gate = None
        if criteria and met.n == met.of:
            rests_on = {leaf.code for line, _truth in criteria for leaf in catalogue().leaves(line.code)}
            settled = [clocks[code] for code in rests_on if code in clocks]
            gate = gate_of(settled, before.on if before else None, day)
        return StageProgress(
            number=number,
            status=status,
            criteria=criteria,
            blockers=blockers_of(criteria, statuses, truths, tallies, clocks),
            counts=counts,
            outcomes=outcomes,
            closed_on=None,
            undone=earlier,
            gate=gate,
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
                blockers_of(((line, truth),), statuses, truths, tallies, clocks),
            )
            for line, truth in criteria
            if closing.saw.get(line.code) in HOLDS and truth not in HOLDS
        ),
    )


def pending_of(stages: Iterable[StageProgress]) -> Pending:
    """With whom the earliest stage that is not closed waits longest."""
    for stage in stages:
        if stage.closed_on is not None or not stage.criteria:
            continue
        if stage.gate is not None:
            return Pending(stage.gate, None, stage.number)
        if stage.blockers:
            longest = max(stage.blockers, key=lambda b: rank(b.clock))
            return Pending(longest.clock, longest, stage.number)
        return Pending(Clock(Party.STATE), None, stage.number)
    return Pending(Clock(Party.NOBODY))
