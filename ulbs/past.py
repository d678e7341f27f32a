"""What was known of the towns on a day, put together again: ULBs with their batches and modules, the plan
with its gates, the figures."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, prefetch_related_objects

from nudm.core.counts import gather
from states.models import State
from states.past import as_on, as_on_all, lines_on, visible_on
from ulbs.limits import limits
from ulbs.models import ActionPoint, Alias, Batch, Deployment, Figure, Incident, Readiness, Ulb
from ulbs.registers import REGISTERS, SETTLED, Register
from ulbs.rules.gate import Check, gates
from ulbs.rules.months import Sums, reported
from ulbs.tally import counts_on

REGISTER_MODELS = frozenset({ActionPoint, *(register.model for register in REGISTERS.values())})


def towns_on(state: State, day: date) -> tuple[list[Ulb], list[Deployment]]:
    """The ULBs of a state by name, and the cells of their modules, in one query."""
    rows = as_on_all([Ulb, Batch, Deployment], [state.pk], day)
    batches = {batch.pk: batch for batch in rows[Batch]}
    for ulb in rows[Ulb]:
        ulb.state, ulb.batch = state, batches.get(ulb.batch_id)
    return by_name(rows[Ulb]), rows[Deployment]


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
    """These ULBs, each with the `cells` of its modules and its `other_names` as they were known then."""
    rows: list[Any] = list(ulbs)
    of = {ulb.pk: ulb for ulb in rows}
    for ulb in rows:
        ulb.cells, ulb.other_names = [], []
    kept = as_on_all([Deployment, Alias], list({ulb.state_id for ulb in rows}), day)
    for cell in sorted(kept[Deployment], key=lambda cell: cell.module):
        if cell.ulb_id in of:
            of[cell.ulb_id].cells.append(cell)
    for alias in sorted(kept[Alias], key=lambda alias: alias.name):
        if alias.ulb_id in of:
            of[alias.ulb_id].other_names.append(alias.name)
    return rows


def plan_on(state: State, day: date) -> tuple[list[Ulb], list[Batch], dict[int, tuple[Check, ...]]]:
    """The ULBs by name, the batches by number with their counts (`towns`, `live`), and their gates by
    primary key, in one query."""
    rows = as_on_all([Ulb, Batch, Incident], [state.pk], day)
    batches: Any = {batch.pk: batch for batch in rows[Batch]}
    for batch in batches.values():
        batch.towns = batch.live = 0
    for ulb in rows[Ulb]:
        ulb.state, ulb.batch = state, batches.get(ulb.batch_id)
        if ulb.counts and ulb.batch:
            ulb.batch.towns += 1
            ulb.batch.live += ulb.live_on is not None
    critical = sum(row.severity == "critical" and row.closed_on is None for row in rows[Incident])
    shut = gates((ulb for ulb in rows[Ulb] if ulb.counts), critical, limits())
    return by_name(rows[Ulb]), sorted(rows[Batch], key=lambda batch: batch.number), shut


def by_name(ulbs: Iterable[Ulb]) -> list[Ulb]:
    """ULBs in the order of their model."""
    return sorted(ulbs, key=lambda ulb: (ulb.name, ulb.lgd_code))


def sums_on(state: State, day: date) -> tuple[Sums, dict[str, Decimal]]:
    """What was reported by figure and month, by the ULBs and by the State/UT itself; the targets."""
    counts = gather([state.pk], counts_on([state.pk], day))[state.pk]
    # They are summed up as floating-point numbers; a figure has two decimals.
    targets = {
        name.removeprefix("target:"): Decimal(str(round(n, 2)))
        for name, n in counts.items()
        if name.startswith("target:")
    }
    return reported(counts), targets


def baselines_on(state_ids: list[int], day: date, ulb: int | None = None) -> dict[str, Decimal]:
    """The baselines of the ULBs that were live on that day, or of one of them, by figure. Two queries."""
    where = Q(data__purpose="baseline") & (Q() if ulb is None else Q(data__ulb_id=ulb))
    live = {row.pk for row in as_on(Ulb, state_ids, day) if row.live_on and row.counts}
    found: dict[str, Decimal] = {}
    for figure in as_on(Figure, state_ids, day, where):
        if figure.ulb_id in live:
            found[figure.metric] = found.get(figure.metric, Decimal()) + figure.value
    return found


def silent_on(state: State, month: date, day: date) -> list[Ulb]:
    """The ULBs, live and counted on that day, without a figure of the month by then. Two queries."""
    of_month = lines_on([Figure], [state.pk], day).filter(
        data__purpose="actual", data__month=month.isoformat()
    )
    reported = set(of_month.values_list("data__ulb_id", flat=True))
    ulbs = as_on(Ulb, [state.pk], day)
    return by_name(ulb for ulb in ulbs if ulb.live_on and ulb.counts and ulb.pk not in reported)


def names_on(ulb: Ulb, day: date) -> list[str]:
    """The other names of a ULB."""
    return [row.name for row in as_on(Alias, [ulb.state_id], day, Q(data__ulb_id=ulb.pk))]


def figures_on(ulb: Ulb, day: date) -> list[Figure]:
    """The figures of a ULB."""
    return as_on(Figure, [ulb.state_id], day, Q(data__ulb_id=ulb.pk))


def office_on(ulb: Ulb, day: date) -> tuple[list[Readiness], list[Deployment], list[Figure]]:
    """What a ULB had answered, its modules in scope, its baseline. Two queries."""
    kept = as_on_all([Readiness, Deployment], [ulb.state_id], day)
    cells = [cell for cell in kept[Deployment] if cell.ulb_id == ulb.pk and cell.in_scope]
    return (
        [row for row in kept[Readiness] if row.ulb_id == ulb.pk],
        sorted(cells, key=lambda cell: cell.module),
        [figure for figure in figures_on(ulb, day) if figure.purpose == "baseline"],
    )


def registers_counted(kept: Mapping[type[Any], list[Any]], day: date) -> Counter[str]:
    """Of each register its entries, those still open (`incidents:open`) and the points of action that are
    `late`, given the rows of `REGISTER_MODELS` as they were known at the end of `day`."""
    found: Counter[str] = Counter()
    for slug, register in REGISTERS.items():
        for row in kept[register.model]:
            if all(getattr(row, name) == value for name, value in register.where.items()):
                found[slug] += 1
                found[f"{slug}:open"] += _is_open(register, row)
    found["late"] = sum(p.done_on is None and p.due is not None and p.due < day for p in kept[ActionPoint])
    return found


def _is_open(register: Register, row: Any) -> bool:
    """`Register.is_open` of a row at hand."""
    if register.closes:
        return row.closed_on is None
    return register.settled and row.status not in SETTLED
