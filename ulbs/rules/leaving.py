"""Which counts a ULB leaves when its plan changes. Pure."""

from dataclasses import dataclass
from datetime import timedelta

# What is taken back within this time after it was entered is a correction.
TAKEN_BACK_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ULB is counted: in scope and still there, among the pilots or the others, in which batch."""

    in_scope: bool
    pilot: bool = False
    batch: int | None = None
    ended: bool = False

    @property
    def counts(self) -> bool:
        return self.in_scope and not self.ended


def leaves(before: Place, after: Place, *, begun: bool) -> tuple[str, ...]:
    """The counts that a ULB leaves: `all` ULBs, the `pilot` ULBs, the `rest`, its `batch` where that has
    `begun`. What was not counted leaves nothing.

    A ULB that becomes a pilot leaves the others, of which every one has to be live (deck, Stage 3,
    criterion 2).
    """
    if not before.counts:
        return ()
    found = []
    if not after.counts:
        found.append("all")
    if before.pilot and not (after.counts and after.pilot):
        found.append("pilot")
    if not before.pilot and (after.pilot or not after.counts):
        found.append("rest")
    if begun and before.batch is not None and not (after.counts and after.batch == before.batch):
        found.append("batch")
    return tuple(found)
