"""Finds the heading among the first rows of a sheet, whatever stands around it. Pure."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache

from nudm.core.lost_letters import letters_were_lost
from nudm.core.normal_form import normal_form
from nudm.core.text import loose
from ulbs.importing.cells import tidy
from ulbs.importing.layouts import Layout
from ulbs.importing.tables import MAX_ROWS, Sheet, Unreadable

# How far down a heading is looked for, under titles and dates.
DEPTH = 20
CLOSE = 0.88
# Each cell is compared with each heading that is known: a longer cell is no heading with a letter wrong, and
# a heading in a column further to the right has to be written right.
LONGEST, WIDEST = 80, 300
_ASIDE = re.compile(r"\(in english\)|\bin english\b")
# “कुल” as a whole word: Kullu (कुल्लू) is a town.
_TOTAL = re.compile(r"(?:grand |sub ?)?total\b|कुल(?![\u0900-\u097f])")


@dataclass(frozen=True, slots=True)
class Found:
    """A sheet whose columns are known: the place of each field, the heading it has in the file, and what a
    downloaded workbook remembers of its cells."""

    layout: Layout
    sheet: Sheet
    first: int
    place: dict[str, int]
    heading: dict[str, str]
    memory: Sequence[Sequence[str]] = ()

    def hidden_columns(self) -> list[str]:
        """The headings of the columns that are hidden in the file and are read all the same."""
        hidden = sorted((k, field) for field, k in self.place.items() if k in self.sheet.hidden_columns)
        return [self.heading[field] for _k, field in hidden]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row below the heading with its number; blank rows, and below one the notes at the end, are
        left out."""
        rows = self.sheet.rows
        last = len(rows)
        while last > self.first and is_note(rows[last - 1]):
            last -= 1
        while last < len(rows) and _is_remark(rows[last]):
            last += 1
        for n in range(self.first, last):
            if any(cell and not cell.isspace() for cell in rows[n]) and not self._repeats_heading(rows[n]):
                yield n + 1, rows[n]

    def _repeats_heading(self, row: list[str]) -> bool:
        """Whether a row is the heading once more: on each printed page, or below a cell that is merged."""
        name, k = next(iter(self.place.items()))
        if k >= len(row) or (row[k] and tidy(row[k]) != self.heading[name]):
            return False
        filled = {name: row[k] for name, k in self.place.items() if k < len(row) and row[k].strip()}
        return len(filled) > 1 and all(tidy(text) == self.heading[name] for name, text in filled.items())

    def wide(self) -> int:
        """How many cells a row must have at least: up to the last column that is read."""
        return max(self.place.values()) + 1


def find(found: Sequence[Sheet], layouts: Sequence[Layout]) -> Found:
    """The sheet and the layout whose headings fit best.

    Raises Unreadable: `template` when no row is a heading of these kinds, `columns` with those that are
    missing, `too_many` for more rows than are read at once, `several` with the names of the sheets where
    more than one has such headings.
    """
    best: tuple[int, Found] | None = None
    for close in (False, True):
        for sheet in found:
            for layout in layouts:
                for guess in _guesses(sheet, layout, close):
                    whole, sure = not missing(guess), not missing(guess, layout.sure)
                    score = 100 * whole + 100 * (whole and sure) + len(guess.place)
                    if best is None or score > best[0]:
                        best = (score, guess)
        if best is not None and not missing(best[1]) and not missing(best[1], best[1].layout.sure):
            break
    if best is None or len(best[1].place) < 2:
        near = (cell for sheet in found for row in sheet.rows[:DEPTH] for cell in row)
        raise Unreadable("letters" if any(map(letters_were_lost, near)) else "template")
    if lacking := missing(best[1]):
        raise Unreadable("columns", row=best[1].first, columns=lacking)
    if len(best[1].sheet.rows) - best[1].first > MAX_ROWS:
        raise Unreadable("too_many", limit=MAX_ROWS)
    if len(same := _same(found, best[1], layouts)) > 1:
        raise Unreadable("several", sheets=same)
    return _with_misspelt(best[1])


def _same(found: Sequence[Sheet], best: Found, layouts: Sequence[Layout]) -> list[str]:
    """The names of all sheets that could be read, nearly known headings included: what the others hold would
    be lost without a word."""
    return [
        sheet.name
        for sheet in found
        if sheet is best.sheet
        or any(
            not missing(guess) and not missing(guess, layout.sure) and any(True for _row in guess.rows())
            for layout in layouts
            for guess in _guesses(sheet, layout, close=True)
        )
    ]


def _with_misspelt(found: Found) -> Found:
    """With the columns that may be there or not whose headings in the same row are nearly known: what they
    hold would be lost without a word."""
    place, heading = dict(found.place), dict(found.heading)
    for guess in _guesses(found.sheet, found.layout, close=True, only=found.first):
        for name, k in guess.place.items():
            if name not in place and k not in place.values():
                place[name], heading[name] = k, guess.heading[name]
    return replace(found, place=place, heading=heading)


def missing(found: Found, groups: Sequence[frozenset[str]] | None = None) -> list[str]:
    """The headings of what must be there and is not; of a choice, the first."""
    return [
        next(column.en for column in found.layout.columns if column.field in group)
        for group in (found.layout.needs if groups is None else groups)
        if not group & found.place.keys()
    ]


def _guesses(sheet: Sheet, layout: Layout, close: bool, only: int | None = None) -> Iterator[Found]:
    """What each row, or one of them by its number, alone or with the one above it, would be as a heading."""
    known = _known(layout)
    above: list[str] = []
    for n, row in enumerate(sheet.rows[:DEPTH]):
        for over in () if only not in {None, n + 1} else ([], above) if above else ([],):
            place: dict[str, int] = {}
            heading: dict[str, str] = {}
            for k, cell in enumerate(row):
                top = over[k] if k < len(over) else ""
                for text in dict.fromkeys((f"{top} {cell}", cell, cell or top)):
                    field = _field(text, known, close and k < WIDEST)
                    if field is not None:
                        if field and field not in place:
                            place[field], heading[field] = k, tidy(text)
                        break
            if place:
                yield Found(layout, sheet, n + 1, place, heading)
        above = _spread(row)


def _spread(row: list[str]) -> list[str]:
    """A heading over several columns stands in the first of them: give it to the others."""
    last, spread = "", []
    for cell in row:
        last = cell if tidy(cell) else last
        spread.append(last)
    return spread


def _field(text: str, known: dict[str, str], close: bool) -> str | None:
    label = plain(text)
    if not label:
        return None
    if label in known or not close or len(label) < 5:
        return known.get(label)
    near = nearest(label, known, CLOSE)
    return known[near] if near else None


def nearest(label: str, known: Collection[str], cutoff: float) -> str:
    """The heading that a label most likely means; empty where none is near, or the label is too long."""
    found = get_close_matches(label, known, n=1, cutoff=cutoff) if len(label) <= LONGEST else []
    return found[0] if found else ""


@lru_cache(maxsize=8)
def _known(layout: Layout) -> dict[str, str]:
    """`{heading as compared: field}`; the headings of the layout itself go before the other words."""
    known: dict[str, str] = {}
    for column in layout.columns:
        for text in (column.en, column.hi):
            known.setdefault(plain(text), column.field)
    for column in layout.columns:
        for text in column.also:
            known.setdefault(plain(text), column.field)
    known.pop("", None)
    return known


def plain(text: str) -> str:
    """A heading without case, breaks, marks and “(In English)”."""
    low = normal_form("NFKC", loose(text)).casefold()
    return re.sub(r"[^\w\u0900-\u097f]|_", "", _ASIDE.sub("", low))


def is_note(row: list[str]) -> bool:
    """A blank row, a row of totals, or a remark."""
    filled = [cell.strip().casefold() for cell in row if cell and not cell.isspace()]
    return not filled or any(_TOTAL.match(cell) for cell in filled[:3]) or _is_remark(row)


def _is_remark(row: list[str]) -> bool:
    """One cell with words in it, and no total."""
    filled = [cell for cell in row if cell and not cell.isspace()]
    lone = len(filled) == 1 and any(c.isalpha() for c in filled[0])
    return lone and not _TOTAL.match(filled[0].strip().casefold())
