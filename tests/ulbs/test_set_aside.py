"""Rows that cannot be read are set aside when a person says so, each with its reason; the rest is read."""

import csv
import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from nudm.core.errors import Refused
from states.models import Entry
from tests.sheets import body
from tests.ulbs.sheets import ROWS, changed, lgd, text
from tests.world import World
from ulbs.actions import imports
from ulbs.forms.town import months
from ulbs.importing.tables import sheets
from ulbs.models import Figure, Import, Tenant, Ulb


def read_in(world: World, data: bytes, name: str = "a.csv", **place: Any) -> Import:
    return imports.read_in(data, name, **({"state": world.kl, "by": world.nodal} | place))


DAMAGED = lgd(ROWS[0], changed(1, type=99), changed(2, code="x"), ROWS[3])


def test_what_cannot_be_read_is_set_aside_and_the_rest_is_written(world: World) -> None:
    made = read_in(world, text(DAMAGED))
    assert (made.counts["refused"], made.counts["new"] + made.counts["changed"]) == (2, 2)
    with pytest.raises(Refused):
        imports.confirm(made, by=world.nodal)
    client = world.client(world.nodal)
    page = client.get(made.get_absolute_url()).content.decode()
    assert "Write 2 rows, set 2 aside" in page and "2 rows cannot be read." in page
    client.post(made.get_absolute_url(), {"act": "set_aside"})
    assert set(Ulb.objects.filter(state=world.kl).values_list("lgd_code", flat=True)) == {250001, 250004}
    assert "2 rows were set aside" in client.get(made.get_absolute_url()).content.decode()
    assert Entry.objects.get(verb="import.apply").data["set_aside"] == 2
    imports.undo(Import.objects.get(), by=world.nodal)
    assert Ulb.objects.filter(state=world.kl).count() == 1


def test_the_rows_set_aside_can_be_downloaded_corrected_and_read_in(world: World) -> None:
    made = read_in(world, text(DAMAGED))
    answer = world.client(world.nodal).get(f"{made.get_absolute_url()}set-aside/")
    [sheet] = sheets(body(answer))
    assert sheet.rows[1][:2] == ["Row", "What is wrong"]
    told = {row[0]: row for row in sheet.rows[2:]}
    assert set(told) == {"3", "4"} and "There is no such type" in told["3"][1]
    assert told["3"][2:7] == ["2", "250002", "1", "Beta", ""]
    place = sheet.rows[1].index("Localbody Type Code")
    told["3"][place] = "4"
    again = read_in(world, text([sheet.rows[1], told["3"]]))
    assert (again.counts["refused"], again.counts["new"]) == (0, 1)


def test_nothing_is_set_aside_unasked_nor_where_nothing_else_is_left(world: World) -> None:
    made = read_in(world, text(lgd(*(changed(n, type=99) for n in range(4)))))
    for ask in ({}, {"set_aside": True}):
        with pytest.raises(Refused):
            imports.confirm(made, by=world.nodal, **ask)
    page = world.client(world.nodal).get(made.get_absolute_url()).content.decode()
    assert "4 rows cannot be read." in page and "set 4 aside" not in page


def test_by_command_the_rows_go_to_a_file(world: World, tmp_path: Any) -> None:
    file, aside, out = tmp_path / "a.csv", tmp_path / "left.csv", io.StringIO()
    file.write_bytes(text(DAMAGED))
    with pytest.raises(CommandError, match="--set-aside"):
        call_command("import_ulbs", str(file), email=world.nodal.email, stdout=out)
    assert Ulb.objects.filter(state=world.kl).count() == 1
    aside.touch()
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("import_ulbs", str(file), email=world.nodal.email, set_aside=aside, stdout=out)
    assert Ulb.objects.filter(state=world.kl).count() == 1
    aside.unlink()
    call_command("import_ulbs", str(file), email=world.nodal.email, set_aside=aside, stdout=out)
    assert Ulb.objects.filter(state=world.kl).count() == 2 and "2 rows set aside" in out.getvalue()
    rows = list(csv.reader(aside.open(encoding="utf-8-sig")))
    assert [row[0] for row in rows if row and row[0].isdecimal()] == ["3", "4"]


def test_figures_that_cannot_be_read_are_set_aside_and_the_others_saved(world: World) -> None:
    client, month = world.client(world.nodal), months()[1]
    lines = ["KL,tickets,{m},12", "KL,tickets,{m},many", "999999,tickets,{m},5", "KL,citizens,{m},-4"]
    pasted = "\n".join(lines).format(m=f"{month:%m-%Y}")
    sent = {"part": "paste", "month": f"{month:%Y-%m}", "paste": pasted}
    answer = client.post("/ulbs/KL/figures/", sent)
    assert answer.status_code == 422 and 'name="set_aside"' in answer.content.decode()
    assert not Figure.objects.exists()
    answer = client.post("/ulbs/KL/figures/", sent | {"set_aside": "1"})
    assert answer.status_code == 302 and Figure.objects.get().value == 12
    page = client.get(answer["Location"]).content.decode()
    made = Import.objects.get(kind="figures")
    place = f"/ulbs/KL/import/{made.pk}/set-aside/"
    assert place in page
    [sheet] = sheets(body(client.get(place)))
    assert [row[0] for row in sheet.rows[2:]] == ["2", "3", "4"]
    assert "many" in sheet.rows[2][1] and sheet.rows[3][2:6] == ["999999", "tickets", f"{month:%m-%Y}", "5"]
    assert client.get(f"/ulbs/KL/import/{made.pk}/").status_code == 404


def tenants(*rows: dict[str, Any]) -> bytes:
    return json.dumps({"tenantId": "pg", "nationalInfo": rows}).encode()


def tenant(code: str, name: str, state: str = "KL", **more: Any) -> dict[str, Any]:
    return {"stateCode": state, "stateName": "Kerala", "code": code, "name": name, "active": True} | more


AS_THEY_ARE = tenants(
    tenant("kl.samplea", "Sample A", "Kerala"),
    tenant("kl.sampleb", "kl.sampleb", "IN-KL"),
    tenant("kl.sample town c", "Sample Town C"),
    tenant("kl.sampledpanchayat(north)", "Sample D", active=False),
    tenant("kl.samplee", "Sample E"),
    tenant("kl.samplee", "Sample E"),
)


def test_the_list_of_tenants_is_read_as_the_platform_keeps_it(world: World) -> None:
    made = read_in(world, AS_THEY_ARE, "tenants.json", state=None, by=world.head)
    assert (made.counts["refused"], made.counts["new"]) == (0, 4)
    warned = {line["key"]: line.get("warnings", []) for line in made.preview}
    assert ["twice", 7] in warned["kl.samplee"]
    assert warned["kl.sampledpanchayat(north)"] == [["inactive", ""]]
    imports.confirm(made, by=world.head)
    assert set(Tenant.objects.values_list("code", "state__iso")) == {
        ("kl.samplea", "KL"),
        ("kl.sampleb", "KL"),
        ("kl.sample town c", "KL"),
        ("kl.samplee", "KL"),
    }


@pytest.mark.parametrize(
    "said",
    [
        {"stateCode": "Kerala", "stateName": ""},
        {"stateCode": "केरल", "stateName": ""},
        {"stateCode": "", "stateName": "kl"},
        {"stateCode": "IN-KL", "stateName": "केरल"},
        {"stateCode": "32", "stateName": ""},
        {"stateCode": "", "stateName": ""},
        {"stateCode": "unknown", "stateName": "Kerala"},
        {"stateCode": "unknown", "stateName": ""},
    ],
)
def test_whatever_says_the_state_of_a_tenant_is_taken(world: World, said: dict[str, str]) -> None:
    made = read_in(world, tenants(tenant("kl.x", "X") | said), "t.json", state=None, by=world.head)
    assert [line["values"]["state"] for line in made.preview] == [world.kl.pk]


def test_a_code_with_another_name_is_no_double_and_a_few_bad_rows_are_left(world: World) -> None:
    good = [tenant(f"kl.t{n}", f"Town {n}") for n in range(30)]
    bad = [tenant("kl.t1", "Another"), tenant("", "Nameless"), tenant("kl.q", "????????")]
    made = read_in(world, tenants(*good, *bad), "t.json", state=None, by=world.head)
    assert (made.counts["new"], made.counts["refused"]) == (30, 3)
    words = [told[2] for line in made.preview for told in line.get("faults", ())]
    assert words == ["double", "no_code", "letters"]
    imports.confirm(made, by=world.head, set_aside=True)
    assert Tenant.objects.count() == 30


def test_a_sheet_of_fewer_columns_is_read_for_what_is_there(world: World) -> None:
    made = read_in(world, text([["ULB code", "Local name"], [250001, "आल्फा"]]))
    assert made.preview[0]["changes"] == {"name_local": ["", "आल्फा"]}
    imports.confirm(made, by=world.nodal)
    row = Ulb.objects.get(pk=world.ulb.pk)
    assert (row.name, row.name_local, row.type_code) == (world.ulb.name, "आल्फा", world.ulb.type_code)


def test_a_new_ulb_needs_a_name_and_a_type_and_one_that_is_there_does_not(world: World) -> None:
    made = read_in(
        world, text([["Local Body Code", "Local Body Name (In Local)"], [250001, "अ"], [250009, "आ"]])
    )
    faults = {(line["row"], told[2]) for line in made.preview for told in line.get("faults", ())}
    assert faults == {(3, "new_name"), (3, "new_type")}
    national = text([["Local Body Code", "Census 2011 Code"], [250001, "800777"], [250101, "800778"]])
    made = read_in(world, national, state=None, by=world.head)
    assert made.counts["changed"] == 2
    imports.confirm(made, by=world.head)
    assert set(Ulb.objects.values_list("census_code", flat=True)) >= {"800777", "800778"}
