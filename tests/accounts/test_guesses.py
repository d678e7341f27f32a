"""Guessing passwords: who guesses is stopped, who is guessed at goes on working."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from nudm.core.models import Outbox
from tests.accounts.signing import sign_in, words, work
from tests.world import World


@pytest.fixture(autouse=True)
def _early_in_the_hour() -> Iterator[None]:
    """Limits are counted by windows of the clock: no test begins in one and ends in the next."""
    with time_machine.travel(time.time() // 3600 * 3600 + 60):
        yield


def guess(email: str, times: int, net: str) -> list[int]:
    """So many wrong passwords, each from another address."""
    answers = (sign_in(Client(), email, "guess", REMOTE_ADDR=f"{net}.{n}") for n in range(times))
    return [answer.status_code for answer in answers]


def test_guesses_from_everywhere_stop_at_thirty_an_hour_and_the_officers_browser_goes_on(
    world: World,
) -> None:
    known = Client()
    sign_in(known, world.nodal.email)
    known.post("/accounts/logout/")
    answers = guess(world.nodal.email, 35, "10.3.3")
    assert answers.count(429) == 5 and answers[:30] == [200] * 30
    assert sign_in(Client(), world.nodal.email, REMOTE_ADDR="10.4.4.4").status_code == 429
    assert sign_in(known, world.nodal.email, REMOTE_ADDR="10.4.4.5").status_code == 302
    assert sign_in(Client(), world.unit.email, REMOTE_ADDR="10.4.4.6").status_code == 302


def test_a_known_browser_helps_its_own_account_only(world: World) -> None:
    known = Client()
    sign_in(known, world.unit.email)
    known.post("/accounts/logout/")
    guess(world.nodal.email, 30, "10.3.3")
    assert sign_in(known, world.nodal.email, REMOTE_ADDR="10.4.4.5").status_code == 429


def test_a_stolen_browser_guesses_ten_times(world: World) -> None:
    known = Client()
    sign_in(known, world.nodal.email)
    known.post("/accounts/logout/")
    answers = [
        sign_in(known, world.nodal.email, "guess", REMOTE_ADDR=f"10.5.5.{n}").status_code for n in range(12)
    ]
    assert answers == [200] * 10 + [429] * 2


def test_one_address_guesses_at_a_hundred_accounts_at_most(world: World) -> None:
    answers = [
        sign_in(Client(), f"p{n}@example.in", "guess", REMOTE_ADDR="10.6.6.6").status_code for n in range(103)
    ]
    assert answers == [200] * 100 + [429] * 3


def test_the_mailbox_opens_the_door_that_guesses_have_shut(world: World) -> None:
    guess(world.nodal.email, 31, "10.3.3")
    client = Client()
    locked = sign_in(client, world.nodal.email)
    assert locked.status_code == 429 and "/accounts/reset/" in words(locked) and locked["Retry-After"]
    client.post("/accounts/reset/", {"email": world.nodal.email})
    work()
    link = re.search(r"http://\S+", Outbox.objects.get().text)
    assert link is not None
    form = client.get(link.group(), follow=True)
    new = {"new_password1": "four plain words here", "new_password2": "four plain words here"}
    client.post(form.redirect_chain[-1][0], new)
    assert sign_in(client, world.nodal.email, "four plain words here").status_code == 302


def test_an_unknown_account_is_locked_just_as_a_real_one(world: World) -> None:
    real, unknown = guess(world.nodal.email, 32, "10.3.3"), guess("nobody.here@example.in", 32, "10.7.7")
    assert real == unknown


def test_the_mark_of_a_known_browser_cannot_be_written_by_hand(world: World, settings: Any) -> None:
    guess(world.nodal.email, 30, "10.3.3")
    client = Client()
    client.cookies["known_browser"] = "WyJub2RhbC5rbEBleGFtcGxlLmluIiwieCJd:1abc:xyz"
    assert sign_in(client, world.nodal.email, REMOTE_ADDR="10.4.4.4").status_code == 429


def test_a_wrong_password_is_a_line_for_the_operators_without_the_address_that_was_typed(
    world: World, caplog: Any
) -> None:
    sign_in(Client(), world.nodal.email, "guess", REMOTE_ADDR="10.3.3.3")
    [line] = [record.getMessage() for record in caplog.records if "password" in record.getMessage()]
    assert "10.3.3.3" in line and world.nodal.email not in line
