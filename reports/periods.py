"""When a month is closed. Pure.

A month's report holds the facts dated up to the last day of the month, as they were known at the end of the
closing day in the month after it; from then on it is corrected by a new version only.
"""

from datetime import date, timedelta


def first_of(day: date) -> date:
    """The first day of the month of `day`."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after the one that begins with `month`."""
    return first_of(month + timedelta(days=32))


def last_of(month: date) -> date:
    """The last day of the month of a day."""
    return next_month(first_of(month)) - timedelta(days=1)


def month_before(month: date) -> date:
    """The first day of the month before."""
    return first_of(month - timedelta(days=1))


def closing_day(month: date, day: int) -> date:
    """The day at whose end (IST) a month is closed: the `day`-th of the month after it."""
    return next_month(month).replace(day=day)


def is_closed(month: date, day: int, today: date) -> bool:
    """Whether a month is closed on `today`."""
    return today > closing_day(month, day)
