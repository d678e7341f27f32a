"""After the key of the server leaked: it is another one, and no former one is named."""

from io import StringIO
from typing import Any

import pyotp
import pytest
from django.core.management import call_command
from django.test import Client

from nudm.accounts.models import User
from tests.accounts.signing import TOKEN, sign_in, token_of, with_app, words
from tests.world import PASSWORD, World

CODE, ACCOUNT, SET_UP = "/accounts/login/code/", "/accounts/me/", "/accounts/me/code/"


@pytest.fixture
def leaked(world: World, settings: Any) -> dict[str, tuple[pyotp.TOTP, list[str]]]:
    """Everybody's app and paper from before."""
    people = (world.head, world.reviewer, world.unit)
    held = {person.email: with_app(person) for person in people}
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS, settings.DEMO = "n" * 60, [], False
    return held


def half_way(person: User) -> Client:
    client = Client()
    assert sign_in(client, person.email).url == CODE
    return client


def test_a_code_of_the_app_is_answered_with_what_to_do(world: World, leaked: Any) -> None:
    for person in (world.head, world.reviewer, world.unit):
        app, _paper = leaked[person.email]
        answer = half_way(person).post(CODE, {"code": app.now()})
        assert answer.status_code == 422 and "recovery" in words(answer)


def test_a_recovery_code_signs_in_and_the_app_is_set_up_anew(world: World, leaked: Any) -> None:
    for person in (world.head, world.unit):
        _app, paper = leaked[person.email]
        client = half_way(person)
        assert client.post(CODE, {"code": paper[0]}).url == SET_UP
        page = words(client.get(SET_UP))
        app = pyotp.TOTP(page.split("<code>")[1].split("</code>")[0].replace(" ", ""))
        done = client.post(SET_UP, {"code": app.now(), "password": PASSWORD}, follow=True)
        assert done.status_code == 200 and "shown only now" in words(done)
        again = half_way(person)
        assert again.post(CODE, {"code": paper[1]}).status_code == 422
        User.objects.get(pk=person.pk).authenticator.__class__.objects.filter(person=person).update(
            last_step=0
        )
        assert again.post(CODE, {"code": app.now()}).status_code == 302
        assert again.get(ACCOUNT).status_code == 200


def test_a_national_post_sees_nothing_before_the_app_is_set_up_anew(world: World, leaked: Any) -> None:
    _app, paper = leaked[world.reviewer.email]
    client = half_way(world.reviewer)
    client.post(CODE, {"code": paper[0]})
    assert client.get("/states/KL/").url == SET_UP


def test_who_may_appoint_takes_the_app_off_and_it_is_set_up_anew(world: World, leaked: Any) -> None:
    _app, paper = leaked[world.head.email]
    head = half_way(world.head)
    head.post(CODE, {"code": paper[0]})
    page = words(head.get(SET_UP))
    app = pyotp.TOTP(page.split("<code>")[1].split("</code>")[0].replace(" ", ""))
    head.post(SET_UP, {"code": app.now(), "password": PASSWORD})
    post = world.reviewer.appointments.get().post
    assert head.post(f"/states/people/posts/{post.pk}/", {"act": "forget_code"}).status_code == 302
    client = Client()
    sign_in(client, world.reviewer.email)
    assert client.get("/states/KL/").url == SET_UP
    assert "data:image/svg+xml" in words(client.get(SET_UP))


def test_the_pages_of_the_code_answer_in_an_open_session_too(world: World, settings: Any) -> None:
    """A session that was begun before and signed anew meanwhile."""
    app, paper = with_app(world.unit)
    begun = world.client(world.nodal)
    begun.get(SET_UP)
    client = world.client(world.unit)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 60, [settings.SECRET_KEY]
    client.get(ACCOUNT)
    begun.get(ACCOUNT)
    settings.SECRET_KEY_FALLBACKS = []
    assert begun.get(SET_UP).status_code == 200
    for path in ("recovery", "end"):
        for code in (app.now(), "nonsense"):
            assert client.post(f"{SET_UP}{path}/", {"code": code}).status_code == 302
    assert "set it up anew" in words(client.get(SET_UP))
    assert client.post(ACCOUNT, {**TOKEN, "name": "x", "code": app.now()}).status_code == 422
    assert client.post(f"{SET_UP}recovery/", {"code": paper[0]}).status_code == 302
    assert "data:image/svg+xml" in words(client.get(SET_UP))
    assert token_of(words(client.post(ACCOUNT, {**TOKEN, "name": "x"}, follow=True)))


def test_the_command_says_how_many_could_not_be_opened_and_whose(world: World, leaked: Any) -> None:
    with_app(world.nodal)
    out = StringIO()
    call_command("reseal", stdout=out)
    said = out.getvalue()
    assert said.startswith("1 secrets are sealed") and "3 could not be opened" in said
    assert all(person.email in said for person in (world.head, world.reviewer, world.unit))
    assert world.nodal.email not in said
