"""One definition of a table: a page, a CSV file and a workbook in the same words."""

from datetime import date
from typing import Any

import pytest
from django.http import QueryDict

from nudm.core.tables import Column, Table, download, foot, heads, lines
from tests.sheets import read_csv, read_html, read_xlsx, sheet_of

DAY = date(2026, 11, 23)
COLUMNS = [
    Column("code", "Code", lambda row: row[0]),
    Column("name", "Name", lambda row: row[1], head=True, width=30),
    Column("on", "Live on", lambda row: row[2], sort=False),
    Column("n", "Modules", lambda row: row[3], total=7, css="n"),
]


def table(*rows: Any) -> Table:
    return Table("Sheet", "What it is, as on 23-11-2026", COLUMNS, rows)


ROWS = ((250001, "Alpha", DAY, 4), (250002, "अल्फा", None, 3))


def test_a_page_a_csv_file_and_a_workbook_say_the_same() -> None:
    told = read_csv(download(table(*ROWS), "csv", "x"))
    assert told == [
        ["What it is, as on 23-11-2026"],
        ["Code", "Name", "Live on", "Modules"],
        ["250001", "Alpha", "23-11-2026", "4"],
        ["250002", "अल्फा", "", "3"],
        ["Total", "", "", "7"],
    ]
    page = (
        f"<table><tr>{heads(COLUMNS, QueryDict(), 'name')}{lines(COLUMNS, ROWS)}<tr>{foot(COLUMNS)}</table>"
    )
    assert [[word.replace("–", "") for word in row] for row in read_html(page)] == told[1:]
    cells = read_xlsx(sheet_of(download(table(*ROWS), "xlsx", "x")))
    assert cells[2] == {
        "A": ("number", "250001"),
        "B": ("text", "Alpha"),
        "C": ("number", "46349"),
        "D": ("number", "4"),
    }
    assert "C" not in cells[3]
    assert cells[4]["D"] == ("number", "7")


def test_a_workbook_has_a_frozen_header_a_filter_over_the_rows_and_widths() -> None:
    sheet = sheet_of(download(table(*ROWS), "xlsx", "x"))
    assert 'topLeftCell="C3"' in sheet and 'state="frozen"' in sheet
    assert '<autoFilter ref="A2:D4"/>' in sheet
    assert '<col min="2" max="2" width="30.7' in sheet
    empty = sheet_of(download(table(), "xlsx", "x"))
    assert '<autoFilter ref="A2:D2"/>' in empty


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    rows = (1, text, None, -3)
    told = read_csv(download(table(rows), "csv", "x"))
    assert told[2][1] == "'" + text.replace("\r", "\n")
    assert told[2][3] == "-3"
    sheet = sheet_of(download(table(rows), "xlsx", "x"))
    assert "<f>" not in sheet
    assert read_xlsx(sheet)[2]["B"][0] == "text"


def test_what_a_row_holds_is_escaped_on_the_page() -> None:
    assert "<script>" not in lines(COLUMNS, [(1, "<script>", None, 1)])


def test_a_click_sorts_by_a_column_and_the_next_the_other_way_round() -> None:
    query = QueryDict("q=x&page=3&columns=A&columns=B")
    first = heads(COLUMNS, query, "name")
    assert 'aria-sort="ascending"><a href="?q=x&amp;columns=A&amp;columns=B&amp;sort=-name"' in first
    assert "sort=code" in first and "sort=on" not in first and "page" not in first
    assert 'aria-sort="descending"><a href="?q=x&amp;columns=A&amp;columns=B&amp;sort=name"' in heads(
        COLUMNS, query, "-name"
    )


def test_a_file_has_its_name_and_its_length() -> None:
    answer = download(table(*ROWS), "xlsx", "nudm-matrix-KL-2026-11-23")
    assert answer["Content-Disposition"] == 'attachment; filename="nudm-matrix-KL-2026-11-23.xlsx"'
    assert int(answer["Content-Length"]) > 1000
