"""What figures say of each other: a part is not more than its whole. Pure."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from ulbs.catalogue import metrics

# Each share with the figure that it is a part of (`of` in metrics.toml).
PARTS = {metric.code: metric.of for metric in metrics().values() if metric.of}


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
