"""The matrix: what the database chooses is what the rules say; the files say what the page shows."""

import re
from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
from django.utils import translation

from states.models import Entry
from tests.sheets import read_csv, read_html, read_xlsx, sheet_of
from tests.world import World, day
from ulbs import matrix, remembered
from ulbs.actions import register, rollout
from ulbs.catalogue import modules
from ulbs.models import Batch, Deployment, Ulb
from ulbs.rules.asking import ORDER, SCOPES, Asked
from ulbs.rules.cells import MasterData, Step
from ulbs.rules.counting import COUNTED
from ulbs.views.lists import PAGE

STEPS: tuple[dict[str, Any], ...] = (
    {},
    {"in_scope": False},
    {"master_data": "collecting"},
    {"master_data": "validated"},
    {"configured_on": day(9)},
    {"uat_planned_on": day(-9)},
    {"uat_signed_on": day(8)},
    {
        "uat_signed_on": day(8),
        "live_on": day(7),
        "live_url": "https://x.example.in/",
        "override_reason": "Live before the programme",
    },
)

pytestmark = pytest.mark.by_hand


def mixed(world: World) -> list[Ulb]:
    """Towns of every kind, each with modules at several steps."""
    batches = [Batch.objects.create(state=world.kl, number=n) for n in (2, 11)]
    towns = [world.ulb, *world.towns(4), *world.towns(5, batch=batches[0]), *world.towns(4, batch=batches[1])]
    edits = []
    for n, ulb in enumerate(towns):
        ulb.name, ulb.name_local = f"{'zA'[n % 2]}own {n:02d}", "" if n % 3 else f"नगर {n}"
        ulb.district, ulb.type_code = f"District {n % 3}", (5, 7, 8)[n % 3]
        for m, module in enumerate(("PGR", "PT", "SV")):
            if (n + m) % 4:
                edits.append(rollout.Edit(ulb.pk, module, STEPS[(n * 3 + m) % len(STEPS)]))
    Ulb.objects.bulk_update(towns, ["name", "name_local", "district", "type_code"])
    assert {a.result for a in rollout.save_cells(world.kl, edits, by=world.nodal)} == {"saved"}
    Deployment.objects.filter(live_on__isnull=False, module="PT").update(
        withdrawn_on=day(1), withdrawn_reason="x"
    )
    Ulb.objects.filter(pk__in=[towns[3].pk, towns[5].pk]).update(in_scope=False)
    Ulb.objects.filter(pk=towns[6].pk).update(ended="dropped", ended_on=day(2))
    return towns


def cells_of(world: World) -> tuple[Any, Any]:
    ulbs = Ulb.objects.filter(state=world.kl).select_related("batch")
    return ulbs, Deployment.objects.filter(state=world.kl)


@pytest.mark.by_hand
def test_the_database_knows_the_step_that_the_rule_knows(world: World) -> None:
    facts = product(
        (True, False),
        [status.value for status in MasterData],
        *[(None, day(3))] * 5,
    )
    names = ("configured_on", "uat_planned_on", "uat_signed_on", "live_on", "withdrawn_on")
    towns = world.towns(len(list(facts)) // 14 + 1)
    facts = product((True, False), [status.value for status in MasterData], *[(None, day(3))] * 5)
    places = product(towns, modules())
    made = Deployment.objects.bulk_create(
        Deployment(
            state=world.kl,
            ulb=ulb,
            module=module,
            in_scope=in_scope,
            master_data=status,
            **dict(zip(names, days, strict=True)),
        )
        for (in_scope, status, *days), (ulb, module) in zip(facts, places, strict=False)
    )
    assert len(made) == 320
    for row in Deployment.objects.annotate(place=matrix.rank()):
        assert ORDER[row.place] is row.step, (row, row.step)


ASKED: Sequence[Asked] = (
    *(Asked(scope=scope) for scope in SCOPES),
    *(
        Asked(module=module, step=step, how=how)
        for module in ("", "PT")
        for step in Step
        for how in ("at", "below")
    ),
    *(Asked(module=module) for module in ("PGR", "BND")),
    *(Asked(group=group) for group in ("pilot", "rest", "none", "2", "11", "7")),
    *(Asked(lacking=word, scope=scope) for word in COUNTED.values() for scope in ("in", "out")),
    *(
        Asked(sort=f"{sign}{key}")
        for key in ("name", "code", "type", "group", "live", "planned")
        for sign in ("", "-")
    ),
    *(
        Asked(scope="all", sort=sort)
        for sort in ("PT", "-PT", "BND", "live_on", "-live_on", "-uat_planned_on")
    ),
    *(Asked(text=text) for text in ("own 0", "ZOWN", "नगर", "250001", "99999999999")),
    Asked(district="District 1", type_code=7),
    Asked(type_code=8, group="2", scope="all"),
)


@pytest.mark.parametrize("language", ["en", "hi"])
def test_the_database_chooses_and_orders_as_the_lists_do(world: World, language: str) -> None:
    mixed(world)
    ulbs, cells = cells_of(world)
    plain = (list(ulbs), list(cells))
    for asked in ASKED:
        with translation.override(language):
            found, expected = matrix.look(ulbs, cells, asked), matrix.look(*plain, asked)
        assert list(found.keys) == list(expected.keys), asked
        assert found.totals == expected.totals, asked
        rows = matrix.rows(ulbs, cells, found.keys)
        again = matrix.rows(*plain, expected.keys)
        assert [(row.ulb.pk, row.steps) for row in rows] == [(row.ulb.pk, row.steps) for row in again]
    assert remembered.choices(world.kl) == matrix.choices(*plain)


def test_only_what_is_asked_for_is_chosen(world: World) -> None:
    towns = mixed(world)
    ulbs, cells = cells_of(world)

    def names(**asked: Any) -> set[str]:
        return {
            row.ulb.name for row in matrix.rows(ulbs, cells, matrix.look(ulbs, cells, Asked(**asked)).keys)
        }

    live = {c.ulb_id for c in cells if c.module == "PGR" and c.step is Step.LIVE}
    out = {towns[n].pk for n in (3, 5, 6)}
    assert names(module="PGR", step=Step.LIVE) == {t.name for t in towns if t.pk in live - out}
    behind = {c.ulb_id for c in cells if c.module == "PGR" and ORDER.index(c.step) in range(1, 7)}
    assert names(module="PGR", step=Step.LIVE, how="below") == {t.name for t in towns if t.pk in behind - out}
    assert names(scope="ended") == {towns[6].name}
    assert names(scope="out") == {towns[3].name, towns[5].name}
    assert len(names()) == len(towns) - 3


def test_the_totals_are_of_all_that_is_filtered_not_of_the_page(world: World) -> None:
    towns = world.towns(130)
    edits = [rollout.Edit(ulb.pk, "PGR", STEPS[7] if n % 2 else {}) for n, ulb in enumerate(towns)]
    edits.append(rollout.Edit(towns[1].pk, "TL", {}))
    rollout.save_cells(world.kl, edits, by=world.nodal)
    client = world.client(world.nodal)
    page = read_html(client.get("/ulbs/KL/matrix/").content.decode())
    assert len(page) == PAGE + 2
    assert page[0][4:] == ["Live modules", "Planned modules", "Public grievance redressal", "Trade licence"]
    assert page[-1][4:] == ["65", "131", "65 of 130", "0 of 1"]
    last = read_html(client.get("/ulbs/KL/matrix/?page=3").content.decode())
    assert (len(last), last[-1]) == (33, page[-1])
    few = read_html(client.get("/ulbs/KL/matrix/?module=TL").content.decode())
    assert few[-1][4:] == ["1", "2", "1 of 1", "0 of 1"]


def test_the_columns_are_the_modules_in_scope_else_the_reference_ones_and_those_switched_on(
    world: World,
) -> None:
    client = world.client(world.reviewer)

    def columns(query: str = "") -> list[str]:
        return read_html(client.get(f"/ulbs/KL/matrix/{query}").content.decode())[0][6:]

    assert len(columns()) == 9 and columns()[0] == "Public grievance redressal"
    assert columns("?columns=SV&columns=CHB")[9:] == ["Street vending", "Community hall booking"]
    rollout.save_cell(world.ulb, "SV", {}, version=0, by=world.nodal)
    assert columns() == ["Street vending"]
    rollout.save_cell(world.ulb, "SV", {"in_scope": False}, version=1, by=world.nodal)
    assert len(columns()) == 9


@pytest.mark.parametrize(
    "query",
    ["", "?sort=-PT", "?scope=all&sort=live", "?module=PGR&step=live&how=below&columns=CHB", "?q=own+0"],
)
@pytest.mark.parametrize("path", ["/ulbs/KL/matrix/", "/ulbs/KL/"])
def test_screen_is_export(world: World, path: str, query: str) -> None:
    mixed(world)
    world.towns(120)
    client = world.client(world.ministry)
    sign = "&" if query else "?"
    shown: list[list[str]] = []
    for number in range(1, 5):
        page = read_html(client.get(f"{path}{query}{sign}page={number}").content.decode())
        shown = shown[:-1] + (page[1:] if shown else page)
        if len(page) < PAGE + 2:
            break
    shown = [["" if word == "–" else word for word in row] for row in shown]
    told = read_csv(client.get(f"{path}{query}{sign}format=csv"))
    assert told[1:] == shown
    cells = read_xlsx(sheet_of(client.get(f"{path}{query}{sign}format=xlsx")))
    assert [cell["A"][1] for cell in cells[1:]] == [row[0] for row in shown]
    for row, line in zip(cells[2:-1], shown[1:-1], strict=True):
        assert row["A"][0] == "number" and row["B"] == ("text", line[1])
        texts = [text for kind, text in row.values() if kind == "text"]
        assert texts == [word for word in line if word and not word[0].isdigit()]
    assert [text for kind, text in cells[-1].values()] == [word for word in shown[-1] if word]


def test_a_file_says_what_it_shows_and_who_took_it_is_recorded(world: World) -> None:
    mixed(world)
    answer = world.client(world.nodal).get(
        "/ulbs/KL/matrix/?format=csv&group=2&module=PGR&step=live&how=below"
    )
    [title] = read_csv(answer)[0]
    assert title.startswith("ULBs and modules, Kerala; as on ")
    assert title.endswith("Batch 2; Public grievance redressal: not yet at “Live”")
    entry = Entry.objects.get(verb="matrix.export")
    assert (entry.actor, entry.state, entry.data["kind"]) == (world.nodal, world.kl, "csv")
    assert "group=2" in entry.data["asked"]
    world.client(world.nodal).get("/ulbs/KL/?format=xlsx")
    assert Entry.objects.filter(verb="ulbs.export").count() == 1


def test_what_is_remembered_is_never_stale(world: World) -> None:
    client = world.client(world.nodal)
    assert "250001" not in client.get("/ulbs/KL/matrix/?district=North").content.decode()
    register.edit_details(world.ulb, {"district": "North"}, version=0, by=world.nodal)
    assert "250001" in client.get("/ulbs/KL/matrix/?district=North").content.decode()
    world.live(world.ulb)
    assert "1 of 1" in client.get("/ulbs/KL/matrix/").content.decode()


def test_a_former_name_still_finds_the_ulb(world: World) -> None:
    register.edit_details(world.ulb, {"name": "Beta"}, version=0, by=world.nodal)
    page = world.client(world.nodal).get("/ulbs/KL/?q=alph").content.decode()
    assert [row[1] for row in read_html(page)[1:-1]] == ["Beta"]


def test_the_next_page_and_the_files_keep_the_whole_question(world: World) -> None:
    world.towns(120)
    page = (
        world.client(world.nodal).get("/ulbs/KL/matrix/?columns=SV&columns=CHB&sort=-code").content.decode()
    )
    for change in ("page=2", "format=xlsx", "sort=name"):
        [link] = re.findall(rf'href="\?([^"]*{change})"', page)
        assert "columns=SV&amp;columns=CHB" in link or "columns=SV&columns=CHB" in link
    # In the form that changes many, and in the one that asks for a day.
    assert page.count('<input type="hidden" name="columns"') == 4


def test_a_state_without_ulbs_has_an_empty_matrix_and_files(world: World) -> None:
    world.kl.ulbs.all().delete()
    client = world.client(world.nodal)
    assert "has no ULB" in client.get("/ulbs/KL/matrix/").content.decode()
    assert len(read_csv(client.get("/ulbs/KL/matrix/?format=csv"))) == 3
    assert client.get("/ulbs/KL/matrix/?format=xlsx").status_code == 200


NONSENSE = (
    "page=0",
    "page=x",
    "sort=password",
    "module=NO",
    "step=no",
    "type=²",
    "group=99999999",
    "q=" + "9" * 40,
    "q=%25_",
    "scope=none",
    "columns=NO",
    "how=x&step=live",
    "format=pdf",
    "u=" + "9" * 40,
    "pick=page&page=-7",
)


@pytest.mark.parametrize("query", NONSENSE)
def test_a_query_that_means_nothing_breaks_nothing(world: World, query: str) -> None:
    client = world.client(world.nodal)
    for path in ("/ulbs/KL/matrix/", "/ulbs/KL/", "/ulbs/KL/matrix/change/"):
        assert client.get(f"{path}?{query}").status_code == 200


def test_the_neighbours_matrix_does_not_exist(world: World) -> None:
    for person in (world.nodal, world.agency, world.town):
        for query in ("", "?format=xlsx", "?format=csv"):
            assert world.client(person).get(f"/ulbs/MH/matrix/{query}").status_code == 404
    assert world.client(world.town).get("/ulbs/KL/matrix/").status_code == 404
    assert Entry.objects.filter(verb="matrix.export").count() == 0


def test_a_module_that_these_ulbs_do_not_have_keeps_its_column(world: World) -> None:
    world.live(world.ulb)
    page = world.client(world.nodal).get("/ulbs/KL/matrix/?q=nothing").content.decode()
    assert read_html(page)[-1][6:] == ["0 of 0"]
