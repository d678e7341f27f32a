"""Figures in a sheet: a row a ULB or the State/UT itself with a column a figure, or a row a figure. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache

from nudm.core import reading
from ulbs.catalogue import metrics
from ulbs.importing import cells
from ulbs.importing.headings import DEPTH, WIDEST, is_note, nearest, plain
from ulbs.importing.layouts import LGD, rollout
from ulbs.importing.tables import Sheet

CODE, MONTH = "lgd_code", "month"
# Of a heading that is not known, how near the one is that is named with it.
CLOSE = 0.6
MONTH_WORDS = ("Month", "माह")
# What stands in the place of a month.
PURPOSES = {
    "baseline": ("baseline", "baselines", "आधार", "आधाररेखा", "आधार रेखा", "आधारभूत"),
    "target": ("target", "targets", "लक्ष्य"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A figure that a row gives, or why it gives none: `fault` is a word, `value` what stands there.

    `ulb` None is the State/UT itself.
    """

    row: int
    ulb: int | None = None
    metric: str = ""
    purpose: str = "actual"
    month: date | None = None
    amount: Decimal = Decimal(0)
    fault: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """Whose figures a sheet may hold: the codes of the ULBs, the State/UT's own (`KL`); and the month of a
    sheet that names none."""

    codes: Collection[int]
    iso: str
    month: date


def is_of_figures(rows: Sequence[Sequence[str]], book: Book) -> bool:
    """Whether a sheet holds figures: by its heading, or by a row near the top that names whose they are."""
    headed = any(CODE in place and place.keys() - {CODE, MONTH} for place in map(_places, rows[:DEPTH]))
    return headed or any(said.fault not in {"four", "code"} for said in read(rows[:DEPTH], book))


def read(rows: Sequence[Sequence[str]], book: Book) -> list[Said]:
    """What a sheet says of a State/UT and its ULBs. Where its columns are figures, an empty cell says
    nothing; else each row has code, figure, month and value. In the place of a month may stand that it is
    a baseline or a target."""
    for n, row in enumerate(rows[:DEPTH]):
        place = _places(row)
        if CODE in place and place.keys() - {CODE, MONTH}:
            lost = list(_lost(n + 1, row, place, rows[n + 1 :]))
            return lost or list(_by_column(rows, n + 1, place, book))
    trimmed = ((n, [cell.strip() for cell in row]) for n, row in enumerate(rows, 1))
    return [_row(n, row, book) for n, row in trimmed if any(row) and not _is_heading(n, row, book)]


def read_sheet(sheet: Sheet, book: Book) -> list[Said]:
    """What a sheet says, and each of its cells that shows something which cannot be read (`cell.error` and so
    on, as `ulbs.importing.words` has them)."""
    said = read(sheet.rows, book)
    if not sheet.marks:
        return said
    heading, of = _heading(sheet)
    wrong = [
        Said(n, metric=of[k], fault=f"cell.{word}", value=stands)
        for (n, k), (word, stands) in sorted(sheet.marks.items())
        if n > heading and k in of
    ]
    rows = {(one.row, one.metric) for one in wrong}
    return [*wrong, *(one for one in said if (one.row, one.metric) not in rows)]


def _heading(sheet: Sheet) -> tuple[int, dict[int, str]]:
    """The number of the row with the headings and the field of each place that is read; 0 where there is
    none, and each row has four cells."""
    for n, row in enumerate(sheet.rows[:DEPTH], 1):
        place = _places(row)
        if CODE in place and place.keys() - {CODE, MONTH}:
            return n, {k: field for field, k in place.items()}
    return 0, dict.fromkeys(range(4), "")


def hidden_columns(sheet: Sheet) -> list[str]:
    """The headings of the columns that are hidden in the file and are read; of a sheet without headings the
    letters of the columns."""
    n, of = _heading(sheet)
    hidden = sorted(sheet.hidden_columns & of.keys())
    return [sheet.rows[n - 1][k] if n else "ABCD"[k] for k in hidden]


def _places(row: Sequence[str]) -> dict[str, int]:
    """Where in a heading the code, the month and the figures stand."""
    at = {plain(cell): k for k, cell in reversed(list(enumerate(row)))}
    return {field: at[text] for text, field in _known().items() if text in at}


def _lost(
    n: int, heading: Sequence[str], place: Mapping[str, int], below: Sequence[Sequence[str]]
) -> Iterator[Said]:
    """Columns with something below that would not be read: no heading of a figure, or one that is there
    twice. `metric` is the nearest figure."""
    for k, text in enumerate(heading):
        if k in place.values() or not any(k < len(row) and row[k].strip() for row in below):
            continue
        again = _known().get(plain(text), "")
        if again:
            yield Said(n, metric=again, fault="twice", value=text)
        elif plain(text) not in _beside():
            near = nearest(plain(text), _known(), CLOSE) if k < WIDEST else ""
            yield Said(n, metric=_known()[near] if near else "", fault="heading", value=text)


@cache
def _beside() -> frozenset[str]:
    """Headings that may stand beside figures: what registers and roll-out sheets say of a ULB."""
    columns = [column for layout in (LGD, rollout()) for column in layout.columns]
    told = {plain(text) for column in columns for text in (column.en, column.hi, *column.also)}
    return frozenset(told | {plain(text) for text in ("", "ULB", "निकाय", "No.", "S.No.")})


@cache
def _known() -> Mapping[str, str]:
    """`{heading as compared: field}`."""
    code = [column for layout in (LGD, rollout()) for column in layout.columns if column.field == CODE]
    known = {plain(text): CODE for column in code for text in (column.en, column.hi, *column.also)}
    known |= {plain(text): MONTH for text in MONTH_WORDS}
    for metric in metrics().values():
        known |= {plain(text): metric.code for text in (metric.code, metric.en, metric.hi)}
    return known


def _by_column(
    rows: Sequence[Sequence[str]], first: int, place: Mapping[str, int], book: Book
) -> Iterator[Said]:
    for n, row in enumerate(rows[first:], first + 1):
        told = {field: row[k].strip() if k < len(row) else "" for field, k in place.items()}
        given = {field: text for field, text in told.items() if field not in {CODE, MONTH} and text}
        if not given or is_note(list(row)):
            continue
        whose = _whose(n, told[CODE], told[MONTH] if MONTH in place else f"{book.month}", book)
        if whose.fault:
            yield whose
            continue
        for metric, text in given.items():
            yield _figure(whose, metric, text)


def _is_heading(n: int, row: Sequence[str], book: Book) -> bool:
    """Whether the first row is words: it begins with no code, that of the State/UT neither, and ends in no
    value."""
    words = row[0][:1].isalpha() and not any(letter.isdigit() for letter in row[-1])
    return n == 1 and words and not is_own(row[0], book)


def _row(n: int, row: Sequence[str], book: Book) -> Said:
    if len(row) != 4:
        return Said(n, fault="four")
    code, metric, month, value = row
    whose = _whose(n, code, month, book)
    return whose if whose.fault else _figure(whose, _code_of(metric), value)


def _code_of(metric: str) -> str:
    """A figure by its code, or by its name as the screen says it."""
    found = _known().get(plain(metric), "")
    return found if found in metrics() else metric


def _whose(n: int, code: str, month: str, book: Book) -> Said:
    """Whose figure of which month a row gives."""
    own, ulb = is_own(code, book), cells.code(code)
    if not own and (ulb is None or ulb not in book.codes):
        return Said(n, fault="code", value=code)
    said = Said(n, None if own else ulb)
    for purpose, words in PURPOSES.items():
        if plain(month) in {plain(word) for word in words}:
            return replace(said, purpose=purpose)
    when = cells.month(month)
    return replace(said, month=when) if when else Said(n, fault="month", value=month)


def is_own(code: str, book: Book) -> bool:
    """Whether a row is the State/UT's own."""
    return reading.code(code).casefold().removeprefix("in-") == book.iso.casefold()


def _figure(whose: Said, metric: str, text: str) -> Said:
    if whose.ulb is not None and metric in metrics() and metrics()[metric].level == "state":
        return replace(whose, metric=metric, fault="level", value=text)
    shares = metric in metrics() and whose.purpose == "target" and metrics()[metric].of is not None
    amount = cells.share(text) if shares else cells.amount(text)
    if amount is None:
        return replace(whose, metric=metric, fault="number", value=text)
    return replace(whose, metric=metric, amount=amount)
