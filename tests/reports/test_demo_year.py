"""The demonstration's own year, lived through: what is kept of every row on any of its days is what the row
then held, and what pages, files and API say later of a day is what they said on its evening."""

import itertools
import random
import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from nudm.core.dates import today
from phases.catalogue import catalogue
from phases.models import Closure
from phases.progress import progress_of
from phases.records import KINDS
from reports.demo import story
from reports.demo.year import YEAR, Year
from states import actions
from states.management.commands.load_states import add_state_office
from states.models import Appointment, Past, State, Team
from states.past import as_on_all
from states.rules import PostKind, Role
from tests.kept import KEPT
from tests.memory import forget
from tests.phases.test_replay import told
from tests.replay import differing
from tests.seeds import SEED
from tests.ulbs.test_replay import asked, events_of, seen
from tests.world import World, day
from ulbs import tally
from ulbs.models import Ulb

CODE = 260_001
# How far the state of the story is, and how far one of the small ones: without a ULB, and with one.
CASES = {
    "nearly done": (3.1, (31, "LD", "Lakshadweep", 1.2)),
    "in the middle": (1.7, (4, "CH", "Chandigarh", 3.2)),
}
ATTESTED = [line for line in catalogue().lines() if line.kind == "attested"]
PAGES = (
    "/",
    "/states/{}/",
    *(f"/phases/{{}}/{stage}/" for stage in (1, 2, 3, 4)),
    *(f"/phases/{{}}/{line.stage}/{line.code}/" for line in ATTESTED[::9]),
    "/phases/{}/records/",
    *(f"/phases/{{}}/records/{slug}/" for slug in list(KINDS)[::3]),
    "/phases/{}/evidence/",
)
ANSWERS = ("states/{}/progress/", "items/?state={}&page_size=200")


def begin(world: World, case: str) -> tuple[Year, list[State]]:
    """The year of both states, told and not yet lived."""
    level, (code, iso, name, small_level) = CASES[case]
    small = State.objects.create(lgd_code=code, iso=iso, name=name, kind="ut", column=1, row=1)
    nodal = add_state_office(small).posts.get(kind=PostKind.NODAL_OFFICER.value)
    world.seat(nodal, "nodal.small")
    for team in Team.objects.filter(role__in=[Role.CENTRE.value, Role.MINISTRY.value]):
        actions.serve(team, list(State.objects.all()))
    Appointment.objects.update(start=day(YEAR + 1))
    # The world's own ULBs are younger than the demonstration's year.
    Ulb.objects.all().delete()
    Past.objects.all().delete()
    year = Year(today())
    own = world.kl_office.posts.get(kind=PostKind.NODAL_OFFICER.value)
    reviewer = world.centre_team.posts.get(kind=PostKind.REVIEWER.value)
    story.tell(year, {world.kl: (level, own), small: (small_level, nodal)}, reviewer, CODE)
    return year, [world.kl, small]


def counted(states: list[State], on: date | None) -> dict[str, Any]:
    """How far both states are, and every row of every kept model: as the tables have them, or on a day."""
    since, ids = (on or today()) - timedelta(days=30), [state.pk for state in states]
    rows: Any = {model: model._default_manager.all() for model in KEPT} if on is None else None
    return {
        "progress": {
            pk: told(progress) for pk, progress in progress_of(states, since=since, as_on=on).items()
        },
        "tallies": tally.tallies(ids, since) if on is None else tally.tallies_on(ids, on, since),
        "rows": {
            model.__name__: {
                row.pk: {field.attname: getattr(row, field.attname) for field in model._meta.concrete_fields}
                for row in of_model
            }
            for model, of_model in (rows or as_on_all(KEPT, ids, on or today())).items()
        },
    }


def read(world: World, states: list[State], on: date | None) -> dict[str, Any]:
    """What the pages and the API say of the stages to the ministry, which has nothing to do there."""
    client, isos = world.client(world.ministry), [state.iso for state in states]
    # Of a day on which nothing was recorded yet a state's page says that, and not what gates wait for.
    blank = {f"/states/{s.iso}/" for s in states if progress_of([s], as_on=on)[s.pk].blank}
    found: dict[str, Any] = {}
    for url in {page.format(iso) for page in PAGES for iso in isos} - blank:
        found[url] = words(client, asked(on, url))
    for url in (answer.format(iso) for answer in ANSWERS for iso in isos):
        found[url] = client.get(asked(on, f"/api/v1/{url}")).json()
    return found


def words(client: Client, url: str) -> list[str]:
    """The words of a page, piece by piece. Left out are forms, and notes on the page itself: that it is of a
    past day, that what is on it may not be changed now."""
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    main = answer.content.decode().split("<main", 1)[1]
    main = re.sub(r'<p class="note.*?</p>|<form.*?</form>', "", main, flags=re.S)
    pieces = strip_tags(main.replace("<", "\n<")).splitlines()
    return [piece.strip() for piece in pieces if piece.strip()]


def said(world: World, states: list[State], on: date | None, what: str, events: list[str]) -> dict[str, Any]:
    """What is counted, and `what` is read beside: the stages' pages, the towns', or nothing."""
    cache.clear()
    forget()
    found = counted(states, on)
    if what == "stages":
        found |= read(world, states, on)
    elif what == "towns":
        found |= seen(world, on, events, code=CODE)
    return found


def judge(world: World, case: str, days: Iterable[int], whats: list[str]) -> None:
    """Lives the year, keeps what is said on the evening of each of these days, of `whats` by turns, and asks
    for it when the year is over."""
    (year, states), evenings = begin(world, case), []
    for n, on in enumerate(sorted(day(ago) for ago in days)):
        year.live_until(on)
        with time_machine.travel(timezone.make_aware(datetime.combine(on, time(23, 10))), tick=False):
            events, what = list(events_of(None)), whats[n % len(whats)]
            evenings.append((on, what, events, said(world, states, None, what, events)))
    year.live_until(today())
    wrong = {
        f"{case}, {on}": lines
        for on, what, events, then in evenings
        if (lines := differing(said(world, states, on, what, events), then))
    }
    assert wrong == {}
    moved = sum(a[3]["rows"] != b[3]["rows"] for a, b in itertools.pairwise(evenings))
    assert moved > len(evenings) / 5


@pytest.mark.by_hand
@pytest.mark.parametrize(("what", "seed"), [("stages", SEED), ("towns", SEED + 2)])
@pytest.mark.parametrize("case", CASES)
def test_any_day_of_the_demonstration_is_told_as_it_was(
    world: World, case: str, what: str, seed: int
) -> None:
    dice, whats = random.Random(f"{case} {seed}"), [what, *[""] * 8]
    dice.shuffle(whats)
    judge(world, case, dice.sample(range(1, YEAR + 1), len(whats)), whats)


@pytest.mark.soak
@pytest.mark.by_hand
@pytest.mark.parametrize("case", CASES)
def test_every_day_of_the_demonstration_is_told_as_it_was(world: World, case: str) -> None:
    judge(world, case, range(YEAR + 1), ["stages", "towns"])


@pytest.mark.by_hand
def test_a_stage_of_the_demonstration_closes_when_its_gate_is_open(world: World) -> None:
    year, states = begin(world, "nearly done")
    year.live_until(today())
    closed = list(Closure.objects.all())
    assert len(closed) == sum(
        stage.closed_on is not None for p in progress_of(states).values() for stage in p.stages
    )
    assert {row.stage for row in closed if row.state == world.kl} >= {1, 2}
    for row in closed:
        on = timezone.localdate(row.at)
        stage = progress_of([row.state], as_on=on)[row.state_id].stages[row.stage - 1]
        assert (stage.met, stage.closed_on) == (stage.total, on), row
