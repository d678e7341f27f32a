"""Each 31 March every post is confirmed by who holds it."""

from datetime import date
from typing import Any

import pytest
import time_machine

from states import access, actions
from states.models import Appointment, Entry
from states.rules import PostKind, asked_to_confirm, is_confirmed
from tests.world import World


@pytest.mark.parametrize(
    ("day", "start", "confirmed", "is_so"),
    [
        (date(2027, 3, 30), date(2026, 5, 1), None, True),
        (date(2027, 3, 31), date(2026, 5, 1), None, False),
        (date(2027, 3, 31), date(2026, 5, 1), date(2027, 3, 31), True),
        (date(2028, 3, 30), date(2026, 5, 1), date(2027, 3, 31), True),
        (date(2028, 3, 31), date(2026, 5, 1), date(2027, 4, 9), False),
        (date(2027, 4, 2), date(2027, 3, 31), None, True),
        (date(2027, 4, 2), date(2027, 3, 30), None, False),
    ],
)
def test_a_post_is_confirmed_once_from_each_31_march(
    day: date, start: date, confirmed: date | None, is_so: bool
) -> None:
    assert is_confirmed(day, start, confirmed) is is_so


@pytest.fixture
def after_march(world: World, settings: Any) -> Any:
    """The 5 April after everybody was appointed."""
    settings.DEMO = False
    year = asked_to_confirm(world.start).year + 1
    with time_machine.travel(f"{year}-04-05T06:00:00+05:30") as clock:
        yield clock


def test_before_anything_else_a_person_says_whether_the_post_is_still_held(
    world: World, after_march: Any
) -> None:
    client = world.client(world.nodal)
    assert client.get("/states/KL/").url == "/states/confirm/"
    refused = client.get("/api/v1/states/")
    assert refused.status_code == 403 and refused.json()["code"] == "first"
    row = world.nodal.appointments.get()
    assert client.post("/states/confirm/", {}).status_code == 422
    assert client.get("/states/KL/").status_code == 302
    client.post("/states/confirm/", {f"post_{row.pk}": "held"})
    assert client.get("/states/KL/").status_code == 200
    entry = Entry.objects.get(verb="post.confirm")
    assert (entry.actor, entry.state, entry.target_id) == (world.nodal, world.kl, str(row.pk))
    after_march.move_to(f"{asked_to_confirm(access.today()).year + 1}-03-31T00:01:00+05:30")
    assert world.client(world.nodal).get("/states/KL/").url == "/states/confirm/"


def test_who_has_left_says_so_and_is_relieved_that_day(world: World, after_march: Any) -> None:
    client = world.client(world.unit)
    row = world.unit.appointments.get()
    client.post("/states/confirm/", {f"post_{row.pk}": "left"})
    assert Appointment.objects.get(pk=row.pk).until == access.today()
    assert client.get("/states/KL/").status_code == 404


def test_an_agencys_person_confirms_though_the_post_is_in_no_state(world: World, after_march: Any) -> None:
    client = world.client(world.agency)
    row = world.agency.appointments.get()
    assert client.get("/states/KL/").url == "/states/confirm/"
    client.post("/states/confirm/", {f"post_{row.pk}": "held"})
    assert client.get("/states/KL/").status_code == 200


def test_nobody_answers_for_somebody_else(world: World, after_march: Any) -> None:
    client, other = world.client(world.nodal), world.neighbour.appointments.get()
    own = world.nodal.appointments.get()
    client.post("/states/confirm/", {f"post_{own.pk}": "held", f"post_{other.pk}": "left"})
    assert Appointment.objects.get(pk=other.pk).until is None


def test_of_two_posts_each_is_asked(world: World, after_march: Any) -> None:
    second = actions.add_post(world.kl_office, PostKind.FELLOW, "Fellow")
    actions.appoint(second, world.unit, world.start)
    client = world.client(world.unit)
    first, later = (row.pk for row in world.unit.appointments.order_by("pk"))
    answer = client.post("/states/confirm/", {f"post_{first}": "held"})
    assert answer.status_code == 422
    assert Appointment.objects.filter(confirmed_on__isnull=False).count() == 0
    client.post("/states/confirm/", {f"post_{first}": "left", f"post_{later}": "held"})
    assert client.get("/states/KL/").status_code == 200


def test_who_appoints_sees_who_has_not_confirmed_in_the_own_state_only(
    world: World, after_march: Any
) -> None:
    client = world.client(world.nodal)
    client.post("/states/confirm/", {f"post_{world.nodal.appointments.get().pk}": "held"})
    page = client.get("/states/people/?unconfirmed=1").content.decode()
    assert "2 posts were not confirmed" in page
    assert world.unit.name in page and "Omega" not in page and "Maharashtra" not in page


def test_the_demonstration_asks_for_nothing(world: World, after_march: Any, settings: Any) -> None:
    settings.DEMO = True
    assert world.client(world.nodal).get("/states/KL/").status_code == 200
