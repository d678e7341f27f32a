"""What is asked of a town beside its facts: master data, the figures of the last month; and its trainings."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from states.access import visible
from states.past import as_on_all
from ulbs.actions.readiness import TRAININGS
from ulbs.forms.town import months
from ulbs.models import Deployment, Event, EventUlb, Figure, Ulb
from ulbs.past import figures_on
from ulbs.rules.cells import MasterData
from ulbs.rules.events import EventKind

HANDED_IN = frozenset({MasterData.SUBMITTED, MasterData.VALIDATED})


def due(cells: Iterable[Deployment]) -> list[Deployment]:
    """The modules whose master data the town got back, and those that it has not handed in."""
    found = [cell for cell in cells if cell.master_data not in HANDED_IN]
    return sorted(found, key=lambda cell: cell.master_data != MasterData.RETURNED)


@dataclass(frozen=True, slots=True)
class Session:
    """A planned UAT session: its day and the names of its modules."""

    on: date
    modules: str


def next_uat(cells: Iterable[Deployment], day: date) -> Session | None:
    """The next session of modules that are neither signed off nor live; where none is to come, the last that
    was planned."""
    waits = [cell for cell in cells if not (cell.uat_signed_on or cell.live_on or cell.withdrawn_on)]
    days = {cell.uat_planned_on for cell in waits if cell.uat_planned_on}
    if not days:
        return None
    on = min((one for one in days if one >= day), default=max(days))
    return Session(on, ", ".join(str(cell.module_label) for cell in waits if cell.uat_planned_on == on))


def silent(ulb: Ulb, user: Any) -> date | None:
    """The last month that is over, where a live ULB has not reported it."""
    last = months()[1]
    told = visible(Figure, user).filter(ulb=ulb, month=last, purpose="actual")
    return last if _was_live(ulb, last) and not told.exists() else None


def silent_on(ulb: Ulb, day: date) -> date | None:
    """The same as it was known at the end of `day`."""
    last = months(until=day)[1]
    told = any(figure.month == last and figure.purpose == "actual" for figure in figures_on(ulb, day))
    return last if _was_live(ulb, last) and not told else None


def _was_live(ulb: Ulb, month: date) -> bool:
    """Whether a ULB was live before the month was over: its figures are asked for."""
    over = (month + timedelta(days=31)).replace(day=1)
    return ulb.live_on is not None and ulb.counts and ulb.live_on < over


def trainings_on(ulb: Ulb, day: date) -> list[Event]:
    """The trainings as `trainings_of` has them, known at the end of `day`."""
    kept: Any = as_on_all([Event, EventUlb], [ulb.state_id], day)
    part = {row.event_id for row in kept[EventUlb] if row.ulb_id == ulb.pk}
    found = [row for row in kept[Event] if row.pk in part and row.kind == EventKind.TRAINING]
    shown = [row for row in found if row.closed_on or row.on >= day]
    return sorted(shown, key=lambda row: (row.on, row.pk), reverse=True)[:TRAININGS]
