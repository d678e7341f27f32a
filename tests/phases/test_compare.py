"""Two days side by side: what moved, in a state and in the nation."""

import csv
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nudm.core.dates import show, today
from phases.actions import lines
from phases.compare import moves, of_state
from phases.progress import progress_of
from phases.rules import Status
from tests.phases.test_as_on import ago, main_of
from tests.ulbs.sheets import ROWS, lgd, text
from tests.world import World, day
from ulbs.actions import batches, figures, imports, logs, readiness, register, rollout
from ulbs.models import Fact, Ulb
from ulbs.rules.moved import Change, Turn, changes

CODE = "2.processes_standardised"


def town(**values: Any) -> Any:
    empty = {f.name: f.get_default() for f in Ulb._meta.concrete_fields if f.name not in {"batch", "state"}}
    held = empty | values
    return SimpleNamespace(**held, reason_shown=held["scope_reason"])


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, []),
        ({"name": "A"}, {"name": "B"}, [Change(Turn.RENAMED, "A", "B")]),
        ({}, {"ended": "merged", "ended_on": day(3)}, [Change(Turn.ENDED, "merged", day(3))]),
        ({"ended": "dropped", "ended_on": day(3)}, {}, [Change(Turn.REINSTATED)]),
        ({}, {"in_scope": False, "scope_reason": "G.O."}, [Change(Turn.LEFT_OUT, new="G.O.")]),
        ({"in_scope": False}, {}, [Change(Turn.TAKEN_IN)]),
        ({}, {"pilot": True}, [Change(Turn.PILOT)]),
        ({}, {"live_on": day(3)}, [Change(Turn.LIVE, None, day(3))]),
        ({"live_on": day(3)}, {}, [Change(Turn.LIVE, day(3), None)]),
        ({"live_on": day(3)}, {"live_on": day(4)}, [Change(Turn.LIVE, day(3), day(4))]),
        ({}, {"uat_signed_on": day(3)}, [Change(Turn.SIGNED_OFF, None, day(3))]),
    ],
)
def test_each_thing_that_can_happen_to_a_ulb_is_told(before: Any, after: Any, expected: list[Change]) -> None:
    assert changes(town(**before), town(**after), None, None) == expected


def test_a_batch_moved_a_new_ulb_and_what_was_taken_back_are_told() -> None:
    assert changes(town(), town(), 1, 2) == [Change(Turn.BATCH, 1, 2)]
    assert changes(None, town(name="A", live_on=day(3)), None, None) == [
        Change(Turn.ENTERED, new="A"),
        Change(Turn.LIVE, None, day(3)),
    ]
    assert Change(Turn.LIVE, day(3), None).taken_back and not Change(Turn.BATCH, 1, None).taken_back


def test_what_moved_is_the_difference_of_two_days(world: World) -> None:
    with ago(20):
        item = world.submitted(CODE)
        other = world.towns(1)[0]
    with ago(10):
        lines.move(item, "accept", version=item.version, by=world.reviewer)
        world.live(world.ulb)
        register.edit_details(other, {"name": "Beta"}, version=0, by=world.nodal)
    told = of_state(world.kl, day(15), day(5))
    moved, towns = told.moved, told.towns
    assert [(m.line.code, m.old, m.new) for m in moved.lines] == [
        (CODE, Status.UNDER_REVIEW, Status.ACCEPTED)
    ]
    assert [line.code for line, _old, _new in moved.criteria] == [
        "2.criterion_processes",
        "2.criterion_master_data",
        "3.criterion_pilots",
    ]
    assert (moved.met, moved.accepted) == (3, 1)
    assert {line.measure for line, _old, _new in moved.measures} >= {"pilot.signed_and_live", "all.live"}
    assert [(row.ulb.name, {c.turn for c in row.changes}) for row in towns] == [
        (
            "Alpha",
            {
                Turn.STARTED,
                Turn.VALIDATED,
                Turn.UAT_PLANNED,
                Turn.TRAINED,
                Turn.SIGNED_OFF,
                Turn.LIVE,
                Turn.MODULE,
            },
        ),
        ("Beta", {Turn.RENAMED}),
    ]
    back = moves(*(progress_of([world.kl], as_on=one)[world.kl.pk] for one in (day(5), day(15))))
    assert (back.met, back.accepted) == (-3, -1)


def test_the_page_names_lines_with_who_moved_them_ulbs_and_figures(world: World) -> None:
    with ago(20):
        item = world.submitted(CODE)
    with ago(10):
        lines.move(item, "accept", version=item.version, by=world.reviewer)
        world.live(world.ulb, on=world.start)
        register.edit_details(world.ulb, {"name": "Beta"}, version=0 + _version(world), by=world.nodal)
    client = world.client(world.ministry)
    page = main_of(client.get("/phases/KL/compare/", {"from": show(day(15)), "to": show(day(5))}))
    for words in (
        "reviewer, Reviewer",
        f"went live, {show(world.start)}",
        "renamed: Alpha → Beta",
        "went live: <b",
        "+1",
        "Completion criteria",
        item.line.text.en,
    ):
        assert words in page, words
    quiet = main_of(client.get("/phases/KL/compare/", {"from": show(day(9)), "to": show(day(5))}))
    assert "Nothing moved between these two days." in quiet
    assert 'href="/phases/KL/compare/"' in main_of(client.get("/states/KL/"))


def test_batches_registers_modules_and_what_was_taken_away_are_told(world: World) -> None:
    first, later = day(9), day(8)
    with ago(20):
        _stays, gone = (
            batches.plan_batch(world.kl, n, {"planned_on": first}, by=world.nodal) for n in (1, 2)
        )
        file = imports.read_in(text(lgd(ROWS[1])), "lgd.csv", state=world.kl, by=world.nodal)
        imports.confirm(file, by=world.nodal)
    with ago(10):
        batches.plan_batch(world.kl, 1, {"planned_on": later}, by=world.nodal)
        batches.remove_batch(gone, by=world.nodal)
        imports.undo(file, by=world.nodal)
        values = {"title": "Slow", "severity": "major", "opened_on": day(0)}
        logs.save_incident(world.kl, values, by=world.nodal)
        rollout.save_cell(world.ulb, "PT", {"master_data": "collecting"}, version=None, by=world.nodal)
        readiness.confirm(world.ulb, Fact.DATA_TEAM, answer=True, who="Two", version=0, by=world.nodal)
    told = of_state(world.kl, day(15), day(5))
    towns, plans, registers = told.towns, told.batches, told.registers
    assert [(m.batch.number, m.made, m.removed, m.dates) for m in plans] == [
        (1, False, False, (("planned_on", first, later),)),
        (2, False, True, ()),
    ]
    assert [(r.register.slug, r.entries, r.open) for r in registers] == [("incidents", (0, 1), (0, 1))]
    assert {row.ulb.name: {c.turn for c in row.changes} for row in towns} == {
        "Alpha": {Turn.STARTED, Turn.MODULE, Turn.CONFIRMED},
        "Beta": {Turn.TAKEN_AWAY},
    }
    asked = {"from": show(day(15)), "to": show(day(5))}
    page = main_of(world.client(world.ministry).get("/phases/KL/compare/", asked))
    told = (f"planned from: {show(first)} corrected to {show(later)}", "Incidents", "taken away")
    for words in (*told, "Not in scope → Master data", "data collection team appointed"):
        assert words in page, words


def test_figures_master_data_and_entries_that_changed_are_told(world: World) -> None:
    month = day(40).replace(day=1)

    def report(value: int) -> None:
        given = [figures.Given("citizens", Decimal(value), world.ulb.pk, "actual", month)]
        given += [figures.Given("citizens", Decimal(value * 10), purpose="target")]
        figures.save_figures(world.kl, given, by=world.nodal)

    slow = {"title": "Slow", "severity": "major", "opened_on": day(20)}
    with ago(25):
        world.live(world.ulb, on=month)
    with ago(20):
        rollout.save_cell(world.ulb, "PT", {"master_data": "collecting"}, version=None, by=world.nodal)
        report(5)
        incident = logs.save_incident(world.kl, slow, by=world.nodal)
    with ago(10):
        rollout.save_cell(world.ulb, "PT", {"master_data": "submitted"}, version=None, by=world.nodal)
        report(7)
        logs.save_incident(world.kl, slow | {"severity": "minor"}, row=incident, version=1, by=world.nodal)
    told = of_state(world.kl, day(15), day(5))
    assert [(f.metric.code, f.month, f.old, f.new) for f in told.figures] == [
        ("citizens", None, 50, 70),
        ("citizens", month, 5, 7),
    ]
    assert [(r.register.slug, r.entries, r.changed) for r in told.registers] == [("incidents", (1, 1), 1)]
    assert {c.turn for row in told.towns for c in row.changes} == {Turn.MASTER_DATA}
    assert of_state(world.kl, day(9), day(5)).figures == []
    asked = {"from": show(day(15)), "to": show(day(5))}
    page = main_of(world.client(world.ministry).get("/phases/KL/compare/", asked))
    for words in ("Monthly figures and targets", f"{month:%m-%Y}", "Collecting → Submitted"):
        assert words in page, words


def _version(world: World) -> int:
    return Ulb.objects.get(pk=world.ulb.pk).version


def test_the_nation_is_compared_in_one_table(world: World) -> None:
    with ago(10):
        world.live(world.ulb)
    client = world.client(world.reviewer)
    page = main_of(client.get("/compare/", {"from": show(day(15)), "to": show(day(5))}))
    assert "Kerala" in page and "Nothing moved in:" in page and "Maharashtra" in page
    assert f"/phases/KL/compare/?from={show(day(15))}&amp;to={show(day(5))}" in page
    quiet = {"from": show(day(9)), "to": show(day(5))}
    assert "Nothing moved between" in main_of(client.get("/compare/", quiet))
    assert world.client(world.nodal).get("/compare/").status_code == 403


def test_days_in_the_wrong_order_or_to_come_are_refused(world: World) -> None:
    client = world.client(world.nodal)
    for asked in (
        {"from": show(day(5)), "to": show(day(9))},
        {"to": show(today() + timedelta(days=1))},
        {"from": "soon"},
    ):
        assert client.get("/phases/KL/compare/", asked).status_code == 422
        assert world.client(world.reviewer).get("/compare/", asked).status_code == 422


def test_comparing_takes_at_most_twelve_queries(world: World) -> None:
    world.submitted(CODE)
    client = world.client(world.reviewer)
    client.get("/phases/KL/compare/")
    with CaptureQueriesContext(connection) as queries:
        client.get("/phases/KL/compare/", {"from": show(day(15)), "to": show(day(5))})
    assert len(queries) <= 12


def test_many_ulbs_are_compared_in_pages_and_all_of_them_are_in_the_file(
    world: World, monkeypatch: Any
) -> None:
    monkeypatch.setattr("phases.views.compare.PAGE", 2)
    towns = world.towns(4)
    for town_ in towns:
        rollout.save_cell(town_, "PGR", {"master_data": "collecting"}, version=None, by=world.nodal)
    client, address = (
        world.client(world.nodal),
        f"/phases/KL/compare/?from={show(today() - timedelta(days=1))}",
    )
    pages = [client.get(f"{address}&page={n}") for n in (1, 2)]
    named = [ulb.lgd_code for page in pages for ulb, _told in page.context["towns"]]
    assert sorted(named) == sorted(town_.lgd_code for town_ in towns)
    assert 'href="#ulbs"' in pages[0].content.decode() and 'id="measures"' not in pages[1].content.decode()
    rows = list(csv.reader(client.get(f"{address}&format=csv").getvalue().decode("utf-8-sig").splitlines()))
    head = next(n for n, row in enumerate(rows) if "LGD code" in row)
    assert {row[1] for row in rows[head + 1 :]} == {str(code) for code in named}
    assert all(row[2] for row in rows[head + 1 :]) and "Kerala" in rows[0][0]
    assert world.client(world.neighbour).get(f"{address}&format=csv").status_code == 404
