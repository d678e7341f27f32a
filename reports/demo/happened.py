"""Events of the deck happen once: each evening the demonstration notes those whose count was reached."""

from collections.abc import Sequence
from datetime import date, datetime, time
from functools import partial
from typing import Any

from phases.catalogue import catalogue
from phases.models import EventMet
from phases.rules import Truth, measured
from reports.demo.year import YEAR, Year
from states.models import State
from ulbs.limits import limits
from ulbs.models import Batch, Ulb
from ulbs.rules.counting import measures_of
from ulbs.tally import groups_of

# After the day's acts, before the centre looks whether a stage can be closed.
EVENING = time(16, 50)


def tell(year: Year, state: State, batches: Sequence[Batch], towns: Sequence[Ulb]) -> None:
    """Looks each evening at the ULBs of a state, and notes an event when its count is first reached."""
    waiting = [line for line in catalogue().lines() if line.event and line.measure]
    seen: list[Any] = []

    def look(day: date, at: datetime) -> list[EventMet]:
        now = [_counted(row) for row in (*towns, *batches)]
        if not waiting or seen == now:
            return []
        seen[:] = now
        groups = groups_of((town for town in towns if town.counts), batches, None)
        counts = measures_of(groups.get(state.pk, ()), {}, limits(), day)
        made = [
            line
            for line in waiting
            if measured(counts.get(line.measure or ""), line.quorum, limits()) is Truth.MET
        ]
        for line in made:
            waiting.remove(line)
        return [EventMet(state=state, code=line.code, at=at) for line in made]

    for ago in range(YEAR, -1, -1):
        at = year.at(ago, EVENING)
        year.tell(at, partial(look, year.day(ago), at))


def _counted(row: Ulb | Batch) -> tuple[Any, ...]:
    if isinstance(row, Batch):
        return (row.started_on,)
    return (
        row.data_started_on,
        row.live_on,
        row.baseline_given,
        row.months_reported,
        row.pilot,
        row.batch_id,
    )
