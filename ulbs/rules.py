"""What is counted of towns, and the order in which a town's milestones may come. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

from nudm.core.ratio import Ratio

MEASURES = frozenset(
    {
        "pilot.identified",
        "pilot.master_data_started",
        "pilot.master_data_validated",
        "pilot.uat_participants",
        "pilot.uat_scheduled",
        "pilot.uat_signed_off",
        "pilot.live",
        "rest.master_data_started",
        "rest.live",
        "all.live",
        "first_batch.live",
        "batches.started",
    }
)

CANTONMENT_BOARD = 8


class MilestoneKind(StrEnum):
    """The facts about a town that the deck's outcomes and criteria count."""

    MASTER_DATA_STARTED = "master_data_started"
    MASTER_DATA_VALIDATED = "master_data_validated"
    UAT_PARTICIPANTS = "uat_participants"
    UAT_SCHEDULED = "uat_scheduled"
    UAT_SIGNED_OFF = "uat_signed_off"
    LIVE = "live"


# What must stand, on or before the same day, for a milestone to be recorded. The deck has no live
# without UAT sign-off (Stage 3, outcome 1) and no sign-off without a session held with participants.
AFTER: dict[MilestoneKind, tuple[MilestoneKind, ...]] = {
    MilestoneKind.MASTER_DATA_VALIDATED: (MilestoneKind.MASTER_DATA_STARTED,),
    MilestoneKind.UAT_SIGNED_OFF: (MilestoneKind.UAT_PARTICIPANTS,),
    MilestoneKind.LIVE: (MilestoneKind.UAT_SIGNED_OFF,),
}


def order_faults(
    dates: Mapping[MilestoneKind, date | None],
) -> dict[MilestoneKind, MilestoneKind]:
    """Which milestones come before what they need: `{milestone: the one it must follow}`."""
    faults: dict[MilestoneKind, MilestoneKind] = {}
    for kind, needed in AFTER.items():
        on = dates.get(kind)
        for earlier in needed:
            before = dates.get(earlier)
            if on is not None and (before is None or before > on):
                faults.setdefault(kind, earlier)
    return faults


def measures_of(
    towns: Iterable[tuple[bool, int | None, int]],
    reached: Iterable[tuple[MilestoneKind, bool, int | None, int]],
) -> dict[str, Ratio]:
    """The measures of one state, from counts of towns in scope by (pilot, batch) and of the
    milestones they reached by (kind, pilot, batch).

    The first batch is the lowest-numbered one with a town that is not a pilot (deck, Stage 4,
    input 1: the first batch after the pilot).
    """
    groups = list(towns)
    facts = list(reached)
    first = min(
        (batch for pilot, batch, _n in groups if not pilot and batch is not None),
        default=None,
    )
    total = sum(n for _p, _b, n in groups)
    pilots = sum(n for pilot, _b, n in groups if pilot)
    in_first = sum(n for pilot, batch, n in groups if not pilot and batch is not None and batch == first)

    def count(kind: MilestoneKind, *, pilot: bool | None = None, batch: int | None = None) -> int:
        return sum(
            n
            for k, p, b, n in facts
            if k is kind and (pilot is None or p is pilot) and (batch is None or b == batch)
        )

    measures = {f"pilot.{kind}": Ratio(count(kind, pilot=True), pilots) for kind in MilestoneKind}
    live_in_first = count(MilestoneKind.LIVE, pilot=False, batch=first) if first is not None else 0
    rest = total - pilots
    return measures | {
        "pilot.identified": Ratio(pilots, total),
        "rest.master_data_started": Ratio(count(MilestoneKind.MASTER_DATA_STARTED, pilot=False), rest),
        "rest.live": Ratio(count(MilestoneKind.LIVE, pilot=False), rest),
        "all.live": Ratio(count(MilestoneKind.LIVE), total),
        "first_batch.live": Ratio(live_in_first, in_first),
    }
