"""With whom each line is, since when, its age and the days with each party. Pure: no clock, no database.

Two figures that no party can set back by its own act. The *age* of a line runs from the day on which it
became due to be worked on: its stage opens for the State/UT (Stage 1: its first appointment; Stage 4: the
first batch is live; else: the stage before is closed), or somebody works on it earlier. The *days with* a
party are summed over all its stays. A line agreed, accepted or counted in full is with nobody, and its age
stands.
See docs/decisions/0024-two-clocks.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from nudm.core.ratio import Ratio
from phases.catalogue import Catalogue, Line
from phases.history import History, Standing
from phases.rules import SETTLED, Party, Status, Truth, counted, party_of
from states.tally import Office
from ulbs.rules.counting import Limits

# Counts that rest on the figures of months that are over, and the measure that says whether the last such
# month was given: while it was, nobody can act until the running month ends.
MONTHLY = {
    "help_desk.effective": "help_desk.reported",
    "adoption.tracked": "adoption.reported",
    "adoption.reached": "adoption.reported",
}


@dataclass(frozen=True, slots=True)
class Clock:
    """A line at the end of a day.

    `since`: the day from which the party has it without a break, taking it back from review being none;
    of a line with nobody the day on which it was settled. None where its stage has not opened and nobody
    works on it. `age_days`: see above. `days_with`: the days with each party. `days`: those with the party
    that has it now, of an accepted line whose count fell short those since the acceptance; None where there
    is nothing to wait for. `awaited`: nobody can act before that day,
    on which a month is over and its figures can be given.
    """

    party: Party
    since: date | None = None
    age_days: int | None = None
    days_with: Mapping[Party, int] = field(default_factory=dict)
    days: int | None = None
    awaited: date | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the clocks of one State/UT are computed from, as known at the end of `day`. `closed`: when
    each stage was closed first; `happened`: when each event of the deck was met."""

    day: date
    book: Catalogue
    truths: Mapping[str, Truth]
    statuses: Mapping[str, Status]
    handed: Mapping[str, bool]
    tallies: Mapping[str, Ratio]
    records: frozenset[str]
    closed: Mapping[int, date]
    happened: Mapping[str, date]
    history: History
    office: Office
    limits: Limits


def clocks_of(facts: Facts) -> dict[str, Clock]:
    """`{code: Clock}` of every input, outcome and criterion. One that follows from others has the clock of
    the one among them that is open and longest with its party."""
    opened = {number: _opened(facts, number) for number in (1, 2, 3, 4)}
    lines = [line for line in facts.book.lines() if line.section in {"input", "outcome", "criterion"}]
    own = {line.code: _clock(line, facts, opened[line.stage]) for line in lines if line.kind != "implied"}
    return own | {
        line.code: longest(own[leaf.code] for leaf in facts.book.leaves(line.code) if leaf.code in own)
        for line in lines
        if line.kind == "implied"
    }


def longest(clocks: Iterable[Clock]) -> Clock:
    """The clock that is longest with its party; among those with nobody the one that waits for a month, else
    the one settled last."""
    return max(clocks, key=rank, default=Clock(Party.NOBODY))


def rank(clock: Clock) -> tuple[bool, int, bool, date]:
    """Orders clocks by what waits longest."""
    waits = clock.party is not Party.NOBODY
    days = -1 if clock.days is None else clock.days
    return (waits, days, clock.awaited is not None, clock.since or date.min)


def gate_of(clocks: Iterable[Clock], before: date | None, day: date) -> Clock:
    """The clock of a gate that is open: it waits for the centre since the last of its lines was settled, but
    not before the stage before was closed."""
    since = max([on for clock in clocks if (on := clock.since)] + ([before] if before else []), default=None)
    days = (day - since).days if since else None
    return Clock(Party.CENTRE, since, days, {Party.CENTRE: days or 0}, days)


def _opened(facts: Facts, stage: int) -> date | None:
    if stage == 1:
        first = facts.office.first
        return first if first and first <= facts.day else None
    closed = facts.closed.get(stage - 1)
    if stage < 4:
        return closed
    return min([on for on in (closed, facts.happened.get("4.first_batch_live")) if on], default=None)


def _clock(line: Line, facts: Facts, opened: date | None) -> Clock:
    stays = _stays(line, facts)
    began = min([on for on in (opened, _worked_on(line, facts)) if on], default=None)
    party = _party(line, facts)
    if stays[-1][1] is not party:
        stays.append((facts.day, party, False))
    if began is None:
        return Clock(party)
    done = facts.truths.get(line.code) in DONE
    found = _summed(stays, began, facts.day, done=done, accepted=_accepted_on(line, facts))
    return _monthly(line, facts, found) if line.measure in MONTHLY else found


FOUR_DAYS = timedelta(days=4)
DONE = {Truth.MET, Truth.NOT_APPLICABLE}
# The day from which a party has a line, the party, and whether the State/UT took it back from review then.
Stay = tuple[date, Party, bool]


def _party(line: Line, facts: Facts) -> Party:
    """With whom a line is by what is known now."""
    if facts.truths.get(line.code) in DONE:
        return Party.NOBODY
    status = facts.statuses.get(line.code, Status.NOT_STARTED)
    if _with_a_person(line, status):
        return party_of(status, line.owner, handed=facts.handed.get(line.code, False))
    lacks = any(slug not in facts.records for slug in line.record)
    return Party(line.owner) if lacks or not _enough_now(line, facts) else Party.NOBODY


def _with_a_person(line: Line, status: Status) -> bool:
    """Whether it is the item's status that says with whom a line is: of a count only while the centre is
    asked to treat it as not applicable."""
    return status is Status.UNDER_REVIEW or (line.kind == "attested" and status not in SETTLED)


def _enough_now(line: Line, facts: Facts) -> bool:
    if not line.measure:
        return True
    return counted(line, facts.statuses, facts.tallies, facts.limits, facts.happened) in DONE


def _worked_on(line: Line, facts: Facts) -> date | None:
    """The first day on which somebody worked on a line: began it, saved its record, had something counted."""
    history = facts.history
    first = [s.day for s in history.items.get(line.code, ()) if s.status is not Status.NOT_STARTED][:1]
    first += [day for slug in line.record for day, _complete in history.records.get(slug, ())[:1]]
    first += [history.begun[line.code]] if line.code in history.begun and line.kind == "measured" else []
    return min((day for day in first if day <= facts.day), default=None)


def _stays(line: Line, facts: Facts) -> list[Stay]:
    """With whom the line was, from which day on; the first stay has no beginning."""
    day = facts.day
    items = [s for s in facts.history.items.get(line.code, ()) if s.day <= day]
    counts = _counts(line, facts)
    records = {slug: _until(facts.history.records.get(slug, ()), day) for slug in line.record}
    days = {s.day for s in items} | {on for on, _enough in counts}
    days |= {on for rows in records.values() for on, _complete in rows}
    days |= {on for on, _there in _until(facts.history.ulbs, day)} if line.counts_ulbs else set()
    found: list[Stay] = []
    for on in (date.min, *sorted(days)):
        now = [s for s in items if s.day <= on]
        standing = now[-1] if now else Standing(date.min, Status.NOT_STARTED, handed=False)
        lacks = any(not _last(rows, on) for rows in records.values())
        short = not _last(counts, on) if line.measure else False
        agreed = standing.status is Status.NOT_APPLICABLE
        if line.counts_ulbs and _last(facts.history.ulbs, on):
            agreed = False
        party = _party_then(line, standing, waits=(short or lacks) and not agreed)
        if not found or found[-1][1] is not party:
            found.append((on, party, standing.taken_back and standing.day == on))
    return found


def _party_then(line: Line, standing: Standing, *, waits: bool) -> Party:
    if _with_a_person(line, standing.status):
        return party_of(standing.status, line.owner, handed=standing.handed)
    return Party(line.owner) if waits else Party.NOBODY


def _counts(line: Line, facts: Facts) -> Sequence[tuple[date, bool]]:
    """When the line's count became enough or fell short. Of counts by months only the standing is known, and
    the days behind an acceptance are nobody's."""
    if line.measure in facts.office.filled:
        return facts.office.filled[line.measure]
    if line.code in facts.history.enough:
        rows = _until(facts.history.enough[line.code], facts.day)
        met = facts.happened.get(line.code)
        return [*(row for row in rows if row[0] < met), (met, True)] if met else rows
    return [(date.min, line.measure in MONTHLY or _enough_now(line, facts))]


def _until(rows: Sequence[tuple[date, bool]], day: date) -> list[tuple[date, bool]]:
    return [row for row in rows if row[0] <= day]


def _last(rows: Sequence[tuple[date, bool]], day: date) -> bool:
    known = [value for on, value in rows if on <= day]
    return bool(known and known[-1])


def _accepted_on(line: Line, facts: Facts) -> date | None:
    """The day of the acceptance that stands."""
    items = [s for s in facts.history.items.get(line.code, ()) if s.day <= facts.day]
    return items[-1].day if items and items[-1].status is Status.ACCEPTED else None


def _summed(stays: Sequence[Stay], began: date, day: date, *, done: bool, accepted: date | None) -> Clock:
    """The clock of a line that began on a day, from its stays."""
    days_with: dict[Party, int] = {}
    after: dict[Party, int] = {}
    since: list[tuple[date, Party]] = []
    for n, (start, party, taken_back) in enumerate(stays):
        end = stays[n + 1][0] if n + 1 < len(stays) else day
        start, end = max(start, began), max(end, began)
        if party is not Party.NOBODY:
            days_with[party] = days_with.get(party, 0) + (end - start).days
            later = start if accepted is None else min(max(start, accepted), end)
            after[party] = after.get(party, 0) + (end - later).days
        if taken_back and len(since) > 1 and since[-2][1] is party:
            start = since[-2][0]
        since.append((start, party))
    start, party = since[-1]
    return Clock(
        party=party,
        since=start,
        age_days=((start if done else day) - began).days,
        days_with={who: count for who, count in days_with.items() if count},
        days=None if party is Party.NOBODY else after.get(party, 0),
    )


def _monthly(line: Line, facts: Facts, clock: Clock) -> Clock:
    """A count by months that falls short after the centre's acceptance: the State/UT has it from the end of
    the first month that was not given; where all were, the end of the running month is awaited."""
    status = facts.statuses.get(line.code, Status.NOT_STARTED)
    if status is not Status.ACCEPTED or facts.truths.get(line.code) in DONE or _enough_now(line, facts):
        return clock
    month = facts.day.replace(day=1)
    given = facts.tallies.get(MONTHLY[line.measure or ""])
    accepted = _accepted_on(line, facts)
    if given is not None and given.complete:
        following = (month.replace(day=28) + FOUR_DAYS).replace(day=1)
        return replace(clock, party=Party.NOBODY, since=accepted, days=None, awaited=following)
    missing = given.of - given.n if given is not None else 1
    for _turn in range(missing - 1):
        month = (month - timedelta(days=1)).replace(day=1)
    since = max(month, accepted or month)
    return replace(clock, party=Party(line.owner), since=since, days=(facts.day - since).days)
