"""The directory's export: what it would change in the register, doing it, and taking it back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Q

from nudm.core import scope
from nudm.core.bulk import insert
from nudm.core.dates import today
from states.models import State, Team
from states.past import gone, keep, keep_stored
from ulbs.actions.aliases import add_aliases, remove_aliases
from ulbs.actions.exclusions import Judge, place_now, take_back
from ulbs.actions.undoing import bar
from ulbs.importing import lgd
from ulbs.importing.headings import Found
from ulbs.importing.lines import Line, Plan, Result
from ulbs.importing.places import Place, Places
from ulbs.models import STANDARD_REASON, TYPE_LABELS, Alias, Import, Ulb
from ulbs.rules.cells import CANTONMENT_BOARD
from ulbs.rules.leaving import leaves

PERMISSION = "manage_register"
NEEDS_STATE = False
AT_ONCE = 5000


def parse(found: Found, state: State | None, today: date) -> Plan:
    """What each row says; with a state, of that state's rows."""
    plan = lgd.parse(found, places(), TYPE_LABELS, state.pk if state else None)
    lacking = [line.key for line in plan.lines if line.key and line.values.get("state") is None]
    if lacking:
        lgd.fill_states(plan, _states_of(lacking))
    return plan


@scope.national()
def _states_of(codes: list[Any]) -> dict[int, int]:
    """Whose each ULB is, by its code: a sheet may have no column of States/UTs."""
    found: dict[int, int] = {}
    for first in range(0, len(codes), AT_ONCE):
        rows = Ulb.objects.filter(lgd_code__in=codes[first : first + AT_ONCE])
        found |= dict(rows.values_list("lgd_code", "state"))
    return found


@scope.national()
def places() -> Places:
    """The States/UTs as files name them: all of them, so that a neighbour's row is known as such."""
    rows = State.objects.values_list("pk", "lgd_code", "iso", "former_iso", "name", "name_hi")
    return Places.of(Place(*row[:4], row[4:]) for row in rows)


def compare(plan: Plan, state: State | None, heading: Mapping[str, str], today: date) -> None:
    """Say of each line what it would change in the register as it is now."""
    register = _known(Q(state=state) if state else Q())
    if state:
        new = [line.key for line in plan.lines if line.key and line.key not in register]
        for first in range(0, len(new), AT_ONCE):
            register |= _known(Q(lgd_code__in=new[first : first + AT_ONCE]))
    lgd.compare(plan, register, heading)


@scope.national()
def _known(where: Q) -> dict[int, lgd.Known]:
    """What the register holds, wherever: a code is one ULB's in the whole nation."""
    names = ("state_id", "lgd_code", "ended", "provisional", *lgd.FIELDS)
    rows = Ulb.objects.filter(where).order_by().values_list(*names)
    return {row[1]: lgd.Known._make(row) for row in rows}


def apply(made: Import, plan: Plan, by: Any) -> dict[str, Any]:
    """Write the new and the changed rows; what is needed to take them back."""
    new = [_row(line) for line in plan.lines if line.result == Result.NEW]
    pks = insert(Ulb, new)
    if pks:
        keep_stored(Ulb.objects.filter(pk__range=(min(pks), max(pks))))
    changes = {line.key: line.changes for line in plan.lines if line.result == Result.CHANGED}
    rows = list(Ulb.objects.select_for_update(of=("self",)).filter(lgd_code__in=changes).order_by("pk"))
    before, former = [], []
    for row in rows:
        of = changes[row.lgd_code]
        for name, (_before, after) in of.items():
            setattr(row, name, after)
        row.version += 1
        before.append([row.pk, row.version, {name: values[0] for name, values in of.items()}])
        if "name" in of:
            former.append((row, of["name"][0]))
    Ulb.objects.bulk_update(rows, [*lgd.FIELDS, "version"], batch_size=200)
    keep(rows)
    aliases = add_aliases(former)
    return {"new": pks, "changed": before, "aliases": [alias.pk for alias in aliases]}


def _row(line: Line) -> dict[str, Any]:
    values = line.values
    board = values["type_code"] == CANTONMENT_BOARD
    return {
        "state_id": values["state"],
        "lgd_code": line.key,
        "lgd_version": values["lgd_version"] or 1,
        "name": line.name,
        "name_local": values.get("name_local", ""),
        "type_code": values["type_code"],
        "census_code": values.get("census_code", ""),
        "in_scope": not board,
        "scope_reason": STANDARD_REASON if board else "",
        "scope_on": today().isoformat() if board else None,
    }


def revert(made: Import, by: Any) -> None:
    """Take new rows away and put former values back. Raises Refused with what stands against it."""
    before = made.before
    changed = {pk: (version, values) for pk, version, values in before["changed"]}
    rows = list(Ulb.objects.select_for_update(of=("self",)).filter(pk__in=changed).order_by("pk"))
    new = [
        row
        for first in range(0, len(before["new"]), AT_ONCE)
        for row in Ulb.objects.select_for_update(of=("self",)).filter(
            pk__in=before["new"][first : first + AT_ONCE]
        )
    ]
    against = [row for row in rows if row.version != changed[row.pk][0]]
    against += [row for row in new if row.version] + _in_use(new)
    bar(against, removed=len(rows) != len(changed) or len(new) != len(before["new"]))
    _leaving(made, new, by)
    gone(new)
    for first in range(0, len(new), AT_ONCE):
        Ulb.objects.filter(pk__in=[row.pk for row in new[first : first + AT_ONCE]]).delete()
    for row in rows:
        for name, value in changed[row.pk][1].items():
            setattr(row, name, value)
        row.version += 1
    Ulb.objects.bulk_update(rows, [*lgd.FIELDS, "version"], batch_size=200)
    keep(rows)
    remove_aliases(Alias.objects.filter(pk__in=before["aliases"]))


def _leaving(made: Import, new: list[Ulb], by: Any) -> None:
    """Of States/UTs whose Stage 1 is closed: the ULBs that leave the counts with the file. Raises Refused
    after an hour."""
    of: dict[int, list[tuple[Ulb, str]]] = {}
    for row in new:
        gone_from = leaves(place_now(row), replace(place_now(row), ended=True), begun=False)
        if gone_from:
            of.setdefault(row.state_id, []).append((row, ",".join(gone_from)))
    for state in State.objects.filter(pk__in=of):
        judge = Judge(state, by)
        if judge.closed and made.applied_at is not None:
            take_back(judge, of[state.pk], made.applied_at, removed=True)


def _in_use(rows: list[Ulb]) -> list[Ulb]:
    """Those of the rows that something hangs on by now: modules, answers, figures, events, a team."""
    used: set[int] = set()
    for first in range(0, len(rows), AT_ONCE):
        part = rows[first : first + AT_ONCE]
        pks = [row.pk for row in part]
        for relation in Ulb._meta.related_objects:
            name = relation.field.name
            hanging = relation.related_model._default_manager.filter(**{f"{name}__in": pks})
            used |= set(hanging.values_list(name, flat=True))
        teams = Team.objects.filter(ulb_code__in=[row.lgd_code for row in part])
        codes = set(teams.values_list("ulb_code", flat=True))
        used |= {row.pk for row in part if row.lgd_code in codes}
    return [row for row in rows if row.pk in used]
