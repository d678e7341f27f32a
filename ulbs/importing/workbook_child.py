"""The child that reads workbooks: bytes on standard input, sheets of text cells as JSON on standard output.

It has limits on memory and time, so that a file made to fill them ends the child and nothing else.
"""

import json
import resource
import sys
from datetime import date, datetime
from io import BytesIO
from typing import Any

from python_calamine import CalamineWorkbook

MEMORY = 1_000 * 1024 * 1024
CPU_SECONDS = 25
MAX_SHEETS = 20


def main() -> None:
    """Every sheet, as far as one row more than the limit given as argument."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    limit = int(sys.argv[1]) + 1
    book = CalamineWorkbook.from_filelike(BytesIO(sys.stdin.buffer.read()))
    found = []
    for name in book.sheet_names[:MAX_SHEETS]:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=limit)
        while rows and not any(cell != "" for cell in rows[-1]):
            rows.pop()
        found.append([name, [[told(cell) for cell in row] for row in rows]])
    sys.stdout.write(json.dumps(found))


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
