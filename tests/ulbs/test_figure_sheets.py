"""Figures of the State/UT itself, baselines and targets in a sheet and in pasted rows."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import translation

from nudm.core.dates import show, today
from tests.sheets import body
from tests.world import World
from ulbs.actions.figures import BASELINE, Given, save_figures
from ulbs.catalogue import metrics
from ulbs.forms.town import months
from ulbs.importing.figures import Book, Said, read
from ulbs.importing.tables import sheets
from ulbs.models import Figure, Ulb

MONTH = months()[1]
PAGE = "/ulbs/KL/figures/"
OCTOBER = date(2026, 10, 1)
BOOK = Book({250001}, "KL", OCTOBER)


@pytest.mark.parametrize(
    ("month", "purpose"),
    [
        ("10-2026", "actual"), ("2026-10", "actual"), ("Baseline", "baseline"), ("आधार", "baseline"),
        ("आधाररेखा", "baseline"), ("TARGET", "target"), ("लक्ष्य", "target"),
    ],
)  # fmt: skip
def test_a_row_says_of_which_month_it_is_or_that_it_is_none(month: str, purpose: str) -> None:
    when = OCTOBER if purpose == "actual" else None
    for code in ("KL", "kl"):
        [said] = read([[code, "citizens", month, "1,200"]], BOOK)
        assert said == Said(1, None, "citizens", purpose, when, Decimal(1200))
    [said] = read([["LGD code", "Month", "Citizens registered"], ["250001", month, "5"]], BOOK)
    assert said == Said(2, 250001, "citizens", purpose, when, Decimal(5))


def test_the_words_of_the_screen_are_understood() -> None:
    for language in ("en", "hi"):
        with translation.override(language):
            for purpose in (Figure.Purpose.BASELINE, Figure.Purpose.TARGET):
                [said] = read([["KL", "citizens", str(purpose.label), "5"]], BOOK)
                assert said.purpose == purpose.value, (language, purpose.label)
            for metric in metrics().values():
                [said] = read([["KL", metric.in_(language), "10-2026", "5"]], BOOK)
                assert said.metric == metric.code


@pytest.mark.parametrize(
    ("row", "fault", "value"),
    [
        (["32", "citizens", "10-2026", "5"], "code", "32"),
        (["000032", "citizens", "10-2026", "5"], "code", "000032"),
        (["MH", "citizens", "10-2026", "5"], "code", "MH"),
        (["", "citizens", "10-2026", "5"], "code", ""),
        (["KL", "citizens", "13-2026", "5"], "month", "13-2026"),
        (["KL", "citizens", "", "5"], "month", ""),
        (["KL", "citizens", "10-2026", "many"], "number", "many"),
        (["KL", "citizens", "10-2026"], "four", ""),
        (["250001", "tickets", "10-2026", "5"], "level", "5"),
        (["250001", "Help desk tickets", "baseline", "5"], "level", "5"),
    ],
)
def test_a_wrong_row_says_what_is_wrong(row: list[str], fault: str, value: str) -> None:
    [said] = read([row], BOOK)
    assert (said.row, said.fault, said.value) == (1, fault, value)


def test_a_ulb_whose_name_begins_like_a_total_is_read() -> None:
    heading = ["LGD code", "ULB", "Month", "Citizens registered"]
    rows = [["250001", "कुल्लू", "10-2026", "5"], ["", "कुल", "", "5"], ["", "कुल योग", "", "5"]]
    assert [(said.row, said.fault) for said in read([heading, *rows], BOOK)] == [(2, "")]


def test_only_the_first_row_is_a_heading_and_only_in_words() -> None:
    first = ["LGD code", "figure", "month", "value"]
    rows = [first, ["KL", "tickets", "10-2026", "4"], first]
    assert [(said.row, said.fault) for said in read(rows, BOOK)] == [(2, ""), (3, "code")]


def read_back(client: Any, rows: list[list[str]], **more: str) -> Any:
    text = "\n".join(";".join(cells) for cells in rows)
    file = ContentFile(text.encode(), "figures.csv")
    return client.post(PAGE, {"part": "paste", "month": f"{months()[3]:%Y-%m}", "file": file, **more})


def downloaded(client: Any, holds: str = "", **more: str) -> list[list[str]]:
    answer = client.get(PAGE, {"month": f"{MONTH:%Y-%m}", "format": "xlsx", "holds": holds, **more})
    assert f"nudm-figures-KL-{holds or f'{MONTH:%Y-%m}'}" in answer["Content-Disposition"]
    rows = sheets(body(answer))[0].rows
    width = len(rows[1])
    return [row + [""] * (width - len(row)) for row in rows]


@pytest.mark.parametrize("language", ["en", "hi"])
def test_the_sheet_of_a_month_has_the_state_first_and_is_read_back_for_its_own_month(
    world: World, language: str
) -> None:
    client = world.client(world.nodal)
    client.cookies["django_language"] = language
    world.live(world.ulb)
    world.towns(1)
    save_figures(world.kl, [Given("tickets", Decimal(7), month=MONTH)], by=world.nodal)
    rows = downloaded(client)
    [title, heading, own, town] = rows
    assert own[0] == "KL" and (language == "hi" or own[1] == "The State/UT as a whole: Kerala")
    assert town[0] == "250001" and own[2] == town[2] == f"{MONTH:%m-%Y}" and f"{MONTH:%m-%Y}" in title[0]
    assert heading[3:] == [metric.in_(language) for metric in metrics().values()]
    place = {code: n for n, code in enumerate(metrics(), 3)}
    assert own[place["tickets"]] == "7"
    own[0] = "kl"
    own[place["transactions"]], own[place["tickets"]], town[place["citizens"]] = "2,500", "8", "12"
    assert read_back(client, rows).status_code == 302
    told = Figure.objects.values_list("ulb__lgd_code", "metric", "month", "value", "source")
    given = {
        (None, "transactions", MONTH, 2500, "imported"),
        (None, "tickets", MONTH, 8, "imported"),
        (250001, "citizens", MONTH, 12, "imported"),
    }
    assert set(told) == given
    again = downloaded(client)
    assert again[2][1:] == [*own[1:3], *[cell.replace(",", "") for cell in own[3:]]]
    assert read_back(client, again).status_code == 302 and set(told.all()) == given


def test_a_figure_of_the_state_in_a_ulbs_row_is_refused_with_row_column_and_fix(world: World) -> None:
    client = world.client(world.nodal)
    world.live(world.ulb)
    rows = downloaded(client)
    rows[3][-1], rows[2][3] = "5", "x"
    refused = read_back(client, [*rows, ["32", "", "10-2026", "5"], ["KL", "", "whenever", "5"]])
    assert refused.status_code == 422 and refused.context["paste_errors"] == [
        "Row 3: “x” for “Transactions” is no number. Write it as 120000 or 1,20,000, with a point before "
        "decimals.",
        "Row 4: “Help desk tickets answered in time” is a figure of the State/UT. "
        "Take “5” out and write it in the row of KL.",
        "Row 5: “32” is no LGD code of this State/UT. Its own figures stand in a row with the code KL.",
        "Row 6: “whenever” is no month, or may be several. Write it as 10-2026, or baseline, or target.",
    ]
    assert not Figure.objects.exists()


def test_baselines_are_read_back_of_all_ulbs_in_scope_and_stay_frozen(world: World) -> None:
    client = world.client(world.nodal)
    [beta] = world.towns(1)
    world.live(world.ulb)
    rows = downloaded(client, "baseline")
    assert [row[0] for row in rows[2:]] == ["250001", str(beta.lgd_code)] and rows[3][2] == "Baseline"
    assert rows[1][3:] == [metrics()[code].en for code in BASELINE]
    for row in rows[2:]:
        row[3:] = ["7"] * len(BASELINE)
    assert read_back(client, rows).status_code == 302
    assert set(Ulb.objects.filter(state=world.kl).values_list("baseline_given", flat=True)) == {True}
    assert {(f.purpose, f.source) for f in Figure.objects.all()} == {("baseline", "imported")}
    assert downloaded(client, "baseline") == rows and read_back(client, rows).status_code == 302
    rows[3][3] = "8"
    assert read_back(client, rows).status_code == 302
    rows[2][3] = "8"
    refused = read_back(client, rows)
    assert refused.status_code == 422 and ": The ULB is live since" in refused.content.decode()
    refused = read_back(client, [rows[1], ["KL", "", "baseline", "5"]])
    [words] = refused.context["paste_errors"]
    assert words == "Row 2: Transactions: The baseline of “Transactions” is given for each ULB. Name the ULB."


def test_targets_are_read_back_in_the_states_row(world: World) -> None:
    client = world.client(world.nodal)
    rows = downloaded(client, "target")
    adoption = [metric for metric in metrics().values() if metric.adoption]
    assert rows[1][3:] == [f"{m.en} (%)" if m.of else m.en for m in adoption]
    assert [row[:3] for row in rows[2:]] == [["KL", "The State/UT as a whole: Kerala", "Target"]]
    rows[2][3:] = ["60"] * len(adoption)
    assert read_back(client, rows).status_code == 302
    assert Figure.objects.filter(purpose="target", ulb=None, source="imported").count() == len(adoption)
    assert downloaded(client, "target") == rows
    pasted = "KL,transactions_digital,target,101\n250001,citizens,लक्ष्य,5"
    refused = client.post(PAGE, {"part": "paste", "paste": pasted})
    assert refused.context["paste_errors"] == [
        "Row 1: Digital transactions: A share is at most 100 per cent.",
        "Row 2: Citizens registered: Targets are set for the State/UT.",
    ]


@pytest.mark.parametrize("holds", ["", "baseline", "target"])
def test_a_past_days_sheet_holds_what_todays_does(world: World, holds: str) -> None:
    client = world.client(world.nodal)
    world.live(world.ulb)
    given = [Given("citizens", Decimal(9), purpose="target"), Given("citizens", Decimal(5), month=MONTH)]
    given += [Given("tickets", Decimal(4), month=MONTH)]
    given += [Given(code, Decimal(3), world.ulb.pk, "baseline") for code in BASELINE]
    save_figures(world.kl, given, by=world.nodal)
    rows = downloaded(client, holds)
    assert downloaded(client, holds, as_on=show(today()))[1:] == rows[1:]
    assert any(cell for cell in rows[2][3:])


def test_a_column_is_never_lost_without_a_word(world: World) -> None:
    client = world.client(world.nodal)
    head, row = ["LGD code", "District", "Transactions"], ["250001", "Kollam", "10"]
    for heading, words in (
        (
            "Citzens registered",
            "“Citzens registered” is no heading of a figure. Write “Citizens registered”,",
        ),
        ("Rainfall", "“Rainfall” is no heading of a figure. Write it as on the screen, or delete it."),
        ("transactions", "“Transactions” is the heading of two columns. Leave one."),
    ):
        answer = read_back(client, [[*head, heading], [*row, "55"]])
        assert answer.status_code == 422 and len(answer.context["paste_errors"]) == 1
        assert answer.context["paste_errors"][0].startswith(f"Row 1: {words}"), heading
    assert not Figure.objects.exists()
    world.live(world.ulb)
    assert read_back(client, [[*head, "Rainfall"], [*row, ""]]).status_code == 302
