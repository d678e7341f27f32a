"""When a schedule falls due. Pure: days in IST, financial year April to March."""

from calendar import monthrange
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from itertools import islice

QUARTER_STARTS = (4, 7, 10, 1)
# The day of the month that stands for its last day, however long it is.
LAST = 31


def falls_on(day: date, *, every: str, weekday: int, day_of_month: int, holidays: Collection[date]) -> bool:
    """Whether something planned falls on `day`: on its planned day, or on the first working day after a
    planned day that is a Sunday or a holiday."""
    rule = {"every": every, "weekday": weekday, "day_of_month": day_of_month, "holidays": holidays}
    return latest(day, **rule)[1] == day  # type: ignore[arg-type]


def latest(
    day: date, *, every: str, weekday: int, day_of_month: int, holidays: Collection[date]
) -> tuple[date, date]:
    """The newest planned day whose working day is not after `day`, and that working day."""
    planned = day
    while True:
        if _planned(planned, every, weekday, day_of_month):
            falls = working_day(planned, holidays)
            if falls <= day:
                return planned, falls
        planned -= timedelta(days=1)


def working_day(day: date, holidays: Collection[date]) -> date:
    """The first day from `day` on that is neither a Sunday nor a holiday."""
    while is_off(day, holidays):
        day += timedelta(days=1)
    return day


def is_off(day: date, holidays: Collection[date]) -> bool:
    """Sundays and holidays."""
    return day.weekday() == 6 or day in holidays


def _planned(day: date, every: str, weekday: int, day_of_month: int) -> bool:
    """A day of the month that a shorter month does not have is its last day there."""
    if every == "week":
        return day.weekday() == weekday
    if day.day != min(day_of_month, monthrange(day.year, day.month)[1]):
        return False
    return every == "month" or day.month in QUARTER_STARTS


def dates(
    after: date, *, every: str, weekday: int, day_of_month: int, holidays: Collection[date]
) -> Iterator[date]:
    """The days on which it falls due after `after`, without end."""
    day = after
    while True:
        day += timedelta(days=1)
        if falls_on(day, every=every, weekday=weekday, day_of_month=day_of_month, holidays=holidays):
            yield day


def next_dates(after: date, count: int = 5, **rule: object) -> list[date]:
    """The next `count` days."""
    return list(islice(dates(after, **rule), count))  # type: ignore[arg-type]


LADDER = (-7, -2, 0, 3, 10, 20)
ESCALATES = {3: 1, 10: 2, 20: 3}


def step_due(due: date, today: date) -> int | None:
    """The step of the ladder that `today` has reached for a target date: the latest one not after today.

    None before the first. A day on which nothing ran is made up for by the next.
    """
    passed = (today - due).days
    return max((step for step in LADDER if step <= passed), default=None)
