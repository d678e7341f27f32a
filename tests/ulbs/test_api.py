"""The API over modules in ULBs: the same action as the pages, versions, problems, no silent names."""

from typing import Any

import pytest
from django.test import Client

from nudm.accounts.models import Token
from tests.world import World, day
from ulbs.actions import rollout
from ulbs.models import Deployment

JSON = "application/json"
HERE = "/api/v1/ulbs/250001/milestones/"


def caller(person: Any) -> Client:
    """A program with a token of this person."""
    _token, text = Token.make(person, "test")
    return Client(headers={"authorization": f"Token {text}"})


def test_a_module_is_planned_read_and_changed_by_version(world: World) -> None:
    client = caller(world.nodal)
    assert client.get(HERE).json()["results"] == []
    made = client.post(HERE, {"module": "PGR", "version": 0, "master_data": "collecting"}, JSON)
    assert (made.status_code, made["ETag"]) == (200, 'W/"1"')
    assert made.json()["step"] == "master_data"
    [row] = client.get(HERE).json()["results"]
    assert row == made.json()
    later = {"module": "PGR", "version": 1, "uat_signed_on": day(4).isoformat()}
    assert client.post(HERE, later, JSON).json()["step"] == "signed_off"


def test_a_refusal_names_the_field_and_what_comes_first(world: World) -> None:
    answer = caller(world.nodal).post(
        HERE, {"module": "PGR", "version": 0, "live_on": day(1).isoformat()}, JSON
    )
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json().keys() == {"type", "title", "status", "detail", "code", "fields"}
    assert answer.json()["fields"].keys() == {"live_on", "live_url"}
    assert Deployment.objects.count() == 0


def test_a_stale_version_is_a_conflict_with_what_is_stored(world: World) -> None:
    rollout.save_cell(world.ulb, "PGR", {"configured_on": day(6)}, version=0, by=world.unit)
    client = caller(world.nodal)
    wanted = {"module": "PGR", "version": 0, "configured_on": day(2).isoformat()}
    answer = client.post(HERE, wanted, JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.json()["theirs"]["configured_on"] == day(6).isoformat()
    other = client.post(HERE, wanted | {"version": 1}, JSON, headers={"if-match": 'W/"7"'})
    assert other.status_code == 412


@pytest.mark.parametrize(
    "body",
    [
        {"module": "PGR"},
        {"module": "NOPE", "version": 0},
        {"module": "PGR", "version": 0, "colour": "red"},
        {"module": "PGR", "version": 0, "live_on": "31-02-2026"},
        {"module": "PGR", "version": 0, "live_url": "no address"},
        {"module": "PGR", "version": -1},
        {"version": 0},
        ["PGR"],
    ],
)
def test_what_the_schema_does_not_know_is_refused(world: World, body: Any) -> None:
    answer = caller(world.nodal).post(HERE, body, JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert Deployment.objects.count() == 0


def test_each_party_sets_its_own_fields_by_the_api_too(world: World) -> None:
    for person, field, status in (
        (world.town, {"master_data": "submitted"}, 200),
        (world.town, {"trained_on": day(1).isoformat()}, 422),
        (world.agency, {"trained_on": day(1).isoformat()}, 200),
        (world.agency, {"uat_signed_on": day(1).isoformat()}, 422),
        (world.reviewer, {"trained_on": day(1).isoformat()}, 403),
        (world.neighbour, {"trained_on": day(1).isoformat()}, 404),
    ):
        row = Deployment.objects.first()
        body = {"module": "PGR", "version": row.version if row else 0} | field
        assert caller(person).post(HERE, body, JSON).status_code == status, (person, field)


def test_the_list_of_modules_has_its_filters_and_no_others(world: World) -> None:
    world.live(world.ulb)
    rollout.save_cell(world.ulb, "PT", {"master_data": "collecting"}, version=0, by=world.nodal)
    world.live(world.far_ulb)
    client = caller(world.reviewer)

    def found(query: str) -> list[tuple[str, int, str, str]]:
        rows = client.get(f"/api/v1/deployments/?{query}").json()["results"]
        return [(row["state"], row["lgd_code"], row["module"], row["step"]) for row in rows]

    assert len(found("")) == 3
    assert found("state=kl&module=PGR&step=live") == [("KL", 250001, "PGR", "live")]
    assert found("state=KL&step=master_data") == [("KL", 250001, "PT", "master_data")]
    assert [row[0] for row in found("step=live")] == ["KL", "MH"]
    assert caller(world.nodal).get("/api/v1/deployments/").json()["count"] == 2
    assert caller(world.town).get("/api/v1/deployments/").json()["count"] == 2
    for query in ("colour=red", "module=NOPE", "step=gone"):
        answer = client.get(f"/api/v1/deployments/?{query}")
        assert answer.status_code == 400 and query.split("=")[0] in answer.json()["fields"]
    assert client.get(f"{HERE}?colour=red").status_code == 400
