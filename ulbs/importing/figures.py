"""Monthly figures in a sheet: a row a ULB with a column a figure, or a row a figure. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache

from ulbs.catalogue import metrics
from ulbs.importing import cells
from ulbs.importing.headings import DEPTH, is_note, plain
from ulbs.importing.layouts import LGD, rollout

CODE = "lgd_code"


@dataclass(frozen=True, slots=True)
class Said:
    """A figure that a row gives, or why it gives none: `fault` is a word, `value` what stands there."""

    row: int
    ulb: int = 0
    metric: str = ""
    month: date = date.min
    amount: Decimal = Decimal(0)
    fault: str = ""
    value: str = ""


def read(rows: Sequence[Sequence[str]], codes: Collection[int], month: date) -> list[Said]:
    """What a sheet says of the ULBs with these codes. Where its columns are figures, all are of `month` and
    an empty cell says nothing; else each row has LGD code, figure, month and value."""
    for n, row in enumerate(rows[:DEPTH]):
        place = _places(row)
        if CODE in place and len(place) > 1:
            return list(_by_column(rows, n + 1, place, codes, month))
    trimmed = ((n, [cell.strip() for cell in row]) for n, row in enumerate(rows, 1))
    return [_row(n, row, codes) for n, row in trimmed if _counts(n, row)]


def _places(row: Sequence[str]) -> dict[str, int]:
    """Where in a heading the code and the figures stand."""
    at = {plain(cell): k for k, cell in reversed(list(enumerate(row)))}
    return {field: at[text] for text, field in _known().items() if text in at}


@cache
def _known() -> Mapping[str, str]:
    """`{heading as compared: field}`."""
    code = [column for layout in (LGD, rollout()) for column in layout.columns if column.field == CODE]
    known = {plain(text): CODE for column in code for text in (column.en, column.hi, *column.also)}
    for metric in metrics().values():
        if metric.level == "ulb":
            known |= {plain(text): metric.code for text in (metric.code, metric.en, metric.hi)}
    return known


def _by_column(
    rows: Sequence[Sequence[str]], first: int, place: Mapping[str, int], codes: Collection[int], month: date
) -> Iterator[Said]:
    for n, row in enumerate(rows[first:], first + 1):
        code = row[place[CODE]].strip() if place[CODE] < len(row) else ""
        given = {m: row[k].strip() for m, k in place.items() if m != CODE and k < len(row) and row[k].strip()}
        if not given or is_note(list(row)):
            continue
        ulb = cells.number(code)
        if ulb not in codes or ulb is None:
            yield Said(n, fault="ulb", value=code)
            continue
        for metric, text in given.items():
            yield _amount(n, ulb, metric, month, text)


def _counts(n: int, row: Sequence[str]) -> bool:
    """Whether a row is one of figures: not blank, and not the heading."""
    return any(row) and not (n == 1 and row[0][:1].isalpha())


def _row(n: int, row: Sequence[str], codes: Collection[int]) -> Said:
    if len(row) != 4:
        return Said(n, fault="four")
    code, metric, month, value = row
    ulb, when = cells.number(code), _month(month)
    if ulb not in codes or ulb is None:
        return Said(n, fault="ulb", value=code)
    if when is None:
        return Said(n, fault="month", value=month)
    return _amount(n, ulb, metric, when, value)


def _month(text: str) -> date | None:
    """`2026-10`, `10-2026`, or any day of the month."""
    found = cells.day(f"{text}-01") or cells.day(f"01-{text}") or cells.day(text)
    return found.replace(day=1) if found else None


def _amount(n: int, ulb: int, metric: str, month: date, text: str) -> Said:
    try:
        amount = Decimal(text.replace(",", ""))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        return Said(n, fault="number", value=text)
    return Said(n, ulb, metric, month, amount)
