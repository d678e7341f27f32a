"""Which month's figures count for a State/UT, and what was reported of it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

# Among so many months, the last that were reported, the fullest is looked for.
LOOKED_AT = 3


@dataclass(frozen=True, slots=True)
class Reported:
    """A figure of one month, summed up, and how many reported it: ULBs, or the State/UT itself."""

    value: float
    by: int


Months = Mapping[str, Reported]


def is_over(month: str, day: date) -> bool:
    """Whether a month (`2026-11-01`) is over on that day: the running one is taken, but counts later."""
    return month < f"{day:%Y-%m}-01"


def reported(counts: Mapping[str, float], day: date) -> dict[str, dict[str, Reported]]:
    """Of each figure the months that are over on that day, from named counts: the name
    `actual:citizens:2026-11-01:36` holds how many reported, the count is the sum."""
    found: dict[str, dict[str, Reported]] = {}
    for name, value in counts.items():
        purpose, *rest = name.split(":")
        if purpose == "actual" and is_over(rest[1], day):
            metric, month, by = rest
            found.setdefault(metric, {})[month] = Reported(round(value, 2), int(by))
    return found


def month_that_counts(months: Months) -> str | None:
    """Of the last three months reported that which most ULBs reported; the latest where several are equal.

    So one town's early report does not stand for the State/UT, and a ULB that stays silent for good does
    not hold the State/UT at an old month. The deck names no month (Stage 4, outcomes 1 and 2); see
    docs/decisions/0021-which-month-counts.md.
    """
    last: Iterable[str] = sorted(months)[-LOOKED_AT:]
    return max(last, key=lambda month: (months[month].by, month), default=None)


def latest(metric: str, told: Mapping[str, Months], whole: str = "") -> tuple[float, float]:
    """A figure in the month that counts, and what it is a part of in that same month; 0 for what is not
    reported."""
    months = told.get(metric, {})
    month = month_that_counts(months)
    if month is None:
        return 0, 0
    of = told.get(whole, {}).get(month)
    return months[month].value, of.value if of else 0
