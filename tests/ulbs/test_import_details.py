"""The details of many ULBs at once, in the state's own roll-out sheet."""

from typing import Any

import pytest

from nudm.core.errors import Refused
from tests.sheets import read_html
from tests.ulbs.sheets import LGD, ROWS, book
from tests.ulbs.test_import_rollout import everything, faults, plain, read_in
from tests.world import World
from ulbs.actions import imports, register
from ulbs.importing.tables import sheets
from ulbs.models import Deployment, Ulb

HEADING = (
    "ULB code", "ULB name", "District", "Greenfield/Brownfield", "Local name", "Own word for the type",
    "Population", "Census 2011 code", "UPYOG tenant code",
)  # fmt: skip
TOLD = {
    "district": "North",
    "kind": "brownfield",
    "name_local": "ആൽഫ",
    "type_label": "Nagar",
    "population": 123456,
    "census_code": "000101",
    "tenant_code": "kl.alpha",
}


def row_of(ulb: Ulb) -> dict[str, Any]:
    return {name: getattr(ulb, name) for name in TOLD}


def test_a_sheet_tells_details_of_many_in_preview_then_in_the_register(world: World) -> None:
    [beta] = world.towns(1)
    before = plain(Ulb)
    told = ["North", "Brownfield", "ആൽഫ", "Nagar", "1,23,456", "101", "kl.alpha"]
    rows = [HEADING, [250001, "Alpha", *told], [beta.lgd_code, "", *[""] * 6, "kl.beta"]]
    made = read_in(world, rows)
    assert (made.counts["changed"], plain(Ulb)) == (2, before)
    page = world.client(world.nodal).get(f"/ulbs/KL/import/{made.pk}/").content.decode()
    assert "population (Census 2011): – → 123456" in " ".join(read_html(page)[1])
    imports.confirm(made, by=world.nodal)
    assert row_of(Ulb.objects.get(pk=world.ulb.pk)) == TOLD
    assert Ulb.objects.get(pk=beta.pk).tenant_code == "kl.beta"
    assert read_in(world, rows).counts["unchanged"] == 2
    later = read_in(world, [HEADING, [250001, *[""] * 5, 5000, "", ""]])
    assert [line["changes"] for line in later.preview] == [{"population": [123456, 5000]}]
    imports.undo(made, by=world.nodal)
    assert plain(Ulb) == before


@pytest.mark.parametrize(
    ("column", "value", "word"),
    [
        ("Local name", "अ" * 201, "long"),
        ("Own word for the type", "x" * 101, "long"),
        ("Population", "many", "population"),
        ("Population", "123456789", "population"),
        ("Census 2011 code", "1234567", "census"),
        ("Census 2011 code", "000000", "census"),
        ("UPYOG tenant code", "-kl alpha", "tenant"),
        ("UPYOG tenant code", "kl.far", "tenant_twice"),
        ("UPYOG tenant code", "kl.good", "tenant_twice"),
    ],
)
def test_a_wrong_detail_refuses_the_sheet_whole(world: World, column: str, value: str, word: str) -> None:
    good, far = world.towns(2)
    register.edit_details(far, {"tenant_code": "kl.far"}, version=0, by=world.nodal)
    before = everything()
    row = [250001, *[value if name == column else "" for name in HEADING[1:]]]
    made = read_in(world, [HEADING, [good.lgd_code, *[""] * 7, "kl.good"], row])
    assert (3, column, value[:60], word) in faults(made) and {told[3] for told in faults(made)} == {word}
    with pytest.raises(Refused):
        imports.confirm(made, by=world.nodal)
    assert everything() == before
    page = world.client(world.nodal).get(f"/ulbs/KL/import/{made.pk}/").content.decode()
    assert column in page and value[:60] in page


def test_two_ulbs_may_change_their_tenants_with_each_other(world: World) -> None:
    towns = world.towns(2)
    for ulb, code in zip(towns, ("kl.a", "kl.b"), strict=True):
        register.edit_details(ulb, {"tenant_code": code}, version=0, by=world.nodal)
    rows = [[ulb.lgd_code, code] for ulb, code in zip(towns, ("kl.b", "kl.a"), strict=True)]
    made = imports.confirm(read_in(world, [["ULB code", "UPYOG tenant code"], *rows]), by=world.nodal)
    assert made.counts["changed"] == 2 and Ulb.objects.get(pk=towns[0].pk).tenant_code == "kl.b"


@pytest.mark.parametrize("language", ["en", "hi"])
def test_the_sheet_as_it_is_taken_holds_the_details_and_changes_nothing(world: World, language: str) -> None:
    odd = {"census_code": "12", "tenant_code": "kl  alpha", "population": 0, "name_local": "Nagar  Two"}
    register.edit_details(world.ulb, odd | {"type_label": "=1+1"}, version=0, by=world.nodal)
    [beta] = world.towns(1)
    register.edit_details(beta, {n: v for n, v in TOLD.items() if n != "kind"}, version=0, by=world.nodal)
    client = world.client(world.nodal)
    client.cookies["django_language"] = language
    data = client.get("/ulbs/KL/sheet/").content
    first = sheets(data)[0].rows
    assert first[2][8:13] == ["ആൽഫ", "Nagar", "123456", "000101", "kl.alpha"]
    made = read_in(world, data)
    assert (made.kind, faults(made), made.counts["unchanged"]) == ("rollout", [], 2)
    assert made.counts["changed"] == 0
    assert read_in(world, book(first)).counts["unchanged"] == 2


def test_other_kinds_of_file_are_still_known(world: World) -> None:
    made = imports.read_in(book([LGD, *ROWS]), "x.xlsx", state=world.kl, by=world.head)
    assert made.kind == "lgd"
    rows = [["Tenant code", "Name", "State", "District"], ["kl.alpha", "Alpha", "Kerala", "North"]]
    assert imports.read_in(book(rows), "x.xlsx", state=world.kl, by=world.head).kind == "tenants"
    assert Deployment.objects.count() == 0
