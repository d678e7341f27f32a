"""The code at sign-in: set up, asked, taken once, lost and found."""

import re
import time
from typing import Any

import pyotp
import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from nudm.accounts import codes
from nudm.accounts.models import Authenticator, RecoveryCode, User
from nudm.core.models import Outbox
from states import actions
from states.models import Entry
from tests.accounts.signing import TOKEN, dtl, sign_in, with_app, words
from tests.world import PASSWORD, World


def inside(client: Client) -> bool:
    return client.get("/accounts/me/").status_code == 200


@pytest.mark.parametrize(("at", "code"), [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")])
def test_the_codes_are_those_of_the_standard(at: int, code: str) -> None:
    """RFC 6238, appendix B: SHA-1, the last six of eight digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert codes.step_of(secret, code, now=at) == at // 30
    assert codes.step_of(secret, code, now=at + 30) == at // 30
    assert codes.step_of(secret, code, now=at + 90) is None


def test_a_person_sets_the_code_up_from_the_picture_and_gets_ten_codes_on_paper(world: World) -> None:
    client, other = world.client(world.nodal), world.client(world.nodal)
    page = words(client.get("/accounts/me/code/"))
    assert "data:image/svg+xml" in page
    key = re.search(r"<code>([A-Z2-7 ]{39})</code>", page)
    assert key is not None
    app = pyotp.TOTP(key.group(1).replace(" ", ""))
    wrong = client.post("/accounts/me/code/", {"code": "000000", "password": PASSWORD})
    assert wrong.status_code == 422 and Authenticator.objects.count() == 0
    stranger = client.post("/accounts/me/code/", {"code": app.now(), "password": "not mine"})
    assert stranger.status_code == 422 and Authenticator.objects.count() == 0
    done = client.post("/accounts/me/code/", {"code": app.now(), "password": PASSWORD}, follow=True)
    paper = re.findall(r"<code>([A-Z2-7-]{19})</code>", words(done))
    assert len(paper) == len(set(paper)) == 10
    assert not re.search(r"[A-Z2-7]{4}-[A-Z2-7]{4}", words(client.get("/accounts/me/code/")))
    assert inside(client) and not inside(other)
    assert app.secret not in Authenticator.objects.get().sealed
    assert [mail.to for mail in Outbox.objects.all()] == [world.nodal.email]


def test_with_an_app_the_password_alone_opens_nothing(world: World) -> None:
    app, _paper = with_app(world.nodal)
    client = Client()
    first = sign_in(client, world.nodal.email)
    assert first.url == "/accounts/login/code/"
    assert not inside(client)
    assert Entry.objects.filter(verb="account.sign_in").count() == 0
    assert client.post("/accounts/login/code/", {"code": "12345"}).status_code == 422
    assert client.post("/accounts/login/code/", {"code": f" {app.now()} "}).status_code == 302
    assert inside(client)
    assert Entry.objects.get(verb="account.sign_in").data == {"code": "app"}


def test_a_code_is_taken_once_even_within_its_half_minute(world: World) -> None:
    app, _paper = with_app(world.nodal)
    code = app.now()
    answers = []
    for _person in range(2):
        client = Client()
        sign_in(client, world.nodal.email)
        answers.append(client.post("/accounts/login/code/", {"code": code}))
    assert [answer.status_code for answer in answers] == [302, 422]
    assert "used already" in words(answers[1])


def test_the_page_asked_for_is_reached_after_both_steps(world: World) -> None:
    app, _paper = with_app(world.nodal)
    client = Client()
    form = {"username": world.nodal.email, "password": PASSWORD, "next": "/states/KL/"}
    client.post("/accounts/login/?next=/states/KL/", form)
    assert client.post("/accounts/login/code/", {"code": app.now()}).url == "/states/KL/"


def test_five_wrong_codes_or_five_minutes_lead_back_to_the_password(world: World) -> None:
    app, _paper = with_app(world.nodal)
    client = Client()
    sign_in(client, world.nodal.email)
    tries = [client.post("/accounts/login/code/", {"code": f"{n:06}"}) for n in range(5)]
    assert [answer.status_code for answer in tries] == [422] * 4 + [302]
    assert client.post("/accounts/login/code/", {"code": app.now()}).url == "/accounts/login/"
    sign_in(client, world.nodal.email)
    with time_machine.travel(time.time() + 301):
        assert client.post("/accounts/login/code/", {"code": app.now()}).url == "/accounts/login/"
    assert not inside(client)


def test_thirty_wrong_codes_a_day_are_the_most(world: World) -> None:
    app, _paper = with_app(world.nodal)
    for _round in range(6):
        client = Client()
        sign_in(client, world.nodal.email)
        for n in range(5):
            client.post("/accounts/login/code/", {"code": f"{n:06}"})
    client = Client()
    sign_in(client, world.nodal.email)
    assert client.post("/accounts/login/code/", {"code": app.now()}).status_code == 429
    assert not inside(client)


def test_a_recovery_code_works_once_and_its_owner_is_told(world: World) -> None:
    _app, paper = with_app(world.nodal)
    for expected in (302, 422):
        client = Client()
        sign_in(client, world.nodal.email)
        answer = client.post("/accounts/login/code/", {"code": paper[3].lower().replace("-", " ")})
        assert answer.status_code == expected
    assert RecoveryCode.objects.filter(used_at=None).count() == 9
    assert "9" in Outbox.objects.latest("pk").text
    assert not RecoveryCode.objects.filter(digest__in=paper).exists()


def test_new_recovery_codes_end_the_old_ones_and_ask_for_a_code_first(world: World) -> None:
    app, paper = with_app(world.nodal)
    client = world.client(world.nodal)
    client.post("/accounts/me/code/recovery/", {"code": "111111"})
    assert RecoveryCode.objects.filter(digest=RecoveryCode.hash(paper[0])).exists()
    shown = words(client.post("/accounts/me/code/recovery/", {"code": app.now()}, follow=True))
    fresh = re.findall(r"<code>([A-Z2-7-]{19})</code>", shown)
    assert len(fresh) == 10 and not set(fresh) & set(paper)
    assert not RecoveryCode.take(world.nodal, paper[0]) and RecoveryCode.take(world.nodal, fresh[0])


def test_the_app_is_taken_off_only_with_a_code(world: World) -> None:
    app, _paper = with_app(world.nodal)
    client = world.client(world.nodal)
    client.post("/accounts/me/code/end/", {"code": "111111"})
    assert Authenticator.objects.exists()
    client.post("/accounts/me/code/end/", {"code": app.now()})
    assert not Authenticator.objects.exists() and not RecoveryCode.objects.exists()
    assert inside(client)
    assert sign_in(Client(), world.nodal.email).url == "/"


def test_a_national_post_sets_the_code_up_before_anything_else(world: World, settings: Any) -> None:
    settings.DEMO = False
    for person in (world.head, world.reviewer, world.ministry):
        client = world.client(person)
        assert client.get("/states/KL/").url == "/accounts/me/code/"
        refused = client.get("/api/v1/states/")
        assert refused.status_code == 403 and refused.json()["code"] == "first"
        app, _paper = with_app(person)
        client = Client()
        sign_in(client, person.email)
        client.post("/accounts/login/code/", {"code": app.now()})
        assert client.get("/states/KL/").status_code == 200
    for person in (world.nodal, world.agency, world.nobody):
        assert world.client(person).get("/accounts/me/").status_code == 200


def test_a_token_of_a_national_post_waits_for_the_code_too(world: World, settings: Any) -> None:
    client = world.client(world.reviewer)
    client.post("/accounts/me/", {**TOKEN, "name": "figures"})
    found = re.search(r"<code>([\w-]{40,})</code>", words(client.get("/accounts/me/")))
    assert found is not None
    program = Client(headers={"authorization": f"Token {found.group(1)}"})
    assert program.get("/api/v1/states/").status_code == 200
    settings.DEMO = False
    assert program.get("/api/v1/states/").status_code == 401
    with_app(world.reviewer)
    assert program.get("/api/v1/states/").status_code == 200


def test_who_appoints_takes_a_lost_telephone_off_but_not_of_those_above(world: World) -> None:
    with_app(world.unit)
    with_app(world.reviewer)
    post = world.unit.appointments.get().post
    there = world.client(world.unit)
    nodal = world.client(world.nodal)
    assert (
        world.client(world.neighbour)
        .post(f"/states/people/posts/{post.pk}/", {"act": "forget_code"})
        .status_code
        == 404
    )
    assert nodal.post(f"/states/people/posts/{post.pk}/", {"act": "forget_code"}).status_code == 302
    assert User.objects.get(pk=world.unit.pk).code_since is None
    assert there.get("/accounts/me/").status_code == 302
    entry = Entry.objects.get(verb="account.code_forget")
    assert (entry.actor, entry.target_id) == (world.nodal, str(world.unit.pk))
    above = world.reviewer.appointments.get().post
    assert nodal.post(f"/states/people/posts/{above.pk}/", {"act": "forget_code"}).status_code in {403, 404}
    assert User.objects.get(pk=world.reviewer.pk).code_since is not None


def test_a_holder_who_is_also_at_the_centre_is_out_of_the_states_reach(world: World) -> None:
    post = dtl(world)
    actions.appoint(post, world.reviewer, world.start)
    with_app(world.reviewer)
    answer = world.client(world.nodal).post(f"/states/people/posts/{post.pk}/", {"act": "forget_code"})
    assert answer.status_code in {403, 404}
    assert User.objects.get(pk=world.reviewer.pk).code_since is not None


def test_an_operator_helps_the_last_person_of_the_centre(world: World) -> None:
    with_app(world.head)
    call_command("forget_code", world.head.email)
    assert User.objects.get(pk=world.head.pk).code_since is None
    assert Entry.objects.get(verb="account.code_forget").actor is None


def test_after_a_change_of_key_all_secrets_are_sealed_anew_by_one_command(
    world: World, settings: Any
) -> None:
    app, _paper = with_app(world.nodal)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "n" * 60
    call_command("reseal")
    settings.SECRET_KEY_FALLBACKS = []
    assert Authenticator.objects.get().secret == app.secret


def test_a_changed_key_opens_old_secrets_and_their_next_use_seals_them_anew(
    world: World, settings: Any
) -> None:
    app, _paper = with_app(world.nodal)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "n" * 60
    client = Client()
    sign_in(client, world.nodal.email)
    assert client.post("/accounts/login/code/", {"code": app.now()}).status_code == 302
    settings.SECRET_KEY_FALLBACKS = []
    assert Authenticator.objects.get().secret == app.secret
