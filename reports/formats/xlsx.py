"""A report as a workbook: a sheet for each section, typed cells, filters, frozen headings."""

from datetime import date
from io import BytesIO
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from nudm.core.text import cut
from reports.documents.parts import DATE, INT, NUMBER, SHARE, TEXT, Part, described

# 12,34,567: from a crore and from a lakh on, and below.
INDIAN = r"[>=10000000]##\,##\,##\,##0;[>=100000]##\,##\,##0;##,##0"
# The width of a sheet that fits a page across, in letters.
SHEET = 120
# What a cell holds, in letters.
CELL = 32_767
FORBIDDEN = str.maketrans({c: " " for c in "[]:*?/\\'"})


def workbook(content: dict[str, Any], sections: list[Part], digest: str) -> bytes:
    """The workbook. Text is written as text, so that nothing in a name or a remark becomes a formula.

    A share takes two columns, so that both figures stay numbers.
    """
    out = BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, {**options, "in_memory": True})
    head = {"bold": True, "bg_color": "#E6EDF8", "text_wrap": True, "valign": "top"}
    looks = {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "head": book.add_format(head),
        "right": book.add_format({**head, "align": "right"}),
    }
    kinds: dict[str, dict[str, Any]] = {
        DATE: {"num_format": "dd-mm-yyyy", "align": "left"},
        INT: {"num_format": INDIAN, "align": "right"},
        NUMBER: {"align": "right"},
        TEXT: {"text_wrap": True, "align": "left"},
    }
    for kind, look in kinds.items():
        looks[kind] = book.add_format({**look, "valign": "top"})
        looks[f"total {kind}"] = book.add_format({**look, "valign": "top", "bold": True, "top": 1})
    book.set_properties({"title": content["title"], "comments": f"SHA-256 {digest}"})
    names: set[str] = set()
    for part in sections:
        for number, table in enumerate(part["tables"]):
            sheet = book.add_worksheet(_name(part["title"], number, names))
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
            sheet.write_string(0, 0, cut(f"{content['title']}: {part['title']}", CELL), looks["title"])
            sheet.write_string(1, 0, cut(" · ".join([described(content), *part["text"]]), CELL))
            sheet.set_footer(f"&L&8SHA-256 {digest}&R&8&P / &N")
            _table(sheet, table, looks)
    book.close()
    return out.getvalue()


def _table(sheet: Any, table: Part, looks: dict[str, Any]) -> None:
    place, starts = 0, []
    whole = sum(column["width"] for column in table["columns"])
    for column in table["columns"]:
        starts.append(place)
        head = looks["head" if column["kind"] in {TEXT, DATE} else "right"]
        sheet.write_string(2, place, column["label"], head)
        sheet.set_column(place, place, max(11, min(60, SHEET * column["width"] // whole)))
        if column["kind"] == SHARE:
            place += 1
            sheet.write_string(2, place, _("of"), head)
            sheet.set_column(place, place, 8)
        place += 1
    rows = table["rows"]
    for number, row in enumerate(rows, 3):
        _row(sheet, number, row, table["columns"], starts, looks)
    if table["total"]:
        _row(sheet, 3 + len(rows), table["total"], table["columns"], starts, looks, "total ")
    if not rows and table["empty"]:
        sheet.write_string(3, 0, cut(table["empty"], CELL))
    if not table["columns"]:
        return
    sheet.freeze_panes(3, 1)
    sheet.autofilter(2, 0, max(3, 2 + len(rows)), place - 1)
    sheet.repeat_rows(2)
    sheet.print_area(0, 0, max(3, 3 + len(rows)), place - 1)


def _row(
    sheet: Any,
    number: int,
    row: list[Any],
    columns: list[Part],
    starts: list[int],
    looks: dict[str, Any],
    which: str = "",
) -> None:
    for cell, column, place in zip(row, columns, starts, strict=True):
        kind = column["kind"]
        look = looks[which + (INT if kind == SHARE else kind)]
        if cell is None or cell == "":
            sheet.write_blank(number, place, None, look)
        elif kind == SHARE and isinstance(cell, list):
            sheet.write_number(number, place, cell[0], look)
            sheet.write_number(number, place + 1, cell[1], look)
        elif kind == DATE and isinstance(cell, str):
            sheet.write_datetime(number, place, date.fromisoformat(cell), look)
        elif isinstance(cell, int):
            # An ordinal among words stands to the left with them; the total of dates is a count.
            sheet.write_number(number, place, cell, looks[which + TEXT] if kind == DATE else look)
        else:
            sheet.write_string(number, place, cut(str(cell), CELL), look)


def _name(title: str, number: int, taken: set[str]) -> str:
    """A sheet's name: at most 31 characters, without those that a workbook forbids, each once."""
    base = title.translate(FORBIDDEN).strip()[:27].strip() or "-"
    name = f"{base} {number + 1}" if number else base
    while name.lower() in taken:
        name = f"{base} {len(taken) + 1}"
    taken.add(name.lower())
    return name
