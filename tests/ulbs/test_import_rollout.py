"""A roll-out sheet: Y and N as they are e-mailed, the workbook that reads back, faults by row and column."""

import io
import zipfile
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command

from nudm.core.errors import Conflict, NotAllowed, Refused
from nudm.core.ratio import Ratio
from states.models import Past
from states.past import held
from tests.ulbs.sheets import book, text
from tests.world import World, day, today
from ulbs import tally
from ulbs.actions import imports, register, rollout
from ulbs.importing.tables import remembered, sheets
from ulbs.models import Batch, Deployment, Import, Ulb

URL = "https://kl.example.in/"


def read_in(world: World, rows: Any, by: Any = None) -> Import:
    data = rows if isinstance(rows, bytes) else text(rows)
    return imports.read_in(data, "October.csv", state=world.kl, by=by or world.nodal)


def faults(made: Import) -> list[tuple[Any, ...]]:
    return [(line["row"], *told[:3]) for line in made.preview for told in line.get("faults", ())]


def warned(made: Import) -> list[tuple[Any, ...]]:
    return [(line["row"], *told) for line in made.preview for told in line.get("warnings", ())]


def everything() -> list[Any]:
    rows = [*Ulb.objects.order_by("pk"), *Deployment.objects.order_by("pk"), *Batch.objects.order_by("pk")]
    return [*map(held, rows), Past.objects.count()]


def plain(model: Any) -> list[dict[str, Any]]:
    """Rows without what counts changes."""
    unlike = {"version", "changed_at", "changed_by_id"}
    return [
        {name: value for name, value in held(row).items() if name not in unlike}
        for row in model.objects.order_by("pk")
    ]


def test_y_in_a_mailed_sheet_is_live_with_the_sheet_as_the_reason(world: World) -> None:
    beta, gamma = world.towns(2)
    made = read_in(
        world,
        [
            ["ULB-Module Data for Kerala"],
            ["ULB", "PGR", "Property Tax", "W&S", "", "Total"],
            ["ALPHA MUNICIPALITY", "Y", "N", "Y", "", 2],
            [beta.name, "N", "N", "", "", 0],
            [gamma.name, "12-03-2024", "", "", "", 1],
        ],
    )
    assert (made.kind, made.counts["changed"], made.counts["unchanged"]) == ("rollout", 3, 0)
    assert Deployment.objects.count() == 0
    imports.confirm(made, by=world.unit)
    cells = {(c.ulb_id, c.module): c for c in Deployment.objects.all()}
    live = {key for key, cell in cells.items() if cell.live_on}
    assert live == {(world.ulb.pk, "PGR"), (world.ulb.pk, "WS"), (gamma.pk, "PGR")}
    assert set(cells) - live == {(world.ulb.pk, "PT"), (beta.pk, "PGR"), (beta.pk, "PT")}
    assert all(cell.in_scope for cell in cells.values())
    assert cells[world.ulb.pk, "PGR"].live_on == today()
    assert "October.csv" in cells[world.ulb.pk, "PGR"].override_reason
    assert cells[gamma.pk, "PGR"].live_on == date(2024, 3, 12)
    assert tally.tallies([world.kl.pk])[world.kl.pk]["pilot.live"] == Ratio(1, 1)
    assert read_in(world, [["ULB", "PGR"], ["Alpha", "Y"]]).counts["changed"] == 0


def test_a_module_with_address_and_sign_off_needs_no_reason(world: World) -> None:
    steps = ("started_on", "validated_on", "configured_on", "uat_signed_on")
    values = dict.fromkeys(steps, day(20)) | {"master_data": "validated", "live_url": URL}
    rollout.save_cell(world.ulb, "PGR", values, version=None, by=world.nodal)
    imports.confirm(read_in(world, [["ULB code", "PGR"], [250001, day(3).isoformat()]]), by=world.nodal)
    assert (Deployment.objects.get().live_on, Deployment.objects.get().override_reason) == (day(3), "")


def test_the_plan_is_read_with_batches_that_are_new(world: World) -> None:
    beta, gamma = world.towns(2)
    heading = [
        "ULB code",
        "ULB name",
        "District",
        "Greenfield/Brownfield",
        "Pilot",
        "Batch",
        "In scope",
        "Reason",
    ]
    rows = [
        heading,
        [250001, "Alpha", "North", "Brownfield", "Y", "", "Y", ""],
        [beta.lgd_code, "", "South", "g", "N", 3, "", ""],
        [gamma.lgd_code, "", "", "", "", "Batch 3", "N", "flooded"],
    ]
    made = imports.confirm(read_in(world, rows), by=world.nodal)
    plans = {u.lgd_code: u for u in Ulb.objects.filter(state=world.kl).select_related("batch")}
    assert (plans[250001].district, plans[250001].kind, plans[250001].pilot) == ("North", "brownfield", True)
    assert (plans[beta.lgd_code].batch.number, plans[beta.lgd_code].kind) == (3, "greenfield")
    assert (plans[gamma.lgd_code].in_scope, plans[gamma.lgd_code].scope_reason) == (False, "flooded")
    assert plans[gamma.lgd_code].scope_on == today()
    imports.undo(made, by=world.nodal)
    assert Batch.objects.count() == 0
    assert set(Ulb.objects.filter(state=world.kl).values_list("district", "kind", "in_scope")) == {
        ("", "", True)
    }


@pytest.mark.by_hand
@pytest.mark.parametrize(
    ("row", "column", "word"),
    [
        ([299999, "", "", "", ""], "ULB code", "no_ulb"),
        ([250101, "", "", "", ""], "ULB code", "no_ulb"),
        (["x", "", "", "", ""], "ULB code", "code"),
        ([250001, "Entirely Another", "", "", ""], "ULB code", "code_and_name"),
        (["", "Nowhere", "", "", ""], "ULB name", "no_ulb"),
        (["", "Twin", "", "", ""], "ULB name", "two_ulbs"),
        ([250001, "", "maybe", "", ""], "Pilot", "yes"),
        ([250001, "", "Y", "4", ""], "Batch", "pilot_in_batch"),
        ([250001, "", "", "0", ""], "Batch", "batch"),
        ([250001, "", "", "", "soon"], "PT", "cell"),
        ([250001, "", "", "", day(-3).strftime("%d-%m-%Y")], "PT", "future"),
        ([250001, "", "", "", "31-02-2025"], "PT", "cell"),
        ([250001, "", "", "", "15-04-0206"], "PT", "early"),
    ],
)
def test_a_wrong_cell_refuses_the_sheet_whole(world: World, row: Any, column: str, word: str) -> None:
    for code in (250007, 250008):
        Ulb.objects.create(state=world.kl, lgd_code=code, name="Twin", type_code=5)
    [good] = world.towns(1)
    before = everything()
    made = read_in(
        world, [["ULB code", "ULB name", "Pilot", "Batch", "PT"], [good.lgd_code, "", "", "", "Y"], row]
    )
    assert [(n, c, w) for n, c, _value, w in faults(made)] == [(3, column, word)]
    with pytest.raises(Refused):
        imports.confirm(made, by=world.nodal)
    assert everything() == before


def test_what_the_register_has_live_is_not_undone_by_a_sheet(world: World) -> None:
    world.live(world.ulb)
    rows = [["ULB code", "PGR", "Pilot", "In scope"], [250001, "N", "", ""]]
    made = read_in(world, rows)
    assert warned(made) == [(2, "live_not", "PGR")] and made.counts["changed"] == 0
    rows[1] = [250001, "", "N", ""]
    assert faults(read_in(world, rows)) == [(2, "Pilot", False, "live_pilot")]
    rows[1] = [250001, "", "", "N"]
    assert [told[-1] for told in faults(read_in(world, rows))] == ["scope_reason", "live_out"]
    withdrawn = {"withdrawn_on": day(1), "withdrawn_reason": "moved"}
    rollout.save_cell(world.ulb, "PGR", withdrawn, version=None, by=world.nodal)
    assert warned(read_in(world, [["ULB code", "PGR"], [250001, "Y"]])) == [(2, "withdrawn", "PGR")]


@pytest.mark.by_hand
def test_the_workbook_reads_back_without_a_change_and_has_no_formula(world: World) -> None:
    batch = Batch.objects.create(state=world.kl, number=2)
    towns = world.towns(3, batch=batch)
    world.live(world.ulb)
    world.live(towns[0], "PT", on=day(40))
    rollout.save_cell(towns[1], "TL", {"master_data": "collecting"}, version=None, by=world.nodal)
    Ulb.objects.filter(pk=towns[1].pk).update(name='=HYPERLINK("http://x.example/")', kind="greenfield")
    Ulb.objects.filter(pk=towns[2].pk).update(in_scope=False, scope_reason="+1 moved", district="@D")
    for language in ("en", "hi"):
        client = world.client(world.nodal)
        client.cookies["django_language"] = language
        answer = client.get("/ulbs/KL/sheet/")
        assert answer["Content-Disposition"] == 'attachment; filename="KL-roll-out.xlsx"'
        made = read_in(world, answer.content)
        assert (made.kind, faults(made)) == ("rollout", [])
        assert (made.counts["unchanged"], made.counts["changed"]) == (4, 0)
        assert b"<f>" not in b"".join(parts(answer.content))
        first = sheets(answer.content)[0].rows
        assert first[2][1].startswith("=HYPERLINK") or first[1][1].startswith("=HYPERLINK")


def parts(data: bytes) -> Any:

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        yield from (archive.read(name) for name in archive.namelist() if "sheet" in name)


def test_a_filled_in_workbook_is_read_like_any_other_sheet(world: World) -> None:
    rows = sheets(world.client(world.nodal).get("/ulbs/KL/sheet/").content)[0].rows
    place = rows[0].index("TL: Trade licence")
    rows[1][place] = "Y"
    made = imports.confirm(read_in(world, book(rows)), by=world.nodal)
    assert made.counts["changed"] == 1
    assert Deployment.objects.get().module == "TL"


def test_taking_a_sheet_back_puts_plans_and_modules_as_they_were(world: World) -> None:
    beta, gamma = world.towns(2)
    rollout.save_cell(beta, "PGR", {"master_data": "collecting"}, version=None, by=world.nodal)
    before = plain(Ulb), plain(Deployment)
    rows = [
        ["ULB code", "Batch", "PGR", "PT"],
        [beta.lgd_code, 1, "Y", "Y"],
        [gamma.lgd_code, 2, "", "01-04-2024"],
    ]
    made = imports.confirm(read_in(world, rows), by=world.nodal)
    assert Ulb.objects.get(pk=beta.pk).modules_live == 2
    imports.undo(made, by=world.nodal)
    assert (plain(Ulb), plain(Deployment)) == before
    assert Batch.objects.count() == 0


@pytest.mark.by_hand
@pytest.mark.parametrize("use", ["plan", "module", "removed"])
def test_a_sheet_is_not_taken_back_over_a_later_change(world: World, use: str) -> None:
    rows = [["ULB code", "District", "PGR"], [250001, "North", "Y"]]
    made = imports.confirm(read_in(world, rows), by=world.nodal)
    if use == "plan":
        register.update_ulb(
            Ulb.objects.get(pk=world.ulb.pk), {"kind": "greenfield"}, version=1, by=world.unit
        )
    elif use == "module":
        rollout.save_cell(world.ulb, "PGR", {"defects": 3}, version=None, by=world.unit)
    else:
        Deployment.objects.all().delete()
    before = everything()
    with pytest.raises(Refused):
        imports.undo(made, by=world.nodal)
    assert everything() == before


def test_a_module_that_goes_live_between_preview_and_confirmation_is_a_conflict(world: World) -> None:
    made = read_in(world, [["ULB code", "PGR"], [250001, "Y"]])
    world.live(world.ulb)
    before = everything()
    with pytest.raises(Conflict):
        imports.confirm(made, by=world.nodal)
    assert everything() == before


def test_a_roll_out_sheet_is_the_states_own(world: World) -> None:
    rows = text([["ULB code", "PGR"], [250001, "Y"]])
    with pytest.raises(NotAllowed):
        read_in(world, rows, by=world.reviewer)
    with pytest.raises(Refused) as refused:
        imports.read_in(rows, "x.csv", state=None, by=world.head)
    assert refused.value.code == "kind"
    made = read_in(world, rows)
    with pytest.raises(NotAllowed):
        imports.confirm(made, by=world.reviewer)


def test_a_sheet_of_many_towns_and_all_modules_takes_a_fixed_number_of_queries(
    world: World, django_assert_max_num_queries: Any
) -> None:
    towns = world.towns(40)
    codes = [m for m in ("PGR", "PT", "TL", "WS", "OBPS")]
    rows = [["ULB code", *codes], *([ulb.lgd_code, *["Y"] * len(codes)] for ulb in towns)]
    made = read_in(world, rows)
    with django_assert_max_num_queries(60):
        imports.confirm(made, by=world.nodal)
    assert Deployment.objects.filter(live_on__isnull=False).count() == 200


def test_the_command_applies_a_sheet(world: World, tmp_path: Any) -> None:
    file = tmp_path / "sheet.xlsx"
    file.write_bytes(book([["ULB", "PGR"], ["Alpha", "Y"]]))
    call_command("import_ulbs", str(file), email=world.unit.email, stdout=io.StringIO())
    assert Deployment.objects.get().live_on == today()


@pytest.mark.by_hand
def test_a_sheet_is_written_whatever_was_stored_and_reads_back(world: World) -> None:
    """A row that was stored before its door cleaned it holds marks that nobody sees."""
    Ulb.objects.filter(pk=world.ulb.pk).update(district="Pu\x80\x0bne\u200e")
    data = world.client(world.nodal).get("/ulbs/KL/sheet/").content
    [found, *_help], memory = remembered(data)
    assert memory is not None
    for rows, stands in ((found.rows, "Pu ne"), (memory.rows, "Pu\nne")):
        assert [stands in row for row in rows if str(world.ulb.lgd_code) in row] == [True]
    assert faults(read_in(world, data)) == []
