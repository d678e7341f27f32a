"""Bytes of a text file or of a workbook as rows of text, numbered as the person sees them."""

import csv
import io
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nudm.core.tables import MEMORY
from ulbs.importing.workbook_child import MAX_SHEETS

MAX_BYTES = 25 * 1024 * 1024
MAX_ROWS = 100_000
# Titles, headings and notes around the rows.
AROUND = 60
SECONDS = 30
# Objects in each other around the list in a JSON file; the platform's answers have three.
DEEPEST = 6
DELIMITERS = ",;\t|"
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
SHOWN_CONTROLS = "\t\n\r\f\x1a"


class Unreadable(Exception):
    """The file as a whole cannot be read; `word` says why, `told` what the sentence names."""

    def __init__(self, word: str, **told: Any) -> None:
        super().__init__(word)
        self.word = word
        self.told = told


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of cells; the first has number 1. Every cell is text, as it is shown, whatever it begins with.

    `marks` are the cells that show something which cannot be read, by the number of the row and the place in
    it from 0: the word for why, and what stands there. Rows in `hidden` and `hidden_columns` (by their
    places) are read, and said to be hidden.
    """

    rows: list[list[str]]
    name: str = ""
    marks: Mapping[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


def sheets(data: bytes) -> list[Sheet]:
    """The sheets of a workbook (xlsx, xls, ods) that are not hidden, or the one of a csv or JSON file, known
    by its content.

    Nothing is evaluated: a formula is its last value in a workbook and its text in a csv. A cell is what it
    shows: 85% and not 0.85. Raises Unreadable.
    """
    return remembered(data)[0]


def remembered(data: bytes) -> tuple[list[Sheet], Sheet | None]:
    """The same, and the memory that a downloaded workbook carries (`nudm.core.tables`), where it has one."""
    if len(data) > MAX_BYTES:
        raise Unreadable("too_large", limit=MAX_BYTES // (1024 * 1024))
    if not data.strip():
        raise Unreadable("empty")
    if data.startswith((ZIP, OLE)):
        return _workbook(data)
    text = _decoded(data)
    head = text.lstrip()[:400].lower()
    if head.startswith(("<!doctype", "<html", "<table", "<?xml", "<meta", "%pdf")):
        raise Unreadable("page")
    return [_json(text) if head.startswith(("[", "{")) else _csv(text)], None


def _workbook(data: bytes) -> tuple[list[Sheet], Sheet | None]:
    """Read in a child with limits: a small workbook can unfold to more cells than there is memory."""
    try:
        child = subprocess.run(
            [sys.executable, "-m", "ulbs.importing.workbook_child", str(MAX_ROWS + AROUND), MEMORY],
            input=data,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable("damaged") from error
    if child.returncode != 0:
        raise Unreadable("damaged")
    told = json.loads(child.stdout)
    if told is None:
        raise Unreadable("sheets", limit=MAX_SHEETS)
    found = [
        Sheet(
            rows,
            name,
            {(n, k): (word, stands) for n, k, word, stands in marks},
            frozenset(hidden),
            frozenset(columns),
        )
        for name, rows, marks, hidden, columns in told
    ]
    for sheet in found:
        _check_length(len(sheet.rows))
    memory = next((sheet for sheet in found if sheet.name == MEMORY), None)
    return [sheet for sheet in found if sheet.rows and sheet is not memory] or _empty(), memory


def _empty() -> list[Sheet]:
    raise Unreadable("empty")


def _decoded(data: bytes) -> str:
    """The text, whichever of the usual encodings it is in. A letter cut off at the end is left out."""
    encoding = next((name for mark, name in MARKS if data.startswith(mark)), None)
    if encoding is None and b"\0" in data[:400]:
        encoding = "utf-16-le" if data[1:400:2].count(0) >= data[0:400:2].count(0) else "utf-16-be"
    for name in [encoding] if encoding else ["utf-8", "cp1252"]:
        try:
            text = data.decode(name)
        except UnicodeDecodeError as error:
            if name == "cp1252" or error.start < len(data) - 4:
                continue
            text = data[: error.start].decode(name)
        if any(c < " " and c not in SHOWN_CONTROLS for c in text[:4000]):
            break
        return text
    raise Unreadable("not_text")


def _csv(text: str) -> Sheet:
    limit = csv.field_size_limit(10_000)
    try:
        delimiter = max(DELIMITERS, key=lambda mark: _fit(text, mark))
        try:
            return Sheet(_rows(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)))
        except csv.Error as error:
            if "end of data" in str(error) or "limit" in str(error):
                raise Unreadable("open_quote") from error
            return Sheet(_rows(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))
    finally:
        csv.field_size_limit(limit)


def _fit(text: str, delimiter: str) -> tuple[int, int]:
    """How many rows at the beginning of a file have equally many cells with this delimiter, and how many:
    a sign that stands in texts only is not in the heading, nor as often in each row."""
    head = text[:20_000].splitlines()[:40]
    try:
        widths = Counter(len(row) for row in csv.reader(head, delimiter=delimiter) if len(row) > 1)
    except csv.Error:
        return 0, 0
    return max(((rows, wide) for wide, rows in widths.items()), default=(0, 0))


def _rows(reader: Iterator[list[str]]) -> list[list[str]]:
    rows: list[list[str]] = []
    for row in reader:
        rows.append(row)
        _check_length(len(rows))
    return rows


def _json(text: str) -> Sheet:
    """A list of objects, by itself or within other objects, as the platform answers: names become the
    heading. Of several lists in one object the longest is meant."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("json") from error
    if isinstance(found, dict):
        found = _list_within(found)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise Unreadable("json")
    found = [_own_fields(row) for row in found]
    names = list(dict.fromkeys(name for row in found for name in row))
    _check_length(len(found))
    return Sheet([names, *([_told(row.get(name)) for name in names] for row in found)])


def _list_within(found: dict[str, Any]) -> Any:
    """The longest list of objects in the first of the levels that has one."""
    level = [found]
    for _depth in range(DEEPEST):
        values = [value for one in level for value in one.values()]
        lists = [one for one in values if isinstance(one, list) and one and isinstance(one[0], dict)]
        if lists:
            return max(lists, key=len)
        level = [value for value in values if isinstance(value, dict)]
    return None


def _own_fields(row: dict[str, Any]) -> dict[str, Any]:
    """The fields of a row; those of an entry of the platform's second master data service stand in `data`."""
    held = row.get("data")
    if not isinstance(held, dict) or "schemaCode" not in row:
        return row
    return {name: row[name] for name in ("isActive",) if name in row} | held


def _told(value: Any) -> str:
    return "" if value is None else str(value)


def _check_length(rows: int) -> None:
    if rows > MAX_ROWS + AROUND:
        raise Unreadable("too_many", limit=MAX_ROWS)
