"""A state's roll-out sheet: what it would change, doing it, and taking it back."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from nudm.core.dates import day_of, show
from nudm.core.errors import Conflict
from states.models import State
from states.past import gone, keep
from ulbs.actions.batches import plan_batch, remove_batch
from ulbs.actions.exclusions import Judge, count_again, place_now, take_back
from ulbs.actions.register import PLANNED, put_back_plan, values_of
from ulbs.actions.rollout import COLUMNS, Edit, is_active, is_live, roll_up, save_cells
from ulbs.actions.undoing import bar
from ulbs.catalogue import modules
from ulbs.importing import rollout
from ulbs.importing.headings import Found
from ulbs.importing.lines import Line, Plan, Result
from ulbs.models import Alias, Batch, Deployment, Import, Ulb
from ulbs.rules.leaving import Place, leaves

PERMISSION = "manage_ulbs"
NEEDS_STATE = True
FIELDS = (*rollout.FIELDS, *rollout.TOLD)
# What moves a ULB from one count into another; and that or a go-live.
MOVES = ("in_scope", "pilot", "batch")
ASKED = frozenset({*MOVES, *modules()})


def parse(found: Found, state: State | None, today: date) -> Plan:
    """What each row says."""
    plan = rollout.parse(found, today)
    plan.states = [state.pk] if state else []
    return plan


def compare(plan: Plan, state: State | None, heading: Mapping[str, str], today: date) -> None:
    """Say of each line what it would change in the state as it is now."""
    known = towns(state)
    rollout.compare(plan, known, heading, today)
    if state is not None:
        _ask_gates(plan, state, known, heading)


def _ask_gates(
    plan: Plan, state: State, known: Mapping[int, rollout.Town], heading: Mapping[str, str]
) -> None:
    """Refuse the lines by which a ULB would leave a count without the centre's agreement, or enter a batch
    that has begun although the gate is shut for it; say of a go-live that the gate is shut."""
    lines = {line.key: line for line in plan.lines if line.result == Result.CHANGED}
    if not any(set(line.changes) & ASKED for line in lines.values()):
        return
    judge = Judge(state, None)
    numbers = {batch.number: batch.pk for batch in Batch.objects.filter(state=state)}
    for ulb in Ulb.objects.filter(state=state, lgd_code__in=lines).select_related("batch"):
        line, town = lines[ulb.lgd_code], known[ulb.lgd_code]
        said = {name: line.changes[name][1] for name in MOVES if name in line.changes}
        before = place_now(ulb)
        for name, value in said.items():
            if name == "batch":
                # A number that is new is of a batch that is made with the file and has not begun.
                ulb.batch_id = numbers.get(value, -1) if value else None
            else:
                setattr(ulb, name, value)
        after = place_now(ulb)
        column = next((name for name in MOVES if name in said), "")
        told = (heading.get(column, column), line.values.get(column, ""))
        if judge.closed and leaves(before, after, begun=before.batch in judge.begun):
            line.refuse(*told, "agreement")
        elif after.counts and after.batch in judge.begun and after.batch != before.batch and judge.shut(ulb):
            line.refuse(*told, "gate")
        live = [line.changes[code][1] for code in modules() if code in line.changes]
        days = [date.fromisoformat(on) for on in live if on]
        if days and not town.live and judge.shut_live(ulb, min(days)):
            line.warn("gate_live")


def towns(state: State | None) -> dict[int, rollout.Town]:
    """The ULBs of a state with their plans and modules, by LGD code."""
    of: dict[int, dict[str, rollout.Cell]] = {}
    for row in Deployment.objects.filter(state=state):
        of.setdefault(row.ulb_id, {})[row.module] = rollout.Cell(
            row.live_on, row.withdrawn_on is not None, row.in_scope
        )
    aliases: dict[int, list[str]] = {}
    for pk, name in Alias.objects.filter(state=state).values_list("ulb", "name"):
        aliases.setdefault(pk, []).append(name)
    return {
        ulb.lgd_code: rollout.Town(
            pk=ulb.pk,
            code=ulb.lgd_code,
            name=ulb.name,
            name_local=ulb.name_local,
            type_code=ulb.type_code,
            ended=bool(ulb.ended),
            live=ulb.live_on is not None,
            plan={name: _value(ulb, name) for name in FIELDS},
            cells=of.get(ulb.pk, {}),
            aliases=aliases.get(ulb.pk, ()),
        )
        for ulb in Ulb.objects.filter(state=state).select_related("batch")
    }


def _value(ulb: Ulb, name: str) -> Any:
    if name == "batch":
        return ulb.batch.number if ulb.batch else None
    return getattr(ulb, name)


def apply(made: Import, plan: Plan, by: Any) -> dict[str, Any]:
    """Write plans, batches and modules; what is needed to take them back."""
    state = made.state
    if state is None:
        raise ValueError("a roll-out sheet is a state's")
    lines = {line.key: line for line in plan.lines if line.result == Result.CHANGED}
    wanted = {line.changes["batch"][1] for line in lines.values() if "batch" in line.changes} - {None}
    known = set(Batch.objects.filter(state=state, number__in=wanted).values_list("number", flat=True))
    for number in sorted(wanted - known):
        plan_batch(state, number, {}, by=by)
    rows = list(
        Ulb.objects.select_for_update(of=("self",))
        .filter(state=state, lgd_code__in=lines)
        .select_related("batch")
        .order_by("pk")
    )
    plans = _plans(made, state, rows, lines, by)
    before, cells = _modules(made, state, rows, lines, by)
    return {"batches": sorted(wanted - known), "ulbs": plans, "cells": cells, "former": before}


def _plans(
    made: Import, state: State, rows: list[Ulb], lines: Mapping[Any, Line], by: Any
) -> list[list[Any]]:
    batches = {batch.number: batch for batch in Batch.objects.filter(state=made.state)}
    before, changed, judge = [], [], Judge(state, by)
    for row in rows:
        changes = lines[row.lgd_code].changes
        of = {name: changes[name] for name in FIELDS if name in changes}
        if not of:
            continue
        was = values_of(row, PLANNED)
        former = {name: values[0] for name, values in of.items()}
        former["scope_on"] = row.scope_on.isoformat() if row.scope_on else None
        for name, (_before, after) in of.items():
            setattr(row, name, batches[after] if name == "batch" and after else after)
        if "in_scope" in of:
            row.scope_on = day_of(made.at)
            if not was["pilot"] and was["batch"] is None:
                put_back_plan(row, was, judge)
                former = {"pilot": False, "batch": None} | former
        row.version += 1
        before.append([row.pk, row.version, former])
        changed.append(row)
    _save(changed)
    count_again(changed)
    return before


def _save(rows: list[Ulb]) -> None:
    Ulb.objects.bulk_update(rows, [*FIELDS, "scope_on", "version"], batch_size=200)
    keep(rows)


def _modules(
    made: Import, state: State, rows: list[Ulb], lines: Mapping[Any, Line], by: Any
) -> tuple[list[Any], list[list[int]]]:
    """Take modules live, or plan them; what their rows were, and the versions that they have now."""
    stored = {(cell.ulb_id, cell.module): cell for cell in Deployment.objects.filter(ulb__in=rows)}
    reason = _("Live according to the sheet %(name)s, read on %(day)s") % {
        "name": made.name[:150],
        "day": show(made.at),
    }
    edits, before, judge = [], [], Judge(state, by)
    for row in rows:
        for code in modules():
            if code not in lines[row.lgd_code].changes:
                continue
            said, cell = lines[row.lgd_code].changes[code][1], stored.get((row.pk, code))
            on = date.fromisoformat(said) if said else None
            if on is None:
                edits.append(Edit(row.pk, code, {"in_scope": True}))
            else:
                changes: dict[str, Any] = {"in_scope": True, "live_on": on}
                unsigned = cell is None or cell.uat_signed_on is None or cell.uat_signed_on > on
                if unsigned or not cell or not cell.live_url or judge.shut_live(row, on):
                    changes["override_reason"] = (cell.override_reason if cell else "") or reason
                edits.append(Edit(row.pk, code, changes))
            if cell is not None:
                before.append([cell.pk, {name: _plain(getattr(cell, name)) for name in COLUMNS}])
    answers = save_cells(state, edits, by=by) if edits else []
    wrong = next((answer for answer in answers if answer.result not in {"saved", "unchanged"}), None)
    if wrong is not None:
        raise Conflict(wrong.words)
    return before, [[a.cell.pk, a.cell.version] for a in answers if a.cell is not None]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def revert(made: Import, by: Any) -> None:
    """Put former plans and modules back. Raises Refused with what stands against it."""
    before = made.before
    plans = {pk: (version, values) for pk, version, values in before["ulbs"]}
    versions = {pk: version for pk, version in before["cells"]}
    cells = list(Deployment.objects.select_for_update(of=("self",)).filter(pk__in=versions).order_by("pk"))
    pks = {*plans, *(cell.ulb_id for cell in cells)}
    locked = Ulb.objects.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk")
    rows = {row.pk: row for row in locked}
    against = [rows[pk] for pk in plans if pk in rows and rows[pk].version != plans[pk][0]]
    against += [rows[cell.ulb_id] for cell in cells if cell.version != versions[cell.pk]]
    bar(against, removed=len(cells) != len(versions) or not rows.keys() >= plans.keys())
    batches = {batch.number: batch for batch in Batch.objects.filter(state=made.state)}
    places = {pk: place_now(row) for pk, row in rows.items()}
    for pk, (_version, values) in plans.items():
        for name, value in values.items():
            setattr(rows[pk], name, batches.get(value) if name == "batch" else value)
        rows[pk].version += 1
    _taken_back(made, rows, places, cells, dict(before["former"]), by)
    _save([rows[pk] for pk in plans])
    count_again([rows[pk] for pk in plans])
    _put_back(cells, dict(before["former"]))
    of = {(cell.ulb_id, cell.module): cell for cell in Deployment.objects.filter(ulb__in=rows)}
    roll_up([rows[pk] for pk in sorted({cell.ulb_id for cell in cells})], of)
    for number in before["batches"]:
        if number in batches and not batches[number].started_on and not batches[number].ulbs.exists():
            remove_batch(batches[number], by=by)


def _taken_back(
    made: Import,
    rows: Mapping[int, Ulb],
    places: Mapping[int, Place],
    cells: list[Deployment],
    former: Mapping[int, Mapping[str, Any]],
    by: Any,
) -> None:
    """Record what leaves a count when the file is taken back. Raises Refused after an hour."""
    if made.state is None or made.applied_at is None:
        return
    judge = Judge(made.state, by)
    if not judge.closed:
        return
    found = []
    for pk, place in places.items():
        gone = leaves(place, place_now(rows[pk]), begun=place.batch in judge.begun)
        if gone:
            found.append((rows[pk], ",".join(gone)))
    for cell in cells:
        was = former.get(cell.pk)
        lost = is_active(vars(cell)) and (was is None or not is_active(was))
        lost = lost or (is_live(vars(cell)) and not (was and is_live(was)))
        if lost and rows[cell.ulb_id].counts:
            found.append((rows[cell.ulb_id], "modules"))
    take_back(judge, found, made.applied_at)


def _put_back(cells: list[Deployment], former: Mapping[int, Mapping[str, Any]]) -> None:
    new = [cell for cell in cells if cell.pk not in former]
    old = [cell for cell in cells if cell.pk in former]
    gone(new)
    Deployment.objects.filter(pk__in=[cell.pk for cell in new]).delete()
    for cell in old:
        for name, value in former[cell.pk].items():
            field: Any = Deployment._meta.get_field(name)
            setattr(cell, name, field.to_python(value))
        cell.version += 1
    Deployment.objects.bulk_update(old, [*COLUMNS, "version"], batch_size=300)
    keep(old)
