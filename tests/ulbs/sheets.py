"""Files as officers send them, made by the tests themselves."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter

LGD = (
    "S.No.", "Local Body Code", "Local Body Version", "Local Body Name", "Local Body Name (In Local)",
    "Localbody Type Code", "Census 2011 Code", "State Code", "State Name",
)  # fmt: skip
KERALA, MAHARASHTRA = (32, "KERALA"), (27, "MAHARASHTRA")
# The first is in tests/world.py, too: Alpha (250001) in Kerala, Omega (250101) in Maharashtra.
ROWS: tuple[tuple[Any, ...], ...] = (
    (1, 250001, 2, "ALPHA", "आल्फा", 5, "800101", *KERALA),
    (2, 250002, 1, "Beta", "", 4, "000000", *KERALA),
    (3, 250003, 1, "Gamma", "GAMMA", 7, "800103", *KERALA),
    (4, 250004, 1, "Beta", "", 8, "", *KERALA),
    (5, 250101, 1, "Omega", "", 5, "802001", *MAHARASHTRA),
    (6, 250102, 1, "Psi", "", 7, "802002", *MAHARASHTRA),
)


def text(rows: Iterable[Sequence[Any]], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """A csv file."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


def book(*sheets: Sequence[Sequence[Any]], hidden: Mapping[str, Sequence[Sequence[Any]]] = {}) -> bytes:
    """An xlsx workbook; texts stay texts. Those `hidden`, by their names, come first."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    for name, rows in [*hidden.items(), *((None, rows) for rows in sheets)]:
        sheet = made.add_worksheet(name)
        if name is None:
            sheet.activate()
            sheet.set_first_sheet()
        else:
            sheet.hide()
        for n, row in enumerate(rows):
            for k, value in enumerate(row):
                sheet.write(n, k, value)
    made.close()
    return out.getvalue()


def lgd(*rows: Sequence[Any], heading: Sequence[str] = LGD) -> list[Sequence[Any]]:
    """The heading and rows of an export; the six of `ROWS` by default."""
    return [heading, *(rows or ROWS)]


def changed(n: int, **values: Any) -> tuple[Any, ...]:
    """A row of `ROWS` with some cells changed, by name of the column's field."""
    fields = ("serial", "code", "version", "name", "local", "type", "census", "state_code", "state_name")
    row = dict(zip(fields, ROWS[n], strict=True)) | values
    return tuple(row.values())
