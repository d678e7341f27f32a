"""Verbs on files that are read in: look, read in, confirm, take back.

A file is looked at whole before anything is written. Rows that are refused hold it up until they are
corrected or, seen by a person, set aside; nothing is set aside unseen. What was shown is what is written:
where a state's facts have changed since, it is worked out again, and if it differs it is a Conflict.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from types import ModuleType
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nudm.core import scope
from nudm.core.dates import day_of, today
from nudm.core.errors import Conflict, Refused
from nudm.core.limits import spend_file
from nudm.core.tables import Column, Table
from nudm.core.uploads import clean_name
from states.access import require
from states.actions import record, record_each, touch
from states.models import State
from ulbs.actions import import_lgd, import_rollout, import_tenants
from ulbs.importing.headings import Found, find
from ulbs.importing.layouts import layouts
from ulbs.importing.lines import Line, Plan, Result
from ulbs.importing.tables import Unreadable, remembered
from ulbs.importing.words import fault, unreadable
from ulbs.models import Import

KINDS: Mapping[str, ModuleType] = {
    Import.Kind.LGD.value: import_lgd,
    Import.Kind.ROLLOUT.value: import_rollout,
    Import.Kind.TENANTS.value: import_tenants,
}
# What reading a row says of it by itself; the other warnings come from comparing.
OF_THE_ROW = {"formula", "latin", "hidden", "twice"}
# What nobody has confirmed by then nobody will: the register has changed since.
WAITS = timedelta(days=14)
# So much of a cell is kept of a row that is set aside.
LONGEST = 500
CHANGES = {Result.NEW, Result.CHANGED}


def look(data: bytes, *, state: State | None, kind: str = "", by: Any) -> Plan:
    """What a file would do to a state's register, or to all states'; nothing is written.

    The kind is known by the headings where it is not given. Raises NotAllowed without `manage_register`
    (`manage_ulbs` for a roll-out sheet), Refused for a file that cannot be read.
    """
    target = Import(state=state)
    require(by, "manage_register", target)
    try:
        read, memory = remembered(data)
        found = find(read, [layout for layout in layouts() if kind in {"", layout.kind}])
        module = KINDS[found.layout.kind]
        if module.NEEDS_STATE and state is None:
            raise Unreadable("kind")
        require(by, module.PERMISSION, target)
        return _plan(module, replace(found, memory=memory.rows if memory else ()), state)
    except Unreadable as error:
        words = unreadable(error)
        raise Refused(words, code=error.word, fields={"file": [words]}) from error


def _plan(module: ModuleType, found: Found, state: State | None) -> Plan:
    plan: Plan = module.parse(found, state, today())
    if not plan.lines:
        raise Unreadable("no_rows")
    plan.seen = _versions(plan.states)
    module.compare(plan, state, found.heading, today())
    rows = found.sheet.rows
    plan.columns = list(rows[found.first - 1])
    plan.hidden_columns = found.hidden_columns()
    for line in plan.lines:
        if line.result == Result.REFUSED and 0 < line.row <= len(rows):
            line.cells = [cell[:LONGEST] for cell in rows[line.row - 1]]
    return plan


@transaction.atomic
def read_in(
    data: bytes, name: str, *, state: State | None, kind: str = "", by: Any, plan: Plan | None = None
) -> Import:
    """Keep what a file would do, for a person to look at; `plan` is what `look` has said just now, where
    it was asked. Raises as `look` does."""
    spend_file(len(data), by=by)
    plan = plan or look(data, state=state, kind=kind, by=by)
    made = Import.objects.create(
        state=state,
        kind=plan.kind,
        name=clean_name(name),
        sha256=hashlib.sha256(data).hexdigest(),
        preview=plan.as_json(),
        counts=plan.counts()
        | {
            "states": plan.states,
            "seen": plan.seen,
            "columns": plan.columns,
            "hidden_columns": plan.hidden_columns,
        },
        by=by,
    )
    record("import.read", by=by, state=state, target=made, kind=plan.kind, sha256=made.sha256)
    return made


def confirm(made: Import, *, by: Any, set_aside: bool = False, over: Collection[str] = ()) -> Import:
    """Write what the preview shows: all of it or nothing.

    With `set_aside` the rows that are refused are left, with their number and reason (`rows_set_aside`), and
    the others are written. `over` are the cells, each as `row:field`, that are written although somebody
    changed them since the sheet left; the other such cells stay as they are in the register.

    Raises NotAllowed, Refused when a row is refused and not set aside, nothing would change or it was done
    already, Conflict when the register has changed since the preview.
    """
    try:
        return _confirm(made, by, set_aside, frozenset(over))
    except IntegrityError as error:
        raise _changed() from error


@transaction.atomic
def _confirm(made: Import, by: Any, set_aside: bool, over: frozenset[str]) -> Import:
    row, module = _locked(made, by)
    if row.applied_at:
        raise Refused(_("This file was written to the register already."), code="applied")
    if row.counts["refused"] and not set_aside:
        raise Refused(
            _(
                "Rows of this file are refused. Correct them in the file and read it again, or set these "
                "rows aside."
            )
        )
    plan = _shown(row)
    if over:
        plan = _with_asked_for(module, row, over)
    if not plan.changes:
        raise Refused(_("Everything in this file is in the register already; there is nothing to write."))
    touch(*plan.states)
    if _versions(plan.states) != [version + 1 for version in plan.seen]:
        _compare_anew(module, row, plan.over)
    row.before = module.apply(row, plan, by)
    row.applied_at = timezone.now()
    row.counts = row.counts | {"set_aside": row.counts["refused"]}
    row.save(update_fields=["before", "applied_at", "preview", "counts"])
    _record_in_each("import.apply", row, by)
    return row


@transaction.atomic
def undo(made: Import, *, by: Any) -> Import:
    """Take a confirmed file back: new rows go, former values return. Raises Refused when a row has been
    changed or is in use since, when it was not confirmed, or was taken back already."""
    row, module = _locked(made, by)
    if row.applied_at is None or row.undone_at is not None:
        raise Refused(_("There is nothing to take back."), code="not_applied")
    module.revert(row, by)
    touch(*row.counts["states"])
    row.undone_at = timezone.now()
    row.save(update_fields=["undone_at"])
    _record_in_each("import.undo", row, by)
    return row


@scope.national()
def forget_unconfirmed() -> int:
    """Take away the previews, rows of the file included, that nobody has confirmed for two weeks; how many.
    That the file was read, by whom, stays in the log."""
    _count, of = Import.objects.filter(applied_at=None, at__lt=timezone.now() - WAITS).delete()
    return of.get(Import._meta.label, 0)


def _locked(made: Import, by: Any) -> tuple[Import, ModuleType]:
    module = KINDS[made.kind]
    require(by, module.PERMISSION, made)
    rows = Import.objects.select_for_update(of=("self",)).select_related("state")
    return rows.get(pk=made.pk), module


def _versions(states: list[int]) -> list[int]:
    """The facts versions of these states, by their ids. Taken before their facts are read: what changes
    in between is then seen as a change."""
    return list(State.objects.filter(pk__in=states).order_by("pk").values_list("facts_version", flat=True))


def _shown(row: Import) -> Plan:
    """What a preview says."""
    lines = [Line(**told) for told in row.preview]
    counts = row.counts
    return Plan(row.kind, lines, counts["elsewhere"], counts["states"], counts.get("seen", []))


def _compare_anew(module: ModuleType, row: Import, over: frozenset[str]) -> None:
    """Something changed in these states since the preview. Raises Conflict unless the file would still do
    what is shown."""
    if _anew(module, row, over).as_json() != row.preview:
        raise _changed()


def _with_asked_for(module: ModuleType, row: Import, over: frozenset[str]) -> Plan:
    """The plan with the cells that are asked for, which become changes. Raises Refused where a row could not
    be written so."""
    refused = row.counts["refused"]
    plan = _anew(module, row, over)
    counts = plan.counts()
    if counts["refused"] > refused:
        line = next(one for one in plan.lines if one.result == Result.REFUSED and not one.cells)
        words = _("Row %(row)s cannot be written with the cells that are ticked: %(why)s")
        raise Refused(words % {"row": line.row, "why": fault(line.faults[0])})
    row.preview, row.counts = plan.as_json(), row.counts | counts
    return plan


def _anew(module: ModuleType, row: Import, over: frozenset[str] = frozenset()) -> Plan:
    """What the file would do by now. Rows that were refused stay so."""
    plan = _shown(row)
    plan.over = over
    plan.lines = [
        line
        if line.result == Result.REFUSED
        else Line(
            line.row,
            line.key,
            line.name,
            values=line.values,
            warnings=[said for said in line.warnings if said[0] in OF_THE_ROW] or (),
        )
        for line in plan.lines
        if line.result != Result.MISSING
    ]
    module.compare(plan, row.state, defaultdict(str), day_of(row.at))
    return plan


@transaction.atomic
def keep_set_aside(
    state: State, name: str, preview: list[dict[str, Any]], counts: Mapping[str, Any], *, by: Any
) -> Import:
    """Keep the rows of a sheet of figures that were left when the others were saved, to be downloaded with
    their reasons. Raises NotAllowed without `manage_ulbs`."""
    require(by, "manage_ulbs", state)
    made = Import.objects.create(
        state=state,
        kind=Import.Kind.FIGURES,
        name=clean_name(name),
        preview=preview,
        counts=dict(counts),
        by=by,
        applied_at=timezone.now(),
    )
    record("figures.set_aside", by=by, state=state, target=made, rows=len(preview))
    return made


def rows_set_aside(made: Import) -> Table:
    """The refused rows of a file as they stand in it, each with its number and what is wrong with it."""
    names = [str(name) for name in made.counts.get("columns", [])]
    columns = [
        Column("row", _("Row"), lambda line: line["row"]),
        Column("why", _("What is wrong"), lambda line: why(line), width=60),
        *(Column(f"{n}", name, partial(_cell, n), width=18) for n, name in enumerate(names)),
    ]
    lines = [line for line in made.preview if line["result"] == Result.REFUSED]
    return Table(_("Set aside"), f"{made.name}: {_('rows that were not read')}", columns, lines)


def _cell(n: int, line: Mapping[str, Any]) -> str:
    cells = line.get("cells", ())
    return str(cells[n]) if n < len(cells) else ""


def why(line: Mapping[str, Any]) -> str:
    """What is wrong with a refused row, in words."""
    if "said" in line:
        return str(line["said"])
    return " ".join(
        f"{told[0]}: {fault(told)}" if told[0] else fault(told) for told in line.get("faults", ())
    )


def _record_in_each(verb: str, row: Import, by: Any) -> None:
    """One line in the log of every state that the file changed: who, which file, how many rows."""
    of: dict[Any, dict[str, int]] = {pk: {"new": 0, "changed": 0} for pk in row.counts["states"]}
    for told in row.preview:
        if told["result"] in CHANGES:
            of[told["values"].get("state") or row.state_id][told["result"]] += 1
    file = {"kind": row.kind, "sha256": row.sha256}
    if row.counts.get("set_aside"):
        file["set_aside"] = row.counts["set_aside"]
    changed = State.objects.filter(pk__in=[pk for pk, counts in of.items() if any(counts.values())])
    record_each(verb, {state: file | of[state.pk] for state in changed}, by=by, target=row)


def _changed() -> Conflict:
    return Conflict(
        _("The register has changed since this preview was made. Read the file again and look once more.")
    )
