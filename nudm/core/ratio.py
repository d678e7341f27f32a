"""A count out of a whole, which may be nothing."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ratio:
    """`n` of `of`. Nothing of nothing is not complete: Lakshadweep has no ULB.

    `out` were taken out of the whole with the centre's agreement after Stage 1 was closed; `corrected` left
    it by a correction of the register, such as a merger. Both are told beside the ratio.
    """

    n: int
    of: int
    out: int = 0
    corrected: int = 0

    @property
    def percent(self) -> float | None:
        """0 to 100, or None where there is nothing to count."""
        return 100 * self.n / self.of if self.of else None

    @property
    def complete(self) -> bool:
        return self.of > 0 and self.n >= self.of

    @property
    def begun(self) -> bool:
        return self.n > 0


def summed(ratios: Iterable[Ratio]) -> Ratio:
    """Several counts as one."""
    rows = list(ratios)
    return Ratio(
        sum(row.n for row in rows),
        sum(row.of for row in rows),
        sum(row.out for row in rows),
        sum(row.corrected for row in rows),
    )
