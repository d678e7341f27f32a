"""The API: the same actions, with versions, problems and no silent parameters."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from nudm.accounts.models import Token
from phases.models import Item, Step
from reports.demo.answers import demo_pdf
from tests.world import World


def caller(person: Any) -> Client:
    """A program with a token of this person."""
    _token, text = Token.make(person, "test")
    return Client(headers={"authorization": f"Token {text}"})


@pytest.mark.parametrize(
    "url", ["states/", "states/KL/", "states/KL/progress/", "items/", "ulbs/", "reports/"]
)
def test_an_unknown_parameter_is_refused_by_name(world: World, url: str) -> None:
    answer = caller(world.nodal).get(f"/api/v1/{url}?colour=red")
    assert answer.status_code == 400
    assert "colour" in answer.json()["fields"]


def test_pages_have_their_shape_and_their_limit(world: World) -> None:
    world.submitted()
    answer = caller(world.reviewer).get("/api/v1/items/?page_size=1000&status=under_review")
    assert answer.json().keys() == {"count", "next", "previous", "results"}
    assert answer.json()["results"][0]["moves"] == ["accept", "return"]


def test_a_line_is_moved_by_status_and_version(world: World) -> None:
    item = world.submitted()
    client = caller(world.reviewer)
    url = f"/api/v1/items/{item.pk}/"
    assert client.get(url)["ETag"] == f'W/"{item.version}"'
    stale = client.post(f"{url}moves/", {"to": "accepted", "version": item.version - 1}, "application/json")
    assert (stale.status_code, stale.json()["code"]) == (409, "conflict")
    wrong = client.post(
        f"{url}moves/",
        {"to": "accepted", "version": item.version},
        "application/json",
        headers={"if-match": 'W/"99"'},
    )
    assert wrong.status_code == 412
    returned = client.post(f"{url}moves/", {"to": "returned", "version": item.version}, "application/json")
    assert returned.status_code == 422
    assert {"note", "reason"} <= returned.json()["fields"].keys()
    done = client.post(f"{url}moves/", {"to": "accepted", "version": item.version}, "application/json")
    assert (done.status_code, done.json()["status"]) == (200, "accepted")
    assert done["Content-Type"] == "application/json"


def test_evidence_is_uploaded_and_cited_in_one_call(world: World) -> None:
    item = world.started()
    url = f"/api/v1/items/{item.pk}/evidence/"
    file = SimpleUploadedFile("order.pdf", demo_pdf("api"), content_type="application/pdf")
    made = caller(world.agency).post(url, {"file": file, "title": "Order"})
    assert made.status_code == 201
    assert made.json()["sha256"] in [row["sha256"] for row in caller(world.nodal).get(url).json()["results"]]
    lie = SimpleUploadedFile("order.pdf", b"MZ this is a program", content_type="application/pdf")
    refused = caller(world.agency).post(url, {"file": lie})
    assert refused.status_code == 422 and "file" in refused.json()["fields"]


@pytest.mark.by_hand
def test_a_drafts_remark_is_not_the_centres_to_read(world: World) -> None:
    item = world.started()
    Item.objects.filter(pk=item.pk).update(remark="not yet for the centre")
    url = f"/api/v1/items/{item.pk}/"
    assert caller(world.reviewer).get(url).json()["remark"] == ""
    assert caller(world.unit).get(url).json()["remark"] == "not yet for the centre"


def test_a_program_without_a_token_is_told_so(world: World) -> None:
    answer = Client(headers={"authorization": "Token wrong"}).get("/api/v1/states/")
    assert answer.status_code == 401
    assert answer.json().keys() == {"type", "title", "status", "detail", "code", "fields"}


def test_the_schema_names_every_path(world: World) -> None:
    schema = caller(world.nodal).get("/api/v1/schema/", headers={"accept": "application/json"}).json()
    assert {"/api/v1/items/{id}/moves/", "/api/v1/states/{iso}/progress/"} <= schema["paths"].keys()


def test_a_double_click_does_nothing_twice(world: World) -> None:
    item = world.started()
    client = world.client(world.nodal)
    form = {
        "act": "submit",
        "version": item.version,
        "form_key": "6f0d1f6e-5b0a-4a37-9f0e-0c6e6c1c7d11",
    }
    answers = [client.post(item.get_absolute_url(), form) for _click in range(3)]
    assert {answer.status_code for answer in answers} == {302}
    assert Step.objects.filter(item=item, move="submit").count() == 1


def test_a_stale_form_gets_a_page_with_both_texts(world: World) -> None:
    item = world.started()
    world.client(world.unit).post(
        item.get_absolute_url(), {"act": "save", "version": item.version, "remark": "theirs is stored"}
    )
    answer = world.client(world.nodal).post(
        item.get_absolute_url(), {"act": "save", "version": item.version, "remark": "mine is sent"}
    )
    assert answer.status_code == 409
    assert "theirs is stored" in answer.content.decode() and "mine is sent" in answer.content.decode()


def test_a_refused_form_says_so_beside_the_field_and_keeps_what_was_typed(world: World) -> None:
    item = world.submitted()
    answer = world.client(world.reviewer).post(
        item.get_absolute_url(), {"act": "return", "version": item.version, "note": "page 3 is missing"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_reason_error"' in page and "Choose a reason." in page
    assert "page 3 is missing" in page
    lie = SimpleUploadedFile("order.pdf", b"MZ this is a program", content_type="application/pdf")
    answer = world.client(world.nodal).post(
        item.get_absolute_url().replace("processes_standardised", "customisations_agreed"),
        {"act": "upload", "file": lie, "title": "The order"},
    )
    page = answer.content.decode()
    assert 'id="id_file_error"' in page and 'value="The order"' in page
