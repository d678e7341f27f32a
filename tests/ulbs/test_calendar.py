"""The calendar of gatherings: of all States/UTs to the centre, of one's own to an office, as on a day too."""

from datetime import datetime, time, timedelta
from typing import Any

import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from nudm.core.dates import today
from tests.world import World, day
from ulbs.actions import events
from ulbs.rules.events import EventKind

HERE = "/ulbs/calendar/"


def training(world: World, title: str, on: int, *, far: bool = False) -> Any:
    state, by, town = (
        (world.mh, world.neighbour, world.far_ulb) if far else (world.kl, world.nodal, world.ulb)
    )
    values = {"title": title, "on": day(on), "modules": "PGR"}
    return events.save_event(state, EventKind.TRAINING, values, towns=[town], by=by)


def titles(world: World, person: Any, query: str = "") -> list[str]:
    page = world.client(person).get(HERE + query)
    assert page.status_code == 200
    return [row.title for row in page.context["page"]]


def test_the_centre_sees_the_trainings_of_all_and_an_office_its_own(world: World) -> None:
    training(world, "Far off", -9)
    training(world, "Soon", -1)
    training(world, "There", -2, far=True)
    training(world, "Held", 3)
    training(world, "Today", 0)
    for person in (world.reviewer, world.ministry):
        assert titles(world, person) == ["Today", "Soon", "There", "Far off"]
    assert titles(world, world.nodal) == ["Today", "Soon", "Far off"]
    assert titles(world, world.neighbour) == ["There"]
    assert titles(world, world.town) == titles(world, world.nobody) == []
    assert titles(world, world.reviewer, "?state=MH&kind=training") == ["There"]
    assert titles(world, world.reviewer, "?kind=uat") == []
    assert titles(world, world.nodal, "?state=MH") == []
    assert titles(world, world.nodal, "?when=held") == ["Held"]


def test_a_past_day_has_what_was_entered_and_not_what_came_or_went_since(world: World) -> None:
    gone = training(world, "Called off", -5)
    training(world, "That day", 0)
    then = today()
    with time_machine.travel(timezone.make_aware(datetime.combine(then + timedelta(days=2), time(11)))):
        events.remove_event(gone, version=gone.version, by=world.nodal)
        training(world, "New", -4)
        asked = f"?as_on={then:%d-%m-%Y}"
        assert titles(world, world.reviewer, asked) == ["That day", "Called off"]
        assert titles(world, world.reviewer, f"{asked}&when=held") == []
        assert "taken away since" in world.client(world.nodal).get(HERE + asked).content.decode()
        assert titles(world, world.nodal) == ["New"]
        assert titles(world, world.neighbour, asked) == []


def test_it_takes_as_many_queries_for_many_as_for_one(world: World) -> None:
    counts = []
    for n in (1, 60):
        for k in range(n):
            training(world, f"{n} {k}", -1 - k % 7)
        for person, asked in ((world.reviewer, ""), (world.nodal, ""), (world.reviewer, f"?as_on={day(1)}")):
            client = world.client(person)
            client.get(HERE + asked)
            with CaptureQueriesContext(
                connection,
            ) as seen:
                assert client.get(HERE + asked).status_code == 200
            counts.append((n, len(seen)))
    assert [n for many, n in counts if many == 1] == [n for many, n in counts if many == 60]
    assert max(n for _many, n in counts) <= 10, counts
