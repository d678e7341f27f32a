"""What is read when a request cannot be served: by a person a page, by a program problem details."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from nudm.accounts.models import Token
from nudm.core import broken
from nudm.core.receipts import new_key
from phases.models import Item
from tests.world import World
from tools.test import free_port

HERE = Path(__file__).resolve().parent.parent.parent


def program(person: Any) -> Client:
    _token, text = Token.make(person, "test")
    return Client(headers={"authorization": f"Token {text}"}, raise_request_exception=False)


@pytest.mark.parametrize("depth", [25, 900, 10_000, 100_000])
@pytest.mark.parametrize("opened", ["[", '{"a":'])
def test_json_however_deep_is_refused_in_words(world: World, depth: int, opened: str) -> None:
    item = world.submitted()
    body = opened * depth + "1" + {"[": "]"}.get(opened, "}") * depth
    url = f"/api/v1/items/{item.pk}/moves/"
    answer = program(world.reviewer).post(url, body, "application/json")
    assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json"
    assert "nested" in answer.json()["detail"] and answer.json()["fields"] == {}


def test_json_as_deep_as_the_api_asks_is_read(world: World) -> None:
    item = world.submitted()
    form = {"to": "accepted", "version": item.version}
    answer = program(world.reviewer).post(f"/api/v1/items/{item.pk}/moves/", form, "application/json")
    assert answer.status_code == 200


def test_a_form_that_two_people_of_one_browser_send_is_done_for_both(world: World) -> None:
    key, notes = new_key(), ("first", "second")
    item = world.started()
    for person, words in zip((world.nodal, world.unit), notes, strict=True):
        item.refresh_from_db()
        form = {"act": "save", "remark": words, "version": item.version, "form_key": key}
        answer = world.client(person).post(item.get_absolute_url(), form)
        assert answer.status_code == 302
    assert Item.objects.get(pk=item.pk).remark == "second"


def answered(path: str, error: BaseException) -> Any:
    try:
        raise error
    except BaseException:
        return broken.page(RequestFactory().get(path))


def lost(code: str | None) -> OperationalError:
    """What Django raises for an error of the driver."""

    class Driver(Exception):
        pgcode = code

    error = OperationalError("the server said something")
    error.__cause__ = Driver()
    return error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (lost(None), 503),
        (lost("57P01"), 503),
        (lost("53300"), 503),
        (lost("40P01"), 503),
        (lost("53100"), 507),
        (lost("42P01"), 500),
        (RecursionError(), 500),
        (KeyError("x"), 500),
    ],
)
def test_an_error_is_a_page_to_people_and_problem_details_to_programs(
    error: BaseException, status: int
) -> None:
    page, problem = answered("/states/KL/", error), answered("/api/v1/items/", error)
    assert page.status_code == problem.status_code == status
    assert "<h1>" in page.content.decode()
    assert problem["Content-Type"] == "application/problem+json"
    assert json.loads(problem.content).keys() == {"type", "title", "status", "detail", "code", "fields"}
    assert ("Retry-After" in page.headers) == ("Retry-After" in problem.headers) == (status == 503)


ASK = """
import django, json; django.setup()
from django.conf import settings
from django.test import Client
from django.test.utils import override_settings
plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
override_settings(STORAGES=settings.STORAGES | {"staticfiles": plain}, ALLOWED_HOSTS=["*"]).enable()
client = Client(raise_request_exception=False, headers={"authorization": "Token x"})
client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
answers = [client.get(path) for path in ("/", "/states/KL/", "/api/v1/items/")]
answers.append(Client().get("/healthz"))
print(json.dumps([[a.status_code, a.headers.get("Retry-After"), a["Content-Type"]] for a in answers]))
"""


@pytest.mark.once
def test_a_database_that_does_not_answer_is_said_with_the_time_to_try_again(tmp_path: Path) -> None:
    """On a port where nobody listens."""
    environment = os.environ | {
        "DATABASE_URL": f"postgres://nudm@127.0.0.1:{free_port()}/nudm",
        "DJANGO_SETTINGS_MODULE": "nudm.settings",
        "VAR_DIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=HERE, env=environment, capture_output=True, text=True, check=True
    )
    first, second, problem, health = json.loads(done.stdout.splitlines()[-1])
    assert first[:2] == second[:2] == problem[:2] == [503, "30"] and health[0] == 200
    assert problem[2] == "application/problem+json"


def test_a_text_beyond_the_limit_is_answered_with_the_limit_and_the_way_back(world: World) -> None:
    item = world.started()
    form = {"act": "save", "remark": "x" * 5_000_000, "version": item.version}
    client = world.client(world.nodal)
    there = f"http://testserver{item.get_absolute_url()}"
    page = client.post(item.get_absolute_url(), form, headers={"referer": there})
    words = page.content.decode()
    assert page.status_code == 413 and "4 MB" in words and f'href="{there}"' in words
    many = client.post(item.get_absolute_url(), {f"f{n}": "x" for n in range(1100)})
    assert many.status_code == 413
    answer = program(world.nodal).post(f"/api/v1/items/{item.pk}/moves/", " " * 5_000_000, "application/json")
    assert answer.status_code == 413 and answer.json()["code"] == "too_large"
    assert re.search("nothing of it was saved", answer.json()["detail"], re.I)
