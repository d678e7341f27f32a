"""What figures say of each other: a part is not more than its whole. Pure."""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from ulbs.catalogue import Metric, metrics

# Each share with the figure that it is a part of (`of` in metrics.toml).
PARTS = {metric.code: metric.of for metric in metrics().values() if metric.of}


# Of these no person is more than one.
PERSONS = frozenset({"employees", "employees_active"})


def doubtful(
    metric: Metric, value: Decimal, people: int | None, month: date | None, per_person: int
) -> int | None:
    """The most that a figure can be expected to be, where it is more; None where nothing is wrong with it.

    Days: those of the month. What is counted: `per_person` to each inhabitant of the last census, one to each
    for employees; nothing is said where the population is not known.
    """
    if metric.unit == "days":
        most = monthrange(month.year, month.month)[1] if month is not None else 31
    elif people is None or metric.unit != "count":
        return None
    else:
        most = people * (1 if metric.code in PERSONS else per_person)
    return most if value > most else None


def pairs_with(metric: str) -> Iterator[tuple[str, str]]:
    """The (part, whole) that a figure belongs to, as the one or as the other."""
    return ((part, whole) for part, whole in PARTS.items() if metric in (part, whole))


def beside(metric: str) -> set[str]:
    """The figures that it is compared with."""
    return {code for pair in pairs_with(metric) for code in pair} - {metric}


def exceeds(part: str, whole: str, values: Mapping[str, Decimal | None]) -> bool:
    """Whether the part is more than its whole, both given; a figure that is not there says nothing."""
    n, of = values.get(part), values.get(whole)
    return n is not None and of is not None and n > of
