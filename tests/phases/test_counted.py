"""A line's page, its row and a shut gate say how far its count is, what it takes, and where it is counted."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from nudm.core.dates import show, today
from nudm.core.ratio import Ratio
from phases.catalogue import catalogue
from phases.views.counted import counted_by
from tests.world import World
from ulbs.limits import limits
from ulbs.models import HelpDesk

MEASURED = [line for line in catalogue().lines() if line.measure and not line.measure.startswith("posts.")]


def page(client: Any, url: str) -> str:
    return " ".join(client.get(url).content.decode().split())


@pytest.mark.once
@pytest.mark.parametrize("ratio", [Ratio(0, 0), Ratio(1, 3), Ratio(3, 3)])
def test_every_measure_is_counted_on_a_page_of_the_state(world: World, ratio: Ratio) -> None:
    client = world.client(world.nodal)
    for line in MEASURED:
        told = counted_by(line, ratio, "KL")
        assert told is not None and told.ratio == ratio
        assert client.get(told.url).status_code == 200, told.url
        lacking = "lacking=" in told.url
        assert not (lacking and ratio.complete), told.url


@pytest.mark.by_hand
def test_an_accepted_line_whose_count_fell_back_says_so_at_the_gate(world: World, settings: Any) -> None:
    HelpDesk.objects.create(state=world.kl, number="1800", hours="9-18", since=world.start)
    world.accepted("3.help_desk")
    client = world.client(world.nodal)
    for url in ("/phases/KL/3/", "/phases/KL/3/3.help_desk/"):
        shown = page(client, url)
        assert "Counted: 0 of 3" in shown and "at least 80% in time" in shown, url
        assert 'href="/ulbs/KL/registers/help_desk/"' in shown, url
    settings.LIMITS = {"help_desk_months": 2, "help_desk_in_time": 70}
    limits.cache_clear()
    try:
        shown = page(client, "/phases/KL/3/")
        assert "Counted: 0 of 2" in shown and "at least 70% in time" in shown
    finally:
        limits.cache_clear()


@pytest.mark.by_hand
def test_stage_4_tells_what_its_outcomes_read(world: World) -> None:
    shown = page(world.client(world.nodal), "/phases/KL/4/")
    assert "Adoption is tracked once 3 months are reported" in shown
    assert 'href="/ulbs/KL/figures/"' in shown
    link = 'href="/ulbs/KL/?lacking=adoption_team"'
    assert link in shown and "Counted: 0 of 1" in shown


@pytest.mark.once
def test_the_recommended_data_entry_operators_are_counted_beside_the_line_they_help(world: World) -> None:
    shown = page(world.client(world.nodal), "/phases/KL/1/")
    [told] = re.findall(r"1 data entry operator.*?</p>", shown)
    assert "Counted: 0 of 1" in told and 'href="/ulbs/KL/?lacking=data_operator"' in told


def test_a_past_gate_leads_to_the_towns_that_it_waited_for_on_that_day(world: World) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=3), tick=False):
        asked = f"?as_on={show(today() - timedelta(days=3))}"
        shown = page(world.client(world.nodal), f"/phases/KL/1/{asked}")
    assert f'Waiting for <a href="/ulbs/KL/250001/{asked}">' in shown
