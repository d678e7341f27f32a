"""Lists of tenants: sure matches by themselves, the rest by a person, and what was decided stays."""

import csv
import json
import os
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from django.http import Http404

from nudm.core.errors import Conflict, NotAllowed, Refused
from states.actions import touch
from states.models import Entry
from states.past import keep
from tests.ulbs.distort import distort
from tests.ulbs.sheets import book, text
from tests.world import World
from ulbs.actions import imports, tenants
from ulbs.actions.aliases import add_aliases
from ulbs.models import Alias, Import, Tenant, Ulb
from ulbs.rules.names import Names, normal, sound, types_of

HEADING = ("stateCode", "stateName", "code", "name")


def rows_of(*pairs: tuple[str, str], state: tuple[str, str] = ("kl", "Kerala")) -> list[Any]:
    return [HEADING, *((*state, code, name) for code, name in pairs)]


def read_in(world: World, rows: Any, by: Any = None, state: Any = "own") -> Import:
    data = rows if isinstance(rows, bytes) else text(rows)
    return imports.read_in(data, "t.csv", state=world.kl if state == "own" else state, by=by or world.nodal)


def town(world: World, code: int, name: str, type_code: int = 5) -> Ulb:
    made = Ulb.objects.create(state=world.kl, lgd_code=code, name=name, type_code=type_code)
    keep([made])
    touch(world.kl)
    return made


@pytest.fixture
def towns(world: World) -> dict[str, Ulb]:
    """Names that repeat, one by its type told apart, and one with another name."""
    made = {
        "pune": town(world, 250010, "Pune", 4),
        "board": town(world, 250011, "PUNE", 8),
        "chittur": town(world, 250012, "Chittur-Thathamangalam"),
        "north": town(world, 250013, "Nawabganj (Unnao)"),
        "south": town(world, 250014, "Nawabganj(Gonda)"),
        "prayag": town(world, 250015, "Prayagraj", 4),
    }
    add_aliases([(made["prayag"], "Allahabad")])
    return made


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Amravati Municipal Corporation", "amravati"),
        ("AMRAVATI (M Corp.)", "amravati"),
        ("amravatimunicipalcorporation", "amravati"),
        ("Nagar Palika, Nainpur", "nainpur"),
        ("Danapur (NP)", "danapur"),
        ("Municipality", "municipality"),
        ("MC", "mc"),
        ("Ahmednagar", "ahmednagar"),
        ("Nagar", "nagar"),
        ("पुणे महानगरपालिका", "पुणे"),
        ("नगर पालिका सूरत", "सूरत"),
    ],
)
def test_a_name_is_compared_without_the_words_for_what_a_ulb_is(name: str, expected: str) -> None:
    assert normal(name) == expected


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Chittoor", "Chitur", True),
        ("Thirupathur", "Tirupattur", True),
        ("Sector 11", "Sector 1", False),
        ("Vishakhapatnam", "Visakapatnam", True),
        ("Rampur", "Rampura", False),
        ("Kota", "Kotma", False),
    ],
)
def test_what_sounds_alike_is_one_name(one: str, other: str, alike: bool) -> None:
    assert (sound(one) == sound(other)) == alike


def test_the_words_for_a_type_say_which_type() -> None:
    assert types_of("Pune Municipal Corporation") == types_of("punemunicipalcorporation") == {4}
    assert types_of("Pune Cantt") == {8}
    assert types_of("Pune") == set()


@pytest.mark.by_hand
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Pune Municipal Corporation", "pune"),
        ("Pune Cantonment Board", "board"),
        ("Pune", None),
        ("Chittoor Thattamangalam Municipality", "chittur"),
        ("Nawabganj", None),
        ("Nawabganj Unnao", "north"),
        ("Allahabad Nagar Nigam", "prayag"),
        ("Alpha Cantonment", None),
        ("Quite Unknown", None),
    ],
)
def test_a_tenant_is_matched_where_exactly_one_ulb_fits(
    world: World, towns: dict[str, Ulb], name: str, expected: str | None
) -> None:
    imports.confirm(read_in(world, rows_of(("kl.x", name))), by=world.nodal)
    row = Tenant.objects.get()
    assert row.ulb == (towns[expected] if expected else None)
    assert row.how == ({"prayag": "alias"}.get(expected, "name") if expected else "")
    if expected:
        assert Ulb.objects.get(pk=towns[expected].pk).tenant_code == "kl.x"


def test_json_csv_and_workbook_say_the_same(world: World) -> None:
    entry = dict(zip(HEADING, ("kl", "Kerala", "kl.alpha", "Alpha Municipality"), strict=True))
    for data in (
        json.dumps([entry]).encode(),
        json.dumps({"moduleName": "x", "nationalInfo": [entry]}).encode(),
        text(rows_of(("kl.alpha", "Alpha Municipality"))),
        book(rows_of(("kl.alpha", "Alpha Municipality"))),
    ):
        made = read_in(world, data)
        assert (made.kind, made.counts["new"], made.counts["suspicious"]) == ("tenants", 1, 0)
        assert made.preview[0]["values"]["ulb"] == 250001


def test_a_list_is_found_within_the_answers_of_the_platform(world: World) -> None:
    entry = dict(zip(HEADING, ("kl", "Kerala", "kl.alpha", "Alpha Municipality"), strict=True))
    told = entry | {"active": True, "city": {"name": "Other", "code": "107"}, "unknown": [1, {"x": None}]}
    lists = {"tenant": {"citymodule": [{"code": "PGR"}], "tenants": [told, told]}}
    service = {"id": 1, "tenantId": "kl", "schemaCode": "tenant.tenants", "isActive": True, "data": entry}
    for found in (
        {"ResponseInfo": {"status": "OK"}, "errors": [], "MdmsRes": lists},
        {"tenantId": "kl", "moduleName": "tenant", "tenants": [told]},
        {"tenants": [], "nationalInfo": [told]},
        {"mdms": [service]},
        [service],
    ):
        for data in (json.dumps(found).encode(), b"\xef\xbb\xbf" + json.dumps(found).encode()):
            made = read_in(world, data)
            assert (made.kind, made.counts["new"], made.counts["refused"]) == ("tenants", 1, 0)
            assert (made.preview[0]["key"], made.preview[0]["values"]["ulb"]) == ("kl.alpha", 250001)


@pytest.mark.parametrize("found", [{"tenants": []}, {"a": {"b": 1}}, {"a": [1, 2]}, [[1]], 5, "x", [{}]])
def test_what_holds_no_list_of_objects_is_refused_in_words(world: World, found: Any) -> None:
    with pytest.raises(Refused) as refused:
        read_in(world, json.dumps(found).encode())
    assert refused.value.status == 422


def test_an_entry_that_is_not_active_is_left_also_in_the_second_service(world: World) -> None:
    entry = dict(zip(HEADING, ("kl", "Kerala", "kl.alpha", "Alpha"), strict=True))
    row = {"tenantId": "kl", "schemaCode": "tenant.tenants", "isActive": False, "data": entry}
    assert read_in(world, json.dumps([row]).encode()).preview[0]["warnings"] == [["inactive", ""]]


@pytest.mark.parametrize("code", ["kl.sample[north]", "kl.sample@2", "kl.sample:b", "kl.शहर", "kl.a*b#1"])
def test_a_code_is_taken_as_the_platform_has_it(world: World, code: str) -> None:
    imports.confirm(read_in(world, rows_of((code, "Alpha"))), by=world.nodal)
    assert Tenant.objects.get().code == code
    assert Ulb.objects.get(pk=world.ulb.pk).tenant_code == code


def test_what_no_database_holds_is_taken_out_of_the_cells_of_a_refused_row(world: World) -> None:
    row = dict(zip(HEADING, ("kl", "Ker\0ala", "\ud800", "???\0"), strict=True))
    made = read_in(world, json.dumps([row, row | {"code": "kl.\0alpha", "name": "Al\0pha"}]).encode())
    assert "\0" not in json.dumps(made.preview) and "\\u0000" not in json.dumps(made.preview)
    assert made.counts["refused"] == 1


def test_two_tenants_that_fit_one_ulb_wait_for_a_person(world: World) -> None:
    imports.confirm(read_in(world, rows_of(("kl.a", "Alpha"), ("kl.b", "ALPHA NP"))), by=world.nodal)
    assert list(Tenant.objects.values_list("how", "ulb")) == [("", None), ("", None)]
    assert Ulb.objects.get(pk=world.ulb.pk).tenant_code == ""


@pytest.mark.by_hand
def test_what_a_person_decided_stays_when_the_list_comes_again(world: World, towns: dict[str, Ulb]) -> None:
    rows = rows_of(("kl.pune", "Pune"), ("kl.none", "Depot"), ("kl.alpha", "Alpha"))
    imports.confirm(read_in(world, rows), by=world.nodal)
    pune, depot = Tenant.objects.get(code="kl.pune"), Tenant.objects.get(code="kl.none")
    tenants.decide(pune, towns["board"], seen=pune.token, by=world.unit)
    tenants.decide(depot, None, seen=depot.token, by=world.reviewer)
    again = read_in(world, rows)
    assert (again.counts["unchanged"], again.counts["changed"], again.counts["suspicious"]) == (3, 0, 0)
    board = Ulb.objects.get(pk=towns["board"].pk)
    assert (board.tenant_code, board.version) == ("kl.pune", 1)
    assert Entry.objects.filter(verb="tenant.decide", state=world.kl).count() == 2
    assert Tenant.objects.get(code="kl.none").how == "none"


def test_a_decision_gives_the_ulb_its_code_and_other_name_and_can_be_changed(world: World) -> None:
    first, second = world.towns(2)
    imports.confirm(read_in(world, rows_of(("kl.old", "Old Name"))), by=world.nodal)
    row = Tenant.objects.get()
    row = tenants.decide(row, first, seen=row.token, by=world.nodal)
    assert Alias.objects.get().ulb == first
    with pytest.raises(Conflict):
        tenants.decide(row, second, seen=":", by=world.unit)
    tenants.decide(row, second, seen=row.token, by=world.nodal)
    codes = dict(Ulb.objects.filter(pk__in=[first.pk, second.pk]).values_list("pk", "tenant_code"))
    assert codes == {first.pk: "", second.pk: "kl.old"}
    assert Alias.objects.get().ulb == second


def test_a_ulb_has_one_tenant_and_is_of_the_same_state(world: World) -> None:
    imports.confirm(read_in(world, rows_of(("kl.a", "Alpha"), ("kl.b", "Unknown"))), by=world.nodal)
    row = Tenant.objects.get(code="kl.b")
    for wrong in (world.ulb, world.far_ulb):
        with pytest.raises(Refused):
            tenants.decide(row, wrong, seen=row.token, by=world.nodal)
    for by, error in ((world.agency, NotAllowed), (world.ministry, NotAllowed), (world.neighbour, Http404)):
        with pytest.raises(error):
            tenants.decide(row, None, seen=row.token, by=by)


def test_a_list_is_taken_back_unless_a_person_has_decided_since(world: World) -> None:
    made = imports.confirm(read_in(world, rows_of(("kl.a", "Alpha"), ("kl.b", "Unknown"))), by=world.nodal)
    imports.undo(made, by=world.nodal)
    assert (Tenant.objects.count(), Alias.objects.count()) == (0, 0)
    assert Ulb.objects.get(pk=world.ulb.pk).tenant_code == ""
    made = imports.confirm(read_in(world, rows_of(("kl.a", "Alpha"), ("kl.b", "Unknown"))), by=world.nodal)
    row = Tenant.objects.get(code="kl.b")
    tenants.decide(row, None, seen=row.token, by=world.nodal)
    with pytest.raises(Refused):
        imports.undo(made, by=world.nodal)


@pytest.mark.parametrize(
    ("row", "column", "word"),
    [
        (("kl", "Kerala", "", "Alpha"), "code", "no_code"),
        (("kl", "Kerala", "kl alpha<x>", "Alpha"), "code", "tenant"),
        (("kl", "Kerala", "kl.first", "Alpha"), "code", "double"),
        (("kl", "Kerala", "kl.x", ""), "name", "no_name"),
        (("mh", "Kerala", "kl.x", "Alpha"), "stateName", "states_differ"),
        (("xx", "Kerela", "zz.x", "Alpha"), "stateCode", "state_code"),
    ],
)
def test_a_wrong_row_refuses_the_list_whole(world: World, row: Any, column: str, word: str) -> None:
    made = read_in(world, [*rows_of(("kl.first", "First")), row])
    [line] = [line for line in made.preview if line["result"] == "refused"]
    assert (line["row"], line["faults"][0][0], line["faults"][0][2]) == (3, column, word)
    with pytest.raises(Refused):
        imports.confirm(made, by=world.nodal)
    assert Tenant.objects.count() == 0


def test_a_national_list_reaches_each_state_and_a_states_list_its_own(world: World) -> None:
    rows = [*rows_of(("kl.alpha", "Alpha")), ("mh", "Maharashtra", "mh.omega", "OMEGA NP")]
    made = read_in(world, rows)
    assert made.counts["elsewhere"] == 1
    imports.confirm(read_in(world, rows, by=world.head, state=None), by=world.head)
    assert dict(Tenant.objects.values_list("code", "ulb__lgd_code")) == {
        "kl.alpha": 250001,
        "mh.omega": 250101,
    }


@pytest.mark.skipif("NUDM_LGD_FILE" not in os.environ, reason="NUDM_LGD_FILE names no export of the LGD")
def test_most_of_a_distorted_list_of_the_real_names_is_matched_and_hardly_one_wrongly() -> None:
    states: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
    with Path(os.environ["NUDM_LGD_FILE"]).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            code, type_code = int(row["Local Body Code"]), int(row["Localbody Type Code"])
            states[row["State Code"]].append((code, row["Local Body Name"], type_code))
    chance = random.Random(11)
    right = wrong = near = left = 0
    for rows in states.values():
        names = Names()
        for code, name, type_code in rows:
            names.add(code, type_code, name)
        for code, name, type_code in rows:
            text_ = distort(name, type_code, chance)
            found, _how = names.means(text_)
            right += found == code
            wrong += found not in {None, code}
            left += found is None
            near += found is None and code in names.nearest(text_)
    total = sum(map(len, states.values()))
    assert right / total > 0.85
    assert wrong <= 5
    assert near / left > 0.9
