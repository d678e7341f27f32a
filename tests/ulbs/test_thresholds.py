"""Thresholds in the settings: sound ones only, shown where they act; what is stored by them, counted anew."""

from io import StringIO
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command

from nudm.core.dates import today
from states.past import as_on
from tests.world import World
from ulbs.actions import rollout
from ulbs.limits import limits
from ulbs.models import Ulb
from ulbs.rules.counting import wrong_limits


@pytest.mark.once
@pytest.mark.parametrize(
    ("given", "faults"),
    [
        ({}, 0),
        ({"critical_limit": 5, "live_when": "all", "pilots_begun": "any"}, 0),
        ({"pilot_begun": "all"}, 1),
        ({"pilots_begun": "some"}, 1),
        ({"live_when": "most", "meetings": 0}, 2),
        ({"meetings": "2"}, 1),
        ({"meetings": True}, 1),
        ({"help_desk_in_time": 101}, 1),
    ],
)
def test_the_process_does_not_start_on_a_threshold_that_cannot_be(
    given: dict[str, Any], faults: int, settings: Any
) -> None:
    assert len(wrong_limits(given)) == faults
    settings.LIMITS = given
    assert sum(message.id == "ulbs.E001" for message in run_checks()) == faults


@pytest.fixture
def all_modules(settings: Any) -> Any:
    settings.LIMITS = {"live_when": "all"}
    limits.cache_clear()
    yield
    settings.LIMITS = {}
    limits.cache_clear()


def test_after_a_change_of_live_when_what_ulbs_have_reached_is_counted_anew(
    world: World, request: pytest.FixtureRequest
) -> None:
    live = {"live_on": today(), "live_url": "https://kl.example.in/", "override_reason": "Live before"}
    rollout.save_cell(world.ulb, "PGR", live, version=None, by=world.nodal)
    rollout.save_cell(world.ulb, "PT", {"started_on": today()}, version=None, by=world.nodal)
    assert Ulb.objects.get(pk=world.ulb.pk).live_on == today()
    request.getfixturevalue("all_modules")
    told = StringIO()
    call_command("roll_up", stdout=told)
    assert Ulb.objects.get(pk=world.ulb.pk).live_on is None
    assert [ulb.live_on for ulb in as_on(Ulb, [world.kl.pk], today()) if ulb.pk == world.ulb.pk] == [None]
    assert told.getvalue().startswith("1 ULBs")
    call_command("roll_up", stdout=(again := StringIO()))
    assert again.getvalue().startswith("0 ULBs")


def test_a_threshold_is_told_whether_it_is_reached_or_not(world: World) -> None:
    client = world.client(world.nodal)
    first = client.get("/phases/KL/1/").content.decode()
    assert "Master data must have begun in all pilots." in first
    third = client.get("/phases/KL/3/").content.decode()
    assert third.count("A ULB counts with its first module.") >= 2
    assert "Campaigns by 2 different channels are needed." in client.get("/phases/KL/4/").content.decode()
