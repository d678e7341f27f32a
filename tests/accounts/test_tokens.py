"""Tokens for programs: who makes them, for how long, for what, and what ends them."""

import re
import time
from typing import Any

import pytest
import time_machine
from django.test import Client

from nudm.accounts.models import Token, User
from nudm.core.models import Outbox
from states import actions
from states.rules import PostKind
from tests.accounts.signing import DAY, TOKEN, program, sign_in, token_of, with_app, words
from tests.world import PASSWORD, World, day, office_hours

STATES, ACCOUNT = "/api/v1/states/", "/accounts/me/"


def made(client: Client, **given: str) -> str:
    answer = client.post(ACCOUNT, {**TOKEN, "name": "export", **given}, follow=True)
    return token_of(words(answer))


def test_a_token_is_made_only_by_who_proves_to_be_its_person(world: World) -> None:
    client = world.client(world.nodal)
    for proof in ({"password": ""}, {"password": "guess"}):
        assert client.post(ACCOUNT, {**TOKEN, "name": "x", **proof}).status_code == 422
    assert not Token.objects.exists() and made(client)
    app, paper = with_app(world.unit)
    other = world.client(world.unit)
    assert 'name="password"' not in re.split('value="token"', words(other.get(ACCOUNT)))[1]
    for code in ("000000", ""):
        assert other.post(ACCOUNT, {**TOKEN, "name": "x", "code": code}).status_code == 422
    assert made(other, code=app.now()) and made(other, code=paper[0])


def test_a_stolen_session_does_not_guess_the_password_by_making_tokens(world: World, settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"wrong_code": [3, DAY]}
    client = world.client(world.nodal)
    for n in range(3):
        client.post(ACCOUNT, {**TOKEN, "name": "x", "password": f"guess {n}"})
    assert client.post(ACCOUNT, {**TOKEN, "name": "x"}).status_code == 422
    assert not Token.objects.exists()


def test_an_account_without_password_and_code_makes_a_token_soon_after_its_sign_in(world: World) -> None:
    client = Client()
    sign_in(client, world.nodal.email)
    person = User.objects.get(pk=world.nodal.pk)
    hashed = person.password
    person.set_unusable_password()
    person.save()
    client.force_login(person)
    session = client.session
    session["started"] = time.time()
    session.save()
    form = {"part": "token", "name": "x", "scope": "read", "days": "90"}
    with time_machine.travel(time.time() + 700):
        assert client.post(ACCOUNT, form).status_code == 422
    assert client.post(ACCOUNT, form).status_code == 302 and hashed


def test_a_token_ends_after_the_days_that_were_chosen(world: World) -> None:
    client = world.client(world.nodal)
    week, longest = made(client, days="7"), made(client)
    for later, good in ((6 * DAY, {week, longest}), (8 * DAY, {longest}), (91 * DAY, set())):
        with time_machine.travel(time.time() + later):
            answers = {text: program(text).get(STATES).status_code for text in (week, longest)}
            assert answers == {text: 200 if text in good else 401 for text in answers}
    assert client.post(ACCOUNT, {**TOKEN, "name": "x", "days": "365"}).status_code == 422


def test_a_token_that_may_read_changes_nothing(world: World) -> None:
    item = world.submitted()
    client = world.client(world.reviewer)
    reads, writes = made(client, scope="read"), made(client, scope="write")
    move = {"to": "accepted", "version": item.version}
    path = f"/api/v1/items/{item.pk}/moves/"
    assert program(reads).get(f"/api/v1/items/{item.pk}/").status_code == 200
    refused = program(reads).post(path, move, "application/json")
    assert refused.status_code == 403 and "read only" in refused.json()["detail"]
    assert program(writes).post(path, move, "application/json").status_code == 200


def test_the_page_says_what_a_token_may_until_when_and_its_last_use_in_both_languages(world: World) -> None:
    client = world.client(world.nodal)
    text = made(client, scope="read")
    assert "never used" in words(client.get(ACCOUNT))
    program(text).get(STATES)
    page = words(client.get(ACCOUNT))
    assert "may read" in page and "last used" in page and "ends" in page and text[:6] in page
    client.post("/language/", {"language": "hi"})
    hindi = words(client.get(ACCOUNT))
    assert "may read" not in hindi and "last used" not in hindi and text[:6] in hindi


def test_the_last_use_is_written_once_a_minute(world: World) -> None:
    text = made(world.client(world.nodal))
    program(text).get(STATES)
    first = Token.objects.get().used_at
    program(text).get(STATES)
    assert Token.objects.get().used_at == first
    with time_machine.travel(time.time() + 61):
        program(text).get(STATES)
    used = Token.objects.get().used_at
    assert first is not None and used is not None and used > first


def test_its_person_is_told_by_mail(world: World) -> None:
    made(world.client(world.nodal))
    mail = Outbox.objects.get()
    assert mail.to == world.nodal.email and "export" in mail.text


def test_a_new_password_and_signing_out_everywhere_end_every_token(world: World) -> None:
    new = {"new_password1": "four plain words here", "new_password2": "four plain words here"}
    client = world.client(world.nodal)
    theirs = made(world.client(world.unit))
    for end in (
        lambda: client.post("/accounts/me/sign-out-everywhere/"),
        lambda: client.post(ACCOUNT, {"part": "password", "old_password": PASSWORD, **new}),
    ):
        text = made(client)
        assert program(text).get(STATES).status_code == 200
        end()
        assert program(text).get(STATES).status_code == 401
    assert program(theirs).get(STATES).status_code == 200


@pytest.mark.parametrize("ahead", [0, 3])
def test_who_is_relieved_loses_the_tokens_on_that_day_also_while_another_post_is_held(
    world: World, ahead: int
) -> None:
    second = actions.add_post(world.kl_office, PostKind.FELLOW, "Fellow")
    actions.appoint(second, world.unit, world.start)
    text = made(world.client(world.unit))
    with time_machine.travel(time.time() - 2 * DAY):
        Token.objects.update(created_at=office_hours())
    actions.relieve(world.unit.appointments.get(post=second), day(-ahead), by=world.nodal)
    assert program(text).get(STATES).status_code == (401 if ahead == 0 else 200)
    with time_machine.travel(time.time() + (ahead + 1) * DAY):
        assert program(text).get(STATES).status_code == 401
        fresh = Token.make(User.objects.get(pk=world.unit.pk), "new")[1]
        assert program(fresh).get(STATES).status_code == 200
