"""One reader of days, months, numbers and codes: what is read, and what is refused rather than guessed."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nudm.core import reading
from nudm.core.money import indian

pytestmark = pytest.mark.once
DIGITS = ("0123456789", "०१२३४५६७८९", "০১২৩৪৫৬৭৮৯", "௦௧௨௩௪௫௬௭௮௯", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９")
HINDI = ["जनवरी", "फ़रवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितम्बर", "अक्तूबर", "नवंबर", "दिसंबर"]
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def other(text: str, digits: str) -> str:
    """The text in other digits."""
    return text.translate(str.maketrans(DIGITS[0], digits))


SPELLINGS: list[Any] = [
    lambda d: f"{d:%d-%m-%Y}",
    lambda d: f"{d.day}/{d.month}/{d.year}",
    lambda d: f"{d.day}.{d.month}.{d.year}",
    lambda d: f"{d.day} {d.month} {d.year}",
    lambda d: f"{d.day} – {d.month} – {d.year}",
    lambda d: f"{d.day}／{d.month}／{d.year}",
    lambda d: f"{d:%Y-%m-%d}",
    lambda d: f"{d:%Y/%m/%d}",
    lambda d: f"{d:%Y-%m-%d 00:00:00}",
    lambda d: f"{d:%Y-%m-%dT10:30}",
    lambda d: f"'{d:%d-%m-%Y}",
    lambda d: f"{d.day} {d:%B %Y}",
    lambda d: f"{d:%d-%b-%Y}",
    lambda d: f"{d:%d-%b-%y}",
    lambda d: f"{d.day} {d:%b}., {d.year}",
    lambda d: f"{d:%B} {d.day}, {d.year}",
    lambda d: f"{d.day} {HINDI[d.month - 1]} {d.year}",
    lambda d: f"\u200f{d:%d-%m-%Y}\u200e",
    lambda d: f"\ufeff {d:%d}\u200d-{d:%m}-{d:%Y}\u00a0",
]


@given(days, st.sampled_from(SPELLINGS), st.sampled_from(DIGITS))
def test_a_day_is_the_same_in_every_spelling_and_in_every_script(day: date, spell: Any, digits: str) -> None:
    assert reading.day(other(spell(day), digits)) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "11/30/2026",
        "5-11-26",
        "05-11",
        "31-02-2026",
        "0-1-2026",
        "5112026",
        "5 ju 2026",
        "²-1-2026",
        "05-11-2026 25:00",
        "05-11-2026 10:75",
        "1" * 5000,
    ],
)
def test_what_is_no_day_or_could_be_another_is_refused_with_what_to_type(text: str) -> None:
    with pytest.raises(reading.Unclear, match="Write it as 05-11-2026"):
        reading.day(text)


@pytest.mark.parametrize("text", ["5 अप्रेल 2026", "५ अप्रैल २०२६", "5 अप्रे. 2026"])
def test_april_is_known_by_both_spellings(text: str) -> None:
    assert reading.day(text) == date(2026, 4, 5)


def test_a_moment_with_its_zone_is_the_day_that_it_was_in_india() -> None:
    assert reading.day("2026-11-04T20:00:00Z") == date(2026, 11, 5)
    assert reading.day("2026-11-05T00:30:00+05:30") == date(2026, 11, 5)


@given(days, st.sampled_from(DIGITS))
def test_a_month_is_the_same_in_every_spelling(day: date, digits: str) -> None:
    first = day.replace(day=1)
    spelled = (
        f"{day:%m-%Y}",
        f"{day.month}/{day.year}",
        f"{day:%Y-%m}",
        f"{day:%B %Y}",
        f"{day:%b-%y}",
        f"{day:%Y %b}",
        f"{HINDI[day.month - 1]} {day.year}",
        f"{first:%d-%m-%Y}",
        f"{day:%Y-%m-%d}",
        f"\u200e{day:%m-%Y}\u200f",
    )
    assert {reading.month(other(text, digits)) for text in spelled} == {first}


@pytest.mark.parametrize("text", ["", "10/03/2026", "13-2026", "2026", "Octo", "ma 2026", "10-26"])
def test_what_could_be_two_months_is_refused(text: str) -> None:
    with pytest.raises(reading.Unclear, match="Write it as 10-2026"):
        reading.month(text)


@given(st.integers(0, 10**11), st.sampled_from(DIGITS))
def test_a_count_is_read_however_it_is_grouped(n: int, digits: str) -> None:
    for text in (str(n), indian(n), f"{n:,}", f" {indian(n)}.00 ", f"\u200b{n}\u202c"):
        assert reading.whole(other(text, digits)) == n


@given(st.decimals(0, 10**9, places=2), st.sampled_from(DIGITS))
def test_a_number_with_decimals_is_read_to_the_last_of_them(n: Decimal, digits: str) -> None:
    for text in (f"{n}", indian(n)):
        assert reading.amount(other(text, digits)) == n
    for sign in ("%", " %", " per cent", " प्रतिशत", "％"):
        assert reading.share(f"{n}{sign}") == n


@pytest.mark.parametrize(
    "text",
    [
        "12,5", "1.20.000", "1.200", "120.000", "1,2,3", "12,00,0", "0,125", "1,20,00", "1.2.3", ",5",
    ],
)  # fmt: skip
def test_what_could_be_two_numbers_is_refused_with_what_to_type(text: str) -> None:
    for reader in (reading.amount, reading.whole, reading.share):
        with pytest.raises(
            reading.Unclear, match=r"could be more than one number\. Write thousands as 1,20,000"
        ):
            reader(text)


@pytest.mark.parametrize(
    "text", ["", "x", "5 km", "1e5", "1_000", "1 000", "½", "²", "₹5", "--5", "5-", "nan", "inf"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(reading.Unclear, match=r"is not a number\. Write digits only"):
        reading.amount(text)


@pytest.mark.parametrize("text", ["-0", "−0.00", "0", "-०"])
def test_there_is_no_nought_below_zero(text: str) -> None:
    assert str(reading.amount(text)).lstrip("0.") == "" and str(reading.whole(text)) == "0"


@pytest.mark.parametrize("text", ["12.5", "0.01", "1,20,000.50"])
def test_a_count_is_whole(text: str) -> None:
    assert reading.amount(text) > 0
    with pytest.raises(reading.Unclear, match="This is a count"):
        reading.whole(text)


@pytest.mark.parametrize(
    "text",
    [
        "248056",
        "२४८०५६",
        "２４８０５６",
        "\u200e248056\u200f",
        "248 056",
        "'248056",
        "248\u200d056",
        "248056.0",
        "2,48,056",
    ],
)
def test_a_code_of_digits_is_read_without_what_is_not_shown(text: str) -> None:
    assert reading.number_code(text) == 248056


def test_a_code_of_letters_keeps_its_parts() -> None:
    assert reading.code("\u200f ＩＮ-\u200dＫＬ\u00a0") == "IN-KL"
    assert reading.code("pg.city (old)") == "pg.city (old)"
    for text in ("-5", "abc", "", "248056x"):
        with pytest.raises(reading.Unclear):
            reading.number_code(text)


def test_the_readers_take_any_length_at_once() -> None:
    began = date.today()
    for text in ("1," * 50_000, "5 " * 50_000, "नवंबर" * 20_000, "." * 100_000):
        for reader in (reading.day, reading.month, reading.amount, reading.whole, reading.number_code):
            with pytest.raises(reading.Unclear):
                reader(text)
    assert date.today() - began < timedelta(days=1)
