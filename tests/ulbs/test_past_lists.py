"""The list and the matrix of ULBs, and their files, as they were known on a day."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from nudm.core.dates import show
from states.models import Entry
from tests.sheets import body
from tests.world import World, day
from ulbs.actions import register, rollout
from ulbs.actions.figures import Given, save_figures
from ulbs.forms.town import months
from ulbs.importing.tables import sheets
from ulbs.models import Ulb

PAGES = ("/ulbs/KL/", "/ulbs/KL/matrix/?scope=all")


def ago(days: int) -> Any:
    return time_machine.travel(timezone.now() - timedelta(days=days), tick=False)


def then(url: str, days: int) -> str:
    return f"{url}{'&' if '?' in url else '?'}as_on={show(day(days))}"


def main_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode().split("<main", 1)[1])


def rows_of(client: Any, url: str) -> list[list[str]]:
    answer = client.get(f"{url}{'&' if '?' in url else '?'}format=csv")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.fixture
def moved(world: World) -> World:
    """Ten days ago a second town came and the first went live; five days ago the second was dropped."""
    with ago(10):
        beta = world.towns(1)[0]
        world.live(world.ulb, on=day(0))
    with ago(5):
        row = Ulb.objects.select_related("state").get(pk=beta.pk)
        register.drop(row, on=day(0), reason="merged with a neighbour", by=world.nodal)
    return world


def test_the_figures_of_a_month_are_a_file_as_they_were_known_then(world: World) -> None:
    month = months(until=day(10))[1]
    for days, value in ((9, 5), (4, 8)):
        with ago(days):
            if days == 9:
                world.live(world.ulb, on=day(9))
            give = Given("transactions", Decimal(value), world.ulb.pk, month=month)
            save_figures(world.kl, [give], by=world.nodal)
    client, asked = world.client(world.ministry), f"?format=xlsx&month={month:%Y-%m}"
    found = {}
    for days in (20, 6, 2):
        answer = client.get(then(f"/ulbs/KL/figures/{asked}", days))
        name = f"nudm-figures-KL-{month:%Y-%m}-as-on-{day(days)}.xlsx"
        assert name in answer["Content-Disposition"]
        found[days] = sheets(body(answer))[0].rows
        assert show(day(days)) in found[days][0][0]
    place = found[6][1].index("Transactions")
    assert [row[place] for row in (found[6][3], found[2][3])] == ["5", "8"] and len(found[20]) == 3
    now = sheets(body(client.get(f"/ulbs/KL/figures/{asked}")))[0].rows
    assert now[1:] == found[2][1:]
    assert "format=xlsx" in main_of(client.get(then("/ulbs/KL/figures/", 6)))
    entry = Entry.objects.filter(verb="figures.sheet").order_by("pk")[1]
    assert (entry.data["as_on"], entry.data["rows"]) == (show(day(6)), 2)


@pytest.mark.parametrize("url", PAGES)
def test_a_page_shows_what_was_known_and_offers_no_act(moved: World, url: str) -> None:
    client = moved.client(moved.nodal)
    before, between = main_of(client.get(then(url, 11))), main_of(client.get(then(url, 7)))
    assert "Town 0" not in before and "Alpha" in before
    assert "Town 0" in between and show(day(7)) in between
    for words in (before, between):
        assert 'method="post"' not in words and "/new/" not in words and "/change/" not in words
    assert between.count("Live") > before.count("Live") or "matrix" not in url


@pytest.mark.parametrize("url", PAGES)
def test_a_file_holds_the_same_and_says_the_day(moved: World, url: str) -> None:
    client = moved.client(moved.nodal)
    then_, now = rows_of(client, then(url, 7)), rows_of(client, url)
    flat = "\n".join(",".join(row) for row in then_)
    assert show(day(7)) in flat and "Town 0" in flat
    assert show(day(7)) not in "\n".join(",".join(row) for row in now[:3])


def test_a_past_list_is_filtered_and_sorted_like_todays(moved: World) -> None:
    client = moved.client(moved.nodal)
    found = main_of(client.get(then("/ulbs/KL/?q=Town", 7)))
    assert "Town 0" in found and "Alpha" not in found
    down = main_of(client.get(then("/ulbs/KL/?sort=-name", 7)))
    assert down.index("Town 0") < down.index("Alpha")
    assert f'name="as_on" value="{show(day(7))}"' in found


@pytest.mark.parametrize("url", PAGES)
def test_a_neighbours_past_does_not_exist_and_a_day_to_come_is_refused(moved: World, url: str) -> None:
    assert moved.client(moved.neighbour).get(then(url, 7)).status_code == 404
    assert moved.client(moved.town).get(then(url, 7)).status_code == 404
    assert moved.client(moved.nodal).get(then(url, -1)).status_code == 422


def test_a_past_day_costs_the_same_for_one_town_and_for_many(moved: World) -> None:
    client = moved.client(moved.nodal)
    counts = []
    for _time in range(2):
        with CaptureQueriesContext(connection) as seen:
            client.get(then("/ulbs/KL/matrix/", 0))
            client.get(then("/ulbs/KL/matrix/", 1))
        counts.append(len(seen))
        with ago(3):
            for ulb in moved.towns(20):
                rollout.save_cell(ulb, "PGR", {"in_scope": True}, version=None, by=moved.nodal)
    assert counts[1] <= counts[0] and counts[0] <= 20
