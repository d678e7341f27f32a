"""Verbs on the register of ULBs. Each locks what it changes, checks, saves, keeps and records."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _

from nudm.core import scope
from nudm.core.dates import show, today
from nudm.core.errors import Conflict, Refused
from states.access import require
from states.actions import record, touch
from states.models import Past, State
from states.past import before, keep
from ulbs.actions import exclusions, rollout
from ulbs.actions.aliases import add_aliases
from ulbs.models import PROVISIONAL_FROM, STANDARD_REASON, Batch, Deployment, Exclusion, Succession, Ulb
from ulbs.rules.cells import CANTONMENT_BOARD, united
from ulbs.values import side_by_side

PLAN = ("kind", "pilot", "in_scope", "scope_reason", "batch")
PLANNED = (*PLAN, "scope_on")
DETAILS = (
    "name",
    "name_local",
    "type_code",
    "type_label",
    "district",
    "census_code",
    "population",
    "tenant_code",
)


@transaction.atomic
def create_ulb(state: State, values: Mapping[str, Any], *, by: Any) -> Ulb:
    """Add a ULB to the register. Without an LGD code it gets a provisional one until the LGD has it.

    Raises NotAllowed without `manage_ulbs`, Refused when the code is another ULB's.
    """
    require(by, "manage_ulbs", state)
    given = {name: values[name] for name in (*DETAILS, "kind") if values.get(name) not in (None, "")}
    code = values.get("lgd_code")
    row = Ulb(state=state, lgd_code=code or _next_provisional(), provisional=not code, **given)
    _check_free(row.lgd_code)
    row.in_scope = row.type_code != CANTONMENT_BOARD
    if not row.in_scope:
        row.scope_reason, row.scope_on = STANDARD_REASON, today()
    row.save()
    _kept(row, "ulb.create", by, lgd_code=row.lgd_code)
    return row


@transaction.atomic
def update_ulb(ulb: Ulb, changes: Mapping[str, Any], *, version: int, by: Any, reason: str = "") -> Ulb:
    """Change what the state plans for a ULB: greenfield/brownfield, pilot, scope with its reason, batch.

    What takes it out of a count after Stage 1 was closed is asked of the centre, for the `reason`, and the
    ULB stays as it was until the centre agrees (`ulbs.actions.exclusions`). The reason also lets it into a
    batch that has begun although the gate is shut for it.

    Raises NotAllowed without `manage_ulbs`, Conflict when another officer saved first, Refused by
    `check_plan` and where the reason is missing.
    """
    require(by, "manage_ulbs", ulb)
    row = locked(ulb, version, changes)
    before = values_of(row, PLANNED)
    for name in PLAN:
        if name in changes:
            setattr(row, name, changes[name])
    check_plan(row, before)
    judge = exclusions.Judge(row.state, by)
    restored = put_back_plan(row, before, judge)
    fresh = row.pk in judge.fresh_plans([(row, before)])
    verdict = judge.plan(row, before, reason, fresh=fresh, restored=restored)
    if verdict.result == "refused":
        raise _refused(verdict.field, verdict.words)
    if verdict.result == "asked":
        as_it_was(row, before)
    row.version += 1
    row.save(update_fields=[*PLAN, "scope_on", "version"])
    kept = {name: before[name] for name in PLAN}
    exclusions.count_again([row])
    _kept(row, "ulb.update", by, before=kept, after=values_of(row, PLAN))
    exclusions.write(row.state, [verdict], by=by)
    return row


def as_it_was(row: Ulb, before: Mapping[str, Any]) -> None:
    """The plan stays until the centre agrees; whether the ULB is greenfield takes it out of no count."""
    for name, value in before.items():
        if name != "kind":
            setattr(row, "batch_id" if name == "batch" else name, value)


def put_back_plan(row: Ulb, was: Mapping[str, Any], judge: exclusions.Judge) -> bool:
    """Give a ULB that is taken in again the pilot mark and the batch that it had when it was left out;
    whether it got its batch back.

    What the officer chose now stands. A batch that has begun meanwhile takes it only where its gate is open.
    """
    if was["in_scope"] or not row.in_scope or row.pilot or row.batch_id is not None:
        return False
    data = before(row, in_scope=True)
    row.pilot = bool(data.get("pilot"))
    batch = Batch.objects.filter(state=row.state_id, pk=data.get("batch_id") or 0).first()
    if row.pilot or batch is None:
        return False
    if _began_without(row, batch) and judge.shut(row):
        return False
    row.batch = batch
    return True


def _began_without(row: Ulb, batch: Batch) -> bool:
    """Whether the start of a batch was written down after this ULB, which is not counted, had left it."""
    if batch.started_on is None:
        return False
    lines = Past.objects.filter(state=row.state_id).order_by("-pk")
    left = began = None
    for past in lines.filter(model="ulb", row=row.pk):
        if past.data and exclusions.place_of(past.data).counts:
            break
        left = past.pk
    for past in lines.filter(model="batch", row=batch.pk):
        if not (past.data or {}).get("started_on"):
            break
        began = past.pk
    return left is not None and began is not None and began > left


def check_plan(row: Ulb, before: Mapping[str, Any]) -> None:
    """A pilot, or in one batch, or left out with a reason; what is left out now loses the other two.

    Raises Refused for a batch of another state, a pilot in a batch, a ULB left out without a reason or
    planned although it is, and for a live one that would lose its pilot mark or be left out.
    """
    if before["in_scope"] and not row.in_scope:
        row.pilot, row.batch = False, None
    if row.batch is not None and row.batch.state_id != row.state_id:
        raise _refused("batch", _("Choose a batch of this State/UT."))
    if row.pilot and row.batch is not None:
        raise _refused("batch", _("A pilot goes before the batches. Take the batch or the pilot mark away."))
    if not row.in_scope and not row.scope_reason.strip():
        raise _refused("scope_reason", _("Say why the ULB is left out."))
    if not row.in_scope and row.live_on:
        raise _refused("in_scope", _("The ULB is live. Withdraw its modules with a reason first."))
    if not row.in_scope and (row.pilot or row.batch is not None):
        raise _refused("in_scope", _("The ULB is left out. Take it in first."))
    if before["pilot"] and not row.pilot and row.live_on:
        words = _("A pilot that is live since %(day)s stays a pilot.") % {"day": show(row.live_on)}
        raise _refused("pilot", words)
    if row.in_scope:
        row.scope_reason = ""
    if before["in_scope"] != row.in_scope:
        row.scope_on = today()


@transaction.atomic
def edit_details(ulb: Ulb, changes: Mapping[str, Any], *, version: int, by: Any) -> Ulb:
    """Change the names, type, district, census facts and tenant code. A former name stays findable.

    Raises NotAllowed without `manage_ulbs`, Conflict when another officer saved first.
    """
    require(by, "manage_ulbs", ulb)
    row = locked(ulb, version, changes)
    before = values_of(row, DETAILS)
    for name in DETAILS:
        if name in changes:
            setattr(row, name, changes[name])
    if row.name != before["name"]:
        add_aliases([(row, before["name"])])
    row.version += 1
    row.save(update_fields=[*DETAILS, "version"])
    after = values_of(row, DETAILS)
    diff = {name: [before[name], after[name]] for name in DETAILS if before[name] != after[name]}
    _kept(row, "ulb.details", by, changed=diff)
    return row


@transaction.atomic
def give_code(ulb: Ulb, lgd_code: int, *, version: int, by: Any) -> Ulb:
    """Replace a provisional code by the LGD's. Raises Refused when the code is not provisional or taken."""
    require(by, "manage_ulbs", ulb)
    row = locked(ulb, version, {"lgd_code": lgd_code})
    if not row.provisional:
        raise _refused("lgd_code", _("The ULB has its LGD code already; it does not change."))
    _check_free(lgd_code)
    former = row.lgd_code
    row.lgd_code, row.provisional = lgd_code, False
    row.version += 1
    row.save(update_fields=["lgd_code", "provisional", "version"])
    _kept(row, "ulb.code", by, before=former, after=lgd_code)
    return row


@transaction.atomic
def succeed(
    before: Sequence[Ulb], after: Sequence[Ulb], *, on: date, reason: str, by: Any
) -> list[Succession]:
    """Merge several ULBs into one, or split one into several, on a day. Figures before that day stay.

    The ended ULBs leave the denominator from now on; they and their history remain. What takes their place
    has what they had: the pilot mark, the batch, and of each module the earliest days. After Stage 1 was
    closed this is recorded as a correction, beside the counts. Raises NotAllowed,
    Refused without a reason, for a day in the future, or when it is neither a merger nor a split.
    """
    rows = _same_state([*before, *after], by)
    if not before or not after or (len(before) > 1 and len(after) > 1):
        raise Refused(_("A merger has one ULB after it, a split one before it."), code="succession")
    if {ulb.pk for ulb in before} & {ulb.pk for ulb in after} and len(before) == 1:
        raise Refused(_("A split names the ULBs that come after, other than the one that ends."))
    _reasoned(on, reason)
    made = []
    kind = Ulb.Ended.SPLIT if len(after) > 1 else Ulb.Ended.MERGED
    stays = {ulb.pk for ulb in after}
    judge, verdicts = exclusions.Judge(rows[after[0].pk].state, by), []
    for old in before:
        if old.pk not in stays:
            verdicts.append(judge.ended(rows[old.pk], Exclusion.What(kind.value), reason, on))
            _end(rows[old.pk], kind, on, by)
        for new in after:
            if new.pk == old.pk:
                continue
            row = Succession(
                state_id=old.state_id, before=old, after=new, on=on, reason=reason, recorded_by=by
            )
            row.save()
            made.append(row)
    keep(made)
    verdicts += _carry_over(rows, before, after, reason, judge)
    add_aliases((row.after, row.before.name) for row in made)
    touch(made[0].state_id, ulbs={row.after_id for row in made})
    record("ulb.succeed", by=by, state=made[0].state, target=made[0], kind=kind.value, on=on.isoformat())
    exclusions.write(made[0].state, verdicts, by=by)
    return made


def _carry_over(
    rows: Mapping[int, Ulb], before: Sequence[Ulb], after: Sequence[Ulb], reason: str, judge: exclusions.Judge
) -> list[exclusions.Verdict]:
    """Give each successor what its parts had: scope, pilot mark and batch, and of each module the earliest
    days. The figures stay with the ULB that reported them."""
    pks = [*{ulb.pk for ulb in (*before, *after)}]
    cells: dict[int, list[Deployment]] = {}
    for cell in Deployment.objects.filter(ulb__in=pks).order_by("pk"):
        cells.setdefault(cell.ulb_id, []).append(cell)
    verdicts, changed = [], []
    for new in (rows[ulb.pk] for ulb in after):
        parts = [rows[ulb.pk] for ulb in before if ulb.pk != new.pk]
        was = values_of(new, PLANNED)
        _take_place(new, [part for part in parts if part.in_scope])
        if values_of(new, PLANNED) != was:
            new.version += 1
            new.save(update_fields=[*PLANNED, "version"])
            keep([new])
            verdicts.append(judge.plan(new, was, reason, fresh=True, restored=True))
        own = {cell.module: cell for cell in cells.get(new.pk, ())}
        for code in sorted({cell.module for part in parts for cell in cells.get(part.pk, ())}):
            of_parts = [cell for part in parts for cell in cells.get(part.pk, ()) if cell.module == code]
            mine = own.get(code)
            values = united([*([mine] if mine else []), *of_parts])
            if not values:
                continue
            mine = mine or Deployment(state=new.state, ulb=new, module=code)
            for name, value in values.items():
                setattr(mine, name, value)
            mine.version += 1
            mine.changed_by = judge.by
            mine.save()
            own[code] = mine
            changed.append(mine)
        rollout.roll_up([new], {(new.pk, code): cell for code, cell in own.items()})
    keep(changed)
    return verdicts


def _take_place(new: Ulb, parts: Sequence[Ulb]) -> None:
    """Set on a successor the plan of these parts, which were in scope."""
    if parts and not new.in_scope:
        new.in_scope, new.scope_reason, new.scope_on = True, "", today()
    if any(part.pilot for part in parts):
        new.pilot, new.batch = True, None
    elif not new.pilot and new.batch_id is None:
        batches = [part.batch_id for part in parts if part.batch_id is not None]
        new.batch = Batch.objects.filter(pk__in=batches).order_by("number").first()


@dataclass(frozen=True, slots=True)
class Standing:
    """How many ULBs of a state are in scope, pilots, and live."""

    in_scope: int
    pilots: int
    live: int


def standing_of(state: State) -> Standing:
    """As the register has it now. One query."""
    there = Ulb.objects.filter(state=state, in_scope=True, ended="")
    return Standing(
        **there.aggregate(
            in_scope=Count("pk"),
            pilots=Count("pk", filter=Q(pilot=True)),
            live=Count("pk", filter=Q(live_on__isnull=False)),
        )
    )


class _TakenBack(Exception):
    """Ends a trial: nothing of it stays."""


def foresee_end(state: State, act: Callable[[], Any]) -> tuple[Standing, Standing]:
    """How the counts of a state stand now and how they would stand after `act`, of which nothing stays.
    Raises what the act raises."""
    before = after = standing_of(state)
    try:
        with transaction.atomic():
            act()
            after = standing_of(state)
            raise _TakenBack
    except _TakenBack:
        return before, after


@transaction.atomic
def drop(ulb: Ulb, *, on: date, reason: str, by: Any) -> Ulb:
    """Drop a ULB from the register on a day, with a reason. It is never deleted.

    After Stage 1 was closed this is asked of the centre, and the ULB stays until the centre agrees, unless it
    came into the count within the hour. A ULB that is in the register twice is merged into the right one.
    """
    rows = _same_state([ulb], by)
    _reasoned(on, reason)
    row = rows[ulb.pk]
    if row.ended:
        _end(row, Ulb.Ended.DROPPED, on, by)
    judge = exclusions.Judge(row.state, by)
    verdict = judge.ended(row, Exclusion.What.DROPPED, reason, on)
    if verdict.result == "refused":
        raise _refused(verdict.field, verdict.words)
    if verdict.result == "saved":
        end_dropped(row, on=on, reason=reason, by=by)
    exclusions.write(row.state, [verdict], by=by)
    return row


def end_dropped(row: Ulb, *, on: date, reason: str, by: Any) -> None:
    """End a locked row that is dropped."""
    row.scope_reason = reason
    _end(row, Ulb.Ended.DROPPED, on, by)


@transaction.atomic
def reinstate(ulb: Ulb, *, by: Any) -> Ulb:
    """Take the end of a ULB back. One that was left out before it ended is left out again, for the reason
    that it had. A batch that has begun meanwhile takes it back only where its gate is open. Raises Refused
    when other ULBs have taken its place."""
    row = _same_state([ulb], by)[ulb.pk]
    if Succession.objects.filter(before=row).exists():
        raise Refused(_("Other ULBs have taken its place; it cannot come back."), code="succeeded")
    row.ended, row.ended_on = "", None
    if row.batch is not None and _began_without(row, row.batch) and exclusions.Judge(row.state, by).shut(row):
        row.batch = None
    row.scope_reason = "" if row.in_scope else before(row, ended="").get("scope_reason") or row.scope_reason
    row.version += 1
    row.save(update_fields=["ended", "ended_on", "scope_reason", "batch", "version"])
    exclusions.count_again([row])
    _kept(row, "ulb.reinstate", by)
    return row


@transaction.atomic
def set_cantonments(state: State, *, in_scope: bool, reason: str, by: Any) -> int:
    """Take the Cantonment Boards of a state in or leave them out; how many rows changed.

    They are under the Ministry of Defence, not the State/UT's urban department, and stay out unless
    asked for. Live ones are not left out. After Stage 1 was closed, leaving them out is asked of the centre.
    """
    require(by, "manage_ulbs", state)
    rows = list(
        Ulb.objects.select_for_update(of=("self",))
        .filter(state=state, type_code=CANTONMENT_BOARD, ended="", live_on__isnull=True)
        .exclude(in_scope=in_scope)
    )
    judge, changed, restored = exclusions.Judge(state, by), [], set()
    for row in rows:
        was = values_of(row, PLANNED)
        row.in_scope, row.scope_on = in_scope, today()
        row.scope_reason = "" if in_scope else reason.strip() or STANDARD_REASON
        row.pilot, row.batch = row.pilot and in_scope, row.batch if in_scope else None
        if put_back_plan(row, was, judge):
            restored.add(row.pk)
        changed.append((row, was))
    fresh, verdicts, saved = judge.fresh_plans(changed), [], []
    for row, was in changed:
        verdict = judge.plan(row, was, reason, fresh=row.pk in fresh, restored=row.pk in restored)
        if verdict.result == "saved":
            row.version += 1
            saved.append(row)
        if verdict.result != "refused":
            verdicts.append(verdict)
    Ulb.objects.bulk_update(saved, [*PLAN[1:], "scope_on", "version"])
    keep(saved)
    exclusions.count_again(saved)
    touch(state)
    record("ulb.cantonments", by=by, state=state, in_scope=in_scope, rows=len(saved))
    exclusions.write(state, verdicts, by=by)
    return len(saved)


def locked(ulb: Ulb, version: int, mine: Mapping[str, Any]) -> Ulb:
    """The row, locked. Raises Conflict when it has another version than the one that was opened."""
    row = Ulb.objects.select_for_update(of=("self",)).select_related("state", "batch").get(pk=ulb.pk)
    if row.version != version:
        raise Conflict(
            _("Another officer saved this ULB after you opened it. Compare, then save again."),
            mine=dict(mine),
            theirs={name: getattr(row, name) for name in mine if hasattr(row, name)},
            both=side_by_side(row, mine),
        )
    return row


def _same_state(ulbs: Iterable[Ulb], by: Any) -> dict[int, Ulb]:
    """The rows, locked in one order, of one state on which the person may act."""
    rows = list(ulbs)
    for ulb in rows:
        require(by, "manage_ulbs", ulb)
    if len({ulb.state_id for ulb in rows}) != 1:
        raise Refused(_("Choose ULBs of one State/UT."), code="several_states")
    found = Ulb.objects.select_for_update(of=("self",)).select_related("state")
    return {row.pk: row for row in found.filter(pk__in=[ulb.pk for ulb in rows]).order_by("pk")}


def _end(row: Ulb, kind: Ulb.Ended, on: date, by: Any) -> None:
    if row.ended:
        raise Refused(
            _("%(ulb)s ended on %(day)s.") % {"ulb": row.label, "day": show(row.ended_on or on)}, code="ended"
        )
    row.ended, row.ended_on = kind.value, on
    row.version += 1
    row.save(update_fields=["ended", "ended_on", "scope_reason", "version"])
    _kept(row, "ulb.end", by, kind=kind.value, on=on.isoformat())


def _reasoned(on: date, reason: str) -> None:
    if on > today():
        raise _refused(
            "on", _("%(day)s lies in the future. Record a fact on the day it happens.") % {"day": show(on)}
        )
    if not reason.strip():
        raise _refused("reason", _("Name the order or say why."))


def _kept(row: Ulb, verb: str, by: Any, **data: Any) -> None:
    keep([row])
    touch(row.state_id, ulbs=[row.pk])
    record(verb, by=by, state=row.state, target=row, **data)


def values_of(row: Ulb, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, f"{name}_id" if name == "batch" else name) for name in names}


@scope.national()
def _check_free(lgd_code: int) -> None:
    """A code is one ULB's in the whole nation."""
    if Ulb.objects.filter(lgd_code=lgd_code).exists():
        raise _refused("lgd_code", _("LGD code %(code)s is in the register already.") % {"code": lgd_code})


@scope.national()
def _next_provisional() -> int:
    last = Ulb.objects.filter(lgd_code__gte=PROVISIONAL_FROM).aggregate(last=Max("lgd_code"))["last"]
    return (last or PROVISIONAL_FROM - 1) + 1


def _refused(field: str, words: str) -> Refused:
    return Refused(words, code=field, fields={field: [words]})
