"""A table, defined once: drawn on a page, written as CSV, written as a workbook, in the same words."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import date
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, TextIO

import xlsxwriter
from django.http import FileResponse, QueryDict, StreamingHttpResponse
from django.utils import translation
from django.utils.html import conditional_escape, format_html
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from nudm.core import dates, heartbeat
from nudm.core.errors import Refused
from nudm.core.text import cut, line, long

Value = str | int | date | bool | None
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
IN_MEMORY = 2 * 1024 * 1024
# Bytes that are sent at once of a file that is made meanwhile; rows of the longest workbook.
PIECE, LONGEST_BOOK = 64 * 1024, 100_000
MEMORY = "nudm-memory"
# What a cell of a workbook holds, in letters; and what the name of a sheet may not.
CELL = 32_767
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
# What a spreadsheet takes for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `value` is what the files hold of a row, `html` draws the same words on the page.

    `key` names it where the page is sorted by it; `total` stands below it; `head` marks the column that
    names the row; `css` is the class of its cells; `width` is in characters.
    """

    key: str
    title: str
    value: Callable[[Any], Value]
    html: Callable[[Any], str] | None = None
    total: Value = None
    head: bool = False
    sort: bool = True
    css: str = ""
    width: int = 12


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds: its sheet's name, a line that says what it shows and as on when, the cells.

    `memory` are rows of text that a workbook carries in a hidden sheet named MEMORY, for reading it back.
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: Iterable[Any]
    memory: Sequence[Sequence[str]] = ()


def words(value: Value) -> str:
    """A value as a page and a CSV file say it; nothing is an empty string."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return dates.show(value) if isinstance(value, date) else long(str(value))


def heads(columns: Sequence[Column], query: QueryDict, sort: str) -> SafeString:
    """The cells of the header. A click sorts by the column, the next one the other way round."""
    return mark_safe("".join([_head(column, query, sort) for column in columns]))


def _head(column: Column, query: QueryDict, sort: str) -> str:
    if not column.sort:
        return format_html('<th scope="col"{}>{}</th>', _css(column), column.title)
    asked = query.copy()
    asked["sort"] = f"-{column.key}" if sort == column.key else column.key
    asked.pop("page", None)
    order = {column.key: "ascending", f"-{column.key}": "descending"}.get(sort)
    return format_html(
        '<th scope="col"{}{}><a href="?{}">{}</a></th>',
        _css(column),
        format_html(' aria-sort="{}"', order) if order else "",
        asked.urlencode(),
        column.title,
    )


def lines(columns: Sequence[Column], rows: Iterable[Any]) -> SafeString:
    """The rows as HTML, without the closing tags that HTML does not ask for: a page has a thousand cells."""
    drawn = [
        (
            mark_safe("<th scope=row>") if column.head else format_html("<td{}>", _css(column)),
            column.html or _plain(column),
        )
        for column in columns
    ]
    return mark_safe("".join(["<tr>" + "".join([tag + draw(row) for tag, draw in drawn]) for row in rows]))


def foot(columns: Sequence[Column]) -> SafeString:
    """The cells of the last line, the first of which says “Total”."""
    cells = [format_html("<td{}>{}</td>", _css(column), words(column.total)) for column in columns[1:]]
    return format_html('<th scope="row">{}</th>{}', _("Total"), mark_safe("".join(cells)))


def _css(column: Column) -> SafeString | str:
    css = " ".join(filter(None, [column.css, "names" if column.head else ""]))
    return format_html(' class="{}"' if " " in css else " class={}", css) if css else ""


def _plain(column: Column) -> Callable[[Any], str]:
    return lambda row: conditional_escape(words(column.value(row)) or "–")


def export(
    table: Callable[[], Table],
    kind: str,
    name: str,
    *,
    rows: int,
    scope: Callable[[], AbstractContextManager[None]],
) -> StreamingHttpResponse | FileResponse:
    """A table of `rows` rows as a file of `kind` (a key of TYPES): a CSV file of any length, sent while it is
    made within a `scope` of its own (`stream_csv`), or a workbook of at most LONGEST_BOOK rows.

    Raises Refused for a longer workbook, before a row is read.
    """
    too_long(rows, kind)
    return stream_csv(table, name, scope) if kind == "csv" else download(table(), kind, name)


def stream_csv(
    table: Callable[[], Table], name: str, scope: Callable[[], AbstractContextManager[None]]
) -> StreamingHttpResponse:
    """A CSV file of any length, sent while it is made, in little memory.

    It is made after the request's transaction has ended, so within a `scope` of its own, and in the language
    of the request. An error on the way cuts the line, so that no browser takes the half for the whole.
    """
    language = get_language()

    def pieces() -> Iterator[bytes]:
        with translation.override(language), scope():
            text = io.StringIO()
            for line in csv_lines(table(), text):
                if text.tell() >= PIECE or line is None:
                    heartbeat.beat()
                    yield text.getvalue().encode()
                    text.seek(0)
                    text.truncate()

    answer = StreamingHttpResponse(pieces(), content_type=TYPES["csv"])
    answer["Content-Disposition"] = content_disposition_header(True, f"{name}.csv") or ""
    return answer


def csv_lines(table: Table, text: TextIO) -> Iterator[int | None]:
    """Write a table as CSV, line by line: the number of each line once it is written, None at the end. A BOM
    lets spreadsheets read every script; no text is taken for a formula."""
    text.write("\ufeff")
    out = csv.writer(text)
    out.writerow([_tame(table.title)])
    out.writerow([_tame(column.title) for column in table.columns])
    for number, row in enumerate(table.rows, start=1):
        out.writerow([_tame(column.value(row)) for column in table.columns])
        yield number
    if _has_totals(table):
        out.writerow([_("Total"), *(_tame(column.total) for column in table.columns[1:])])
    yield None


def too_long(rows: int, kind: str) -> None:
    """Raises Refused for a workbook of more rows than one is made of while somebody waits."""
    if kind == "xlsx" and rows > LONGEST_BOOK:
        words = _("A workbook is made of at most %(most)s rows, and these are %(n)s. Take the CSV file.")
        raise Refused(words % {"most": f"{LONGEST_BOOK:,}", "n": f"{rows:,}"}, code="too_long")


def download(table: Table, kind: str, name: str) -> FileResponse:
    """The table as a file of `kind` (a key of TYPES), made whole before the first byte is sent: no error
    cuts it short. Rows are written as they are read, and what is long lies on the disk. For tables of which
    nobody knows how long they get, see `export`. Raises Refused for a workbook of more than LONGEST_BOOK
    rows."""
    with ExitStack() as until_sent:
        file: Any = until_sent.enter_context(SpooledTemporaryFile(max_size=IN_MEMORY))
        {"xlsx": write_xlsx, "csv": write_csv}[kind](table, file)
        file.seek(0)
        until_sent.pop_all()
    return FileResponse(file, as_attachment=True, filename=f"{name}.{kind}", content_type=TYPES[kind])


def write_csv(table: Table, file: BinaryIO) -> None:
    """The whole table as CSV in UTF-8."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    for _line in csv_lines(table, text):
        continue
    text.detach()


def _tame(value: Value) -> str:
    text = words(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text


def _has_totals(table: Table) -> bool:
    return any(column.total is not None for column in table.columns)


def write_xlsx(table: Table, file: BinaryIO) -> None:
    """Typed cells row by row in little memory: frozen header, filter, widths; text is never a formula."""
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd-mm-yyyy"})
        title = book.add_format({"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 1})
        sheet = book.add_worksheet(_sheet_name(table.name))
        for n, column in enumerate(table.columns):
            sheet.set_column(n, n, column.width)
        sheet.write_string(0, 0, cut(line(table.title), CELL), bold)
        for n, column in enumerate(table.columns):
            sheet.write_string(1, n, column.title, title)
        last = 1
        for last, row in enumerate(table.rows, start=2):
            if last - 1 > LONGEST_BOOK:
                words = _("A workbook is made of at most %(most)s rows, and these are more. Ask for fewer.")
                raise Refused(words % {"most": f"{LONGEST_BOOK:,}"}, code="too_long")
            for n, column in enumerate(table.columns):
                _write(sheet, last, n, column.value(row), day)
        if _has_totals(table):
            sheet.write_string(last + 1, 0, _("Total"), bold)
            for n, column in enumerate(table.columns[1:], start=1):
                _write(sheet, last + 1, n, column.total, bold)
        sheet.autofilter(1, 0, last, len(table.columns) - 1)
        sheet.freeze_panes(2, 1 + next((n for n, column in enumerate(table.columns) if column.head), 0))
        if table.memory:
            remember(book.add_worksheet(MEMORY), table.memory)


def _sheet_name(name: str) -> str:
    """At most 31 letters, without those that a workbook forbids in a sheet's name."""
    return line(name.translate(FORBIDDEN))[:31].strip() or "1"


def remember(sheet: Any, rows: Sequence[Sequence[str]]) -> None:
    """Write a memory into its sheet, hidden and protected: nobody is to sort or correct it with the sheet
    that it speaks of."""
    for n, row in enumerate(rows):
        for k, text in enumerate(row):
            sheet.write_string(n, k, cut(long(text), CELL))
    sheet.protect()
    sheet.hide()


def _write(sheet: Any, row: int, column: int, value: Value, style: Any) -> None:
    if value is None:
        return
    if isinstance(value, date):
        sheet.write_datetime(row, column, value, style)
    elif isinstance(value, int) and not isinstance(value, bool):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, cut(words(value), CELL))
