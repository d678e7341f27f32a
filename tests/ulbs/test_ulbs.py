"""Towns: the order of a module's facts, what a ULB adds up to, and what is counted."""

from datetime import date, timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.utils import timezone, translation

from nudm.core.dates import day_of, show, today
from nudm.core.errors import Conflict, NotAllowed, Refused
from nudm.core.ratio import Ratio
from phases.catalogue import catalogue
from states.models import Past
from states.past import as_on
from tests.world import World, day
from ulbs import tally
from ulbs.actions import batches, register, rollout
from ulbs.models import Deployment, Ulb
from ulbs.rules.cells import faults, reached
from ulbs.rules.counting import MEASURES

URL = "https://kl.example.in/pgr"


def cell(**values: Any) -> Any:
    empty = {
        f.name: f.get_default() for f in Deployment._meta.concrete_fields if f.name not in {"ulb", "state"}
    }
    return SimpleNamespace(**(empty | values))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"uat_signed_on": day(20), "live_on": day(10), "live_url": URL}, []),
        ({"uat_signed_on": day(10), "live_on": day(10), "live_url": URL}, []),
        ({"uat_signed_on": day(10), "live_on": day(20), "live_url": URL}, [("live_on", "order")]),
        ({"live_on": day(10), "live_url": URL}, [("live_on", "needs")]),
        ({"live_on": day(10), "live_url": URL, "override_reason": "live since 2019"}, []),
        ({"uat_signed_on": day(20), "live_on": day(10)}, [("live_url", "missing")]),
        ({"uat_planned_on": day(-5)}, []),
        ({"uat_signed_on": day(-5)}, [("uat_signed_on", "future")]),
        ({"withdrawn_on": day(1)}, [("withdrawn_on", "needs"), ("withdrawn_reason", "missing")]),
        ({"started_on": day(3), "validated_on": day(9)}, [("master_data", "order")]),
        ({}, []),
    ],
)
def test_no_module_is_live_before_its_uat_is_signed_off(values: Any, expected: list[tuple[str, str]]) -> None:
    assert [(fault.field, fault.word) for fault in faults(cell(**values), today())] == expected


def test_a_ulb_is_live_with_its_first_module_and_validated_with_its_last() -> None:
    first = cell(started_on=day(9), validated_on=day(8), uat_signed_on=day(5), live_on=day(2))
    second = cell(started_on=day(7))
    both = reached([first, second])
    assert (both["live_on"], both["data_started_on"], both["data_validated_on"]) == (day(2), day(9), None)
    assert reached([first, second], live_when="all")["live_on"] is None
    assert reached([first, cell(in_scope=False), cell(withdrawn_on=day(1))])["data_validated_on"] == day(8)
    assert reached([])["live_on"] is None


@pytest.mark.parametrize(
    ("cells", "any_", "all_"),
    [
        ([], False, False),
        ([("uat_signed_on",), ("live_on",)], False, False),
        ([("uat_signed_on", "live_on"), ("live_on",)], True, False),
        ([("uat_signed_on", "live_on"), ("uat_signed_on", "live_on")], True, True),
        ([("uat_signed_on", "live_on", "withdrawn_on")], False, False),
    ],
)
def test_signed_off_and_live_is_one_and_the_same_module(
    cells: list[tuple[str, ...]], any_: bool, all_: bool
) -> None:
    """The deck's Stage 3, outcome 1: the sign-off of one does not make good what another lacks."""
    made = [cell(**dict.fromkeys(names, day(3))) for names in cells]
    assert reached(made)["signed_and_live"] is any_
    assert reached(made, live_when="all")["signed_and_live"] is all_


@pytest.mark.by_hand
def test_the_upgrade_leaves_past_days_as_they_were_told(world: World) -> None:
    upgrade = import_module("ulbs.migrations.0003_signed_and_live").counted
    [mixed, whole] = world.towns(2)
    for ulb, module, changes in (
        (mixed, "PGR", {"uat_signed_on": day(3)}),
        (mixed, "PT", {"live_on": day(3), "live_url": "https://x.in/", "override_reason": "before"}),
        (whole, "PGR", {"uat_signed_on": day(3), "live_on": day(3), "live_url": "https://x.in/"}),
    ):
        why = {"in_scope": True, "override_reason": "before"}
        rollout.save_cell(ulb, module, why | changes, version=None, by=world.nodal)
    for line in Past.objects.filter(model="ulb"):
        Past.objects.filter(pk=line.pk).update(
            data={k: v for k, v in line.data.items() if k != "signed_and_live"}
        )
    Ulb.objects.update(signed_and_live=False)
    before = timezone.now()
    with time_machine.travel(before + timedelta(days=2), tick=False):
        upgrade(apps, None)
        then, now = (as_on(Ulb, [world.kl.pk], on) for on in (day_of(before), today()))
    assert {row.pk: row.signed_and_live for row in then if row.pk in {mixed.pk, whole.pk}} == {
        mixed.pk: True,
        whole.pk: True,
    }
    assert {row.pk for row in now if row.signed_and_live} == {whole.pk}
    assert set(Ulb.objects.filter(signed_and_live=True)) == {whole}


def test_a_wrong_order_is_refused_whole_with_the_field(world: World) -> None:
    with pytest.raises(Refused) as refused:
        rollout.save_cell(world.ulb, "PGR", {"live_on": day(3), "live_url": URL}, version=0, by=world.nodal)
    assert set(refused.value.fields) == {"live_on"}
    assert "UAT signed off on" in refused.value.message
    assert Deployment.objects.count() == 0


def test_what_the_modules_add_up_to_stands_in_the_row_of_the_ulb(world: World) -> None:
    world.live(world.ulb)
    row = Ulb.objects.get(pk=world.ulb.pk)
    assert (row.live_on, row.modules_live, row.data_validated_on) == (world.start, 1, world.start)


def test_each_party_sets_what_is_its_own(world: World) -> None:
    def save(by: Any, **changes: Any) -> Deployment:
        return rollout.save_cell(world.ulb, "PGR", changes, version=None, by=by)

    save(world.town, master_data="submitted")
    save(world.agency, configured_on=day(1))
    for by, changes in (
        (world.town, {"configured_on": day(1)}),
        (world.town, {"master_data": "validated"}),
        (world.agency, {"uat_signed_on": day(1)}),
        (world.agency, {"master_data": "validated"}),
    ):
        with pytest.raises(Refused):
            save(by, **changes)
    assert save(world.nodal, master_data="validated").validated_on == today()


def test_a_bulk_change_saves_what_passes_and_answers_for_each_row(world: World) -> None:
    towns = world.towns(3)
    edits = [rollout.Edit(ulb.pk, "PT", {"master_data": "collecting"}) for ulb in towns]
    edits.append(rollout.Edit(towns[0].pk, "PGR", {"live_on": day(1), "live_url": URL}))
    edits.append(rollout.Edit(world.far_ulb.pk, "PT", {"master_data": "collecting"}))
    edits.append(rollout.Edit(towns[1].pk, "PT", {"master_data": "collecting"}, version=5))
    answers = rollout.save_cells(world.kl, edits, by=world.nodal)
    assert [a.result for a in answers] == ["saved"] * 3 + ["refused", "refused", "conflict"]
    assert Deployment.objects.filter(module="PT").count() == 3
    assert not Deployment.objects.filter(ulb=world.far_ulb).exists()


def test_two_officers_on_one_town_never_overwrite_each_other(world: World) -> None:
    register.update_ulb(world.ulb, {"kind": "greenfield"}, version=0, by=world.nodal)
    with pytest.raises(Conflict):
        register.update_ulb(world.ulb, {"kind": "brownfield"}, version=0, by=world.unit)
    with pytest.raises(NotAllowed):
        register.update_ulb(world.ulb, {"kind": "brownfield"}, version=1, by=world.town)


def test_the_measures_count_pilots_rest_and_the_first_batch(world: World) -> None:
    first = world.batch(1, started_on=day(9))
    second = world.batch(2)
    rest = world.towns(2, batch=first) + world.towns(1, batch=second)
    for ulb in [world.ulb, *rest[:2]]:
        world.live(ulb, on=day(2))
    counted = tally.tallies([world.kl.pk, world.mh.pk], since=day(5))
    kl = counted[world.kl.pk]
    assert kl["pilot.live"] == Ratio(1, 1)
    assert kl["rest.live"] == Ratio(2, 3)
    assert kl["all.live"] == kl["all.live_since"] == Ratio(3, 4)
    assert kl["first_batch.live"] == Ratio(2, 2)
    assert kl["batches.started"] == Ratio(1, 2)
    assert counted[world.mh.pk]["pilot.live"] == Ratio(0, 0)
    assert kl.keys() >= MEASURES


def test_a_pilot_set_live_by_an_override_counts_for_the_deck_once_uat_is_signed_off(world: World) -> None:
    def pilots() -> tuple[Ratio, Ratio]:
        now, then = tally.tallies([world.kl.pk]), tally.tallies_on([world.kl.pk], day(0))
        assert now == then
        return now[world.kl.pk]["pilot.live"], now[world.kl.pk][line.measure or ""]

    line = catalogue().line("3.pilots_live")
    changes = {"live_on": day(2), "override_reason": "Live before the programme"}
    rollout.save_cell(world.ulb, "PGR", changes, version=None, by=world.nodal)
    assert pilots() == (Ratio(1, 1), Ratio(0, 1))
    rollout.save_cell(world.ulb, "PGR", {"uat_signed_on": day(1)}, version=1, by=world.nodal)
    assert pilots() == (Ratio(1, 1), Ratio(1, 1))


@pytest.mark.by_hand
def test_a_state_without_towns_breaks_no_page(world: World) -> None:
    world.kl.ulbs.all().delete()
    for url in ("/states/KL/", "/phases/KL/1/", "/phases/KL/3/", "/ulbs/KL/"):
        assert world.client(world.nodal).get(url).status_code == 200


def test_a_batch_starts_when_its_gate_is_open_or_with_a_written_reason(world: World) -> None:
    batch = batches.plan_batch(world.kl, 1, {"planned_on": today()}, by=world.nodal)
    [town] = world.towns(1, batch=batch)
    with pytest.raises(Refused) as shut:
        batches.plan_batch(world.kl, 1, {"started_on": today()}, by=world.nodal)
    assert shut.value.code == "gate_shut"
    world.live(world.ulb)
    world.live(town)
    checks = batches.gates_of(world.kl)[batch.pk]
    assert [c.name for c in checks if not c.open] == []
    assert batches.plan_batch(world.kl, 1, {"started_on": today()}, by=world.nodal).started_on == today()


def test_a_merger_ends_ulbs_and_keeps_their_names_findable(world: World) -> None:
    old, new = world.towns(2)
    register.succeed([old], [new], on=day(1), reason="G.O. 12", by=world.nodal)
    old.refresh_from_db()
    assert (old.ended, old.ended_on, old.counts) == ("merged", day(1), False)
    assert new.aliases.get().name == old.name
    with pytest.raises(Refused):
        register.reinstate(old, by=world.nodal)


def test_a_dropped_ulb_comes_back_as_it_was_planned(world: World) -> None:
    out, taken_in = world.towns(2)
    out = register.update_ulb(out, {"in_scope": False, "scope_reason": "No staff"}, version=0, by=world.nodal)
    for ulb, planned in ((out, (False, "No staff")), (taken_in, (True, ""))):
        for _turn in range(2):
            dropped = register.drop(ulb, on=day(1), reason="G.O. 9", by=world.nodal)
            assert dropped.scope_reason == "G.O. 9"
            register.reinstate(ulb, by=world.nodal)
            ulb.refresh_from_db()
            assert (ulb.ended, ulb.in_scope, ulb.scope_reason) == ("", *planned)


def test_a_ulb_that_the_lgd_does_not_know_gets_a_provisional_code(world: World) -> None:
    made = register.create_ulb(world.kl, {"name": "New Town", "type_code": 7}, by=world.nodal)
    assert made.provisional and made.lgd_code > 950_000
    given = register.give_code(made, 299_999, version=0, by=world.nodal)
    assert (given.lgd_code, given.provisional) == (299_999, False)


def test_cantonment_boards_stay_out_until_they_are_taken_in(world: World) -> None:
    board = register.create_ulb(
        world.kl, {"name": "Board", "type_code": 8, "lgd_code": 299_001}, by=world.nodal
    )
    assert not board.in_scope
    assert register.set_cantonments(world.kl, in_scope=True, reason="", by=world.nodal) == 1
    assert tally.tallies([world.kl.pk])[world.kl.pk]["all.live"].of == 2


def test_a_pilot_is_in_no_batch_and_what_is_left_out_has_a_reason(world: World) -> None:
    batch = world.batch(1)
    for changes in ({"pilot": True, "batch": batch}, {"in_scope": False, "scope_reason": " "}):
        with pytest.raises(Refused):
            register.update_ulb(world.ulb, changes, version=0, by=world.nodal)


def test_the_first_day_of_tomorrow_is_no_day_for_a_fact(world: World) -> None:
    tomorrow: date = today() + timedelta(days=1)
    with pytest.raises(Refused):
        batches.plan_batch(world.kl, 1, {"started_on": tomorrow, "override_reason": "x"}, by=world.nodal)


def test_a_new_board_is_left_out_with_its_day_and_a_reason_that_each_reads_in_his_language(
    world: World,
) -> None:
    with translation.override("hi"):
        board = register.create_ulb(world.kl, {"name": "Board", "type_code": 8}, by=world.nodal)
    assert (board.scope_reason, board.scope_on) == ("Cantonment Board", today())
    client = world.client(world.nodal)
    url = board.get_absolute_url()
    for language, reason in (("en", "Cantonment Board"), ("hi", "छावनी परिषद")):
        client.cookies["django_language"] = language
        assert f": {reason}, {show(today())}" in client.get(url).content.decode()
        for path in ("batches/", "batches/towns/?group=out"):
            assert f"{reason}<" in client.get(f"/ulbs/KL/{path}").content.decode()
    client.cookies["django_language"] = "en"
    register.update_ulb(board, {"in_scope": True}, version=0, by=world.nodal)
    assert f"Yes, {show(today())}" in client.get(url).content.decode()
