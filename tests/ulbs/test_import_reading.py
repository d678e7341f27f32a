"""Files as they come: encodings, separators, headings, damage; what is wrong is named by row and column."""

import io
import time
from datetime import date
from typing import Any

import pytest
import xlsxwriter

from tests.ulbs.sheets import LGD, ROWS, book, changed, lgd, text
from ulbs.importing import cells
from ulbs.importing import lgd as register
from ulbs.importing.headings import find
from ulbs.importing.layouts import layouts
from ulbs.importing.lines import Plan
from ulbs.importing.places import Place, Places
from ulbs.importing.tables import MAX_ROWS, Unreadable, sheets
from ulbs.importing.words import fault, unreadable

PLACES = Places.of(
    [
        Place(1, 32, "KL", "", ("Kerala", "केरल")),
        Place(2, 27, "MH", "", ("Maharashtra", "महाराष्ट्र")),
        Place(3, 4, "CH", "", ("Chandigarh", "चंडीगढ़")),
        Place(4, 22, "CG", "CT", ("Chhattisgarh", "छत्तीसगढ़")),
        Place(5, 38, "DH", "", ("Dadra and Nagar Haveli and Daman and Diu", "")),
    ]
)
TYPES = (4, 5, 6, 7, 8, 21, 24, 25)


def read(data: bytes, home: int | None = None) -> Plan:
    plan = register.parse(find(sheets(data), layouts()), PLACES, TYPES, home)
    register.compare(plan, {}, {})
    return plan


def faults(plan: Plan) -> list[tuple[Any, ...]]:
    return [(line.row, *told[:3]) for line in plan.lines for told in line.faults]


def codes(plan: Plan) -> list[int]:
    return [line.key for line in plan.lines if isinstance(line.key, int) and line.result == "new"]


WHOLE = [row[1] for row in ROWS]
SPREAD = ["", "Local Body", "", "", "", "", "Census 2011", "State", ""]
UNDER = [
    "S.No.", "Code", "Version", "Name (In English)", "Name (In Local)", "Type Code", "Code", "Code",
    "Name(In English)",
]  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        text(lgd()),
        text(lgd(), delimiter=";"),
        text(lgd(), delimiter="\t"),
        text(lgd(), delimiter="|"),
        text(lgd(), encoding="utf-8-sig"),
        text(lgd(), encoding="utf-16"),
        text(lgd(), encoding="utf-16-le"),
        text(lgd(*[changed(n, local="") for n in range(6)]), encoding="cp1252"),
        text(lgd()).replace(b"\r\n", b"\n"),
        book(lgd()),
        book([["Notes"], ["Read the second sheet"]], lgd()),
    ],
    ids=[
        "comma",
        "semicolon",
        "tab",
        "bar",
        "bom",
        "utf-16",
        "utf-16-le",
        "cp1252",
        "unix",
        "xlsx",
        "second",
    ],
)
def test_the_same_rows_come_out_of_every_encoding_separator_and_format(data: bytes) -> None:
    plan = read(data)
    assert faults(plan) == []
    assert codes(plan) == WHOLE
    assert plan.lines[0].values["lgd_version"] == 2


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("rows", [1, 30])
def test_the_separator_is_found_whatever_stands_in_the_texts(mark: str, rows: int) -> None:
    others = "".join(sign * 9 for sign in ",;|\t" if sign != mark)
    said = [
        ["ULB code", "Reason"],
        *([250001 + n, f"a{others}b{others}" if n % 2 else "c"] for n in range(rows)),
    ]
    for shift in (0, 1):
        said[1:] = said[1:][shift:] or said[1:]
        found = sheets(text(said, delimiter=mark))[0].rows
        assert found == [[str(cell) for cell in row] for row in said]


@pytest.mark.parametrize(
    "rows",
    [
        lgd(heading=[name.replace(" ", "\n", 1) for name in LGD]),
        lgd(heading=[name.upper().replace(" ", "  ") for name in LGD]),
        lgd(
            heading=[
                name.replace("Name", "Name(In English)") if name.endswith("Name") else name for name in LGD
            ]
        ),
        lgd(
            heading=[
                name.replace("Localbody Type", "Localbody Typ").replace("Version", "Verson") for name in LGD
            ]
        ),
        [["Local Government Directory"], [], ["As on 11-03-2022"], *lgd(), [], ["Source: LGD"]],
        [SPREAD, UNDER, *ROWS],
        [[row[k] for k in (8, 7, 3, 1, 5, 2, 6, 4, 0)] for row in lgd()],
        [*lgd(), ["", "Total", 6]],
    ],
    ids=["newlines", "capitals", "english", "misspelt", "titles", "two-rows", "other-order", "total"],
)
def test_headings_are_found_however_they_are_written(rows: Any) -> None:
    for data in (text(rows), book(rows)):
        plan = read(data)
        assert faults(plan) == []
        assert codes(plan) == WHOLE
        assert {line.values["type_code"] for line in plan.lines} == {4, 5, 7, 8}


def test_numbers_and_names_come_out_as_they_are_meant() -> None:
    row = (1, "250,009", "3.0", "  NEW   TOWN (BK)", "नया", "5.0", 4245, "32.0", "Kerala")
    [line] = read(text(lgd(row))).lines
    assert line.key == 250009
    assert line.name == "New Town (BK)"
    assert line.values == {
        "state": 1, "lgd_version": 3, "name_local": "नया", "type_code": 5,
        "census_code": "004245",
    }  # fmt: skip
    assert [cells.number(t) for t in ("22,076", "१२", "5.5", "12e3", "")] == [22076, 12, None, None, None]
    assert [cells.day(t) for t in ("05-01-2026", "2026-01-05", "2026-01-05 00:00:00", "31-02-2026")] == [
        date(2026, 1, 5), date(2026, 1, 5), date(2026, 1, 5), None,
    ]  # fmt: skip
    assert [cells.yes(t) for t in ("Y", "yes", "✓", "n", "-", "हाँ", "5")] == [
        True,
        True,
        True,
        False,
        False,
        True,
        None,
    ]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (changed(0, code=""), ("Local Body Code", "", "no_code")),
        (changed(0, code="25001"), ("Local Body Code", "25001", "code")),
        (changed(0, code="800101"), ("Local Body Code", "800101", "census_as_code")),
        (changed(0, code="Alpha", name="250001"), ("Local Body Code", "Alpha", "code")),
        (changed(0, name=""), ("Local Body Name", "", "no_name")),
        (changed(0, name="x" * 201), ("Local Body Name", "x" * 60, "long")),
        (changed(0, type=3), ("Localbody Type Code", "3", "type")),
        (changed(0, version="two"), ("Local Body Version", "two", "number")),
        (changed(0, census="80010A"), ("Census 2011 Code", "80010A", "census")),
        (changed(0, state_code=27), ("State Name", "KERALA", "states_differ")),
        (changed(0, state_code=99), ("State Code", "99", "state_code")),
        (changed(0, state_name="Keralam"), ("State Name", "Keralam", "state_name")),
        (changed(0, state_code="", state_name=""), ("State Code", "", "no_state")),
        (changed(1, code=250001, name="Twin"), ("Local Body Code", 250001, "double")),
    ],
)
def test_a_wrong_cell_is_named_by_row_column_and_value(row: Any, expected: tuple[Any, ...]) -> None:
    plan = read(text(lgd(changed(0), row) if expected[2] == "double" else lgd(changed(1), row)))
    assert (3, *expected) in faults(plan)
    assert plan.refused
    for line in plan.lines:
        assert all(fault(told) for told in line.faults)


@pytest.mark.parametrize(
    "code", ["250 001", "2,50,001", "२५०००१", "\u200e250001.0", "'250001", "250\u00a0001"]
)
def test_a_code_is_read_in_a_sheet_as_on_a_page(code: str) -> None:
    [line] = read(text(lgd(changed(0, code=code)))).lines
    assert (line.key, line.faults) == (250001, ())


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("IN-KL", ""), ("in kl", ""), ("IN–KL", ""), ("ＫＬ", ""), ("\u200eKL", ""), ("32.0", ""), ("३२", ""),
        ("032", ""), ("", "केरल"), ("", "KERALA "), ("IN_KL", "Kerala"),
    ],
)  # fmt: skip
def test_a_state_is_known_by_whatever_a_file_calls_it(code: str, name: str) -> None:
    assert PLACES.find(code, name) == (1, "", "")
    assert PLACES.fitting(code, name, "x") == (1, "", "")


def test_a_states_hindi_name_is_known_in_each_spelling() -> None:
    hindi = Places.of([Place(1, 20, "JH", "", ("Jharkhand", "झारखंड")), Place(2, 4, "CH", "", ("", "चंडीगढ़"))])
    assert hindi.find("", "झारखण्ड") == (1, "", "")
    assert hindi.find("", "चण्डीगढ") == (2, "", "")


def test_swapped_columns_are_refused_at_every_row() -> None:
    swapped = [*LGD[:1], LGD[6], *LGD[2:6], LGD[1], *LGD[7:]]
    plan = read(text(lgd(heading=swapped)))
    assert {row for row, *_rest in faults(plan)} == {2, 3, 4, 5, 6, 7}
    assert (2, "Local Body Code", "800101", "census_as_code") in faults(plan)


def test_a_truncated_file_is_refused_with_the_row_that_is_cut() -> None:
    data = text(lgd())
    at_name = data[: data.rindex(b"MAHARASHTRA") + 5]
    assert faults(read(at_name)) == [(7, "State Name", "MAHAR", "state_name")]
    in_row = data[: data.rindex(b"Psi") + 2]
    assert faults(read(in_row)) == [(7, "", "6 250102 1 Ps", "cut_off")]
    in_letter = data[: data.index("आल्फा".encode()) + 4]
    assert faults(read(in_letter))[0][:2] == (2, "")
    for cut in (book(lgd())[:-900], book(lgd())[:2000]):
        with pytest.raises(Unreadable) as refused:
            read(cut)
        assert refused.value.word == "damaged"
    with pytest.raises(Unreadable) as refused:
        read(data + b'7,250103,1,"never closed')
    assert refused.value.word == "open_quote"


def test_a_formula_is_text_and_nothing_is_evaluated() -> None:
    rows = lgd(changed(0, name='=HYPERLINK("http://x.example/";"Alpha")'), changed(1, name="=1+1 A"))
    for data in (text(rows), book(rows)):
        plan = read(data)
        assert faults(plan) == []
        assert [line.name for line in plan.lines] == [row[3] for row in rows[1:]]
        assert all(["formula", line.name] in line.warnings for line in plan.lines)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"%PDF-1.7\n...", "page"),
        (b"<html><table><tr><td>Local Body Code</td></tr></table></html>", "page"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(64)), "not_text"),
        (b"PK\x03\x04 not a workbook at all", "damaged"),
        (text([["Item", "Price"], ["Tea", 12]]), "template"),
        (text(ROWS), "template"),
        (text([row[:1] + row[2:] for row in lgd()]), "columns"),
        (b'[{"code": "a", "name":', "json"),
        (b"x" * (25 * 1024 * 1024 + 1), "too_large"),
    ],
)
def test_what_is_no_such_file_is_refused_with_a_sentence(data: bytes, word: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(data)
    assert refused.value.word == word
    assert "%(" not in unreadable(refused.value)


def test_a_missing_column_is_named_with_the_row_of_the_heading() -> None:
    with pytest.raises(Unreadable) as refused:
        read(text([["Title"], *(row[:1] + row[2:] for row in lgd())]))
    assert refused.value.told == {"row": 2, "columns": ["Local Body Code"]}


def test_a_workbook_that_unfolds_to_more_than_there_is_memory_ends_its_reader_only() -> None:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = made.add_worksheet()
    sheet.write(0, 0, "Local Body Code")
    sheet.write(1_048_575, 16_383, "far away")
    made.close()
    assert len(out.getvalue()) < 10_000
    with pytest.raises(Unreadable) as refused:
        read(out.getvalue())
    assert refused.value.word == "damaged"


def test_a_hundred_thousand_rows_are_read_in_seconds_and_more_are_refused() -> None:
    rows = [(n, 100_000 + n, 1, f"Town {n}", "", 5, "", 32, "KERALA") for n in range(MAX_ROWS)]
    began = time.monotonic()
    plan = read(text(lgd(*rows)))
    assert len(codes(plan)) == MAX_ROWS and not plan.refused
    assert time.monotonic() - began < 20
    with pytest.raises(Unreadable) as refused:
        read(text(lgd(*rows, *ROWS)))
    assert refused.value.word == "too_many"


def test_a_state_is_known_by_code_name_or_prefix_and_the_name_decides() -> None:
    assert PLACES.find("32", "KERALA") == (1, "", "")
    assert PLACES.find("", "The Dadra and Nagar Haveli and Daman and Diu") == (5, "", "")
    assert PLACES.find("ch", "Chhattisgarh")[0] == 4
    assert PLACES.find("ch", "Chandigarh")[0] == 3
    assert PLACES.find("ch", "")[2] == "two_states"
    assert PLACES.find("kl", "")[0] == 1
