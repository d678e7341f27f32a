"""Cells that show something which cannot be read: each refuses its row, at its column. Pure."""

import re
from collections.abc import Iterator, Sequence

from nudm.core.lost_letters import letters_were_lost
from ulbs.importing.headings import Found
from ulbs.importing.lines import Line

# A number of many digits as a spreadsheet shortens it, in a text: the digits are gone.
SHORTENED = re.compile(r"[-+]?\d(?:\.\d+)?E[-+]?\d+", re.IGNORECASE)
# An error of a spreadsheet, and a number in too narrow a column, as text: in a csv, or copied as values.
ERROR = re.compile(
    r"#(?:REF|VALUE|DIV/0|NUM|NULL|SPILL|CALC|FIELD|BLOCKED|CONNECT|BUSY|UNKNOWN|PYTHON)!|#N/A|#NAME\?"
    r"|#GETTING_DATA|Err:\d{3}|#{3,}",
    re.IGNORECASE,
)
LONGEST = 60
# Without one of these nothing happened to a row.
_DOUBTFUL = re.compile(r"[^\x00-\x7f]|[?#&\\]|\d[Ee]|Err:", re.IGNORECASE)


def faults_of_cell(text: str) -> str:
    """The word for what happened to a cell before it came; nothing as a rule."""
    if ERROR.fullmatch(text.strip()):
        return "error"
    if letters_were_lost(text):
        return "letters"
    is_number = "E" in text or "e" in text
    return "digits" if is_number and SHORTENED.fullmatch(text.strip()) else ""


def with_unread(line: Line, found: Found, row: Sequence[str]) -> Line:
    """Refuse a line for each of its cells that cannot be read as it looks, in place of what else was said of
    that column; say that its row is hidden."""
    sheet = found.sheet
    if not sheet.marks and not sheet.hidden and not _DOUBTFUL.search("\n".join(row)):
        return line
    unread = list(_unread(line.row, found, row))
    if unread:
        columns = {fault[0] for fault in unread}
        others = [fault for fault in line.faults if fault[0] not in columns]
        line.faults = []
        for column, stands, word in unread:
            line.refuse(column, stands[:LONGEST], word)
        line.faults = [*line.faults, *others]
    if line.row in found.sheet.hidden:
        line.warn("hidden")
    return line


def _unread(n: int, found: Found, row: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    marks = found.sheet.marks
    for field, k in found.place.items():
        word, stands = marks.get((n, k), ("", "")) if marks else ("", "")
        if not word and k < len(row):
            word, stands = faults_of_cell(row[k]), row[k]
        if word:
            yield found.heading[field], stands, word
