"""Days in IST, figures as India groups them, and counts of a whole that may be nothing."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st

from nudm.core.dates import day_of, days_since, financial_year, show, show_time, today
from nudm.core.money import indian
from nudm.core.ratio import Ratio
from nudm.core.widgets import DayField

ANY_DAY = st.dates(min_value=date(1950, 1, 1), max_value=date(2199, 12, 31))


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 4, 1), "2026-27"),
        (date(2026, 12, 31), "2026-27"),
        (date(2027, 1, 1), "2026-27"),
        (date(2027, 3, 31), "2026-27"),
        (date(2027, 4, 1), "2027-28"),
        (date(2024, 2, 29), "2023-24"),
        (date(2100, 3, 31), "2099-00"),
        (date(2009, 4, 1), "2009-10"),
    ],
)
def test_a_financial_year_runs_from_april_to_march(day: date, year: str) -> None:
    assert financial_year(day) == year


@given(ANY_DAY)
def test_a_financial_year_names_two_years_that_follow_each_other(day: date) -> None:
    start, end = financial_year(day).split("-")
    assert date(int(start), 4, 1) <= day < date(int(start) + 1, 4, 1)
    assert int(end) == (int(start) + 1) % 100


@pytest.mark.parametrize(
    ("moment", "day", "clock"),
    [
        (datetime(2026, 11, 23, 18, 29, 59, tzinfo=UTC), date(2026, 11, 23), "23-11-2026 23:59"),
        (datetime(2026, 11, 23, 18, 30, tzinfo=UTC), date(2026, 11, 24), "24-11-2026 00:00"),
        (datetime(2026, 12, 31, 18, 30, tzinfo=UTC), date(2027, 1, 1), "01-01-2027 00:00"),
        (datetime(2024, 2, 28, 20, 0, tzinfo=UTC), date(2024, 2, 29), "29-02-2024 01:30"),
    ],
)
def test_a_moment_in_utc_is_shown_as_its_day_and_hour_in_india(
    moment: datetime, day: date, clock: str
) -> None:
    assert day_of(moment) == day
    assert show(moment) == f"{day:%d-%m-%Y}"
    assert show_time(moment) == clock


def test_a_day_is_shown_as_itself() -> None:
    assert day_of(date(2026, 4, 5)) == date(2026, 4, 5)
    assert show(date(2026, 4, 5)) == "05-04-2026"


def test_today_is_the_day_in_india() -> None:
    before, seen, after = datetime.now(UTC), today(), datetime.now(UTC)
    shift = timedelta(hours=5, minutes=30)
    assert seen in {(before + shift).date(), (after + shift).date()}


@pytest.mark.parametrize("days", [0, 1, 30, 366])
def test_days_since_a_day_are_whole_days(days: int) -> None:
    assert days_since(today() - timedelta(days=days)) == days


def test_days_to_come_count_below_zero() -> None:
    assert days_since(today() + timedelta(days=3)) == -3


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (7, "7"),
        (999, "999"),
        (1000, "1,000"),
        (99_999, "99,999"),
        (100_000, "1,00,000"),
        (1_234_567, "12,34,567"),
        (10_000_000, "1,00,00,000"),
        (1_234_567_890, "1,23,45,67,890"),
        (-999, "-999"),
        (-100_000, "-1,00,000"),
        (Decimal("1234567.50"), "12,34,567.50"),
        (Decimal("0.05"), "0.05"),
        (Decimal("-1234567.50"), "-12,34,567.50"),
        ("4800", "4,800"),
    ],
)
def test_a_figure_is_grouped_in_lakhs_and_crores(value: int | Decimal | str, words: str) -> None:
    assert indian(value) == words


@given(st.integers(min_value=-(10**18), max_value=10**18))
def test_grouping_changes_no_digit(value: int) -> None:
    words = indian(value)
    assert int(words.replace(",", "")) == value
    head, *groups = words.lstrip("-").split(",")
    assert 1 <= len(head) <= 3
    assert [len(group) for group in groups] == [2] * (len(groups) - 1) + [3] * bool(groups)


@pytest.mark.parametrize(
    ("ratio", "percent", "complete", "begun"),
    [
        (Ratio(0, 0), None, False, False),
        (Ratio(0, 5), 0.0, False, False),
        (Ratio(3, 5), 60.0, False, True),
        (Ratio(5, 5), 100.0, True, True),
        (Ratio(1, 3), 100 / 3, False, True),
    ],
)
def test_a_ratio_is_complete_only_when_there_was_something_to_count(
    ratio: Ratio, percent: float | None, complete: bool, begun: bool
) -> None:
    assert ratio.percent == (None if percent is None else pytest.approx(percent))
    assert (ratio.complete, ratio.begun) == (complete, begun)


def test_equal_ratios_are_one_and_cannot_be_changed() -> None:
    assert len({Ratio(3, 5), Ratio(3, 5), Ratio(5, 3)}) == 2
    with pytest.raises(AttributeError):
        Ratio(3, 5).n = 4  # type: ignore[misc]


def test_a_field_of_a_day_shows_and_takes_it_as_officers_write_it() -> None:
    class Asked(forms.Form):
        on = DayField()

    assert 'value="05-11-2026"' in str(Asked(initial={"on": date(2026, 11, 5)})["on"])
    for text in ("05-11-2026", "5-11-2026", "05/11/2026", "05.11.2026", "2026-11-05"):
        form = Asked({"on": text})
        assert form.is_valid() and form.cleaned_data["on"] == date(2026, 11, 5)
