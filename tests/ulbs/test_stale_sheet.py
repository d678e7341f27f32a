"""A roll-out sheet that comes back late: what others changed since it left stays, unless it is asked for."""

import io
from typing import Any

import pytest
from django.core.management import call_command

from nudm.core.errors import Refused
from nudm.core.tables import MEMORY
from tests.ulbs.sheets import book
from tests.world import World, day
from ulbs.actions import imports, register
from ulbs.actions.batches import plan_batch, plan_many
from ulbs.importing.tables import remembered
from ulbs.models import Batch, Deployment, Import, Ulb

Rows = list[list[str]]


def left(world: World) -> tuple[Rows, Rows]:
    """The rows of a sheet that leaves now, and its memory."""
    found, memory = remembered(world.client(world.nodal).get("/ulbs/KL/sheet/").content)
    assert memory is not None
    return found[0].rows, memory.rows


def back(world: World, rows: Rows, memory: Rows | None) -> Import:
    data = book(rows, hidden={MEMORY: memory} if memory else {})
    return imports.read_in(data, "late.xlsx", state=world.kl, by=world.nodal)


def write(rows: Rows, n: int, heading: str, said: str) -> None:
    place = rows[0].index(heading)
    rows[n] += [""] * (place + 1 - len(rows[n]))
    rows[n][place] = said


@pytest.fixture
def batches(world: World) -> dict[int, Batch]:
    return {n: plan_batch(world.kl, n, {}, by=world.nodal) for n in (2, 3, 4)}


def plan(world: World, **changes: Any) -> None:
    [answer] = plan_many(world.kl, [Ulb.objects.get(pk=world.ulb.pk)], changes, by=world.nodal)
    assert answer.result in {"saved", "unchanged"}, answer.words


def move(world: World, batch: Batch) -> None:
    plan(world, batch=batch)


def batch_of(world: World) -> int | None:
    batch = Ulb.objects.select_related("batch").get(pk=world.ulb.pk).batch
    return batch and batch.number


@pytest.fixture
def planned(world: World, batches: dict[int, Batch]) -> dict[int, Batch]:
    plan(world, pilot=False)
    move(world, batches[2])
    return batches


def test_a_sheet_that_nobody_touched_reverts_nobodys_plan(world: World, planned: dict[int, Batch]) -> None:
    rows, memory = left(world)
    move(world, planned[4])
    made = back(world, rows, memory)
    [line] = made.preview
    assert line["since"] == {"batch": [2, 2, 4]} and "changes" not in line
    with pytest.raises(Refused):
        imports.confirm(made, by=world.nodal)
    assert batch_of(world) == 4


def test_a_cell_that_both_changed_is_shown_with_three_values_and_written_when_asked(
    world: World, planned: dict[int, Batch]
) -> None:
    rows, memory = left(world)
    move(world, planned[4])
    write(rows, 1, "Batch", "3")
    write(rows, 1, "District", "North")
    made = back(world, rows, memory)
    client = world.client(world.nodal)
    page = client.get(made.get_absolute_url()).content.decode()
    assert "when the sheet left 2, in the sheet 3, in the register now 4" in page
    assert made.counts["since"] == 1
    client.post(made.get_absolute_url(), {"act": "confirm"})
    assert (batch_of(world), Ulb.objects.get(pk=world.ulb.pk).district) == (4, "North")
    again = back(world, rows, memory)
    client.post(again.get_absolute_url(), {"act": "confirm", "over": "2:batch"})
    assert batch_of(world) == 3
    imports.undo(again, by=world.nodal)
    assert batch_of(world) == 4


def test_a_pilot_mark_takes_no_batch_away_that_somebody_gave_since(
    world: World, planned: dict[int, Batch]
) -> None:
    rows, memory = left(world)
    move(world, planned[4])
    write(rows, 1, "Pilot", "Y")
    write(rows, 1, "District", "North")
    made = back(world, rows, memory)
    assert made.preview[0]["since"] == {"batch": [2, 2, 4], "pilot": [False, True, False]}
    imports.confirm(made, by=world.nodal)
    assert (batch_of(world), Ulb.objects.get(pk=world.ulb.pk).pilot) == (4, False)
    again = back(world, rows, memory)
    imports.confirm(again, by=world.nodal, over={"2:pilot"})
    assert (batch_of(world), Ulb.objects.get(pk=world.ulb.pk).pilot) == (None, True)


def test_all_cells_may_be_asked_for_at_once(world: World, planned: dict[int, Batch]) -> None:
    rows, memory = left(world)
    move(world, planned[4])
    row = Ulb.objects.get(pk=world.ulb.pk)
    register.edit_details(row, {"district": "South"}, version=row.version, by=world.nodal)
    write(rows, 1, "District", "North")
    made = back(world, rows, memory)
    assert made.preview[0]["since"] == {"batch": [2, 2, 4], "district": [None, "North", "South"]}
    world.client(world.nodal).post(made.get_absolute_url(), {"act": "confirm", "over_all": "1"})
    assert (batch_of(world), Ulb.objects.get(pk=world.ulb.pk).district) == (2, "North")


def test_what_nobody_changed_since_is_a_plain_change(world: World, planned: dict[int, Batch]) -> None:
    rows, memory = left(world)
    write(rows, 1, "Batch", "3")
    made = back(world, rows, memory)
    assert made.preview[0]["changes"] == {"batch": [2, 3]} and "since" not in made.preview[0]
    move(world, planned[3])
    assert back(world, rows, memory).preview[0]["result"] == "unchanged"


def test_a_module_that_went_live_since_is_not_moved_to_another_day(world: World) -> None:
    rows, memory = left(world)
    world.live(world.ulb, on=day(3))
    column = next(name for name in rows[0] if name.startswith("PGR"))
    write(rows, 1, column, f"{day(30):%d-%m-%Y}")
    made = back(world, rows, memory)
    assert made.preview[0]["since"] == {"PGR": [None, day(30).isoformat(), day(3).isoformat()]}
    write(rows, 1, column, "Y")
    assert "since" not in back(world, rows, memory).preview[0]
    assert Deployment.objects.get().live_on == day(3)


def test_a_sheet_without_a_memory_says_what_it_says(world: World, planned: dict[int, Batch]) -> None:
    rows, _memory = left(world)
    move(world, planned[4])
    assert back(world, rows, None).preview[0]["changes"] == {"batch": [4, 2]}


def test_the_memory_is_refused_when_somebody_has_changed_it(world: World) -> None:
    rows, memory = left(world)
    memory[1][1] = "Alpha"
    with pytest.raises(Refused) as refused:
        back(world, rows, memory)
    assert refused.value.code == "memory"


def test_the_command_leaves_what_was_changed_since_and_says_so(
    world: World, planned: dict[int, Batch], tmp_path: Any
) -> None:
    rows, memory = left(world)
    move(world, planned[4])
    write(rows, 1, "District", "North")
    file, out = tmp_path / "late.xlsx", io.StringIO()
    file.write_bytes(book(rows, hidden={MEMORY: memory}))
    call_command("import_ulbs", str(file), email=world.unit.email, stdout=out)
    assert "batch: 2 when the sheet left, 2 in the sheet, 4 in the register now" in out.getvalue()
    assert (batch_of(world), Ulb.objects.get(pk=world.ulb.pk).district) == (4, "North")


def test_n_plans_a_module_and_of_a_ulb_that_is_left_out_says_why_not(world: World) -> None:
    made = back(world, [["ULB code", "PGR"], ["250001", "N"]], None)
    assert made.preview[0]["changes"] == {"PGR": [None, False]}
    page = world.client(world.nodal).get(made.get_absolute_url()).content.decode()
    assert "planned, not live" in page
    imports.confirm(made, by=world.nodal)
    cell = Deployment.objects.get()
    assert (cell.module, cell.in_scope, cell.live_on) == ("PGR", True, None)
    assert back(world, [["ULB code", "PGR"], ["250001", "N"]], None).preview[0]["result"] == "unchanged"
    imports.undo(made, by=world.nodal)
    assert not Deployment.objects.exists()
    plan(world, in_scope=False, scope_reason="merged")
    made = back(world, [["ULB code", "PGR"], ["250001", "N"]], None)
    assert (made.preview[0]["result"], made.preview[0]["warnings"]) == ("unchanged", [["planned_out", "PGR"]])
