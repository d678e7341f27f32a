"""What UAT sessions plan: the date of each module's UAT in each ULB."""

from collections.abc import Collection
from datetime import date
from typing import Any

from nudm.core.dates import today
from states.models import State
from ulbs.actions.rollout import Edit, save_cells
from ulbs.models import Deployment, EventUlb
from ulbs.rules.events import EventKind

Pair = tuple[int, str]


def plan(state: State, pairs: Collection[Pair], *, was: date | None, by: Any) -> None:
    """Write the latest session's date into each (ULB id, module); where none is left, take `was` back.

    A session that was held counts, and one that was planned for a day to come; not one that is written down
    with a day that is over and was not held.

    A module that is signed off, withdrawn or out of scope in a ULB stays as it is. Part of the caller's
    transaction.
    """
    ulbs = {ulb for ulb, _module in pairs}
    cells = {(cell.ulb_id, cell.module): cell for cell in Deployment.objects.filter(ulb__in=ulbs)}
    planned: dict[Pair, date] = {}
    sessions = EventUlb.objects.filter(state=state, event__kind=EventKind.UAT.value, ulb__in=ulbs)
    found = sessions.values_list("ulb_id", "event__modules", "event__on", "event__closed_on")
    for ulb, codes, day, closed in found:
        for code in codes.split(","):
            there = cells.get((ulb, code))
            in_time = there is not None and there.uat_planned_on == day
            if closed is not None or day >= today() or in_time:
                planned[ulb, code] = max(day, planned.get((ulb, code), day))
    edits = []
    for pair in sorted(pairs):
        cell, on = cells.get(pair), planned.get(pair)
        settled = cell is not None and (cell.uat_signed_on or cell.withdrawn_on or not cell.in_scope)
        now = cell.uat_planned_on if cell is not None else None
        if settled or now == on or (on is None and now != was):
            continue
        edits.append(Edit(*pair, {"uat_planned_on": on}))
    if edits:
        save_cells(state, edits, by=by, held=True)
