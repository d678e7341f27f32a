"""Verbs on the roll-out: one module in one ULB, or thousands at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from nudm.core.dates import show, today
from nudm.core.errors import Conflict, NotAllowed, Refused
from states.access import powers, require
from states.actions import Moved, record, touch
from states.models import Past, State
from states.past import keep
from states.wrote import waits
from ulbs.actions.exclusions import Judge, Verdict, count_modules_again, write
from ulbs.actions.reported import count
from ulbs.catalogue import modules
from ulbs.limits import limits
from ulbs.models import Deployment, Exclusion, Override, Ulb, shut_words
from ulbs.rules.cells import (
    DECIDES,
    FIELDS_OF,
    REACHED,
    Fault,
    MasterData,
    claimed,
    faults,
    is_added_later,
    planned_too_late,
    reached,
)
from ulbs.values import side_by_side

COLUMNS = sorted(DECIDES)
# The modules that a state, by its id, has chosen to begin with; a higher app knows them.
PRIORITY: list[Callable[[int], frozenset[str]]] = []
# They go together: see `_apply`.
ABOUT_DATA = frozenset({"master_data", "started_on", "validated_on"})
# What may bring a module back into a count.
COUNTS_AGAIN = frozenset({"in_scope", "withdrawn_on", "live_on"})


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to change in one cell; `version` as it was seen, None where it does not matter."""

    ulb: int
    module: str
    changes: Mapping[str, Any]
    version: int | None = None


@dataclass(slots=True)
class Answer:
    """What became of an edit: `saved`, `unchanged`, `asked` of the centre, `refused` or `conflict`, and why,
    by field. `verdict` holds what is written with it."""

    edit: Edit
    result: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    cell: Deployment | None = None
    verdict: Verdict | None = None

    @property
    def words(self) -> str:
        return " ".join(text for texts in self.fields.values() for text in texts)


def save_cell(
    ulb: Ulb,
    module: str,
    changes: Mapping[str, Any],
    *,
    version: int | None,
    by: Any,
    via_link: bool = False,
) -> Deployment:
    """Change one cell, or ask the centre for it (see `save_cells`): the cell is as it was then. Raises
    Http404, NotAllowed, Conflict or Refused with the fields."""
    answer = save_cells(ulb.state, [Edit(ulb.pk, module, changes, version)], by=by, via_link=via_link)[0]
    if answer.cell is not None and answer.result in {"saved", "unchanged", "asked"}:
        return answer.cell
    if answer.result == "conflict":
        names = ("master_data", *sorted(changes))
        theirs = {name: getattr(answer.cell, name, "") for name in names if answer.cell is not None}
        stored = answer.cell or Deployment(module=module)
        both = side_by_side(stored, changes)
        raise Conflict(answer.words, mine=dict(changes), theirs=theirs, both=both)
    raise Refused(answer.words, code=answer.result, fields=answer.fields)


@transaction.atomic
def save_cells(
    state: State,
    edits: Sequence[Edit],
    *,
    by: Any,
    via_link: bool = False,
    held: bool = False,
    agreed: bool = False,
) -> list[Answer]:
    """Change many cells of one state: those that pass are saved together, each of the others says why.

    A module that leaves a count after Stage 1 was closed (withdrawn, taken out of scope, its go-live taken
    away) is asked of the centre for the `withdrawn_reason` and stays as it is until the centre agrees.
    A go-live while the gate of the roll-out is shut needs an `override_reason`, which is listed.

    A fixed number of queries whatever the number of cells. Raises NotAllowed when the person may change
    nothing in this state. `via_link`: the caller has checked a town's link; it may say what a town may.
    `held`: the days of UAT are those of sessions that were held, so they may be over.
    `agreed`: the centre has agreed to what leaves, and the caller has checked that.
    """
    if agreed:
        allowed = FIELDS_OF["manage_ulbs"]
    else:
        allowed = FIELDS_OF["update_town"] if via_link else _fields_for(state, edits, by)
    ulbs = {
        row.pk: row
        for row in Ulb.objects.select_for_update(of=("self",))
        .filter(state=state, pk__in={edit.ulb for edit in edits})
        .select_related("batch")
        .order_by("pk")
    }
    cells = {
        (row.ulb_id, row.module): row for row in Deployment.objects.filter(ulb__in=list(ulbs)).order_by("pk")
    }
    judge = Judge(state, by)
    former = _former_days(edits, cells)
    answers = [
        _answer(edit, ulbs.get(edit.ulb), cells, allowed, judge, former, held=held, agreed=agreed)
        for edit in edits
    ]
    saved = [answer for answer in answers if answer.result == "saved"]
    if saved:
        _write(state, saved, ulbs, cells, by)
    write(state, [answer.verdict for answer in answers if answer.verdict is not None], by=by)
    return answers


def _former_days(
    edits: Sequence[Edit], cells: Mapping[tuple[int, str], Deployment]
) -> dict[int, dict[str, date]]:
    """The days of master data that cells had before these were said not to have been started: what becomes
    collected or validated again keeps them where no other day is given."""
    asked = [cells.get((edit.ulb, edit.module)) for edit in edits if ABOUT_DATA & set(edit.changes)]
    again = [cell.pk for cell in asked if cell is not None and cell.master_data == MasterData.NOT_STARTED]
    if not again:
        return {}
    found: dict[int, dict[str, date]] = {}
    lines = Past.objects.filter(model="deployment", row__in=again).order_by("pk")
    for row, data in lines.values_list("row", "data"):
        for name in ("started_on", "validated_on"):
            if data and data.get(name):
                found.setdefault(row, {})[name] = date.fromisoformat(data[name])
    return found


def settable(held: frozenset[str]) -> frozenset[str]:
    """The fields that somebody with these powers may set; none without any of them."""
    for permission in ("manage_ulbs", "update_rollout", "update_town"):
        if permission in held:
            return FIELDS_OF[permission]
    return frozenset()


def may_not() -> NotAllowed:
    """What is said to somebody without the power."""
    return NotAllowed(_("Your post does not include this act. Ask the holder of the right post to do it."))


def _fields_for(state: State, edits: Sequence[Edit], by: Any) -> frozenset[str]:
    held = powers(by, state)
    if {"manage_ulbs", "update_rollout"} & held:
        return settable(held)
    for ulb in Ulb.objects.filter(pk__in={edit.ulb for edit in edits}).select_related("state"):
        require(by, "update_town", ulb)
    if not edits:
        raise may_not()
    return FIELDS_OF["update_town"]


def _answer(
    edit: Edit,
    ulb: Ulb | None,
    cells: dict[tuple[int, str], Deployment],
    allowed: frozenset[str],
    judge: Judge,
    former: Mapping[int, Mapping[str, date]],
    *,
    held: bool,
    agreed: bool,
) -> Answer:
    if ulb is None or ulb.ended:
        return Answer(edit, "refused", {"ulb": [_("There is no such ULB in this State/UT.")]})
    if edit.module not in modules():
        return Answer(edit, "refused", {"module": [_("There is no such module.")]})
    barred = sorted(set(edit.changes) - allowed)
    if barred:
        return Answer(edit, "refused", {name: [_("This is for the State/UT to set.")] for name in barred})
    stored = cells.get((edit.ulb, edit.module))
    if edit.version is not None and edit.version != (stored.version if stored else 0):
        words = _("Another officer saved this module after you opened it. Look again, then save.")
        return Answer(edit, "conflict", {"version": [words]}, stored)
    cell = stored or Deployment(state=judge.state, ulb=ulb, module=edit.module)
    before = {name: getattr(cell, name) for name in COLUMNS}
    _apply(cell, edit.changes, former.get(cell.pk or 0, {}))
    if stored is not None and all(getattr(cell, name) == value for name, value in before.items()):
        return Answer(edit, "unchanged", {}, cell)
    found = faults(cell, today())
    if not held:
        found += planned_too_late(cell, before["uat_planned_on"], today())
    if "validated_on" not in allowed and ABOUT_DATA & set(edit.changes):
        found += claimed(before["master_data"], cell.master_data)
    why, verdict = _weighed(edit, ulb, cell, before, judge, found, agreed)
    if why or verdict.result == "asked":
        for name, value in before.items():
            setattr(cell, name, value)
        if why:
            return Answer(edit, "refused", why)
        words = _("This leaves a count: the centre is asked, and until it agrees the module stays as it was.")
        return Answer(edit, "asked", {"version": [words]}, cell, verdict)
    if cell.in_scope and (stored is None or not before["in_scope"]):
        cell.added_later = _added_later(cell, ulb)
    cell.version += 1
    cell.changed_by, cell.changed_at = judge.by, timezone.now()
    cells[edit.ulb, edit.module] = cell
    return Answer(edit, "saved", {}, cell, verdict)


def _weighed(
    edit: Edit,
    ulb: Ulb,
    cell: Deployment,
    before: Mapping[str, Any],
    judge: Judge,
    found: Sequence[Fault],
    agreed: bool,
) -> tuple[dict[str, list[str]], Verdict]:
    """Why a change is refused, by field; else what becomes of it: the gate of a go-live, and what leaves a
    count."""
    verdict = Verdict("saved")
    if found:
        return _sentences(cell, found), verdict
    if goes_live(before, cell):
        on = cell.live_on or today()
        shut = judge.shut_live(ulb, on)
        unsigned = cell.uat_signed_on is None or on < cell.uat_signed_on
        if shut and not cell.override_reason:
            words = _("The gate is shut for this ULB. %(why)s Write down the reason to go live nevertheless.")
            return {"override_reason": [words % {"why": shut_words(shut)}]}, verdict
        if shut or unsigned:
            number = ulb.batch.number if ulb.batch is not None else None
            about = {"ulb": ulb, "module": edit.module, "batch": number}
            shut = [*shut, "not_signed"] if unsigned else shut
            verdict.override = judge.override(Override.Gate.GO_LIVE, cell.override_reason, shut, **about)
    if cell.pk and judge.closed and ulb.counts and not agreed:
        verdict = _leaving(edit, ulb, cell, before, judge, verdict)
    why = {"withdrawn_reason": [verdict.words]} if verdict.result == "refused" else {}
    return why, verdict


def goes_live(before: Mapping[str, Any], cell: Deployment) -> bool:
    """Whether a change takes a module live, on a first day or an earlier one, or again."""
    if cell.live_on is None or cell.withdrawn_on is not None or not cell.in_scope:
        return False
    was = before["live_on"]
    again = before["withdrawn_on"] is not None or not before["in_scope"]
    return was is None or again or cell.live_on < was


def _leaving(
    edit: Edit, ulb: Ulb, cell: Deployment, before: Mapping[str, Any], judge: Judge, verdict: Verdict
) -> Verdict:
    """What becomes of a change by which a module leaves a count of its ULB."""
    after = {name: getattr(cell, name) for name in COLUMNS}
    active = is_active(before) and not is_active(after)
    live = is_live(before) and not is_live(after)
    if not active and not live:
        return verdict
    reason = cell.withdrawn_reason.strip()
    how = {
        "counts": "modules",
        "changes": {name: _plain(value) for name, value in edit.changes.items()},
        "module": edit.module,
    }
    fresh = judge.fresh_cell(cell, is_active if active else is_live)
    if fresh or not judge.asks:
        status = Exclusion.Status.CORRECTED if fresh else Exclusion.Status.AGREED
        words = reason or _("Taken back within the hour")
        verdict.exclusion = judge.row(ulb, Exclusion.What.MODULE, words, status, **how)
        return verdict
    return judge.asked(verdict, ulb, Exclusion.What.MODULE, reason, **how)


def is_active(values: Mapping[str, Any]) -> bool:
    """Whether a module is one of those that have to be ready in its ULB, from its columns."""
    return bool(values["in_scope"]) and not values["withdrawn_on"]


def is_live(values: Mapping[str, Any]) -> bool:
    """Whether a module is live, from its columns."""
    return is_active(values) and bool(values["live_on"])


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _added_later(cell: Deployment, ulb: Ulb) -> bool:
    """`is_added_later`, asking for the priority modules only where they decide."""
    if not is_added_later(cell, ulb, (), today()) or ulb.data_started_on is None:
        return False
    return is_added_later(cell, ulb, priority_of(ulb.state_id), today())


def _apply(cell: Deployment, changes: Mapping[str, Any], former: Mapping[str, date]) -> None:
    """Set the fields; the status of master data and its days go together: where no day is given, the `former`
    one of what was said not to have been started, else today."""
    for name, value in changes.items():
        setattr(cell, name, value)
    if "master_data" not in changes:
        if changes.get("validated_on"):
            cell.master_data = MasterData.VALIDATED.value
        elif changes.get("started_on") and cell.master_data == MasterData.NOT_STARTED:
            cell.master_data = MasterData.COLLECTING.value
        else:
            return
    status = MasterData(cell.master_data)
    if status is MasterData.NOT_STARTED:
        cell.started_on = cell.validated_on = None
        return
    again = former.get("validated_on") if status is MasterData.VALIDATED else None
    day = cell.validated_on or again or today()
    if cell.started_on is None:
        cell.started_on = min(former.get("started_on") or day, day, today())
    cell.validated_on = day if status is MasterData.VALIDATED else None


def _write(
    state: State,
    answers: list[Answer],
    ulbs: dict[int, Ulb],
    cells: dict[tuple[int, str], Deployment],
    by: Any,
) -> None:
    """The past of the cells is kept at the moment of the audit line, so that the one leads to the other."""
    saved = list({(a.cell.ulb_id, a.cell.module): a.cell for a in answers if a.cell is not None}.values())
    new = [cell for cell in saved if cell.pk is None]
    old = [cell for cell in saved if cell.pk is not None]
    changed = {name for answer in answers for name in answer.edit.changes}
    if changed & ABOUT_DATA:
        changed |= ABOUT_DATA
    Deployment.objects.bulk_create(new, batch_size=500)
    names = [*sorted(changed), "added_later", "version", "changed_by", "changed_at"]
    _update(Deployment, old, names)
    roll_up([ulbs[pk] for pk in sorted({cell.ulb_id for cell in saved})], cells)
    touch(state, moved=Moved.CELLS, ulbs={cell.ulb_id for cell in saved})
    if changed & COUNTS_AGAIN:
        count_modules_again(saved, is_active, is_live)
    moment = timezone.now()
    keep(saved, at=moment)
    record(
        "rollout.save",
        by=by,
        state=state,
        target=saved[0] if len(saved) == 1 else None,
        at=moment,
        cells=len(saved),
        ulbs=sorted({cell.ulb_id for cell in saved})[:50],
    )


def priority_of(state_id: int) -> frozenset[str]:
    """The modules that a state chose to begin with; none where it has chosen none."""
    return frozenset().union(*(chosen(state_id) for chosen in PRIORITY))


def priority_changed(state: State) -> None:
    """Write to each ULB whether it has one of the state's priority modules, in the caller's transaction."""
    ulbs = list(Ulb.objects.select_for_update(of=("self",)).filter(state=state).order_by("pk"))
    if roll_up(ulbs, {(cell.ulb_id, cell.module): cell for cell in Deployment.objects.filter(state=state)}):
        touch(state, moved=Moved.CELLS)


@transaction.atomic
def count_again(state: State) -> int:
    """Write to each ULB of a state what its modules add up to by the thresholds in force; how many changed.

    For the operator, after `live_when` was changed or a new version began to store or note something: the
    state's events that have happened are noted as well.
    """
    ulbs = list(Ulb.objects.select_for_update(of=("self",)).filter(state=state).order_by("pk"))
    cells = {(cell.ulb_id, cell.module): cell for cell in Deployment.objects.filter(state=state)}
    changed = roll_up(ulbs, cells)
    touch(state, moved=Moved.CELLS)
    if changed or waits(state.pk):
        record("rollout.count_again", state=state, ulbs=changed, live_when=limits().live_when)
    return changed


def roll_up(ulbs: Sequence[Ulb], cells: Mapping[tuple[int, str], Deployment]) -> int:
    """Write to each ULB what its modules add up to, and keep the ULBs that changed; how many."""
    of: dict[int, list[Deployment]] = {}
    for (ulb_id, _module), cell in cells.items():
        of.setdefault(ulb_id, []).append(cell)
    names = [*REACHED, "signed_and_live", "priority_planned", "modules_planned", "modules_live"]
    chosen = {pk: priority_of(pk) for pk in {ulb.state_id for ulb in ulbs}}
    changed, moved = [], []
    for ulb in ulbs:
        now = reached(of.get(ulb.pk, ()), live_when=limits().live_when, priority=chosen[ulb.state_id])
        if ulb.live_on != now["live_on"]:
            moved.append(ulb)
        if any(getattr(ulb, name) != now[name] for name in names):
            for name in names:
                setattr(ulb, name, now[name])
            changed.append(ulb)
    _update(Ulb, changed, names)
    keep(changed)
    if moved:
        # The months that count begin with the go-live.
        count(moved)
    return len(changed)


def _update(model: type[Any], rows: list[Any], names: Sequence[str]) -> None:
    """Write these columns of locked rows, as an upsert: many times quicker than a CASE a column."""
    model.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["pk"], update_fields=names, batch_size=500
    )


def _sentences(cell: Deployment, found: Sequence[Fault]) -> dict[str, list[str]]:
    label = {f.name: capfirst(f.verbose_name) for f in Deployment._meta.concrete_fields}
    fields: dict[str, list[str]] = {}
    for fault in found:
        value, other = getattr(cell, fault.field), getattr(cell, fault.other, None)
        told = {
            "what": label[fault.field],
            "other": label.get(fault.other, ""),
            "day": show(value) if isinstance(value, date) else "",
            "since": show(other) if isinstance(other, date) else "",
        }
        fields.setdefault(fault.field, []).append(_words(fault.word) % told)
    return fields


def _words(word: str) -> str:
    return {
        "future": _("“%(what)s”: %(day)s lies in the future. Record a fact on the day it happens."),
        "over": _(
            "“%(what)s”: %(day)s is over. Plan a day from today on. If the session was held, record it in "
            "the register of UAT sessions, or enter the sign-off."
        ),
        "early": _("%(day)s lies before the year 2000. Correct the year."),
        "order": _("“%(what)s” lies before “%(other)s” (%(since)s). Correct one of the two dates."),
        "needs": _("“%(what)s” needs “%(other)s” first."),
        "missing": _("“%(what)s” is missing."),
        "live": _("The module is live. Withdraw it with a reason first."),
        "state_only": _("Only the State/UT validates or returns master data."),
    }[word]
