"""Sign-in by a provider (OpenID Connect): a real one in a process of its own."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client

from nudm.accounts.models import Identity, User
from states.models import Entry
from tests.accounts.signing import with_app, words
from tests.world import World
from tools.test import free_port

PEOPLE = [
    {"sub": "s-1", "email": "Nodal.KL@example.in", "email_verified": True},
    {"sub": "s-2", "email": "nodal.kl@example.in", "email_verified": True},
    {"sub": "s-3", "email": "unit.kl@example.in", "email_verified": False},
    {"sub": "s-4", "email": "stranger@example.in", "email_verified": True},
    {"sub": "s-5", "email": "unit.kl@example.in", "email_verified": True},
]


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A provider that knows these people."""
    port = free_port()
    people = [word for person in PEOPLE for word in ("--user-claims", json.dumps(person))]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"]
    process = subprocess.Popen([*command, *people], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    for _try in range(200):
        try:
            requests.get(f"{address}/.well-known/openid-configuration", timeout=1)
            break
        except OSError:
            time.sleep(0.05)
    yield address
    process.terminate()
    process.wait()


@pytest.fixture
def provider(issuer: str, settings: Any) -> str:
    settings.OIDC_ISSUER, settings.OIDC_NAME = issuer, "Parichay"
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = "nudm", "a secret"
    settings.SITE_URL = "http://testserver"
    return issuer


def through(client: Client, subject: str | None, back: str = "") -> Any:
    """Press the button, sign in there as `subject` (None: refuse), and come back."""
    there = client.get(f"/accounts/provider/?next={back}").url
    form = {"action": "deny"} if subject is None else {"sub": subject}
    answer = requests.post(there, data=form, allow_redirects=False, timeout=10)
    home = urlsplit(answer.headers["location"])
    return client.get(f"{home.path}?{home.query}")


def test_the_button_is_there_where_a_provider_is_set(world: World, provider: str, settings: Any) -> None:
    assert "Sign in with Parichay" in words(Client().get("/accounts/login/"))
    settings.OIDC_ISSUER = ""
    assert "Parichay" not in words(Client().get("/accounts/login/"))
    assert Client().get("/accounts/provider/").status_code == 404
    assert Client().get("/accounts/provider/back/?code=x&state=y").status_code == 404


def test_the_provider_is_asked_with_state_nonce_and_proof_of_key(world: World, provider: str) -> None:
    asked = parse_qs(urlsplit(Client().get("/accounts/provider/").url).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert all(len(asked[name][0]) >= 20 for name in ("state", "nonce", "code_challenge"))
    assert asked["redirect_uri"] == ["http://testserver/accounts/provider/back/"]


def test_a_person_known_by_a_checked_address_is_in_and_known_by_subject_from_then_on(
    world: World, provider: str
) -> None:
    client = Client()
    assert through(client, "s-1", "/states/KL/").url == "/states/KL/"
    assert client.get("/states/KL/").status_code == 200
    identity = Identity.objects.get()
    assert (identity.person, identity.issuer, identity.subject) == (world.nodal, provider, "s-1")
    assert Entry.objects.get(verb="account.sign_in").data == {"through": "provider"}
    User.objects.filter(pk=world.nodal.pk).update(email="moved@example.in")
    assert through(Client(), "s-1").url == "/"


def test_a_successor_with_the_same_address_does_not_get_the_predecessors_account(
    world: World, provider: str
) -> None:
    through(Client(), "s-1")
    client = Client()
    assert through(client, "s-2").url == "/accounts/login/"
    assert "No account here" in words(client.get("/accounts/login/"))
    assert client.get("/accounts/me/").status_code == 302


@pytest.mark.parametrize("subject", ["s-3", "s-4"])
def test_an_address_that_is_unchecked_or_unknown_opens_nothing(
    world: World, provider: str, subject: str
) -> None:
    client = Client()
    assert through(client, subject).url == "/accounts/login/"
    assert client.get("/accounts/me/").status_code == 302
    assert Identity.objects.count() == 0 and User.objects.filter(email="stranger@example.in").count() == 0


def test_a_closed_account_stays_closed(world: World, provider: str) -> None:
    through(Client(), "s-5")
    User.objects.filter(pk=world.unit.pk).update(is_active=False)
    assert through(Client(), "s-5").url == "/accounts/login/"


def test_the_code_is_asked_still_unless_the_provider_asks_one(
    world: World, provider: str, settings: Any
) -> None:
    app, _paper = with_app(world.nodal)
    client = Client()
    assert through(client, "s-1").url == "/accounts/login/code/"
    client.post("/accounts/login/code/", {"code": app.now()})
    assert Entry.objects.get(verb="account.sign_in").data == {"through": "provider", "code": "app"}
    settings.OIDC_ASKS_CODE = True
    assert through(Client(), "s-1").url == "/"


def test_no_at_the_provider_is_told_and_signs_nobody_in(world: World, provider: str) -> None:
    client = Client()
    assert through(client, None).url == "/accounts/login/"
    assert "Parichay did not sign you in" in words(client.get("/accounts/login/"))


def test_an_answer_that_this_browser_never_asked_for_is_refused(world: World, provider: str) -> None:
    asker, victim = Client(), Client()
    there = asker.get("/accounts/provider/").url
    answer = requests.post(there, data={"sub": "s-1"}, allow_redirects=False, timeout=10)
    home = urlsplit(answer.headers["location"])
    assert victim.get(f"{home.path}?{home.query}").url == "/accounts/login/"
    assert victim.get("/accounts/me/").status_code == 302
    replayed = [asker.get(f"{home.path}?{home.query}") for _time in range(2)]
    assert [answer.url for answer in replayed] == ["/", "/accounts/login/"]


def test_a_provider_that_is_down_is_a_sentence_and_the_password_still_works(
    world: World, provider: str, settings: Any
) -> None:
    settings.OIDC_ISSUER = f"http://127.0.0.1:{free_port()}"
    client = Client()
    assert client.get("/accounts/provider/").url == "/accounts/login/"
    assert "sign in with your password" in words(client.get("/accounts/login/"))
