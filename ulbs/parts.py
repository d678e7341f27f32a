"""A state's ULBs in parts by primary key: what each was counted to stands until one of its ULBs moves."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from django.db.models import F

Counted = TypeVar("Counted")
# The first and the last key of ULBs that are counted.
Span = tuple[int, int]
EVERY: Span = (0, 2**62)
# A part has so many keys: few enough to be counted at once, and the parts few enough to be summed up.
BITS = 9


def part_of(path: str) -> Any:
    """For the database: the part of the ULB whose key is at this path."""
    return F(path).bitrightshift(BITS)


def span_of(ulbs: Collection[int]) -> Span:
    """All parts from that of the first of these ULBs to that of the last: what is to be counted anew."""
    return min(ulbs) >> BITS << BITS, ((max(ulbs) >> BITS) + 1 << BITS) - 1


def renewed(kept: Mapping[int, Counted], span: Span, counted: Mapping[int, Counted]) -> dict[int, Counted]:
    """What was counted, by part, with the parts of this span as they are counted now."""
    first, last = (key >> BITS for key in span)
    return {part: count for part, count in kept.items() if not first <= part <= last} | dict(counted)
