"""A year of real acts: replaying any day gives what a snapshot taken on that day held."""

import itertools
from datetime import date, timedelta
from typing import Any

import pytest

from nudm.core.dates import today
from phases.models import Citation, Closure, DueDate, Item, Record
from phases.progress import Progress, progress_of
from phases.records import KINDS
from states.models import State
from states.past import as_on_all, held
from tests.phases.acts import ACTS, close_stage_2
from tests.replay import differing, live_through, long_after
from tests.seeds import SEED
from tests.world import World
from ulbs import tally
from ulbs.models import Batch, Event, Incident, Readiness, Ulb

SHOWN: list[Any] = [Ulb, Batch, Item, Record, Citation, DueDate, Closure, Incident, Event, Readiness]
SHOWN += [model for kind in KINDS.values() for model in (kind.model, kind.rows) if model is not None]


def told(progress: Progress) -> dict[str, Any]:
    """Everything that a page or a report shows of a state's progress."""
    return {
        "items": {code: held(item) for code, item in sorted(progress.items.items())},
        "marks": progress.marks,
        "records": progress.records,
        "tallies": progress.tallies,
        "truths": progress.truths,
        "pending": (
            progress.pending,
            progress.idle_days,
            progress.accepted_since,
        ),
        "clocks": progress.clocks,
        "stages": [
            (s.status, s.met, s.total, s.outcomes, s.closed_on, s.counts, s.criteria, s.blockers)
            for s in progress.stages
        ],
    }


def snapshot(states: list[State]) -> Any:
    """What stands in the tables now."""
    since = today() - timedelta(days=30)
    seen = progress_of(states, since=since)
    rows = {model: [held(row) for row in model.objects.order_by("pk")] for model in SHOWN}
    return [told(seen[s.pk]) for s in states], tally.tallies([s.pk for s in states], since), rows


def replay(states: list[State], day: date) -> Any:
    """The same as it was known at the end of a day."""
    since, ids = day - timedelta(days=30), [state.pk for state in states]
    seen = progress_of(states, since=since, as_on=day)
    kept = as_on_all(SHOWN, ids, day)
    rows = {model: [held(row) for row in sorted(kept[model], key=lambda row: row.pk)] for model in SHOWN}
    return [told(seen[s.pk]) for s in states], tally.tallies_on(ids, day, since), rows


def lived(world: World, seed: int, days: list[int], at_once: int) -> dict[date, Any]:
    """What each day ended with; a stage is closed among the acts."""
    states = [world.kl, world.mh]
    snapshots = live_through(
        world, seed, days, acts=ACTS, at_once=at_once, see=lambda: snapshot(states), once=close_stage_2
    )
    assert Closure.objects.count() == 2
    return snapshots


def judge(world: World, snapshots: dict[date, Any]) -> None:
    states = [world.kl, world.mh]
    with long_after(list(snapshots.values())):
        for day, later in itertools.pairwise([*snapshots, today()]):
            assert differing(replay(states, day), snapshots[day]) == [], day
            between = day + (later - day) / 2
            assert differing(replay(states, between)[2], snapshots[day][2]) == [], between


@pytest.mark.parametrize("seed", [SEED])
def test_replaying_any_day_equals_what_was_held_on_that_day(world: World, seed: int) -> None:
    world.towns(5)
    judge(world, lived(world, seed, list(range(1, 360, 12)), at_once=8))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10, 16))
def test_replaying_every_day_of_a_year_equals_what_was_held(world: World, seed: int) -> None:
    world.towns(8)
    judge(world, lived(world, seed, list(range(1, 366)), at_once=6))
