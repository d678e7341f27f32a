"""Demonstration towns: as many as make a page worth looking at, with codes outside the LGD's."""

from collections.abc import Iterator
from datetime import date, timedelta

from states.models import State
from ulbs.models import Batch, Milestone, Ulb
from ulbs.rules import MilestoneKind

FIRST_CODE = 900_001
KINDS = list(MilestoneKind)
TOWNS = {"LD": 0, "CH": 1, "AN": 1, "LA": 2, "DH": 3, "DL": 4, "PY": 5, "SK": 7}
USUAL = 24
PILOTS = 4
BATCH = 8


def build(state: State, level: float, today: date, code: int) -> int:
    """Towns of one state at `level` (0 nothing done, 1 to 3 stages done); the next free code."""
    count = TOWNS.get(state.iso, USUAL + state.lgd_code % 17)
    if not count:
        return code
    pilots = min(PILOTS, count)
    begun = level > 0.6
    size = max(1, -(-(count - pilots) // BATCH))
    batches = [
        Batch(
            state=state,
            number=n + 1,
            planned_on=today - timedelta(days=round((level - 2.2) * 200) - 40 * n),
            started_on=_started(n, level, today),
        )
        for n in range(size if count > pilots else 0)
    ]
    Batch.objects.bulk_create(batches)
    towns = [
        Ulb(
            state=state,
            lgd_code=code + n,
            name=f"Demo Town {state.iso}-{n + 1:02d}",
            name_local=f"प्रदर्शन नगर {state.iso}-{n + 1:02d}",
            type_code=(4, 5, 5, 7, 7)[n % 5],
            district=f"Demo District {n % 4 + 1}",
            kind=("greenfield", "brownfield")[n % 2],
            pilot=begun and n < pilots,
            batch=batches[(n - pilots) // BATCH] if n >= pilots else None,
        )
        for n in range(count)
    ]
    Ulb.objects.bulk_create(towns)
    facts = [fact for n, town in enumerate(towns) for fact in _facts(town, n - pilots, level, today)]
    Milestone.objects.bulk_create(facts)
    return code + count


def _started(batch: int, level: float, today: date) -> date | None:
    reached = level - 2.3 - 0.1 * batch
    return today - timedelta(days=max(1, round(reached * 180))) if reached > 0 else None


def _facts(town: Ulb, place: int, level: float, today: date) -> Iterator[Milestone]:
    """A pilot's facts come with stages 1 and 2; the others' with stage 3, batch by batch."""
    start = (
        0.7 + 0.05 * (town.lgd_code % 3)
        if town.pilot
        else 2.25 + 0.1 * (place // BATCH) + 0.01 * (place % BATCH)
    )
    step = 0.32 if town.pilot else 0.06
    reached = [kind for n, kind in enumerate(KINDS) if level > start + n * step]
    if not town.pilot and level < 2.25:
        return
    for n, kind in enumerate(reached):
        ago = max(1, round((level - start - n * step) * 110))
        yield Milestone(state=town.state, ulb=town, kind=kind.value, on=today - timedelta(days=ago))
