"""The child that reads workbooks: bytes on standard input, sheets of text cells as JSON on standard output.

It has limits on memory and time, so that a file made to fill them ends the child and nothing else.
"""

import json
import resource
import sys
from datetime import date, datetime
from io import BytesIO
from typing import Any

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

MEMORY = 1_000 * 1024 * 1024
CPU_SECONDS = 25
MAX_SHEETS = 20


def main() -> None:
    """The sheets that a person sees and the one named by the second argument, each as far as one row more
    than the first argument; `null` where there are more than MAX_SHEETS. Nobody reads what is hidden, so
    nothing is taken from it."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    limit, memory = int(sys.argv[1]) + 1, sys.argv[2]
    book = CalamineWorkbook.from_filelike(BytesIO(sys.stdin.buffer.read()))
    seen = [sheet.name for sheet in book.sheets_metadata if is_seen(sheet)]
    if len(seen) > MAX_SHEETS:
        sys.stdout.write("null")
        return
    found = []
    for name in [*seen, *(name for name in book.sheet_names if name == memory and name not in seen)]:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=limit)
        while rows and not any(cell != "" for cell in rows[-1]):
            rows.pop()
        found.append([name, [[told(cell) for cell in row] for row in rows]])
    sys.stdout.write(json.dumps(found))


def is_seen(sheet: Any) -> bool:
    """Whether it has cells and is not hidden."""
    return bool(sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible)


def told(value: Any) -> str:
    """A cell as text: a whole number without its decimal point, a day in ISO form."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


if __name__ == "__main__":
    main()
