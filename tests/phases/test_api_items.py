"""The API addresses every item of a State/UT, refuses what it does not know, and errs in one form."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from nudm.core.dates import today
from phases.catalogue import catalogue
from phases.models import Item
from reports.demo.answers import demo_pdf
from tests.phases.test_api import caller
from tests.world import World
from ulbs.actions import register
from ulbs.models import Ulb

PROBLEM = {"type", "title", "status", "detail", "code", "fields"}
HERE = "/api/v1/states/KL/items/"
CODE = "2.customisations_agreed"


def attested() -> list[str]:
    return [line.code for line in catalogue().lines() if line.kind == "attested"]


def test_every_item_is_listed_in_the_decks_order_whether_begun_or_not(world: World) -> None:
    begun = world.started()
    rows = caller(world.nodal).get(f"{HERE}?page_size=200").json()["results"]
    assert [row["code"] for row in rows] == attested()
    assert {row["code"] for row in rows if row["id"] is not None} == {begun.code}
    assert {row["status"] for row in rows if row["id"] is None} == {"not_started"}
    both = caller(world.reviewer).get("/api/v1/items/?page_size=1").json()
    assert both["count"] == 2 * len(attested())
    stage = caller(world.nodal).get(f"{HERE}?stage=2&status=not_started").json()["results"]
    assert {row["stage"] for row in stage} == {2} and begun.code not in {row["code"] for row in stage}


def test_an_item_that_is_not_begun_is_started_evidenced_and_submitted_by_its_code(world: World) -> None:
    client, url = caller(world.nodal), f"{HERE}{CODE}/"
    first = client.get(url)
    assert (first.json()["id"], first.json()["version"], first["ETag"]) == (None, 0, 'W/"0"')
    assert {"start", "ask_na"} <= set(first.json()["moves"])
    started = client.post(f"{url}moves/", {"to": "in_progress", "version": 0}, "application/json")
    assert (started.status_code, started.json()["status"]) == (200, "in_progress")
    file = SimpleUploadedFile("order.pdf", demo_pdf("api"), content_type="application/pdf")
    version = started.json()["version"]
    given = client.post(f"{url}evidence/", {"file": file}, headers={"if-match": f'W/"{version}", W/"77"'})
    assert given.status_code == 201
    assert [row["id"] for row in client.get(f"{url}evidence/").json()["results"]] == [given.json()["id"]]
    version = client.get(url).json()["version"]
    sent = client.post(f"{url}moves/", {"to": "under_review", "version": version}, "application/json")
    assert (sent.status_code, sent.json()["status"]) == (200, "under_review")


def test_an_item_that_is_not_begun_is_asked_not_applicable_and_agreed(world: World) -> None:
    url = f"{HERE}{CODE}/moves/"
    asked = {"to": "ask_na", "version": 0, "note": "Nothing is customised."}
    assert caller(world.nodal).post(url, asked, "application/json").json()["asks"] == "not_applicable"
    version = Item.objects.get(state=world.kl, code=CODE).version
    agreed = caller(world.reviewer).post(url, {"to": "agree_na", "version": version}, "application/json")
    assert agreed.json()["status"] == "not_applicable"


def test_evidence_given_first_starts_the_item_and_a_stale_version_stops_it(world: World) -> None:
    url = f"{HERE}{CODE}/evidence/"
    file = SimpleUploadedFile("order.pdf", demo_pdf("a"), content_type="application/pdf")
    stale = caller(world.agency).post(url, {"file": file}, headers={"if-match": '"4"'})
    assert stale.status_code == 412 and not Item.objects.filter(state=world.kl, code=CODE).exists()
    file = SimpleUploadedFile("order.pdf", demo_pdf("b"), content_type="application/pdf")
    assert caller(world.agency).post(url, {"file": file}).status_code == 201
    assert Item.objects.get(state=world.kl, code=CODE).status == "in_progress"


@pytest.mark.parametrize("code", ["2.criterion_platform", "2.role_policy", "9.nothing", "2.master_data"])
def test_what_no_person_attests_is_no_item(world: World, code: str) -> None:
    assert code not in attested()
    answer = caller(world.nodal).get(f"{HERE}{code}/")
    assert answer.status_code == 404 and answer.json().keys() == PROBLEM


def test_a_neighbours_item_does_not_exist_whether_begun_or_not(world: World) -> None:
    for code in (CODE, "2.processes_standardised"):
        assert caller(world.nodal).get(f"/api/v1/states/MH/items/{code}/").status_code == 404
        assert caller(world.town).get(f"{HERE}{code}/").status_code == 404
    assert caller(world.town).get("/api/v1/items/").json()["count"] == 0


@pytest.mark.parametrize(
    ("url", "body"),
    [
        (f"{HERE}{CODE}/moves/", {"to": "start", "version": 0, "nota": "x"}),
        (
            "/api/v1/figures/",
            {"state": "KL", "figures": [{"metric": "citizens", "value": 1, "mont": "2026-10"}]},
        ),
        ("/api/v1/figures/", {"state": "KL", "figures": [{"metric": "citizens", "value": 1}], "sate": "KL"}),
        ("/api/v1/reports/", {"kind": "progress", "state": "KL", "langauge": "hi"}),
        ("/api/v1/ulbs/250001/milestones/", {"module": "PGR", "version": 0, "liveon": "2026-10-01"}),
    ],
)
def test_a_field_that_does_not_exist_is_refused_by_name(world: World, url: str, body: dict[str, Any]) -> None:
    answer = caller(world.nodal).post(url, body, "application/json")
    assert answer.status_code == 400 and answer.json().keys() == PROBLEM
    [field] = answer.json()["fields"]
    assert field.rpartition(".")[2] in {"nota", "mont", "sate", "langauge", "liveon"}


def test_a_misspelt_field_of_a_form_with_a_file_is_refused(world: World) -> None:
    file = SimpleUploadedFile("order.pdf", demo_pdf("api"), content_type="application/pdf")
    answer = caller(world.nodal).post(f"{HERE}{CODE}/evidence/", {"file": file, "titel": "Order"})
    assert answer.status_code == 400 and set(answer.json()["fields"]) == {"titel"}


ERRORS = [
    ("get", "/api/v1/nothing/", 404, {}),
    ("get", "/api/", 404, {}),
    ("get", "/api/v2/states/", 404, {}),
    ("get", "/api/v1/items/999999/", 404, {}),
    ("get", "/api/v1/states/?colour=red", 400, {}),
    ("get", "/api/v1/schema/?colour=red", 400, {}),
    ("get", "/api/v1/schema/", 406, {"accept": "image/png"}),
    ("get", "/api/v1/states/", 406, {"accept": "image/png"}),
    ("put", "/api/v1/schema/", 405, {}),
    ("delete", "/api/v1/states/", 405, {}),
    ("delete", "/api/v1/docs/", 405, {}),
    ("post", "/api/v1/items/1/moves/", 404, {}),
    ("get", "/api/v1/states/?page=99", 404, {}),
    ("get", "/api/v1/reports/1/file/", 404, {}),
]


@pytest.mark.parametrize(("method", "url", "status", "headers"), ERRORS)
def test_every_error_is_a_problem(
    world: World, method: str, url: str, status: int, headers: dict[str, str]
) -> None:
    answer = getattr(caller(world.nodal), method)(url, headers=headers)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json().keys() == PROBLEM
    assert answer.json()["status"] == status and answer.json()["title"] and answer.json()["detail"]


def test_a_stranger_and_a_body_that_cannot_be_read_are_problems_too(world: World) -> None:
    for url in ("/api/v1/states/", "/api/v1/schema/"):
        answer = Client().get(url)
        assert answer.status_code in {401, 403} and answer.json().keys() == PROBLEM
    url = f"{HERE}{CODE}/moves/"
    bodies = [("application/json", "{"), ("application/json", "[1]"), ("text/plain", "x")]
    for kind, body in [*bodies, ("multipart/form-data", "x")]:
        answer = caller(world.nodal).post(url, body, kind)
        assert answer.status_code in {400, 415} and answer.json().keys() == PROBLEM


def test_lists_are_pages(world: World) -> None:
    world.submitted()
    schema = caller(world.nodal).get("/api/v1/schema/", headers={"accept": "application/json"}).json()
    lists = [
        path
        for path, acts in schema["paths"].items()
        if "get" in acts and not path.endswith(("schema/", "common/", "file/", "progress/"))
    ]
    here = {"{iso}": "KL", "{code}": "2.processes_standardised", "{lgd_code}": "250001"}
    here["{id}"] = str(Item.objects.get(state=world.kl).pk)
    asked = 0
    for path in lists:
        for name, value in here.items():
            path = path.replace(name, value)
        body = caller(world.nodal).get(path).json()
        asked += 1
        assert isinstance(body, dict), path
        if "results" in body:
            assert body.keys() == {"count", "next", "previous", "results"}
    assert asked >= 10


def test_the_past_has_the_items_that_were_not_begun_then(world: World) -> None:
    world.started()
    day = f"{today():%d-%m-%Y}"
    rows = caller(world.nodal).get(f"{HERE}?as_on={day}&page_size=200").json()["results"]
    assert [row["code"] for row in rows] == attested()
    before = caller(world.nodal).get(f"{HERE}?as_on=01-01-2024&page_size=200").json()["results"]
    assert {(row["id"], row["status"]) for row in before} == {(None, "not_started")}


@pytest.mark.parametrize(
    "url",
    [
        "states/KL/",
        "states/KL/progress/",
        "ulbs/250001/",
        "national/common/",
        "schema/",
        f"states/KL/items/{CODE}/",
    ],
)
def test_only_a_list_has_pages(world: World, url: str) -> None:
    for name in ("page", "page_size"):
        answer = caller(world.nodal).get(f"/api/v1/{url}?{name}=2")
        assert answer.status_code == 400 and set(answer.json()["fields"]) == {name}
    assert caller(world.nodal).post("/api/v1/figures/?page=1", {}, "application/json").status_code == 400


@pytest.mark.parametrize("size", ["abc", "0", "-5", ""])
def test_a_size_of_pages_that_is_none_is_refused(world: World, size: str) -> None:
    answer = caller(world.nodal).get(f"/api/v1/items/?page_size={size}")
    assert answer.status_code == 400 and set(answer.json()["fields"]) == {"page_size"}


def test_a_count_that_is_asked_to_be_not_applicable_is_an_item_like_any_other(world: World) -> None:
    ulb = Ulb.objects.select_related("state").get(pk=world.ulb.pk)
    register.drop(ulb, on=world.start, reason="G.O.", by=world.nodal)
    code, client = "1.master_data_begun", caller(world.nodal)
    asked = {"to": "ask_na", "version": 0, "note": "There is no ULB."}
    assert client.post(f"{HERE}{code}/moves/", asked, "application/json").status_code == 200
    rows = caller(world.reviewer).get("/api/v1/items/?status=under_review").json()["results"]
    assert [(row["code"], row["with"], row["moves"]) for row in rows] == [
        (code, "centre", ["agree_na", "return"])
    ]
    stages = client.get("/api/v1/states/KL/progress/").json()["stages"]
    [line] = [row for row in stages[0]["outcomes"] if row["code"] == code]
    assert (line["status"], line["truth"], line["party"]) == ("under_review", "unknown", "centre")
