"""Where it is known which ULBs moved, lists are mended: to what they would be if they were made anew."""

import random
from typing import Any

import pytest
from django.db.models import F

from nudm.core.dates import today
from nudm.core.errors import Refused
from states.models import State
from states.told import FEW
from tests.ulbs.listed import ASKED, untrue
from tests.ulbs.test_lists_remembered import queries
from tests.world import World
from ulbs import remembered
from ulbs.actions import readiness, register, rollout
from ulbs.models import Deployment, Fact, Ulb
from ulbs.rules.asking import Asked

NAMES = ["Agra", "agra", "Ágra", "Mau", "Mau-Ranipur", "Mau Ranipur", "Zaidpur", "अजमेर", "T 250001", ""]


def rename(world: World, ulb: Ulb, name: str) -> None:
    changes = {"name": name or "Here", "name_local": name, "district": name[:1] and "Here"}
    register.edit_details(ulb, changes, version=Ulb.objects.get(pk=ulb.pk).version, by=world.nodal)


def plan(world: World, ulb: Ulb, dice: random.Random) -> None:
    changes = dice.choice(
        [{"pilot": True}, {"pilot": False}, {"in_scope": False, "scope_reason": "G.O."}, {"in_scope": True}]
    )
    register.update_ulb(ulb, changes, version=Ulb.objects.get(pk=ulb.pk).version, by=world.nodal)


def move(world: World, ulb: Ulb, dice: random.Random) -> None:
    """One of the acts that say which ULB they move."""
    act = dice.randrange(4)
    if act == 0:
        rename(world, ulb, dice.choice(NAMES))
    elif act == 1:
        plan(world, ulb, dice)
    elif act == 2:
        changes = dice.choice([{"in_scope": False}, {"in_scope": True}, {"master_data": "validated"}])
        rollout.save_cell(ulb, dice.choice(["PGR", "TL"]), changes, version=None, by=world.nodal)
    else:
        fact = dice.choice([Fact.OFFICIALS, Fact.NODAL_OFFICER])
        row = ulb.readiness.filter(fact=fact).first()
        version = row.version if row else 0
        answer = dice.random() > 0.5
        readiness.confirm(ulb, fact, answer=answer, who="Officer", version=version, by=world.nodal)


@pytest.fixture
def mended(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each list that could be mended: whether it was."""
    told: list[bool] = []
    place = remembered._placed

    def placed(*given: Any) -> Any:
        found = place(*given)
        told.append(found is not None)
        return found

    monkeypatch.setattr(remembered, "_placed", placed)
    return told


@pytest.mark.parametrize("seed", range(3))
def test_whatever_moved_since_the_last_look_the_lists_are_true(
    world: World, mended: list[bool], seed: int
) -> None:
    towns, dice = world.towns(24, pilots=2), random.Random(seed)
    for turn in range(25):
        language = "hi" if turn % 5 == 4 else "en"
        for ulb in dice.choices(towns, k=dice.randrange(4)):
            try:
                move(world, ulb, dice)
            except Refused:
                continue
        assert untrue("KL", asked=ASKED, language=language) == [], turn
    assert len(mended) > 50 and all(mended)


def test_few_ulbs_are_told_one_by_one_and_many_are_not(world: World, mended: list[bool]) -> None:
    towns = world.towns(FEW + 1)
    untrue("KL")
    for some in (towns[:FEW], towns):
        for scope in (False, True):
            edits = [rollout.Edit(ulb.pk, "PGR", {"in_scope": scope}) for ulb in some]
            rollout.save_cells(world.kl, edits, by=world.nodal)
            assert untrue("KL") == []
        assert all(mended) and bool(mended) == (some != towns)
        mended.clear()


def test_what_was_told_too_long_ago_is_not_known(world: World, mended: list[bool]) -> None:
    towns = world.towns(3)
    untrue("KL")
    for turn in range(60):
        rename(world, towns[turn % 3], f"Town {turn}")
    assert untrue("KL") == [] and mended == []
    rename(world, towns[0], "Agra")
    assert untrue("KL") == [] and mended == [True] * len(mended) != []


def test_the_name_of_a_ulb_that_ended_finds_the_one_that_came_after(world: World, mended: list[bool]) -> None:
    first, second = world.towns(2)
    rename(world, first, "Zaidpur")
    asked = [Asked(text="zaidpur")]
    untrue("KL", asked=asked)
    first = Ulb.objects.select_related("state").get(pk=first.pk)
    register.succeed([first], [second], on=today(), reason="G.O.", by=world.nodal)
    assert untrue("KL", asked=asked) == [] and mended == [True]


@pytest.mark.by_hand
def test_whoever_does_not_say_what_he_moved_makes_the_lists_anew(world: World, mended: list[bool]) -> None:
    first, second = world.towns(2)
    untrue("KL", asked=ASKED)
    for act in (rename, lambda *_given: None):
        Ulb.objects.filter(pk=first.pk).update(name=f"Zaidpur {act}", in_scope=F("pilot"))
        State.objects.filter(pk=world.kl.pk).update(facts_version=F("facts_version") + 1)
        act(world, second, "Agra")
        assert untrue("KL", asked=ASKED) == []
    assert mended == []


@pytest.mark.by_hand
def test_what_was_remembered_of_a_database_that_was_put_back_is_not_mended(
    world: World, mended: list[bool]
) -> None:
    first, second = world.towns(2)
    rename(world, first, "Agra")
    untrue("KL", asked=ASKED)
    backup = State.objects.filter(pk=world.kl.pk)
    ulbs = [dict(row) for row in Ulb.objects.filter(state=world.kl).values()]
    state = dict(backup.values()[0])
    rename(world, first, "Zaidpur")
    untrue("KL", asked=ASKED)
    backup.update(**state)
    for row in ulbs:
        Ulb.objects.filter(pk=row["id"]).update(**row)
    mended.clear()
    rename(world, second, "Mau")
    rename(world, second, "Mau Ranipur")
    assert untrue("KL", asked=ASKED) == [] and mended == []


def test_what_moves_between_two_questions_of_one_look_is_not_lost(
    world: World, monkeypatch: pytest.MonkeyPatch, mended: list[bool]
) -> None:
    towns, dice = world.towns(24), random.Random(1)
    untrue("KL")
    ask = remembered.isqrt

    def ask_while_others_act(n: int) -> int:
        rename(world, dice.choice(towns), f"Town {dice.randrange(24)}a")
        return ask(n)

    for _turn in range(20):
        rename(world, dice.choice(towns), f"Town {dice.randrange(24)}b")
        state = State.objects.get(pk=world.kl.pk)
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(remembered, "isqrt", ask_while_others_act)
            rows = state.ulbs.all(), Deployment.objects.filter(state=state)
            remembered.look(state, *rows, ASKED[0])
        assert untrue("KL") == []
    assert mended.count(False) == 20


@pytest.mark.parametrize("url", ["/ulbs/KL/?sort=-live", "/ulbs/KL/matrix/", "/states/KL/"])
def test_the_first_look_after_a_ulb_moved_asks_the_same_of_many_as_of_few(world: World, url: str) -> None:
    client, asked = world.client(world.nodal), set()
    towns = world.towns(3)
    for more in (60, 0):
        queries(client, url)
        rename(world, towns[0], f"Town {more}b")
        asked.add(queries(client, url))
        world.towns(more)
    assert len(asked) == 1 and max(asked) <= 12
