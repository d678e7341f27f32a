"""What the deck calls kicked off, initiated or made live is an event: met once, it stays met."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from nudm.core.dates import today
from phases.actions import lines
from phases.catalogue import catalogue
from phases.models import EventMet
from phases.progress import progress_of
from states.actions import touch
from states.facts import Facts
from tests.phases.staged import stage_of
from tests.world import World
from ulbs.actions import register, rollout

pytestmark = pytest.mark.django_db


def truth(world: World, code: str, **asked: object) -> str:
    return progress_of([world.kl], **asked)[world.kl.pk].truths[code].value  # type: ignore[arg-type]


def begin(world: World) -> None:
    changes = {"master_data": "collecting", "started_on": world.start}
    rollout.save_cell(world.ulb, "PGR", changes, version=None, by=world.nodal)


def withdraw(world: World) -> None:
    cell = world.ulb.deployments.get(module="PGR")
    changes = {"in_scope": False}
    rollout.save_cell(world.ulb, "PGR", changes, version=cell.version, by=world.nodal)


def one_more_pilot(world: World) -> None:
    late = register.create_ulb(world.kl, {"name": "Late", "type_code": 7}, by=world.nodal)
    register.update_ulb(late, {"pilot": True}, version=0, by=world.nodal)


def drop(world: World) -> None:
    world.ulb.refresh_from_db()
    register.drop(world.ulb, on=today(), reason="G.O. 7", by=world.nodal)


def nothing_started(world: World) -> None:
    cell = world.ulb.deployments.get(module="PGR")
    changes = {"master_data": "not_started", "started_on": None}
    rollout.save_cell(world.ulb, "PGR", changes, version=cell.version, by=world.nodal)


@pytest.mark.parametrize("act", [withdraw, one_more_pilot, drop, nothing_started])
def test_kicked_off_in_the_pilots_stays_met(world: World, act: Callable[[World], None]) -> None:
    assert truth(world, "1.master_data_begun") != "met"
    begin(world)
    assert truth(world, "1.master_data_begun") == truth(world, "2.master_data_in_hand") == "met"
    began = today()
    with time_machine.travel(timezone.now() + timedelta(days=5), tick=False):
        act(world)
        assert truth(world, "1.master_data_begun") == truth(world, "2.master_data_in_hand") == "met"
        assert truth(world, "1.master_data_begun", as_on=today()) == "met"
        assert truth(world, "1.master_data_begun", as_on=began) == "met"
        assert truth(world, "1.master_data_begun", as_on=began - timedelta(days=1)) != "met"
    assert EventMet.objects.filter(code="1.master_data_begun").count() == 1


@pytest.mark.by_hand
def test_tracking_that_was_initiated_is_not_undone_by_the_next_ulb_that_goes_live(world: World) -> None:
    world.accepted("3.success_metrics")
    first, second = world.towns(2)
    world.live(first)
    type(first).objects.filter(pk=first.pk).update(baseline_given=True, months_reported=1)
    touch(world.kl)
    assert truth(world, "3.success_metrics") == "met"
    world.live(second)
    assert progress_of([world.kl])[world.kl.pk].tallies["metrics.tracked"].of == 2
    assert truth(world, "3.success_metrics") == "met"


@pytest.mark.by_hand
def test_a_ulb_put_into_each_live_batch_leaves_stage_4_ongoing(world: World) -> None:
    batch = world.batch(1, started_on=today())
    (ulb,) = world.towns(1, batch=batch)
    world.live(ulb)
    assert stage_of(world, 4).status == "ongoing"
    world.towns(3, batch=batch)
    assert progress_of([world.kl])[world.kl.pk].tallies["first_batch.live"].n == 1
    assert stage_of(world, 4).status == "ongoing"
    assert truth(world, "4.first_batch_live") == "met"


def test_the_count_beside_an_event_stays_the_count_of_today(world: World) -> None:
    begin(world)
    one_more_pilot(world)
    ratio = progress_of([world.kl])[world.kl.pk].tallies["pilot.master_data_started"]
    assert (ratio.n, ratio.of) == (1, 2)


@pytest.mark.by_hand
def test_events_of_before_an_upgrade_are_noted_by_roll_up(world: World) -> None:
    begin(world)
    EventMet.objects.all().delete()
    call_command("roll_up", stdout=StringIO())
    assert EventMet.objects.get(state=world.kl).code == "1.master_data_begun"
    assert not [fault for fault in Facts().faults() if "by no act of the log" in fault]
    nothing_started(world)
    assert truth(world, "1.master_data_begun") == "met"


@pytest.mark.by_hand
def test_the_centre_reopens_a_line_although_its_count_was_reached(world: World) -> None:
    item = world.accepted("3.success_metrics")
    EventMet.objects.create(state=world.kl, code="3.success_metrics")
    assert truth(world, "3.success_metrics") == "met"
    lines.move(item, "reopen", version=item.version, by=world.reviewer, note="Wrong", reason="other")
    assert truth(world, "3.success_metrics") == "not_met"


def test_every_line_whose_words_name_an_event_is_one() -> None:
    words = ("kicked off", "initiated", "made live after", "kick-off workshop", "initiate policy")
    named = {
        line.code
        for line in catalogue().lines()
        if line.section not in {"role", "recommendation"}
        and line.kind != "implied"
        and any(word in line.text.en.lower() for word in words)
    }
    assert named == {line.code for line in catalogue().lines() if line.event}
