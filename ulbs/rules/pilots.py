"""How pilots are chosen, and how many ULBs make a batch."""

from dataclasses import dataclass
from enum import StrEnum


class Approach(StrEnum):
    """The deck's three ways of choosing pilots (recommendations for phase 1, no. 2)."""

    GREENFIELD = "greenfield"
    BROWNFIELD = "brownfield"
    MIX = "mix"


@dataclass(frozen=True, slots=True)
class Mix:
    """The pilots by kind; `unknown` ones do not say whether they are greenfield or brownfield."""

    greenfield: int
    brownfield: int
    unknown: int

    @property
    def total(self) -> int:
        return self.greenfield + self.brownfield + self.unknown


def off(approach: Approach, mix: Mix) -> int:
    """How many pilots speak against the approach; for a mix, how many kinds are not there."""
    if approach is Approach.MIX:
        return (not mix.greenfield) + (not mix.brownfield)
    return mix.brownfield if approach is Approach.GREENFIELD else mix.greenfield


def fits(approach: Approach, mix: Mix) -> bool:
    """Whether the pilots are what the approach says, every one of them known."""
    return mix.total > 0 and not mix.unknown and not off(approach, mix)


def shares(count: int, size: int) -> list[int]:
    """`count` ULBs in batches of about `size`, as even as can be: 61 by 30 are 31 and 30, not 30, 30, 1."""
    if count <= 0:
        return []
    fewest = max(count // size, 1)
    batches = min(fewest, fewest + 1, key=lambda n: abs(count / n - size))
    least, more = divmod(count, batches)
    return [least + (n < more) for n in range(batches)]
