"""A cell is what it shows: formats, merges, errors, formulas without a value, hidden rows, lost letters."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import xlsxwriter
import xlwt
from django.core.files.base import ContentFile
from hypothesis import given
from hypothesis import strategies as st

from nudm.core.errors import Refused
from nudm.core.lost_letters import letters_were_lost
from nudm.core.reading import share
from tests.ulbs.sheets import lgd, text
from tests.world import World, day
from ulbs.actions import imports
from ulbs.catalogue import metrics
from ulbs.forms.town import months
from ulbs.importing.tables import Sheet, Unreadable, sheets
from ulbs.importing.workbook_looks import shown
from ulbs.models import Figure, Import

Fill = Callable[[Any, Any], None]
# How a spreadsheet groups digits as India does.
INDIAN_GROUPS = r"[>=10000000]##\,##\,##\,##0;[>=100000]##\,##\,##0;##,##0"


def built(fill: Fill) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    fill(book, book.add_worksheet("ULBs"))
    book.close()
    return out.getvalue()


def one_cell(value: Any, code: str) -> Sheet:
    def fill(book: Any, sheet: Any) -> None:
        form = book.add_format({"num_format": code})
        sheet.write_string(0, 0, "Heading")
        (sheet.write_datetime if isinstance(value, date) else sheet.write_number)(1, 0, value, form)

    return sheets(built(fill))[0]


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (0.85, "0%", "85%"),
        (0.855, "0.0%", "85.5%"),
        (0.856, "0%", "86%"),
        (12.6, "0", "13"),
        (33.33333, "0.00", "33.33"),
        (120000, "#,##0", "120000"),
        (120000, '"₹" #,##0.00', "120000"),
        (120000, "[$₹-4009] #,##0", "120000"),
        (120000, "#,##0/-", "120000"),
        (12345678, INDIAN_GROUPS, "12345678"),
        (123456, INDIAN_GROUPS, "123456"),
        (1234, INDIAN_GROUPS, "1234"),
        (-123456, INDIAN_GROUPS, "-123456"),
        (0.85, "[>1]0;0%", "85%"),
        (85, "[>1]0;0%", "85"),
        (0.855, "[<0.5]0.0%;0%", "86%"),
        (1.125, "0.000", "1.1250"),
        (0.12345, "0.000%", "12.3450%"),
        (120000, '_(* #,##0_);_(* (#,##0);_(* "-"_);_(@_)', "120000"),
        (0, '_(* #,##0_);_(* (#,##0);_(* "-"_);_(@_)', ""),
        (-5, "#,##0;(#,##0)", "-5"),
        (801, "000000", "801"),
        (0.1 + 0.2, "General", "0.3"),
        (1.125, "General", "1.1250"),
        (date(2026, 10, 1), "dd-mm-yyyy", "2026-10-01"),
        (date(2026, 10, 1), "mmm-yy", "Oct-2026"),
        (date(2026, 2, 10), "d-mmm", "10-Feb"),
        (date(2026, 2, 10), "yyyy", "2026"),
    ],
)
def test_a_cell_is_what_it_shows(value: Any, code: str, text: str) -> None:
    sheet = one_cell(value, code)
    assert [row[0] for row in sheet.rows[1:]] == ([text] if text else [])
    assert sheet.marks == {}


@pytest.mark.parametrize(
    ("value", "code", "stands"),
    [
        (248056, "0.00E+00", "2.48E+05"),
        (12, '0" lakh"', "12"),
        (120000, "#,##0,", "120000"),
        (1, '"Y";;"N"', "Y"),
        (5, ";;;", ""),
        (-5, "0;0", "5"),
        (0.5, "# ?/?", "0.5"),
        (5, '"MH-"0', "5"),
    ],
)
def test_what_shows_another_thing_than_it_holds_is_marked(value: Any, code: str, stands: str) -> None:
    [(place, (word, told))] = one_cell(value, code).marks.items()
    assert (place, word) == ((2, 0), "format") and told.startswith(stands)


@given(st.integers(0, 10_000))
def test_a_share_typed_in_per_cent_is_read_as_it_was_typed(hundredths: int) -> None:
    told = shown(hundredths / 10_000, "0.00%")
    assert told is not None and share(told[0]) * 100 == hundredths


def test_errors_formulas_and_booleans_are_not_empty() -> None:
    def fill(_book: Any, sheet: Any) -> None:
        sheet.write_formula(0, 0, "=NA()", None, "#N/A")
        sheet.write_formula(0, 1, "=B9", None, "#REF!")
        sheet.write_boolean(0, 2, True)
        sheet.write_rich_string(0, 4, "Al", _book.add_format({"bold": True}), "ph", "a")

    [sheet] = sheets(built(fill))
    assert sheet.rows[0] == ["#N/A", "#REF!", "TRUE", "", "Alpha"]
    assert sheet.marks == {(1, 0): ("error", "#N/A"), (1, 1): ("error", "#REF!")}


def test_the_result_of_a_formula_may_be_an_empty_text() -> None:
    data = changed(
        built(lambda _book, sheet: sheet.write_formula(0, 0, '=""', None, "x")), b"<v>x</v>", b"<v></v>"
    )
    assert sheets_or_none(data) == {}


def sheets_or_none(data: bytes) -> Any:
    """The marks of a workbook; it may have no cell at all."""
    try:
        return sheets(data)[0].marks
    except Unreadable:
        return {}


def uncomputed(data: bytes) -> bytes:
    """A workbook of a program that writes formulas without their values."""
    return changed(data, b"</f><v>0</v>", b"</f><v></v>")


def changed(data: bytes, one: bytes, other: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(one, other))
    return out.getvalue()


def test_a_formula_without_its_value_is_marked_also_in_the_last_row() -> None:
    data = uncomputed(built(lambda _book, sheet: sheet.write_formula(3, 1, "=A1+1")))
    [sheet] = sheets(data)
    assert sheet.marks == {(4, 1): ("uncomputed", "=A1+1")} and sheet.rows[3][1] == "=A1+1"


HEADING = ["ULB code", "ULB name", "District", "Batch", "PGR", "PT"]


def read(world: World, fill: Fill) -> Import:
    return imports.read_in(built(fill), "a.xlsx", state=world.kl, by=world.nodal)


def three(world: World, sheet: Any) -> list[int]:
    codes = [world.ulb.lgd_code, *(ulb.lgd_code for ulb in world.towns(2))]
    sheet.write_row(0, 0, HEADING)
    for n, code in enumerate(codes, 1):
        sheet.write_number(n, 0, code)
    return codes


def faults(made: Import) -> list[tuple[Any, ...]]:
    return [(line["row"], *told[:3]) for line in made.preview for told in line.get("faults", ())]


def test_a_merged_range_gives_its_value_to_each_of_its_rows(world: World) -> None:
    def fill(_book: Any, sheet: Any) -> None:
        three(world, sheet)
        sheet.merge_range("C2:C4", "Pune")
        sheet.merge_range("E2:E4", "Y")

    made = read(world, fill)
    assert faults(made) == []
    assert [(line["values"]["district"], line["values"]["PGR"]) for line in made.preview] == [
        ("Pune", True)
    ] * 3


def test_a_range_merged_over_several_columns_is_refused_by_its_name(world: World) -> None:
    def fill(_book: Any, sheet: Any) -> None:
        three(world, sheet)
        sheet.merge_range("E3:F4", "Y")

    made = read(world, fill)
    assert faults(made) == [(3, "PT", "E3:F4", "merged"), (4, "PT", "E3:F4", "merged")]
    page = world.client(world.nodal).get(made.get_absolute_url()).content.decode()
    assert "The cells E3:F4 are merged over several columns" in page


def test_what_is_wrong_with_a_merged_cell_is_wrong_in_each_of_its_rows(world: World) -> None:
    def fill(_book: Any, sheet: Any) -> None:
        three(world, sheet)
        sheet.merge_range("C2:C4", "")
        sheet.write_formula("C2", "=NA()", None, "#N/A")

    assert faults(read(world, fill)) == [(n, "District", "#N/A", "error") for n in (2, 3, 4)]


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#NAME?", "#DIV/0!", "#VALUE!", "Err:502", "########"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_error_that_came_as_text_is_a_fault_in_every_column(world: World, error: str, kind: str) -> None:
    rows = [["ULB code", "District", "Own word for the type"], [world.ulb.lgd_code, error, error]]

    def fill(_book: Any, sheet: Any) -> None:
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, row)

    data = text(rows) if kind == "csv" else built(fill)
    made = imports.read_in(data, f"a.{kind}", state=world.kl, by=world.nodal)
    assert faults(made) == [(2, name, error, "error") for name in ("District", "Own word for the type")]


def old(fill: Fill) -> bytes:
    """A workbook of the kind xls; `fill` gets the program's styles and the sheet."""
    out = io.BytesIO()
    book = xlwt.Workbook()
    fill(lambda code: xlwt.easyxf(num_format_str=code), book.add_sheet("ULBs"))
    book.save(out)
    return out.getvalue()


def test_a_workbook_of_the_old_kind_is_what_it_shows() -> None:
    def fill(style: Any, sheet: Any) -> None:
        sheet.write(0, 0, "Heading")
        for n, (value, code) in enumerate(
            [
                (0.85, "0%"), (120000, "#,##0"), (date(2026, 10, 1), "dd-mm-yyyy"), (0.1 + 0.2, "General"),
                (120000, "#,##0,"),
            ],
            1,
        ):  # fmt: skip
            sheet.write(n, 0, value, style(code))
        sheet.write_merge(6, 8, 0, 0, "Pune")
        sheet.write_merge(6, 6, 2, 3, "Y")
        sheet.row(2).hidden = True
        sheet.col(1).hidden = True

    [sheet] = sheets(old(fill))
    shows = ["Heading", "85%", "120000", "2026-10-01", "0.3", "120000 (#,##0,)", "Pune", "Pune", "Pune"]
    assert [row[0] for row in sheet.rows] == shows
    assert {place: word for place, (word, _stands) in sheet.marks.items()} == {
        (6, 0): "format",
        (7, 3): "merged",
    }
    assert (sheet.hidden, sheet.hidden_columns) == (frozenset({3}), frozenset({1}))


def open_document(cells: str, columns: str = "") -> bytes:
    """A workbook of the kind ods."""
    names = {
        "office": "office", "table": "table", "text": "text",
    }  # fmt: skip
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{kind}:1.0"' for name, kind in names.items()
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} '
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="ULBs">{columns}'
        f"<table:table-row>{cells}</table:table-row></table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    return out.getvalue()


def test_a_workbook_of_the_open_kind_is_what_it_shows() -> None:
    said = '<table:table-cell office:value-type="string"><text:p>Heading</text:p></table:table-cell>'
    share_cell = (
        '<table:table-cell office:value-type="percentage" office:value="0.12345" '
        'calcext:value-type="percentage"><text:p>12.345%</text:p></table:table-cell>'
    )
    wrong = (
        '<table:table-cell table:formula="of:=[.#REF!]" office:value-type="string" office:string-value="" '
        'calcext:value-type="error"><text:p>#REF!</text:p></table:table-cell>'
    )
    bare = '<table:table-cell table:formula="of:=1+1"/>'
    twice = share_cell.replace("<table:table-cell ", '<table:table-cell table:number-columns-repeated="2" ')
    columns = '<table:table-column table:number-columns-repeated="2"/>'
    columns += '<table:table-column table:visibility="collapse"/>'
    [sheet] = sheets(open_document(said + share_cell + wrong + bare, columns))
    assert sheet.rows == [["Heading", "12.3450%", "#REF!", "=1+1"]]
    assert sheet.marks == {(1, 2): ("error", "#REF!"), (1, 3): ("uncomputed", "=1+1")}
    assert sheet.hidden_columns == frozenset({2})
    [sheet] = sheets(open_document(said + twice))
    assert sheet.rows == [["Heading", "12.3450%", "12.3450%"]]


def test_headings_titles_and_remarks_may_be_merged(world: World) -> None:
    def fill(_book: Any, sheet: Any) -> None:
        sheet.merge_range("A1:F1", "Roll-out of Kerala")
        for n, name in enumerate(HEADING):
            sheet.merge_range(1, n, 2, n, name)
        sheet.write_row(3, 0, [world.ulb.lgd_code, "Alpha", "Pune"])
        sheet.write_row(4, 0, HEADING)
        sheet.merge_range("A7:F7", "Source: the districts' letters")

    made = read(world, fill)
    assert [(line["row"], line["result"]) for line in made.preview] == [(4, "changed")]


def test_each_unreadable_cell_is_told_at_its_row_and_column(world: World) -> None:
    def fill(book: Any, sheet: Any) -> None:
        three(world, sheet)
        sheet.write_formula(1, 3, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 2, "=NA()", None, "#N/A")
        sheet.write_number(3, 0, 250001, book.add_format({"num_format": "0.0E+00"}))

    assert faults(read(world, fill)) == [
        (2, "Batch", "#DIV/0!", "error"),
        (3, "District", "#N/A", "error"),
        (4, "ULB code", "2.50E+05", "format"),
    ]


def test_a_hidden_row_is_read_and_said_to_be_hidden(world: World) -> None:
    def fill(_book: Any, sheet: Any) -> None:
        three(world, sheet)
        sheet.write_column(1, 2, ["A", "B", "C"])
        sheet.set_row(2, None, None, {"hidden": True})

    made = read(world, fill)
    assert [line["row"] for line in made.preview if ["hidden", ""] in line.get("warnings", [])] == [3]


def test_hidden_columns_that_are_read_are_named_on_the_preview(world: World) -> None:
    def fill(_book: Any, sheet: Any) -> None:
        three(world, sheet)
        sheet.write(0, 6, "Our own remark")
        sheet.write_column(1, 2, ["A", "B", "C"])
        # The district and the batch; a column that is not read is not named.
        sheet.set_column(2, 3, None, None, {"hidden": True})
        sheet.set_column(6, 6, None, None, {"hidden": True})

    made, client = read(world, fill), world.client(world.nodal)
    words = "The columns “District”, “Batch” are hidden in the file, and were read."
    assert words in client.get(made.get_absolute_url()).content.decode()
    shown = read(world, lambda _book, sheet: three(world, sheet) and None)
    assert "hidden in the file" not in client.get(shown.get_absolute_url()).content.decode()


@pytest.mark.parametrize("headed", [True, False])
def test_hidden_rows_and_columns_of_figures_are_named(world: World, headed: bool) -> None:
    def fill(_book: Any, sheet: Any) -> None:
        if headed:
            sheet.write_row(0, 0, ["LGD code", "Month", "tickets", "ULB"])
        for n in (1, 2):
            month = f"{n:02d}-{day(40).year}"
            sheet.write_row(n, 0, ["KL", month, 5 + n] if headed else ["KL", "tickets", month, 5 + n])
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_column(2, 3, None, None, {"hidden": True})

    form = {"part": "paste", "month": f"{day(40):%Y-%m}", "file": ContentFile(built(fill), "f.xlsx")}
    page = world.client(world.nodal).post("/ulbs/KL/figures/", form, follow=True).content.decode()
    assert "2 figures changed." in page and "Row 3 is hidden in the file, and was read." in page
    one, two = "The column “tickets” is", "The columns “C”, “D” are"
    assert (one if headed else two) in page


@pytest.mark.parametrize(
    "lost",
    [
        "????????",
        "à¤ªà¥\x81à¤£à¥‡",
        "प\ufffdणे",
        "ÃÂ¤ÃÂª",
        "¿¿¿¿¿",
        "&#2346;",
        "&#x92a;",
        "\\u092a\\u0941",
        "पुणे".encode().decode("mac_roman"),
        "पुणे".encode().decode("cp437"),
        "पुणे".encode().decode("cp850"),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_letters_lost_before_they_came_are_a_fault_in_every_format(
    world: World, lost: str, kind: str
) -> None:
    rows = [["ULB code", "ULB name", "District", "Local name"], [250001, "Alpha", lost, lost]]
    data = {
        "csv": lambda: text(rows),
        "xlsx": lambda: built(lambda _b, sheet: [sheet.write_row(n, 0, row) for n, row in enumerate(rows)]),
        "json": lambda: json.dumps([dict(zip(*rows, strict=True))]).encode(),
    }[kind]()
    made = imports.read_in(data, f"a.{kind}", state=world.kl, by=world.nodal)
    assert [(row, column, word) for row, column, _value, word in faults(made)] == [
        (2, "District", "letters"),
        (2, "Local name", "letters"),
    ]


def test_lost_letters_in_the_directorys_export_and_in_headings(world: World) -> None:
    rows = lgd((1, 250009, 1, "Probeville", "????????", 7, "", 32, "KERALA"))
    made = imports.read_in(text(rows), "a.csv", state=world.kl, by=world.nodal)
    assert [fault[3] for fault in faults(made)] == ["letters"]
    headings = text([["????? ???", "?????? ??"], [250001, "Alpha"]])
    with pytest.raises(Refused) as refused:
        imports.read_in(headings, "a.csv", state=world.kl, by=world.nodal)
    assert refused.value.code == "letters"


INDIAN = st.text(
    st.characters(min_codepoint=0x0900, max_codepoint=0x0D7F, categories=("Lo",)), min_size=2, max_size=12
)


@given(INDIAN)
def test_any_word_of_an_indian_script_is_known_when_it_was_misread(word: str) -> None:
    misread = word.encode().decode("latin-1")
    assert letters_were_lost(misread) and letters_were_lost(misread.encode().decode("latin-1"))
    assert letters_were_lost("?" * len(word)) and letters_were_lost(f"Town {'?' * len(word)} 5")
    assert not letters_were_lost(word) and not letters_were_lost(f"{word} (MC) – “{word}”?")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="?"), max_size=60))
def test_no_plain_english_is_taken_for_lost(said: str) -> None:
    assert not letters_were_lost(said) and not letters_were_lost(f"{said} Really?")


def test_a_target_typed_in_per_cent_is_stored_as_it_was_typed_and_a_marked_figure_is_refused(
    world: World,
) -> None:
    names = [metric.en for metric in metrics().values() if metric.adoption and metric.of][:2]

    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["LGD code", "Month", *names])
        sheet.write_row(1, 0, ["KL", "Target"])
        sheet.write_number(1, 2, 0.85, book.add_format({"num_format": "0%"}))

    def wrong(book: Any, sheet: Any) -> None:
        fill(book, sheet)
        sheet.write_number(1, 3, 40, book.add_format({"num_format": ";;;"}))

    client = world.client(world.nodal)

    def send(data: bytes) -> Any:
        sent = {"part": "paste", "month": f"{months()[1]:%Y-%m}", "file": ContentFile(data, "f.xlsx")}
        return client.post("/ulbs/KL/figures/", sent)

    assert send(built(wrong)).status_code == 422 and not Figure.objects.exists()
    assert send(built(fill)).status_code == 302
    assert Figure.objects.get().value == 85
