"""The directory's export: shown first, written whole or not at all, taken back; never a neighbour's rows."""

import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.http import Http404

from nudm.core.errors import Conflict, NotAllowed, Refused
from states.models import Entry, Past, State, Team
from states.past import as_on, held
from tests.ulbs.sheets import KERALA, ROWS, changed, lgd, text
from tests.world import World, today
from ulbs.actions import imports, register
from ulbs.management.commands import import_ulbs
from ulbs.models import Alias, Deployment, Import, Ulb

KERALAS = [row[1] for row in ROWS if row[7:] == KERALA]


def read_in(world: World, rows: Any = None, by: Any = None, state: Any = "own") -> Import:
    data = text(rows or lgd())
    return imports.read_in(data, "lgd.csv", state=world.kl if state == "own" else state, by=by or world.nodal)


def lines(made: Import, result: str) -> list[Any]:
    return [line["key"] for line in made.preview if line["result"] == result]


def everything() -> list[Any]:
    """All that a file could touch."""
    return [
        *map(held, Ulb.objects.order_by("pk")),
        *map(held, Alias.objects.order_by("pk")),
        Past.objects.count(),
    ]


def test_the_preview_writes_nothing_to_the_register(world: World) -> None:
    before, version = everything(), State.objects.get(pk=world.kl.pk).facts_version
    made = read_in(world)
    assert everything() == before
    assert State.objects.get(pk=world.kl.pk).facts_version == version
    assert lines(made, "new") == [250002, 250003, 250004]
    assert lines(made, "changed") == [250001]
    assert made.counts["elsewhere"] == 2
    [alpha] = [line for line in made.preview if line["key"] == 250001]
    assert alpha["changes"] == {
        "lgd_version": [1, 2], "name_local": ["", "आल्फा"], "census_code": ["", "800101"],
    }  # fmt: skip


def test_what_is_confirmed_is_written_whole_with_its_past_and_its_line_in_the_log(world: World) -> None:
    made = imports.confirm(read_in(world), by=world.unit)
    rows = {ulb.lgd_code: ulb for ulb in Ulb.objects.filter(state=world.kl)}
    assert sorted(rows) == KERALAS
    assert (rows[250001].lgd_version, rows[250001].version) == (2, 1)
    assert (rows[250002].census_code, rows[250003].name_local) == ("", "")
    assert (rows[250004].in_scope, rows[250004].scope_reason) == (False, "Cantonment Board")
    assert {code: ulb.scope_on for code, ulb in rows.items() if ulb.scope_on} == {250004: today()}
    assert {ulb.lgd_code: held(ulb) for ulb in as_on(Ulb, [world.kl.pk], today())} == {
        code: held(ulb) for code, ulb in rows.items()
    }
    entry = Entry.objects.get(verb="import.apply")
    assert (entry.state, entry.actor, entry.data["new"], entry.data["changed"]) == (
        world.kl,
        world.unit,
        3,
        1,
    )
    assert entry.data["sha256"] == made.sha256
    assert State.objects.get(pk=world.kl.pk).facts_version > world.kl.facts_version
    with pytest.raises(Refused):
        imports.confirm(made, by=world.nodal)


def test_the_same_file_again_changes_nothing_and_says_so(world: World) -> None:
    imports.confirm(read_in(world), by=world.nodal)
    before = everything()
    again = read_in(world)
    assert (again.counts["new"], again.counts["changed"], again.counts["unchanged"]) == (0, 0, 4)
    assert again.counts["suspicious"] == 0
    with pytest.raises(Refused) as refused:
        imports.confirm(again, by=world.nodal)
    assert "already" in refused.value.message
    assert everything() == before


def test_one_refused_row_refuses_the_file_whole(world: World) -> None:
    before = everything()
    made = read_in(world, lgd(*ROWS[:3], changed(3, type=99)))
    assert made.counts["refused"] == 1
    assert [line["row"] for line in made.preview if line["result"] == "refused"] == [5]
    with pytest.raises(Refused):
        imports.confirm(made, by=world.nodal)
    assert everything() == before


def test_a_change_between_preview_and_confirmation_is_a_conflict(world: World) -> None:
    made = read_in(world)
    register.edit_details(world.ulb, {"census_code": "800999"}, version=0, by=world.unit)
    with pytest.raises(Conflict):
        imports.confirm(made, by=world.nodal)
    made = read_in(world)
    register.create_ulb(world.kl, {"name": "Beta", "type_code": 4, "lgd_code": 250002}, by=world.unit)
    before = everything()
    with pytest.raises(Conflict):
        imports.confirm(made, by=world.nodal)
    assert everything() == before


def test_a_change_that_is_not_the_files_business_lets_the_preview_stand(world: World) -> None:
    made = read_in(world)
    world.live(world.ulb)
    assert State.objects.get(pk=world.kl.pk).facts_version > made.counts["seen"][0]
    assert imports.confirm(made, by=world.nodal).applied_at
    assert sorted(Ulb.objects.filter(state=world.kl).values_list("lgd_code", flat=True)) == KERALAS


STOP = {
    "sqlite": [
        "CREATE TRIGGER stop BEFORE INSERT ON states_entry BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
    ],
    "postgresql": [
        "CREATE FUNCTION stop() RETURNS trigger AS $$ BEGIN RAISE integrity_constraint_violation; END $$"
        " LANGUAGE plpgsql",
        "CREATE TRIGGER stop BEFORE INSERT ON states_entry EXECUTE FUNCTION stop()",
    ],
}


def test_a_failure_at_the_last_step_leaves_nothing_behind(world: World) -> None:
    made = read_in(world)
    before = everything()
    with connection.cursor() as cursor:
        for words in STOP[connection.vendor]:
            cursor.execute(words)
    with pytest.raises(Conflict):
        imports.confirm(made, by=world.nodal)
    assert everything() == before
    assert Import.objects.get(pk=made.pk).applied_at is None


def test_taking_it_back_puts_everything_as_it_was(world: World) -> None:
    before = [held(ulb) | {"version": 0} for ulb in Ulb.objects.order_by("pk")]
    made = imports.confirm(read_in(world, lgd(changed(0, name="ALPHAPURI"), *ROWS[1:])), by=world.nodal)
    assert Alias.objects.get().name == "Alpha"
    imports.undo(made, by=world.unit)
    assert [held(ulb) | {"version": 0} for ulb in Ulb.objects.order_by("pk")] == before
    assert Alias.objects.count() == 0
    assert [ulb.lgd_code for ulb in as_on(Ulb, [world.kl.pk], today())] == [250001]
    with pytest.raises(Refused):
        imports.undo(made, by=world.unit)
    imports.confirm(read_in(world), by=world.nodal)
    assert Ulb.objects.filter(state=world.kl).count() == 4


@pytest.mark.by_hand
@pytest.mark.parametrize("use", ["edit", "module", "team", "removed"])
def test_what_is_in_use_since_is_not_taken_back(world: World, use: str) -> None:
    made = imports.confirm(read_in(world), by=world.nodal)
    beta = Ulb.objects.get(lgd_code=250002)
    if use == "edit":
        register.update_ulb(beta, {"kind": "greenfield"}, version=0, by=world.unit)
    elif use == "module":
        Deployment.objects.create(state=world.kl, ulb=beta, module="PGR")
    elif use == "team":
        Team.objects.filter(role="town").update(ulb_code=beta.lgd_code)
    else:
        beta.delete()
    before = everything()
    with pytest.raises(Refused) as refused:
        imports.undo(made, by=world.nodal)
    assert use == "removed" or "Beta" in refused.value.message
    assert everything() == before


def test_rows_of_other_states_are_left_aside_and_their_codes_are_not_taken(world: World) -> None:
    imports.confirm(read_in(world), by=world.nodal)
    assert list(Ulb.objects.filter(state=world.mh).values_list("lgd_code", flat=True)) == [250101]
    made = read_in(world, lgd(changed(0, code=250101)))
    assert made.preview[0]["faults"][0][2] == "other_state"
    with pytest.raises(Refused) as refused:
        read_in(world, lgd(*ROWS[4:]))
    assert refused.value.code == "no_rows"


def test_who_may_read_files_in(world: World) -> None:
    for by in (world.agency, world.ministry):
        with pytest.raises(NotAllowed):
            read_in(world, by=by)
    for by in (world.neighbour, world.town, world.nobody):
        with pytest.raises(Http404):
            read_in(world, by=by)
        with pytest.raises(Http404):
            read_in(world, by=by, state=None)
    with pytest.raises(NotAllowed):
        read_in(world, by=world.ministry, state=None)
    made = read_in(world, by=world.reviewer)
    with pytest.raises(Http404):
        imports.confirm(made, by=world.neighbour)
    assert imports.confirm(made, by=world.reviewer).applied_at


def test_the_centre_reads_the_register_of_all_states_in_and_each_state_finds_it_in_its_log(
    world: World,
) -> None:
    made = imports.confirm(read_in(world, by=world.head, state=None), by=world.head)
    assert Ulb.objects.count() == 6
    assert {e.state_id: e.data["new"] for e in Entry.objects.filter(verb="import.apply")} == {
        world.kl.pk: 3, world.mh.pk: 1,
    }  # fmt: skip
    with pytest.raises(Http404):
        imports.undo(made, by=world.nodal)
    imports.undo(made, by=world.reviewer)
    assert Ulb.objects.count() == 2


@pytest.mark.by_hand
def test_what_to_look_at_is_said_and_a_missing_ulb_is_listed_not_dropped(world: World) -> None:
    old = world.towns(1)[0]
    Ulb.objects.filter(pk=old.pk).update(lgd_version=9)
    late = Ulb.objects.create(state=world.kl, lgd_code=960001, name="Gamma", type_code=7, provisional=True)
    row = (9, old.lgd_code, 3, "Other", "", 5, "", *KERALA)
    made = read_in(world, lgd(changed(0, type=4), *ROWS[1:3], row))
    said = {line["key"]: [word for word, _other in line.get("warnings", ())] for line in made.preview}
    assert said == {250001: ["type"], 250002: [], 250003: ["latin", "provisional"], old.lgd_code: ["older"]}
    made = read_in(world, lgd(*ROWS[1:4]))
    said = {line["key"]: [word for word, _other in line.get("warnings", ())] for line in made.preview}
    assert said[250002] == ["same_name"] and said[250004] == ["same_name"]
    assert lines(made, "missing") == [250001, old.lgd_code]
    imports.confirm(made, by=world.nodal)
    assert Ulb.objects.filter(pk__in=[old.pk, late.pk, world.ulb.pk], ended="").count() == 3


@pytest.mark.by_hand
def test_a_name_that_differs_in_case_alone_stays_and_an_empty_cell_takes_nothing_away(world: World) -> None:
    Ulb.objects.filter(pk=world.ulb.pk).update(
        name="AlPha", name_local="ആൽഫ", census_code="800101", lgd_version=2
    )
    made = read_in(world, lgd(changed(0, local="", census="")))
    assert lines(made, "unchanged") == [250001]


def command(*args: Any, **options: Any) -> str:
    out = StringIO()
    call_command("import_ulbs", *args, stdout=out, **options)
    return out.getvalue()


@pytest.mark.by_hand
def test_the_command_tells_counts_and_faults_and_writes_only_without_dry_run(
    world: World, tmp_path: Path, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    file = tmp_path / "lgd.csv"
    file.write_bytes(text(lgd()))
    told = command(str(file), email=world.nodal.email, dry_run=True)
    assert "new 3" in told and "elsewhere 2" in told and "Nothing was written" in told
    assert (Import.objects.count(), Ulb.objects.count()) == (0, 2)
    assert "Written" in command(str(file), email=world.nodal.email)
    assert Ulb.objects.filter(state=world.kl).count() == 4
    assert "Nothing was written" in command(str(file), email=world.nodal.email)
    assert "new 1" in command(str(file), email=world.head.email)
    file.write_bytes(text(lgd(changed(0, type=99))))
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        shell = import_ulbs.Command(stdout=out, stderr=out)
        shell.run_from_argv(["manage.py", "import_ulbs", str(file), "--as", world.nodal.email])
    assert ended.value.code == 1
    assert "row 2, Localbody Type Code: “99”." in out.getvalue()


@pytest.mark.by_hand
@pytest.mark.skipif("NUDM_LGD_FILE" not in os.environ, reason="NUDM_LGD_FILE names no export of the LGD")
def test_the_real_export_is_read_in_whole(world: World) -> None:
    call_command("load_states", stdout=StringIO())
    data = Path(os.environ["NUDM_LGD_FILE"]).read_bytes()
    Ulb.objects.all().delete()
    Team.objects.filter(role="town").update(ulb_code=999_999)
    made = imports.read_in(data, "real.csv", state=None, by=world.head)
    assert (made.counts["new"], made.counts["refused"]) == (4814, 0)
    imports.confirm(made, by=world.head)
    assert Ulb.objects.filter(in_scope=True).count() == 4755
    assert Ulb.objects.filter(in_scope=False, type_code=8).count() == 59
    assert Ulb.objects.filter(census_code="").count() == 556 + 318
    again = imports.read_in(data, "real.csv", state=None, by=world.head)
    assert again.counts["unchanged"] == 4814
    imports.undo(made, by=world.head)
    assert Ulb.objects.count() == 0
