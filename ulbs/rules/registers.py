"""The state's registers: who writes in each, and how old an open entry is."""

from datetime import date, timedelta

# The power that adds to a register, changes, closes and reopens its entries. The agency, which has
# `update_rollout`, runs trainings and UAT and mends what is broken; the rest is the State/UT's.
WRITES: dict[str, str] = {
    "kickoff": "manage_ulbs",
    "training": "update_rollout",
    "uat": "update_rollout",
    "meeting": "manage_ulbs",
    "campaign": "manage_ulbs",
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
