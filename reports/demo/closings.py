"""The centre looks twice a month, and closes each stage whose lines it has all accepted and whose gate is
open."""

from collections.abc import Mapping
from datetime import datetime, time
from functools import partial
from typing import Any

from phases.catalogue import catalogue
from phases.models import Closure
from phases.progress import StageProgress, progress_of
from reports.demo.year import YEAR, Year
from states.models import Post, State

# How many days lie between two looks; the last is yesterday's.
EVERY = 15
EVENING = time(17, 0)


def tell(year: Year, accepted: Mapping[State, Mapping[int, int]], reviewer: Post) -> None:
    """Looks at the stages of these states whose lines are all accepted since so many days, until the gate
    of each is open and the stage closed."""
    who = reviewer.appointments.get().person
    waiting = {(state, stage): ago for state, of in accepted.items() for stage, ago in of.items()}

    def look(days: int, at: datetime) -> list[Closure]:
        due = [asked for asked, ago in waiting.items() if ago >= days]
        if not due:
            return []
        states = {state.pk: state for state, _stage in due}
        year.write(states)
        seen = progress_of(states.values())
        made = []
        for state, number in due:
            stage = seen[state.pk].stages[number - 1]
            if stage.gate_open and (state, number - 1) not in waiting:
                made.append(_closure(state, stage, who, reviewer, at))
                del waiting[state, number]
        return made

    for ago in range(1, YEAR, EVERY):
        at = year.at(ago, EVENING)
        year.tell(at, partial(look, ago, at))


def _closure(state: State, stage: StageProgress, by: Any, post: Post, at: datetime) -> Closure:
    saw = {line.code: truth.value for line, truth in stage.criteria}
    version = catalogue().version
    return Closure(
        state=state, stage=stage.number, by=by, post=post, at=at, saw=saw, catalogue_version=version
    )
