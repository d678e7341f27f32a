"""A count out of a whole, which may be nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ratio:
    """`n` of `of`. Nothing of nothing is not complete: Lakshadweep has no ULB."""

    n: int
    of: int

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
