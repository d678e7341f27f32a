"""Whose address a request has, how often it may ask, and what its answer tells the browser."""

import multiprocessing
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory

from nudm.accounts.models import Token
from nudm.core.fence import ProxyMiddleware
from nudm.core.limits import CountsInFiles, TooMany, spend
from nudm.core.numbers import number, numbers
from phases.models import Evidence
from tests.core.files import pdf
from tests.world import World

AGES = 10**9


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "10.0.0.7", "203.0.113.9"),
        ("10.1.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.1.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("10.1.0.1", "198.51.100.1, 203.0.113.9, 10.1.0.2", "203.0.113.9"),
        ("10.1.0.1", "nonsense", "10.1.0.1"),
        ("10.1.0.1", "198.51.100.1, nonsense", "10.1.0.1"),
        ("10.1.0.1", "", "10.1.0.1"),
        ("2001:db8::1", "2001:db8:ffff::9", "2001:db8:ffff::9"),
        ("", "10.0.0.7", ""),
    ],
)
def test_an_address_is_what_a_named_proxy_says_and_nobody_else(
    settings: Any, peer: str, forwarded: str, seen: str
) -> None:
    settings.TRUSTED_PROXIES = ["10.1.0.0/16", "2001:db8::1/128"]
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers={"x-forwarded-for": forwarded})
    ProxyMiddleware(lambda asked: asked)(request)  # type: ignore[arg-type,return-value]
    assert request.META["REMOTE_ADDR"] == seen


def test_a_stranger_cannot_say_that_the_request_was_encrypted(world: World, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    said = {"x-forwarded-proto": "https"}
    settings.TRUSTED_PROXIES = []
    assert world.client(None).get("/accounts/login/", headers=said).status_code == 301
    settings.TRUSTED_PROXIES = ["127.0.0.0/8"]
    assert world.client(None).get("/accounts/login/", headers=said).status_code == 200


def test_wrong_passwords_through_a_proxy_lock_the_address_behind_it(world: World, settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.0/8"]
    wrong = {"username": world.nodal.email, "password": "guess"}
    for tried in range(11):
        stranger = Client(headers={"x-forwarded-for": f"192.0.2.{tried}, 203.0.113.9"})
        answer = stranger.post("/accounts/login/", wrong)
    assert answer.status_code == 429
    other = Client(headers={"x-forwarded-for": "203.0.113.10"})
    assert other.post("/accounts/login/", wrong).status_code != 429


def test_every_answer_carries_its_headers(world: World) -> None:
    for who, url in ((world.nodal, "/states/KL/"), (None, "/accounts/login/"), (None, "/nothing/")):
        answer = world.client(who).get(url)
        assert "camera=()" in answer.headers["Permissions-Policy"], url
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert world.client(world.nodal).get("/states/KL/").headers["Cache-Control"] == "private, no-cache"


def test_an_error_page_tells_nothing_of_the_inside(world: World, settings: Any) -> None:
    client = world.client(world.nodal)
    client.raise_request_exception = False
    settings.REPORT_KEY = settings.RATE_LIMITS = None
    for url in ("/api/v1/states/", "/verify/x/", "/nothing/"):
        page = client.get(url).content.decode()
        assert "Traceback" not in page and "/nudm/" not in page and "Exception" not in page


def test_a_person_who_asks_the_api_too_often_waits(world: World, settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"api_person": [3, AGES]}
    token = {"authorization": f"Token {Token.make(world.nodal, 'a')[1]}"}
    client = world.client(world.nodal)
    assert [client.get("/api/v1/states/").status_code for _ in range(3)] == [200] * 3
    answer = Client().get("/api/v1/states/", headers=token)
    assert answer.status_code == 429, "another way in is the same person"
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "too_many" and answer.json()["detail"]
    assert world.client(world.reviewer).get("/api/v1/states/").status_code == 200


def test_an_address_that_asks_too_often_is_stopped_before_its_token_is_read(
    world: World, settings: Any
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"api_address": [3, AGES]}
    guess = {"authorization": "Token guessed"}
    codes = [Client().get("/api/v1/states/", headers=guess).status_code for _ in range(3)]
    assert codes == [401] * 3
    answer = Client().get("/api/v1/states/", headers=guess)
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0
    assert answer.json().keys() == {"type", "title", "status", "detail", "code", "fields"}
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert elsewhere.get("/api/v1/states/", headers=guess).status_code == 401


@pytest.mark.parametrize("limit", [{"files_person": [1, AGES]}, {"bytes_person": [1500, AGES]}])
def test_uploads_of_a_day_have_a_limit(world: World, settings: Any, limit: dict[str, Any]) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | limit
    client = world.client(world.nodal)

    def send(name: str) -> Any:
        content = pdf() + b"%" + name.encode() + b"\n" * 800
        file = SimpleUploadedFile(f"{name}.pdf", content, content_type="application/pdf")
        return client.post("/phases/KL/evidence/", {"file": file, "title": name})

    assert send("first").status_code == 302
    answer = send("second")
    assert answer.status_code == 429 and "Retry-After" in answer.headers
    assert Evidence.objects.count() == 1


def test_limits_do_not_stop_work_when_the_counts_cannot_be_reached(settings: Any) -> None:
    settings.CACHES = settings.CACHES | {
        "counts": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1",
        }
    }
    settings.RATE_LIMITS = {"verify": [0, 60]}
    spend("verify", "203.0.113.9")


def test_a_limit_that_is_reached_says_when_there_is_room_again(settings: Any) -> None:
    settings.RATE_LIMITS = {"verify": [2, 60]}
    with pytest.raises(TooMany) as stopped:
        for _try in range(9):
            spend("verify", "203.0.113.9")
    assert 0 < stopped.value.wait <= 60


def test_several_workers_count_together(tmp_path: Path) -> None:
    ways = multiprocessing.get_context("fork")
    workers = [ways.Process(target=_count, args=(str(tmp_path),)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert CountsInFiles(str(tmp_path), {}).get("k") == 200


def _count(folder: str) -> None:
    counts = CountsInFiles(folder, {})
    counts.add("k", 0, 100)
    for _ in range(50):
        counts.incr("k")


def test_what_is_no_number_is_none() -> None:
    assert [number(text, -1) for text in ("²", "", None, "-1", "9" * 10)] == [-1] * 5
    # Digits of every script, and spaces around them, are read by the one reader.
    assert [number(text, -1) for text in ("12", "१", " 1")] == [12, 1, 1]
    assert numbers(["1", "x", "²", "22"]) == [1, 22]


@pytest.mark.parametrize("given", ["²", "x", "9" * 5000, "-1"])
def test_a_page_takes_anything_for_an_id(world: World, given: str) -> None:
    client = world.client(world.nodal)
    sent = {"act": "cite", "evidence": given, "version": given}
    for url in ("/phases/KL/1/1.charter_published/", "/phases/KL/evidence/", "/ulbs/KL/250001/links/"):
        answer = client.post(url, sent | {"act": "end", "link": given} if "links" in url else sent)
        assert answer.status_code < 500, url
    assert client.get(f"/ulbs/KL/?q={given}&group=b{given}&page={given}").status_code == 200


def test_a_null_character_is_refused_before_a_database_sees_it(world: World) -> None:
    client = world.client(world.nodal)
    for url in ("/states/%00/", "/ulbs/KL/?q=%00", "/api/v1/figures/?metric=%00", "/api/v1/states/%00/"):
        answer = client.get(url)
        assert answer.status_code == 400, url
        assert ("problem" in answer.headers["Content-Type"]) == url.startswith("/api/")
    sent = {"act": "save", "remark": "a\0b", "version": 0}
    assert client.post("/phases/KL/1/1.charter_published/", sent).status_code == 400


def test_the_schema_and_the_reports_take_no_nonsense(world: World) -> None:
    client = world.client(world.nodal)
    assert client.get("/api/v1/schema/?format=json").status_code == 200
    assert client.get("/api/v1/schema/?not_declared=1").status_code == 400
    month = {"kind": "mpr", "state": "KL", "month": "0000-01"}
    assert client.post("/api/v1/reports/", month).status_code == 400
