"""ULBs as they were known on a day, put together again: each with its state, its batch and its modules."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import prefetch_related_objects

from states.models import State
from states.past import as_on_all, visible_on
from ulbs.models import Batch, Deployment, Ulb


def towns_on(state: State, day: date) -> tuple[list[Ulb], list[Deployment]]:
    """The ULBs of a state by name, and the cells of their modules, in one query."""
    rows = as_on_all([Ulb, Batch, Deployment], [state.pk], day)
    batches = {batch.pk: batch for batch in rows[Batch]}
    for ulb in rows[Ulb]:
        ulb.state, ulb.batch = state, batches.get(ulb.batch_id)
    return sorted(rows[Ulb], key=lambda ulb: (ulb.name, ulb.lgd_code)), rows[Deployment]


def seen_on(user: Any, day: date) -> list[Ulb]:
    """The ULBs that exist for this person now, as they were known then, by their codes."""
    ulbs = visible_on(Ulb, user, day)
    prefetch_related_objects(ulbs, "state")
    batches = as_on_all([Batch], list({ulb.state_id for ulb in ulbs}), day)[Batch]
    of = {batch.pk: batch for batch in batches}
    for ulb in ulbs:
        ulb.batch = of.get(ulb.batch_id)
    return sorted(ulbs, key=lambda ulb: ulb.lgd_code)


def with_cells(ulbs: Iterable[Ulb], day: date) -> list[Ulb]:
    """These ULBs, each with the `cells` of its modules as they were known then."""
    rows = list(ulbs)
    of: dict[int, list[Deployment]] = {}
    for cell in as_on_all([Deployment], list({ulb.state_id for ulb in rows}), day)[Deployment]:
        of.setdefault(cell.ulb_id, []).append(cell)
    for ulb in rows:
        ulb.cells = sorted(of.get(ulb.pk, ()), key=lambda cell: cell.module)  # type: ignore[attr-defined]
    return rows
