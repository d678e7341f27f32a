"""How long a session lasts, and where one sees and ends it."""

import re
import time
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from nudm.accounts.models import Session, User
from nudm.accounts.tasks import clear_sessions
from states import actions
from tests.accounts.signing import dtl, sign_in, words
from tests.world import World

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"


@pytest.mark.parametrize(
    ("who", "minutes", "hours"), [("reviewer", 30, 8), ("nodal", 60, 12), ("town", 120, 12)]
)
def test_a_session_ends_unused_and_after_its_hours_by_role(
    world: World, who: str, minutes: int, hours: int
) -> None:
    person, began = getattr(world, who), time.time()
    page = "/accounts/me/"
    with time_machine.travel(began, tick=False) as clock:
        client = Client()
        sign_in(client, person.email)
        clock.shift(minutes * 60 - 1)
        assert client.get(page).status_code == 200
        clock.shift(minutes * 60 + 1)
        ended = client.get(page, follow=True)
        assert str(minutes) in words(ended) and "without use" in words(ended)
        assert ended.redirect_chain[-1][0] == f"/accounts/login/?next={page}"
        sign_in(client, person.email)
        clock.move_to(clock_of(client))
        for _use in range(hours * 60 // (minutes - 1)):
            clock.shift((minutes - 1) * 60)
            assert client.get(page).status_code == 200
        clock.shift((minutes - 1) * 60)
        assert "hours" in words(client.get(page, follow=True))


def test_use_is_written_once_a_minute_by_one_statement_and_leaves_what_the_session_holds(
    world: World,
) -> None:
    client = Client()
    sign_in(client, world.nodal.email)
    key = client.session.session_key
    before = Session.objects.get(pk=key)
    assert before.seen_at is not None
    with time_machine.travel(before.seen_at, tick=False) as clock:
        for seconds, written in ((60, False), (61, True), (61, True), (59, False)):
            clock.shift(seconds)
            with CaptureQueriesContext(connection) as queries:
                answer = client.get("/accounts/me/")
            acts = [query["sql"] for query in queries if "UPDATE " in query["sql"]]
            assert len(acts) == written, acts
            assert "sessionid" not in answer.cookies
            if not written:
                clock.shift(-seconds)
        now = timezone.now()
    after = Session.objects.get(pk=key)
    assert after.seen_at == now
    assert (after.session_data, after.expire_date) == (before.session_data, before.expire_date)


def test_a_session_that_was_ended_meanwhile_is_not_brought_back_by_its_use(world: World) -> None:
    client = Client()
    sign_in(client, world.nodal.email)
    store = Session.get_session_store_class()(client.session.session_key)
    assert store.load()
    Session.objects.all().delete()
    store.write_use()
    assert not Session.objects.exists()


def clock_of(client: Client) -> float:
    return float(client.session["started"])


def test_a_program_in_a_browser_gets_problem_details_when_its_session_is_over(world: World) -> None:
    client = Client()
    sign_in(client, world.nodal.email)
    with time_machine.travel(time.time() + 3601):
        answer = client.get("/api/v1/states/")
    assert answer.status_code == 401
    assert answer.json()["code"] == "session_ended"


def test_two_posts_have_the_shorter_session(world: World) -> None:
    actions.appoint(dtl(world), world.ministry, world.start)
    client = Client()
    sign_in(client, world.ministry.email)
    with time_machine.travel(time.time() + 31 * 60):
        assert client.get("/accounts/me/").status_code == 302


def test_the_account_page_lists_the_sessions_and_ends_one(world: World) -> None:
    here, phone = Client(), Client()
    sign_in(here, world.nodal.email, headers={"user-agent": FIREFOX}, REMOTE_ADDR="10.1.2.3")
    sign_in(phone, world.nodal.email, headers={"user-agent": PHONE}, REMOTE_ADDR="10.9.9.9")
    page = words(here.get("/accounts/me/"))
    for told in ("Firefox, Windows", "10.1.2.3", "Chrome, Android", "10.9.9.9", "this one"):
        assert told in page
    assert here.session.session_key not in page and phone.session.session_key not in page
    [handle] = re.findall(r"/accounts/me/sessions/(\w+)/end/", page)
    stranger = world.client(world.neighbour)
    assert stranger.post(f"/accounts/me/sessions/{handle}/end/").status_code == 404
    assert phone.get("/accounts/me/").status_code == 200
    here.post(f"/accounts/me/sessions/{handle}/end/")
    assert phone.get("/accounts/me/").status_code == 302
    assert here.get("/accounts/me/").status_code == 200


def test_a_new_password_and_signing_out_everywhere_leave_no_other_session_in_the_list(world: World) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        sign_in(client, world.nodal.email)
    here.post("/accounts/me/sign-out-everywhere/")
    assert Session.objects.filter(person=world.nodal).count() == 1
    assert here.get("/accounts/me/").status_code == 200
    assert there.get("/accounts/me/").status_code == 302


def test_session_and_person_are_one_look_and_a_person_who_may_not_is_nobody(
    world: World, settings: Any
) -> None:
    client = Client()
    sign_in(client, world.nodal.email)
    client.get("/accounts/me/")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/accounts/me/").status_code == 200
    people = [query["sql"] for query in queries if 'FROM "accounts_user"' in query["sql"]]
    assert people == [] and any('JOIN "accounts_user"' in query["sql"] for query in queries)
    settings.DEMO = False
    for change, back in (
        ({"is_active": False}, {"is_active": True}),
        ({"is_demo": True}, {"is_demo": False}),
        ({"password": "changed"}, {}),
    ):
        User.objects.filter(pk=world.nodal.pk).update(**change)
        assert client.get("/accounts/me/").status_code == 302, change
        User.objects.filter(pk=world.nodal.pk).update(**back)
    assert Session.objects.filter(person=world.nodal).count() == 0


def test_a_session_signed_under_the_key_before_goes_on(world: World, settings: Any) -> None:
    client = Client()
    sign_in(client, world.nodal.email)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another " * 9
    assert client.get("/accounts/me/").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert client.get("/accounts/me/").status_code == 200


def test_sessions_whose_time_is_over_are_cleared_away(world: World, settings: Any) -> None:
    sign_in(Client(), world.nodal.email)
    with time_machine.travel(time.time() + settings.SESSION_COOKIE_AGE + 1):
        sign_in(Client(), world.unit.email)
        clear_sessions()
    assert [session.person for session in Session.objects.all()] == [world.unit]
