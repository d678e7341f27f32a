"""A report as CSV and as a short message to paste."""

import csv
from collections.abc import Sequence
from io import StringIO
from typing import Any

from django.utils.translation import gettext as _

from reports.documents.parts import INT, SHARE, Part, described, shown

FORMULA = ("=", "+", "-", "@", "\t", "\r")
LINES = 12
# The sections of which a message tells; the others are too long for one.
SHORT = frozenset(
    {"stages", "attention", "rollout", "towns", "states", "holders", "open", "criteria", "annexure"}
)


def csv_of(content: dict[str, Any], sections: list[Part], digest: str) -> bytes:
    """All tables one below the other, in UTF-8 with a byte order mark, as spreadsheets open it. One without
    rows says so.

    A cell that a spreadsheet would take for a formula is written with an apostrophe before it.
    """
    out = StringIO()
    write = csv.writer(out, lineterminator="\r\n").writerow
    write([content["title"]])
    write([safe(described(content)), f"SHA-256 {digest}"])
    for part in sections:
        for table in part["tables"]:
            write([])
            write([safe(words) for words in (part["title"], *part["text"])])
            if table["columns"]:
                write([safe(label) for column in table["columns"] for label in _labels(column)])
            if not table["rows"]:
                write([safe(table["empty"])])
            for row in [*table["rows"], *([table["total"]] if table["total"] else [])]:
                write(
                    [
                        c
                        for cell, column in zip(row, table["columns"], strict=True)
                        for c in _cells(cell, column)
                    ]
                )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _labels(column: Part) -> list[str]:
    return [column["label"], _("of")] if column["kind"] == SHARE else [column["label"]]


def _cells(cell: Any, column: Part) -> list[Any]:
    if column["kind"] == SHARE and isinstance(cell, list):
        return list(cell)
    if column["kind"] == SHARE:
        return [safe("" if cell is None else cell), ""]
    return [cell if isinstance(cell, int) else safe("" if cell is None else cell)]


def safe(cell: Any) -> str:
    """Text that no spreadsheet takes for a formula."""
    text = str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def message(content: dict[str, Any], sections: list[Part], code: str) -> str:
    """A few lines for a message: title, day, stages, roll-out, and the code by which it is checked. Of a
    table that is too long for one its bars and its total are told."""
    lines = [content["title"], _("As on %(day)s") % {"day": content["as_on"]}]
    for part in sections:
        if part["key"] in SHORT and part["tables"]:
            lines += ["", part["title"], *_told(part, part["tables"][0])]
    return "\n".join([*lines, "", _("Check: %(code)s") % {"code": code}, ""])


def _told(part: Part, table: Part) -> list[str]:
    rows = table["rows"]
    if not rows:
        return [table["empty"]]
    if len(rows) <= LINES:
        return [line_of(row, table["columns"]) for row in rows]
    bars = [f"{label}: {shown([n, of], SHARE)}" for label, n, of in part["bars"]]
    total = [line_of(table["total"], table["columns"])] if table["total"] else []
    more = _("The report itself has all %(n)s lines.") % {"n": shown(len(rows), INT)}
    return [*bars, *total, more]


def line_of(row: Sequence[Any], columns: Sequence[Part]) -> str:
    """A row in a message: words as they are, each figure with its heading."""
    told = []
    for cell, column in zip(row, columns, strict=True):
        text = shown(cell, column["kind"], "")
        if text.lstrip("-")[:1].isdigit():
            text = f"{column['label']} {text}"
        told.append(text)
    return " · ".join(text for text in told if text)
