"""Writes a state's roll-out sheet: a workbook that is filled in already and reads back as it is."""

from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO
from typing import Any

import xlsxwriter

from nudm.core.tables import MEMORY, remember
from nudm.core.text import line
from ulbs.catalogue import modules
from ulbs.importing.layouts import DETAILS, PLAN, Layout
from ulbs.importing.rollout import KINDS, memory

# Texts stay texts, whatever they begin with: nothing that a person typed becomes a formula or a link.
SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
WIDTHS = {
    "name": 28,
    "district": 20,
    "kind": 22,
    "scope_reason": 30,
    "name_local": 24,
    "type_label": 18,
    "tenant_code": 18,
}


def rollout_book(
    layout: Layout, rows: Iterable[Sequence[Any]], help_lines: Sequence[str], *, title: str, language: str
) -> bytes:
    """One row a ULB: code, name, the plan (`PLAN`), `DETAILS`, then for each module the day it went
    live, False for planned, None for not planned. The second sheet says how to fill it; a hidden one holds
    what the cells held when the sheet left."""
    target, rows = BytesIO(), list(rows)
    book = xlsxwriter.Workbook(target, {**SAFE, "in_memory": True})
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    day = book.add_format({"num_format": "dd-mm-yyyy"})
    sheet = book.add_worksheet(title[:31])
    columns = [column for column in layout.columns if column.field]
    for n, column in enumerate(columns):
        sheet.write_string(0, n, column.in_(language), heading)
        sheet.set_column(n, n, WIDTHS.get(column.field, 12))
    sheet.freeze_panes(1, 2)
    last = 0
    for last, row in enumerate(rows, start=1):
        for n, value in enumerate(row):
            _write(sheet, last, n, value, day)
    _offer(sheet, [column.field for column in columns], max(last, 1))
    help_sheet = book.add_worksheet("i")
    help_sheet.set_column(0, 0, 110)
    for n, text in enumerate(help_lines):
        help_sheet.write_string(n, 0, text)
    remember(book.add_worksheet(MEMORY), memory(layout, rows))
    book.close()
    return target.getvalue()


def _write(sheet: Any, row: int, column: int, value: Any, day: Any) -> None:
    if isinstance(value, bool):
        sheet.write_string(row, column, "Y" if value else "N")
    elif isinstance(value, int):
        sheet.write_number(row, column, value)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, day)
    elif value:
        # A text that was stored before its door cleaned it is written all the same.
        sheet.write_string(row, column, line(str(value)))


def _offer(sheet: Any, fields: Sequence[str], last: int) -> None:
    """Lists to choose from, where only few words are right."""
    kinds = sorted({word.capitalize() for word, kind in KINDS.items() if word == kind}, reverse=True)
    words = {"kind": kinds, "pilot": ["Y", "N"], "in_scope": ["Y", "N"]}
    for n, name in enumerate(fields):
        if name in words:
            sheet.data_validation(1, n, last, n, {"validate": "list", "source": words[name]})


def plan_row(ulb: Any, cells: dict[str, Any]) -> list[Any]:
    """A ULB and its modules as a row of the sheet."""
    plan = {
        "district": ulb.district,
        "kind": ulb.kind.capitalize(),
        "pilot": ulb.pilot,
        "batch": ulb.batch.number if ulb.batch else None,
        "in_scope": ulb.in_scope,
        "scope_reason": ulb.scope_reason,
    }
    told = [getattr(ulb, column.field) for column in DETAILS]
    return [ulb.lgd_code, ulb.name, *(plan[column.field] for column in PLAN), *told, *_days(cells)]


def _days(cells: dict[str, Any]) -> Iterable[Any]:
    for code in modules():
        cell = cells.get(code)
        if cell is None or not cell.in_scope:
            yield None
        else:
            yield cell.live_on if cell.live_on and not cell.withdrawn_on else False
