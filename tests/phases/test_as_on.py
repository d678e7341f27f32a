"""Every page can be asked what was known on a day; the past is read only, and only one's own."""

import itertools
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.utils import timezone

from nudm.core.dates import show, today
from nudm.core.errors import Refused
from phases.actions import due, evidence, lines
from phases.catalogue import catalogue
from phases.models import Item
from phases.progress import REMEMBERED, progress_of
from states.models import Past
from states.past import as_on
from tests.world import World
from ulbs.actions import batches, register, rollout
from ulbs.models import Batch, Ulb

LINES = [line.code for line in catalogue().lines() if line.kind == "attested" and not line.record]


def held(world: World, ids: list[int]) -> Any:
    """What stands in the tables now, as a day's snapshot would have it."""
    seen = progress_of([world.kl, world.mh])
    towns = {
        ulb.pk: (ulb.name, ulb.pilot, ulb.batch_id, ulb.in_scope, ulb.ended, ulb.live_on, ulb.modules_live)
        for ulb in Ulb.objects.filter(state__in=ids)
    }
    return [(_told(seen[pk]), towns) for pk in ids]


def replayed(world: World, ids: list[int], day: Any) -> Any:
    """The same from the past."""
    seen = progress_of([world.kl, world.mh], as_on=day)
    towns = {
        ulb.pk: (ulb.name, ulb.pilot, ulb.batch_id, ulb.in_scope, ulb.ended, ulb.live_on, ulb.modules_live)
        for ulb in as_on(Ulb, ids, day)
    }
    return [(_told(seen[pk]), towns) for pk in ids]


def _told(progress: Any) -> Any:
    return (
        progress.truths,
        progress.tallies,
        progress.records,
        progress.marks,
        {code: (item.status, item.remark, item.due, item.version) for code, item in progress.items.items()},
        [(stage.status, stage.closed_on, stage.outcomes) for stage in progress.stages],
        (progress.pending_with, progress.pending_days, progress.idle_days),
    )


def acts(world: World, dice: random.Random) -> list[Callable[[], Any]]:
    """Real acts of real people, some of which will be refused."""
    code = dice.choice(LINES)
    ulb = dice.choice(list(Ulb.objects.filter(state=world.kl, ended="").select_related("state")))
    item = lines.item_for(world.kl, code)
    batch = Batch.objects.filter(state=world.kl).order_by("?").first()
    day = today() - timedelta(days=dice.randrange(2))
    cell: dict[str, Any] = dice.choice(
        [
            {"master_data": "collecting"},
            {"master_data": "validated"},
            {"uat_planned_on": day},
            {"uat_signed_on": day},
            {"live_on": day, "live_url": "https://kl.example.in/"},
            {"in_scope": False},
        ]
    )
    return [
        lambda: lines.save_remark(item, f"text {dice.random()}", version=item.version, by=world.nodal),
        lambda: evidence.cite(item, world.letter(world.kl, world.nodal), by=world.nodal),
        lambda: lines.move(item, "submit", version=item.version, by=world.nodal),
        lambda: lines.move(item, "accept", version=item.version, by=world.reviewer),
        lambda: lines.move(
            item, "return", version=item.version, by=world.reviewer, note="Page 3", reason="incomplete"
        ),
        lambda: due.ask(item, today() + timedelta(days=dice.randrange(40)), reason="late", by=world.nodal),
        lambda: lines.mark_done(world.kl, "2.give_requirements", done=dice.random() > 0.5, by=world.nodal),
        lambda: rollout.save_cell(ulb, dice.choice(["PGR", "PT"]), cell, version=None, by=world.nodal),
        lambda: register.update_ulb(ulb, {"pilot": dice.random() > 0.5}, version=ulb.version, by=world.nodal),
        lambda: register.edit_details(
            ulb, {"name": f"T{dice.random()}"}, version=ulb.version, by=world.nodal
        ),
        lambda: batches.plan_batch(world.kl, dice.randrange(1, 4), {"planned_on": day}, by=world.nodal),
        lambda: batches.fill_batches(world.kl, [ulb], by=world.nodal),
        lambda: batch and batches.remove_batch(batch, by=world.nodal),
        lambda: register.drop(ulb, on=day, reason="G.O.", by=world.nodal) if dice.random() < 0.1 else None,
    ]


@pytest.mark.by_hand
@pytest.mark.parametrize("seed", range(2))
def test_replaying_any_day_equals_what_a_snapshot_taken_that_day_held(world: World, seed: int) -> None:
    dice = random.Random(seed)
    ids = [world.kl.pk, world.mh.pk]
    world.towns(6)
    start = timezone.now()
    Past.objects.all().delete()
    world.keep_all()
    snapshots = {}
    for week in range(1, 26):
        moment = start + timedelta(days=14 * week)
        with time_machine.travel(moment, tick=False):
            for _n in range(6):
                try:
                    dice.choice(acts(world, dice))()
                except Refused:
                    continue
            snapshots[today()] = held(world, ids)
    with time_machine.travel(start + timedelta(days=400), tick=False):
        in_order = list(snapshots.values())
        assert sum(a != b for a, b in itertools.pairwise(in_order)) > 15
        for day, snapshot in snapshots.items():
            assert replayed(world, ids, day) == snapshot, day
            assert replayed(world, ids, day + timedelta(days=5))[0][1] == snapshot[0][1]


def test_every_kept_model_can_be_kept(world: World) -> None:
    kept = [model for model in apps.get_models() if getattr(model, "kept", False)]
    assert {"ulb", "deployment", "item", "record", "closure", "citation"} <= {
        m._meta.model_name for m in kept
    }
    for model in kept:
        assert hasattr(model, "state_id"), model


@pytest.mark.parametrize("text", ["32-01-2026", "yesterday", "01-01-2999"])
def test_a_wrong_day_is_refused_with_a_sentence(world: World, text: str) -> None:
    client = world.client(world.nodal)
    assert client.get("/states/KL/", {"as_on": text}).status_code == 422
    assert client.get("/api/v1/states/KL/progress/", {"as_on": text}).status_code in {400, 422}


def test_a_page_of_the_past_shows_that_day_and_offers_nothing_to_change(world: World) -> None:
    before = timezone.now() - timedelta(days=10)
    with time_machine.travel(before, tick=False):
        item = world.submitted()
    lines.move(item, "accept", version=item.version, by=world.reviewer)
    REMEMBERED.clear()
    client = world.client(world.nodal)
    day = {"as_on": show(before)}
    then = client.get("/phases/KL/2/", day).content.decode()
    now = client.get("/phases/KL/2/").content.decode()
    assert "b-under_review" in then and "what was known that day" in then
    assert "b-under_review" not in now.split("<main")[1]
    assert 'method="post"' not in then.split("<main")[1]
    assert client.get("/states/KL/", day).status_code == 200
    told = client.get("/api/v1/states/KL/progress/", day).json()
    assert told["stages"][1]["counts"]["under_review"] == 1


def test_the_past_of_a_neighbour_does_not_exist_either(world: World) -> None:
    day = {"as_on": show(today() - timedelta(days=3))}
    for url in ("/states/MH/", "/phases/MH/2/", "/phases/MH/compare/", "/api/v1/states/MH/progress/"):
        assert world.client(world.nodal).get(url, day).status_code == 404
    assert world.client(world.nodal).get("/phases/compare/").status_code == 403


def test_comparing_two_days_lists_what_moved(world: World) -> None:
    world.keep_all(datetime.now(tz=timezone.get_current_timezone()) - timedelta(days=20))
    world.live(world.ulb)
    register.edit_details(Ulb.objects.get(pk=world.ulb.pk), {"name": "Beta"}, version=0, by=world.nodal)
    world.accepted("2.processes_standardised")
    page = world.client(world.nodal).get("/phases/KL/compare/").content.decode()
    assert "Beta" in page and "S2-O1" in page and "pilot.live" in page
    quiet = {"from": show(today() - timedelta(days=9)), "to": show(today() - timedelta(days=5))}
    assert "Nothing moved" in world.client(world.nodal).get("/phases/KL/compare/", quiet).content.decode()
    nation = world.client(world.reviewer).get("/phases/compare/").content.decode()
    assert "Kerala" in nation and "+1" in nation


def test_what_was_cited_that_day_is_shown_although_it_was_taken_off(world: World) -> None:
    before = timezone.now() - timedelta(days=10)
    with time_machine.travel(before, tick=False):
        item = world.started()
    letter = item.citations.get().evidence
    evidence.uncite(Item.objects.get(pk=item.pk), letter, by=world.nodal)
    page = world.client(world.nodal).get("/phases/KL/2/", {"as_on": show(before)}).content.decode()
    assert letter.title in page
    assert letter.title not in world.client(world.nodal).get("/phases/KL/2/").content.decode()
