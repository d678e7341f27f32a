"""The state's registers: who writes in each, and how old an open entry is."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

# The power that adds to a register, changes, closes and reopens its entries. The agency, which has
# `update_rollout`, runs trainings and UAT and mends what is broken; a review with the centre is written down
# by either side; the rest is the State/UT's.
WRITES: dict[str, str] = {
    "kickoff": "manage_ulbs",
    "training": "update_rollout",
    "uat": "update_rollout",
    "meeting": "manage_ulbs",
    "campaign": "manage_ulbs",
    "review": "record_review",
    "trainers": "update_rollout",
    "incidents": "update_rollout",
    "help_desk": "manage_ulbs",
    "cadence": "manage_ulbs",
    "policy": "manage_ulbs",
}

# How long something has been open, in days, both ends included; None has no end.
Age = tuple[int, int | None]
AGES: tuple[Age, ...] = ((0, 7), (8, 15), (16, 30), (31, None))


def days_ago(age: Age, today: date) -> tuple[date | None, date]:
    """The first and the last day on which something of this age was opened; None: any day before."""
    least, most = age
    return (None if most is None else today - timedelta(days=most)), today - timedelta(days=least)


def mix(incidents: Iterable[Any], day: date) -> dict[str, tuple[int, int]]:
    """By severity how many incidents were open at the end of `day`, and for how many days the oldest of them
    had been (deck, Stage 3, role of the CDG: reviewing change management and incident management)."""
    found: dict[str, tuple[int, int]] = {}
    for row in incidents:
        if row.opened_on <= day and (row.closed_on is None or row.closed_on > day):
            n, oldest = found.get(row.severity, (0, 0))
            found[row.severity] = n + 1, max(oldest, (day - row.opened_on).days)
    return found
