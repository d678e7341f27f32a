"""Which month's figures count for a State/UT, and whose: the sum over its ULBs or its own total. Pure."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Reported:
    """A figure of one month: what the `by` ULBs that reported it add up to, and the State/UT's own total,
    None where it gave none."""

    total: float = 0
    by: int = 0
    own: float | None = None

    @property
    def value(self) -> float:
        """What stands for the State/UT: its own total in place of the sum over its ULBs, never added to it
        (docs/decisions/0022-the-states-own-total.md)."""
        return self.total if self.own is None else self.own

    @property
    def tellers(self) -> int | None:
        """How many ULBs told what stands; None where the State/UT did."""
        return self.by if self.own is None else None


@dataclass(frozen=True, slots=True)
class Share:
    """A part and its whole of one month, both from the same teller; `tellers` as in Reported."""

    part: float
    whole: float
    tellers: int | None


Months = Mapping[str, Reported]
Sums = Mapping[str, Months]


def month_before(day: date) -> str:
    """The month before that of a day, as months are named (`2026-11-01`)."""
    return f"{day.replace(day=1) - timedelta(days=1):%Y-%m}-01"


def is_over(month: str, day: date) -> bool:
    """Whether a month (`2026-11-01`) is over on that day: the running one is taken, but counts later."""
    return month < f"{day:%Y-%m}-01"


def counts_from(ulb: Any) -> date | None:
    """The first month whose figures of a ULB count: that of its go-live. None where none counts, as the ULB
    is not live, out of scope or ended. Other figures are kept; above and below a line stand the same ULBs."""
    if not ulb.in_scope or ulb.ended or ulb.live_on is None:
        return None
    live: date = ulb.live_on
    return live.replace(day=1)


def reported(counts: Mapping[str, float], day: date | None = None) -> dict[str, dict[str, Reported]]:
    """Of each figure its months, with `day` only those that are over on it, from named counts: the name
    `actual:citizens:2026-11-01:36` holds how many ULBs reported, 0 for the State/UT itself, the count is
    their sum."""
    found: dict[str, dict[str, Reported]] = {}
    for name, value in counts.items():
        purpose, *rest = name.split(":")
        if purpose == "actual" and (day is None or is_over(rest[1], day)):
            metric, month, by = rest
            of = found.setdefault(metric, {})
            told = of.get(month, Reported())
            if by == "0":
                of[month] = Reported(told.total, told.by, round(value, 2))
            else:
                of[month] = Reported(round(value, 2), int(by), told.own)
    return found


def added_up(rows: Iterable[tuple[str, date, bool, Decimal]]) -> dict[str, dict[str, Reported]]:
    """The same of single figures: metric, month, whether it is the State/UT's own, value."""
    sums: dict[tuple[str, date, bool], tuple[Decimal, int]] = {}
    for metric, month, own, value in rows:
        total, by = sums.get((metric, month, own), (Decimal(), 0))
        sums[metric, month, own] = (total + value, by + 1)
    return reported(
        {
            f"actual:{metric}:{month}:{0 if own else by}": float(total)
            for (metric, month, own), (total, by) in sums.items()
        }
    )


def share_of(part: Reported | None, whole: Reported | None) -> Share | None:
    """A share needs both from the same teller: the State/UT's own two, else the two of its ULBs, else there
    is none."""
    if part is None or whole is None:
        return None
    if part.own is not None and whole.own is not None:
        return Share(part.own, whole.own, None)
    # More than the whole: the two are not of the same ULBs.
    told = part.by and whole.by and part.total <= whole.total
    return Share(part.total, whole.total, part.by) if told else None


def of_ulbs_beside_own(part: Reported | None, whole: Reported | None) -> bool:
    """Whether a share, where there is one, is that of the ULBs although the State/UT's own stands in one of
    the two: it is not what these two figures would give."""
    return part is not None and whole is not None and (part.own is None) != (whole.own is None)


def value_that_counts(months: Months, live: int, among: int) -> float | None:
    """A figure in the month that counts `among` so many of the last; None where none is reported. `live` is
    the number of live ULBs."""
    month = _fullest({month: _rank(told.tellers, live) for month, told in months.items()}, among)
    return None if month is None else months[month].value


def share_that_counts(parts: Months, wholes: Months, live: int, among: int) -> Share | None:
    """A share in the month that counts. A month in which no teller gave both is reported by none."""
    shares = {month: share_of(part, wholes.get(month)) for month, part in parts.items()}
    ranks = {month: _rank(share.tellers, live) if share else 0 for month, share in shares.items()}
    month = _fullest(ranks, among)
    return None if month is None else shares[month]


def _fullest(ranks: Mapping[str, int], among: int) -> str | None:
    """Of the last months reported, so many, that which most ULBs reported; the latest where several are
    equal.

    So one town's early report does not stand for the State/UT, and a ULB that stays silent for good does
    not hold the State/UT at an old month. The deck names no month (Stage 4, outcomes 1 and 2); see
    docs/decisions/0021-which-month-counts.md.
    """
    last: Iterable[str] = sorted(ranks)[-among:]
    return max(last, key=lambda month: (ranks[month], month), default=None)


def _rank(tellers: int | None, live: int) -> int:
    """How full a month is: the State/UT's own total is as full as one that all live ULBs reported."""
    return sys.maxsize if tellers is None or 0 < live <= tellers else tellers
