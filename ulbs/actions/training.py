"""What trainings make true: the day on which a ULB was trained in a module."""

from collections.abc import Collection
from datetime import date
from typing import Any

from states.models import State
from ulbs.actions.rollout import Edit, save_cells
from ulbs.actions.uat import Pair
from ulbs.models import Deployment, EventUlb
from ulbs.rules.events import EventKind


def follow(state: State, pairs: Collection[Pair], *, was: date | None = None, by: Any) -> None:
    """Write the day of the first training that was held into each (ULB id, module) that has none.

    A day that somebody typed stays. `was` is the day of a training that counts no more: where it was
    noted, the day of another one takes its place, or none. Modules that are not planned in a ULB, out of
    scope or withdrawn stay as they are. Part of the caller's transaction.
    """
    ulbs = {ulb for ulb, _module in pairs}
    held: dict[Pair, date] = {}
    closed = EventUlb.objects.filter(
        state=state, event__kind=EventKind.TRAINING.value, event__closed_on__isnull=False, ulb__in=ulbs
    )
    for ulb, codes, day in closed.values_list("ulb_id", "event__modules", "event__on"):
        for code in codes.split(","):
            held[ulb, code] = min(day, held.get((ulb, code), day))
    edits = []
    for cell in Deployment.objects.filter(ulb__in=ulbs, in_scope=True, withdrawn_on=None).order_by("pk"):
        pair = (cell.ulb_id, cell.module)
        if pair in pairs and cell.trained_on in {None, was} and cell.trained_on != held.get(pair):
            edits.append(Edit(*pair, {"trained_on": held.get(pair)}))
    if edits:
        save_cells(state, edits, by=by)
