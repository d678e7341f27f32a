"""The child that reads workbooks: bytes on standard input, sheets of text cells as JSON on standard output.

It has limits on memory and time, so that a file made to fill them ends the child and nothing else.
"""

import json
import resource
import sys
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ulbs.importing.workbook_looks import Looks, Place, looks_of, named, numeral, shown

MEMORY = 1_000 * 1024 * 1024
CPU_SECONDS = 25
MAX_SHEETS = 20
# What is wrong with cells, by their places from 0: a word, and what stands there.
Marks = dict[Place, tuple[str, str]]
# A range that is merged over more cells than this is no range of values.
MAX_MERGED = 200_000


def main() -> None:
    """The sheets that a person sees and the one named by the second argument, each as far as one row more
    than the first argument; `null` where there are more than MAX_SHEETS. Nobody reads a hidden sheet, so
    nothing is taken from it.

    Of each sheet: its name, its rows as text, `[row, column, word, what stands there]` of cells that cannot
    be read as they look, the numbers of hidden rows, the hidden columns; rows count from 1, columns from 0.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    limit, memory = int(sys.argv[1]) + 1, sys.argv[2]
    data = sys.stdin.buffer.read()
    book = CalamineWorkbook.from_filelike(BytesIO(data))
    seen = [sheet.name for sheet in book.sheets_metadata if is_seen(sheet)]
    if len(seen) > MAX_SHEETS:
        sys.stdout.write("null")
        return
    looks, found = looks_of(data), []
    for name in [*seen, *(name for name in book.sheet_names if name == memory and name not in seen)]:
        sheet = book.get_sheet_by_name(name)
        look = looks.get(name)
        if look is None:
            look = Looks(merged=list(sheet.merged_cell_ranges or ()))
        found.append([name, *read(sheet.to_python(skip_empty_area=False, nrows=limit), look, limit)])
    sys.stdout.write(json.dumps(found))


def is_seen(sheet: Any) -> bool:
    """Whether it has cells and is not hidden."""
    return bool(sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible)


def read(rows: list[list[Any]], looks: Looks, limit: int) -> list[Any]:
    """The cells as text as they look, and what cannot be read so."""
    marks: Marks = {}
    texts = [[told(cell) for cell in row] for row in rows]
    for (n, k), code in looks.formats.items():
        if n < len(rows) and k < len(rows[n]) and (as_shown := shown(rows[n][k], code)) is not None:
            texts[n][k], word = as_shown
            if word:
                marks[n, k] = (word, texts[n][k])
    for (n, k), (word, stands) in looks.words.items():
        if n < limit:
            put(texts, n, k, stands)
            marks[n, k] = (word, stands)
    for first, last in looks.merged:
        merge(texts, marks, first, (min(last[0], limit - 1), last[1]))
    while texts and not any(texts[-1]):
        texts.pop()
    hidden = sorted(n + 1 for n in looks.rows if n < len(texts) and any(texts[n]))
    told_marks = [[n + 1, k, word, stands] for (n, k), (word, stands) in marks.items()]
    return [texts, told_marks, hidden, sorted(looks.columns)]


def merge(texts: list[list[str]], marks: Marks, first: Place, last: Place) -> None:
    """Give the value of a merged range to its cells below, and what is wrong with it, too. Over several
    columns it says nothing of the others: each is marked with the range."""
    (top, left), (bottom, right) = first, last
    value = texts[top][left] if top < len(texts) and left < len(texts[top]) else ""
    if not value or (bottom - top + 1) * (right - left + 1) > MAX_MERGED:
        return
    for n in range(top + 1, bottom + 1):
        put(texts, n, left, value)
        if first in marks:
            marks[n, left] = marks[first]
    over = f"{named(first)}:{named(last)}"
    for n in range(top, bottom + 1):
        marks.update({(n, k): ("merged", over) for k in range(left + 1, right + 1)})


def put(texts: list[list[str]], n: int, k: int, text: str) -> None:
    """Write into a cell, which may lie beyond the others."""
    while len(texts) <= n:
        texts.append([])
    texts[n] += [""] * (k + 1 - len(texts[n]))
    texts[n][k] = text


def told(value: Any) -> str:
    """A cell as text: a whole number without its decimal point, a day in ISO form, fifteen digits at most,
    which is what a cell holds. Three decimals get a fourth: `1.125` alone could be a thousand."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return numeral(Decimal(format(value, ".15g")))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


if __name__ == "__main__":
    main()
