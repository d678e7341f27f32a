"""What a report is made of: sections with paragraphs, bars and tables, as plain JSON.

Every form that leaves the system (PDF, XLSX, CSV, DOCX, a message) is written from these parts, so a
figure cannot differ from one form to the next.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from nudm.core.dates import show
from nudm.core.money import indian
from nudm.core.ratio import Ratio

# A NUMBER is a figure already written out, such as 12.5 or 40%.
TEXT, INT, DATE, SHARE, NUMBER = "text", "int", "date", "share", "number"
Part = dict[str, Any]


def column(label: Any, kind: str = TEXT, width: int = 1, *, by_day: bool = False) -> Part:
    """A column: its heading, the kind of its cells, and its width relative to the others. Cells of a column
    `by_day` change as days pass while the facts stay: days waited, a difference against another day."""
    made = {"label": str(label), "kind": kind, "width": width}
    return made | {"by_day": True} if by_day else made


def table(
    columns: Sequence[Part],
    rows: Iterable[Sequence[Any]],
    *,
    total: Sequence[Any] | None = None,
    empty: Any = "",
) -> Part:
    """A table. A cell is text, a whole number, an ISO date or `[n, of]` for a share; None is a dash.

    `empty` stands in its place where it has no row.
    """
    return {
        "columns": list(columns),
        "rows": [[plain(cell) for cell in row] for row in rows],
        "total": [plain(cell) for cell in total] if total is not None else None,
        "empty": str(empty),
    }


def section(
    key: str,
    title: Any,
    *tables: Part,
    text: Sequence[Any] = (),
    bars: Sequence[tuple[Any, int, int]] = (),
    wide: bool = False,
) -> Part:
    """A section. `wide` is set on a page across; `bars` are (label, n, of)."""
    return {
        "key": key,
        "title": str(title),
        "text": [str(words) for words in text],
        "bars": [[str(label), n, of] for label, n, of in bars],
        "tables": list(tables),
        "wide": wide,
    }


def plain(cell: Any) -> Any:
    """A cell as JSON holds it."""
    if isinstance(cell, Ratio):
        return [cell.n, cell.of]
    if isinstance(cell, date):
        return cell.isoformat()
    return cell if cell is None or isinstance(cell, (int, list)) else str(cell)


def described(content: Part) -> str:
    """A report's head in one line: as on which day, of which post and version."""
    head = content["head"] or [[_("As on"), content["as_on"]]]
    return " · ".join(f"{label}: {value}" for label, value in head)


def shown(cell: Any, kind: str, nothing: str = "–") -> str:
    """A cell as a reader sees it: 12,34,567; 05-11-2026; 3 of 5; `nothing` where nothing is known, which is
    not said of a total."""
    if cell is None or cell == "":
        return nothing
    if kind == DATE and isinstance(cell, str):
        return show(date.fromisoformat(cell))
    if kind == SHARE:
        return f"{indian(cell[0])} / {indian(cell[1])}"
    return indian(cell) if isinstance(cell, int) else str(cell)
