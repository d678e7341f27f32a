"""Numbers and months as officers write them: read where they are sure, refused where they are not."""

from datetime import date
from decimal import Decimal

import pytest

from ulbs.importing import cells
from ulbs.importing.figures import Book, read
from ulbs.importing.workbook_child import told

OCTOBER = date(2026, 10, 1)
BOOK = Book({250001}, "KL", OCTOBER)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1250", 1250), ("1,250", 1250), ("1,20,000", 120000), ("12,34,567", 1234567), ("120,000", 120000),
        ("1,234,567", 1234567), ("12.5", "12.5"), ("1,20,000.50", "120000.50"), ("0", 0), ("२५", 25),
        ("१,२०,०००", 120000), (" 25 ", 25), ("-5", -5), (told(12.5), "12.5"), (told(100000.0), 100000),
    ],
)  # fmt: skip
def test_numbers_with_the_groups_of_india_or_of_the_west_are_read(text: str, amount: int | str) -> None:
    assert cells.amount(text) == Decimal(amount)
    [said] = read([["KL", "citizens", "10-2026", text]], BOOK)
    assert (said.fault, said.amount) == ("", Decimal(amount))


@pytest.mark.parametrize(
    "text",
    [
        "1,5", "12,5", "1_000", "1e5", "1E+05", "1,2000", "1,20", "120,00", "1,,000", ",500", "1,000,00",
        "1.5.0", "NaN", "inf", "5 km", "1 000", "1'000", "12,50,0", "1,234,56,789",
    ],
)  # fmt: skip
def test_numbers_that_may_be_others_are_refused(text: str) -> None:
    assert cells.amount(text) is None
    [said] = read([["KL", "citizens", "10-2026", text]], BOOK)
    assert (said.fault, said.value) == ("number", text)


def test_whole_numbers_have_the_same_groups() -> None:
    assert [cells.number(text) for text in ("22,076", "1,20,000", "5.0", "1,5", "1,20")] == [
        22076, 120000, 5, None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "10/2026", "10-2026", "2026-10", "2026/10", "10.2026", "Oct-26", "oct 26", "Oct 2026", "October 2026",
        "OCTOBER-2026", "Oct’26", "2026-10-01", "2026-10-05", "2026-10-05 00:00:00", "01-10-2026",
        "01/10/2026", "31/10/2026", "10-10-2026", "05-Oct-2026", "5 October 2026", "'10-2026", "१०-२०२६",
    ],
)  # fmt: skip
def test_a_month_is_read_in_many_forms(text: str) -> None:
    assert cells.month(text) == OCTOBER
    [row] = read([["KL", "citizens", text, "5"]], BOOK)
    [cell] = read([["LGD code", "Month", "Citizens registered"], ["KL", text, "5"]], BOOK)
    assert (row.fault, row.month) == (cell.fault, cell.month) == ("", OCTOBER)


@pytest.mark.parametrize(
    "text",
    [
        "10-26", "26-10", "10/01/2026", "05-11-2026", "13-2026", "2026-13", "00-2026", "10-0000", "Oct",
        "2026", "26-Oct", "J-26", "Ma 2026", "Octob3r 2026", "Foo 2026", "Oct-2", "10-2026-11", "Mai 2026",
        "", "whenever",
    ],
)  # fmt: skip
def test_a_month_that_may_be_another_is_refused(text: str) -> None:
    assert cells.month(text) is None


def test_short_names_of_months_mean_one_month_each() -> None:
    short = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    assert [cells.month(f"{name} 2026") for name in short] == [date(2026, n, 1) for n in range(1, 13)]
    assert cells.month("Sept-26") == date(2026, 9, 1)
