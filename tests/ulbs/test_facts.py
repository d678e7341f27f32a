"""The files of the list with every fact of the register, and with what each ULB is ready with."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from nudm.core.dates import show, today
from states.models import Entry
from tests.sheets import read_csv, read_xlsx, sheet_of
from tests.ulbs.test_api import caller
from tests.world import World, day
from ulbs.actions import readiness, register
from ulbs.models import Fact, Ulb
from ulbs.rules.counting import BOTH, COUNTED
from ulbs.views.facts import NAMED

DETAILS = {
    "name": "Alpha Nagar",
    "name_local": "ആൽഫ",
    "type_label": "Grama Nagar",
    "district": "North",
    "census_code": "800101",
    "population": 123456,
    "tenant_code": "kl.alpha",
}


def named(table: list[list[str]]) -> dict[str, str]:
    """The first row below the heading, by the heading."""
    return dict(zip(table[1], table[2], strict=True))


@pytest.fixture
def told(world: World) -> World:
    """Ten days ago Alpha was called so; five days ago all was told of it, and it was left out today."""
    with time_machine.travel(timezone.now() - timedelta(days=5), tick=False):
        register.edit_details(world.ulb, DETAILS, version=0, by=world.nodal)
    row = Ulb.objects.get(pk=world.ulb.pk)
    values = {"in_scope": False, "scope_reason": "flooded", "kind": "greenfield"}
    register.update_ulb(row, values, version=1, by=world.nodal)
    return world


def test_the_register_file_holds_every_fact_of_the_register(told: World) -> None:
    client = told.client(told.ministry)
    row = named(read_csv(client.get("/ulbs/KL/?format=csv&what=register")))
    assert row == {
        "LGD code": "250001",
        "Name": "Alpha Nagar",
        "Local name": "ആൽഫ",
        "Other names": "Alpha",
        "Type": "Municipality",
        "The State/UT's own word for the type": "Grama Nagar",
        "District": "North",
        "Greenfield or brownfield": "Greenfield",
        "Population (Census 2011)": "123456",
        "Population class": "I",
        "Census 2011 code": "800101",
        "LGD version": "1",
        "Code is provisional, not in the LGD yet": "No",
        "UPYOG tenant code": "kl.alpha",
        "Pilot or batch": "Not in scope",
        "In scope": "No",
        "Reason for leaving it out": "flooded",
        "Scope decided on": show(today()),
        "What became of it": "",
        "Ended on": "",
    }
    cells = read_xlsx(sheet_of(client.get("/ulbs/KL/?format=xlsx&what=register")))[2]
    assert (cells["A"], cells["I"]) == (("number", "250001"), ("number", "123456"))
    assert (cells["K"], cells["R"][0]) == (("text", "800101"), "number")


def test_the_register_file_obeys_filter_order_and_day(told: World) -> None:
    told.towns(3)
    client = told.client(told.nodal)
    table = read_csv(client.get("/ulbs/KL/?format=csv&what=register&scope=in&sort=-name"))
    assert [row[1] for row in table[2:]] == ["Town 2", "Town 1", "Town 0"]
    assert "3 ULBs" in table[0][0] and table[0][0].startswith("Register of ULBs, Kerala; as on ")
    then = show(day(7))
    past = read_csv(client.get(f"/ulbs/KL/?format=csv&what=register&as_on={then}"))
    assert [row[:5] for row in past[2:]] == [["250001", "Alpha", "", "", "Municipality"]]
    past = read_csv(client.get(f"/ulbs/KL/?format=csv&what=register&as_on={show(day(2))}"))
    assert named(past)["Other names"] == "Alpha" and named(past)["In scope"] == "Yes"


def test_the_readiness_file_names_the_officer_to_be_called(world: World) -> None:
    [beta] = world.towns(1)
    who = {"who": "A. Nair\nSecretary", "contact": "0471-1"}
    readiness.confirm(world.ulb, Fact.NODAL_OFFICER, answer=True, version=0, by=world.nodal, **who)
    readiness.confirm(beta, Fact.NODAL_OFFICER, answer=False, version=0, by=world.nodal, who="")
    client = world.client(world.nodal)
    table = read_csv(client.get("/ulbs/KL/?format=csv&what=readiness"))
    assert len(table[1]) == 4 + len(COUNTED.keys() - {BOTH}) + 2 * len(NAMED)
    assert named(table)["ULB nodal officer named"] == "Yes" and named(table)["Trained"] == ""
    place = table[1].index("ULB nodal officer named: who")
    assert [row[place : place + 2] for row in table[2:]] == [["A. Nair; Secretary", "0471-1"], ["", ""]]
    assert {row for row in table[1] if row.endswith(": contact")} == {
        f"{fact.label}: contact" for fact in NAMED
    }
    past = read_csv(client.get(f"/ulbs/KL/?format=csv&what=readiness&as_on={show(day(2))}"))
    assert named(past)["ULB nodal officer named: who"] == ""


def queries(client: Any, url: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


@pytest.mark.parametrize("what", ["register", "readiness"])
def test_a_file_asks_the_same_for_any_number_and_is_recorded(world: World, what: str) -> None:
    client, url = world.client(world.nodal), f"/ulbs/KL/?format=csv&what={what}"
    queries(client, url)
    few = queries(client, url)
    world.towns(60)
    queries(client, url)
    assert queries(client, url) == few
    entry = Entry.objects.filter(verb="ulbs.export").latest("pk")
    assert f"what={what}" in entry.data["asked"] and entry.data["rows"] == 61
    assert f"what={what}" in client.get("/ulbs/KL/?q=Town").content.decode()
    assert world.client(world.neighbour).get(url).status_code == 404


@pytest.mark.parametrize("url", ["/api/v1/ulbs/250001/", "/api/v1/ulbs/?state=KL"])
def test_the_api_tells_the_same_facts_today_and_then(told: World, url: str) -> None:
    client = caller(told.nodal)

    def answer(more: str = "") -> Any:
        found = client.get(url + more).json()
        return found["results"][0] if "results" in found else found

    now = answer()
    wanted = {"lgd_version": 1, "provisional": False, "aliases": ["Alpha"], "population_class": "I"}
    wanted |= DETAILS | {"kind": "greenfield", "scope_on": today().isoformat()}
    assert {name: now[name] for name in wanted} == wanted
    sign = "&" if "?" in url else "?"
    then = answer(f"{sign}as_on={day(7).isoformat()}")
    assert then.keys() == now.keys() and (then["aliases"], then["tenant_code"]) == ([], "")
    assert answer(f"{sign}as_on={day(2).isoformat()}")["aliases"] == ["Alpha"]


def test_a_batch_stays_on_one_line_of_the_list_and_what_ended_may_take_two(world: World) -> None:
    [beta, gamma] = world.towns(2, batch=world.batch(1))
    register.drop(gamma, on=today(), reason="merged", by=world.nodal)
    page = world.client(world.nodal).get("/ulbs/KL/?group=1&scope=in").content.decode()
    assert "<td><span class=nowrap>Batch 1</span>" in page and beta.name in page
    assert "<td>Dropped from the register" in world.client(world.nodal).get("/ulbs/KL/").content.decode()
