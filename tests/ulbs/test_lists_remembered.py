"""Lists of ULBs are remembered while no ULB moves, and never longer."""

import random
from collections import Counter
from datetime import datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from nudm.core.dates import today
from nudm.core.errors import Refused
from phases.actions import due, lines
from states.models import State
from tests.phases import acts as of_the_stages
from tests.ulbs import acts as of_the_towns
from tests.ulbs.listed import ASKED, untrue
from tests.world import World
from ulbs.actions import readiness, register, rollout
from ulbs.models import Fact

ACTS = sorted({*of_the_stages.ACTS, *of_the_towns.ACTS}, key=lambda act: act.__name__)


def version() -> int:
    return int(State.objects.aggregate(all=Sum("facts_version"))["all"])


def walk(world: World, seed: int, rounds: int, looks: int) -> set[Any]:
    """All acts in one order and another, so many times or until each has changed something; those that have.
    After each of them the lists are true: so many looks an act."""
    dice, done, looked = random.Random(seed), set(), Counter[Any]()
    start = timezone.make_aware(datetime.combine(today(), time(12)))
    for n in range(rounds):
        with time_machine.travel(start + timedelta(days=n), tick=False):
            for act in dice.sample(ACTS, len(ACTS)):
                before = version()
                try:
                    act(world, dice)
                except Refused:
                    continue
                done |= {act} if version() > before else set()
                looked[act] += 1
                if looked[act] <= looks:
                    language = dice.choice(["en", "hi"])
                    assert untrue("KL", asked=ASKED, language=language) == [], act.__name__
        if n > 2 and len(done) == len(ACTS):
            break
    return done


@pytest.mark.once
def test_after_every_act_the_lists_are_true(world: World) -> None:
    world.towns(5, pilots=1)
    world.accepted("2.customisations_agreed")
    item = world.started("2.dashboards_ready")
    due.ask(item, today() + timedelta(days=9), reason="", by=world.nodal)
    done = walk(world, 1, rounds=15, looks=3)
    assert {act.__name__ for act in ACTS} - {act.__name__ for act in done} == set()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10, 16))
def test_after_every_act_of_a_season_the_lists_are_true(world: World, seed: int) -> None:
    world.towns(8, pilots=2)
    walk(world, seed, rounds=60, looks=60)


def test_what_a_ulb_answers_orders_the_lists_anew(world: World) -> None:
    last = world.towns(2)[1]
    untrue("KL", asked=ASKED)
    for fact in (Fact.OFFICIALS, Fact.NODAL_OFFICER, Fact.ADOPTION_TEAM):
        readiness.confirm(last, fact, answer=True, who="Officer", version=0, by=world.nodal)
        assert untrue("KL", asked=ASKED) == [], fact


def queries(client: Any, url: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


@pytest.mark.parametrize("url", ["/ulbs/KL/", "/ulbs/KL/matrix/", "/ulbs/KL/?sort=-live&district=x"])
def test_what_moves_no_ulb_leaves_the_lists_remembered(world: World, url: str) -> None:
    rollout.save_cell(world.ulb, "PGR", {"master_data": "collecting"}, version=None, by=world.nodal)
    client = world.client(world.nodal)
    client.get(url)
    remembered = queries(client, url)
    item = lines.item_for(world.kl, "2.customisations_agreed")
    lines.save_remark(item, "Agreed with all", version=item.version, by=world.nodal)
    world.letter(world.kl, world.nodal)
    assert queries(client, url) == remembered
    rollout.save_cell(world.ulb, "PGR", {"master_data": "validated"}, version=1, by=world.nodal)
    after_a_cell = queries(client, url)
    register.edit_details(world.ulb, {"name": "Beta"}, version=world.ulb.version, by=world.nodal)
    assert remembered < after_a_cell <= queries(client, url)
    assert "Beta" in client.get("/ulbs/KL/").content.decode()
