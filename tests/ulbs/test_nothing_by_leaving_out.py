"""A property: after Stage 1 was closed, no sequence of acts by a State/UT alone raises what is met by taking
something out of a count. Mergers and splits stay possible and stand beside the count."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from nudm.core.dates import today
from nudm.core.errors import Refused
from phases.models import Closure
from phases.progress import Progress, progress_of
from phases.rules import Truth
from states.actions import touch
from states.models import Past
from states.past import keep
from tests.ulbs.sheets import text
from tests.world import World
from ulbs.actions import agreeing, batches, exclusions, imports, register, rollout
from ulbs.models import Batch, Deployment, Exclusion, Ulb
from ulbs.rules.cells import CANTONMENT_BOARD

Act = Callable[[World, random.Random], Any]
REASON = "G.O. 12"


def met(world: World, day: Any = None) -> frozenset[str]:
    """The lines that are met by what is counted now, also those of stages that are closed."""
    seen: Progress = progress_of([world.kl], as_on=day)[world.kl.pk]
    return frozenset(code for code, truth in seen.truths.items() if truth is Truth.MET)


def a_town(world: World, dice: random.Random, **where: Any) -> Ulb:
    rows = Ulb.objects.filter(state=world.kl, ended="", **where).select_related("state", "batch")
    return dice.choice(list(rows.order_by("pk")))


def a_plan(world: World, dice: random.Random) -> dict[str, Any]:
    chosen = dice.choice([None, *Batch.objects.filter(state=world.kl)])
    return dice.choice(
        [
            {"in_scope": False, "scope_reason": REASON},
            {"in_scope": True},
            {"pilot": False},
            {"pilot": True, "batch": None},
            {"batch": chosen, "pilot": False},
            {"pilot": False, "in_scope": False, "scope_reason": REASON, "batch": None},
        ]
    )


def one(world: World, dice: random.Random) -> None:
    ulb, reason = a_town(world, dice), dice.choice(["", REASON])
    register.update_ulb(ulb, a_plan(world, dice), version=ulb.version, reason=reason, by=world.nodal)


def many(world: World, dice: random.Random) -> None:
    towns = [a_town(world, dice) for _n in range(4)]
    reason = dice.choice(["", REASON])
    batches.plan_many(world.kl, towns, a_plan(world, dice), reason=reason, by=world.nodal)


def boards(world: World, dice: random.Random) -> None:
    register.set_cantonments(world.kl, in_scope=False, reason=REASON, by=world.nodal)


def drop(world: World, dice: random.Random) -> None:
    register.drop(a_town(world, dice), on=today(), reason=REASON, by=world.nodal)


def module(world: World, dice: random.Random) -> None:
    cells = list(Deployment.objects.filter(state=world.kl).select_related("ulb__state").order_by("pk"))
    cell = dice.choice(cells)
    changes = dice.choice(
        [
            {"in_scope": False},
            {"in_scope": False, "withdrawn_reason": REASON},
            {"withdrawn_on": today(), "withdrawn_reason": REASON},
            {"live_on": None, "withdrawn_reason": REASON},
            {"live_on": None},
        ]
    )
    rollout.save_cell(cell.ulb, cell.module, changes, version=None, by=world.nodal)


def batch(world: World, dice: random.Random) -> None:
    row = dice.choice(list(Batch.objects.filter(state=world.kl)))
    if dice.random() > 0.5:
        batches.remove_batch(row, by=world.nodal)
        return
    batches.plan_batch(world.kl, row.number, {"started_on": None}, by=world.nodal)


def sheet(world: World, dice: random.Random) -> None:
    ulb = a_town(world, dice)
    row = dice.choice([["N", "N", REASON, ""], ["N", "Y", "", ""], ["", "Y", "", "2"]])
    data = text([["LGD code", "Pilot", "In scope", "Reason", "Batch"], [ulb.lgd_code, *row]])
    made = imports.read_in(data, "sheet.csv", state=world.kl, kind="rollout", by=world.nodal)
    imports.confirm(made, by=world.nodal)


def withdraw(world: World, dice: random.Random) -> None:
    row = Exclusion.objects.filter(status="asked").order_by("pk").first()
    if row is not None:
        exclusions.withdraw(row, by=world.nodal)


def agree_alone(world: World, dice: random.Random) -> None:
    row = Exclusion.objects.filter(status="asked").order_by("pk").first()
    if row is not None:
        agreeing.agree(row, by=world.nodal)


ALONE: tuple[Act, ...] = (
    one, one, one, many, many, boards, drop, module, module, module, batch, sheet, withdraw, agree_alone,
)  # fmt: skip


@pytest.fixture
def late(world: World) -> World:
    """A state of which every count lacks one ULB or module only: whatever leaves would complete it."""
    first, second = world.batch(1, started_on=today() - timedelta(days=90)), world.batch(2)
    pilots = [world.ulb, *world.towns(2, pilots=2)]
    rest = [*world.towns(3, batch=first), *world.towns(2, batch=second)]
    board = world.towns(1)[0]
    Ulb.objects.filter(pk=board.pk).update(type_code=CANTONMENT_BOARD)
    keep(Ulb.objects.filter(pk=board.pk))
    for ulb in (*pilots[:2], *rest[:2], rest[3]):
        world.live(ulb, on=today() - timedelta(days=60))
    for ulb in (pilots[0], rest[0]):
        rollout.save_cell(ulb, "PT", {"in_scope": True}, version=None, by=world.nodal)
    closure = Closure.objects.create(
        state=world.kl, stage=1, by=world.reviewer, saw={}, catalogue_version="1"
    )
    keep([closure])
    Past.objects.filter(state=world.kl).update(since=timezone.now() - timedelta(days=30))
    touch(world.kl)
    return world


@pytest.mark.parametrize("seed", [1, 2])
def test_no_act_of_a_state_alone_completes_a_count_by_leaving_out(late: World, seed: int) -> None:
    dice, before, done = random.Random(seed), met(late), 0
    for _n in range(16):
        act = dice.choice(ALONE)
        try:
            act(late, dice)
        except Refused:
            continue
        done += 1
        assert met(late) <= before, act.__name__
    assert done > 3
    assert met(late, today()) == met(late)
    assert not Exclusion.objects.filter(status="agreed").exists()


def test_the_walk_could_complete_a_count_if_the_centre_agreed(late: World) -> None:
    """The walk would find a way out: with the centre's agreement the same acts do complete counts."""
    dice, before = random.Random(1), met(late)
    for _n in range(20):
        try:
            dice.choice((one, many, module))(late, dice)
        except Refused:
            continue
        for row in Exclusion.objects.filter(status="asked"):
            try:
                agreeing.agree(row, by=late.reviewer)
            except Refused:
                continue
    assert met(late) - before
    assert any(ratio.out for ratio in progress_of([late.kl])[late.kl.pk].tallies.values())


def test_a_merger_and_a_split_stay_possible_and_stand_beside_the_count(late: World) -> None:
    silent = Ulb.objects.select_related("state").get(state=late.kl, batch__number=1, live_on=None)
    other, third = (
        Ulb.objects.filter(state=late.kl, batch__number=2).select_related("state").order_by("pk")[:2]
    )
    register.succeed([silent], [other], on=today(), reason=REASON, by=late.nodal)
    found = progress_of([late.kl])[late.kl.pk].tallies["all.live"]
    assert (found.out, found.corrected) == (0, 1)
    register.succeed([third], [other, late.ulb], on=today(), reason=REASON, by=late.nodal)
    for day in (None, today()):
        assert progress_of([late.kl], as_on=day)[late.kl.pk].tallies["all.live"].corrected == 2
    made = register.create_ulb(late.kl, {"name": "New", "type_code": 7}, by=late.nodal)
    assert register.give_code(made, 249_999, version=made.version, by=late.nodal).lgd_code == 249_999
    assert [row.status for row in Exclusion.objects.filter(what__in=["merged", "split"])] == ["corrected"] * 2
