"""Verbs on pilots and batches."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nudm.core.dates import show, today
from nudm.core.errors import Conflict, Refused
from states.access import require
from states.actions import record, touch
from states.models import Past, State
from states.past import gone, keep
from ulbs.actions import exclusions
from ulbs.actions.register import PLAN, PLANNED, as_it_was, check_plan, put_back_plan, values_of
from ulbs.limits import limits
from ulbs.models import Batch, Incident, Override, Ulb
from ulbs.rules.gate import Check, gates
from ulbs.rules.leaving import TAKEN_BACK_WITHIN
from ulbs.rules.pilots import shares

DATES = ("planned_on", "planned_until", "started_on", "ended_on")


def gates_of(state: State) -> dict[int, tuple[Check, ...]]:
    """`{batch id: its gate}` for every batch of a state, in two queries."""
    towns = Ulb.objects.filter(state=state, in_scope=True, ended="").only(
        "pk", "batch_id", "pilot", "data_validated_on", "trained_on", "uat_signed_on"
    )
    critical = Incident.objects.filter(state=state, severity="critical", closed_on__isnull=True).count()
    return gates(towns, critical, limits())


def seen(batch: Batch | None) -> str:
    """What a form that is about to be shown saw of a batch; sent back, it tells whether the batch changed."""
    return "" if batch is None else "|".join(str(value) for value in _kept_of(batch).values())


def _kept_of(batch: Batch) -> dict[str, str | None]:
    """What an officer decides of a batch, as the audit log has it."""
    return {name: _iso(getattr(batch, name)) for name in DATES} | {"override_reason": batch.override_reason}


@transaction.atomic
def plan_batch(
    state: State, number: int, values: Mapping[str, Any], *, saw: str | None = None, by: Any
) -> Batch:
    """Add or change a batch: its planned and real dates.

    Raises NotAllowed without `manage_ulbs`; Conflict when the batch is not what `saw` (see `seen`) says;
    Refused for dates out of order or in the future, when the batch ends although ULBs in it are not live,
    and when it starts although its gate is shut and no reason is written down.
    """
    require(by, "manage_ulbs", state)
    row = Batch.objects.select_for_update(of=("self",)).filter(state=state, number=number).first()
    if saw is not None and saw != seen(row):
        raise Conflict(
            _("Another officer saved this batch after you opened it. Compare, then save again."),
            mine=_told(values),
            theirs=_told({name: getattr(row, name) for name in (*DATES, "override_reason")} if row else {}),
        )
    row = row or Batch(state=state, number=number)
    starts = values.get("started_on") is not None and row.started_on is None
    before = _kept_of(row)
    for name in (*DATES, "override_reason"):
        if name in values:
            setattr(row, name, values[name] if name in DATES else values[name].strip())
    _check_dates(row)
    if before["started_on"] and row.started_on and before["override_reason"] and not row.override_reason:
        words = _("The batch was started with this reason. Correct it, but do not leave it out.")
        raise Refused(words, code="override_reason", fields={"override_reason": [words]})
    if before["started_on"] and row.started_on is None and not _started_lately(row):
        words = _("The batch began on %(day)s. Correct the day, but do not leave it out.")
        raise _refused("started_on", words % {"day": show(date.fromisoformat(before["started_on"]))})
    if row.ended_on and not before["ended_on"]:
        _check_end(row)
    shut: list[str] = []
    if starts:
        checks = gates_of(state).get(row.pk or 0, ())
        shut = [check.name for check in checks if not check.open] if checks else ["no_ulb"]
        if shut and not row.override_reason:
            words = _(
                "The gate of this batch is shut. Open it first, or write down why it starts nevertheless."
            )
            raise Refused(words, code="gate_shut", fields={"started_on": [words]})
    row.save()
    keep([row])
    touch(state)
    record("batch.plan", by=by, state=state, target=row, number=number, before=before, after=_kept_of(row))
    if shut:
        judge = exclusions.Judge(state, by)
        made = judge.override(Override.Gate.BATCH_START, row.override_reason, shut, batch=number)
        exclusions.write(state, [exclusions.Verdict("saved", override=made)], by=by)
    return row


def _started_lately(row: Batch) -> bool:
    """Whether the start was written down within the hour, so that it may be taken back."""
    lines = Past.objects.filter(state=row.state_id, model="batch", row=row.pk).order_by("-pk")
    since = None
    for past in lines:
        if not (past.data or {}).get("started_on"):
            break
        since = past.since
    return since is not None and since > timezone.now() - TAKEN_BACK_WITHIN


@transaction.atomic
def fill_batches(state: State, ulbs: Sequence[Ulb], *, size: int | None = None, by: Any) -> list[Batch]:
    """Put ULBs that have neither batch nor pilot mark into new batches of about `size` (30 by default),
    in the order given. Raises NotAllowed, and Refused when there is nothing to put."""
    require(by, "manage_ulbs", state)
    size = size or limits().batch_size
    rows = list(
        Ulb.objects.select_for_update(of=("self",)).filter(
            state=state,
            pk__in=[ulb.pk for ulb in ulbs],
            batch__isnull=True,
            pilot=False,
            in_scope=True,
            ended="",
        )
    )
    if not rows:
        raise Refused(_("Every ULB in scope is a pilot or in a batch already."), code="nothing_left")
    place = {ulb.pk: n for n, ulb in enumerate(ulbs)}
    rows.sort(key=lambda ulb: place[ulb.pk])
    first = (
        Batch.objects.filter(state=state).order_by("-number").values_list("number", flat=True).first() or 0
    ) + 1
    counts = shares(len(rows), size)
    batches = [Batch(state=state, number=first + n) for n in range(len(counts))]
    Batch.objects.bulk_create(batches)
    seats = [batch for batch, count in zip(batches, counts, strict=True) for _seat in range(count)]
    for ulb, batch in zip(rows, seats, strict=True):
        ulb.batch = batch
        ulb.version += 1
    Ulb.objects.bulk_update(rows, ["batch", "version"], batch_size=300)
    keep([*batches, *rows])
    touch(state)
    record("batch.fill", by=by, state=state, batches=[b.number for b in batches], ulbs=len(rows))
    return batches


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one ULB of many: `saved`, `unchanged`, `asked` of the centre or `refused`, and why."""

    ulb: Ulb
    result: str
    words: str = ""


@transaction.atomic
def plan_many(
    state: State,
    ulbs: Iterable[Ulb],
    changes: Mapping[str, Any],
    *,
    reason: str = "",
    seen: datetime | None = None,
    by: Any,
) -> list[Moved]:
    """Change the plan of many ULBs alike: pilot, batch, scope, greenfield or brownfield.

    Those that may are saved together, each of the others says why: also those whose plan was changed after
    `seen`, when the person opened the form (None: never mind). What takes a ULB out of a count after Stage 1
    was closed is asked of the centre for the `reason` (see `register.update_ulb`). Raises NotAllowed.
    """
    require(by, "manage_ulbs", state)
    rows = Ulb.objects.select_for_update(of=("self",)).select_related("batch")
    rows = rows.filter(state=state, ended="")
    found = list(rows.filter(pk__in=[ulb.pk for ulb in ulbs]))
    stale = _changed_since(seen, found) if seen is not None else frozenset()
    judge = exclusions.Judge(state, by)
    answers, verdicts = _judged(judge, found, changes, reason, stale)
    saved = [answer.ulb for answer in answers if answer.result == "saved"]
    for row in saved:
        row.version += 1
    Ulb.objects.bulk_update(saved, [*PLAN, "scope_on", "version"], batch_size=300)
    keep(saved)
    exclusions.count_again(saved)
    touch(state)
    record("ulb.plan_many", by=by, state=state, fields=sorted(changes), ulbs=[row.pk for row in saved])
    exclusions.write(state, verdicts, by=by)
    return answers


def foresee(
    state: State, ulbs: Iterable[Ulb], changes: Mapping[str, Any], *, reason: str = "", by: Any
) -> list[Moved]:
    """What `plan_many` would make of each of these ULBs, in their order; none is changed."""
    rows = [copy(ulb) for ulb in ulbs]
    answers = _judged(exclusions.Judge(state, by), rows, changes, reason, frozenset())[0]
    return answers


def _judged(
    judge: exclusions.Judge,
    rows: Sequence[Ulb],
    changes: Mapping[str, Any],
    reason: str,
    stale: frozenset[int],
) -> tuple[list[Moved], list[exclusions.Verdict]]:
    """What becomes of each row, on which the new plan is set where it is `saved`, and what is written with
    it."""
    words = _("Another officer saved this ULB after you opened it. Compare, then save again.")
    answers: list[Moved] = []
    changed: list[tuple[Ulb, dict[str, Any]]] = []
    restored: set[int] = set()
    for row in rows:
        before = values_of(row, PLANNED)
        answer = Moved(row, "refused", words) if row.pk in stale else _planned(row, changes)
        if answer.result == "saved":
            if put_back_plan(row, before, judge):
                restored.add(row.pk)
            changed.append((row, before))
        answers.append(answer)
    fresh, of, verdicts = judge.fresh_plans(changed) if judge.closed else set(), dict[int, Moved](), []
    for row, before in changed:
        verdict = judge.plan(row, before, reason, fresh=row.pk in fresh, restored=row.pk in restored)
        if verdict.result == "refused":
            of[row.pk] = Moved(row, "refused", verdict.words)
            continue
        verdicts.append(verdict)
        if verdict.result == "asked":
            as_it_was(row, before)
            of[row.pk] = Moved(row, "asked")
    return [of.get(answer.ulb.pk, answer) for answer in answers], verdicts


def _changed_since(seen: datetime, rows: Sequence[Ulb]) -> frozenset[int]:
    """Those of the ULBs whose plan is not the one that was kept last before `seen`."""
    names = [Ulb._meta.get_field(name).attname for name in PLAN]  # type: ignore[union-attr]
    now = {row.pk: [getattr(row, name) for name in names] for row in rows}
    kept = Past.objects.filter(state__in={row.state_id for row in rows}, model="ulb", row__in=now)
    moved = set(kept.filter(since__gt=seen).values_list("row", flat=True))
    lines = kept.filter(row__in=moved, since__lte=seen).order_by("pk").values_list("row", "data")
    before = {pk: [data.get(name) for name in names] for pk, data in lines if data}
    return frozenset(pk for pk, plan in before.items() if plan != now[pk])


def _planned(row: Ulb, changes: Mapping[str, Any]) -> Moved:
    before = values_of(row, PLAN)
    for name, value in changes.items():
        setattr(row, name, value)
    try:
        check_plan(row, before)
    except Refused as error:
        return Moved(row, "refused", error.message)
    return Moved(row, "unchanged" if values_of(row, PLAN) == before else "saved")


def seen_whole(batch: Batch) -> str:
    """What a removal is about to take away: the batch as in `seen`, with the ULBs in it."""
    held = ",".join(str(pk) for pk in batch.ulbs.order_by("pk").values_list("pk", flat=True))
    return f"{seen(batch)}|{hashlib.sha256(held.encode()).hexdigest()}"


@transaction.atomic
def remove_batch(batch: Batch, *, saw: str | None = None, by: Any) -> None:
    """Take a batch away that has not started; its ULBs are without a batch then.

    Raises NotAllowed without `manage_ulbs`; Conflict when the batch is not what `saw` (see `seen_whole`)
    says; Refused when it has started.
    """
    require(by, "manage_ulbs", batch)
    row = Batch.objects.select_for_update(of=("self",)).select_related("state").get(pk=batch.pk)
    if row.started_on:
        raise Refused(
            _("The batch started on %(day)s; it stays.") % {"day": show(row.started_on)}, code="started"
        )
    if saw is not None and saw != seen_whole(row):
        n = row.ulbs.count()
        words = ngettext(
            "Another officer changed this batch after you opened it: %(n)s ULB is in it now. "
            "Look again, then remove it.",
            "Another officer changed this batch after you opened it: %(n)s ULBs are in it now. "
            "Look again, then remove it.",
            n,
        )
        raise Conflict(words % {"n": n})
    towns = list(Ulb.objects.select_for_update(of=("self",)).filter(batch=row))
    for ulb in towns:
        ulb.batch = None
        ulb.version += 1
    Ulb.objects.bulk_update(towns, ["batch", "version"], batch_size=300)
    keep(towns)
    gone([row])
    touch(row.state_id)
    record("batch.remove", by=by, state=row.state, target=row, number=row.number)
    row.delete()


def _check_dates(row: Batch) -> None:
    for name in ("started_on", "ended_on"):
        day = getattr(row, name)
        if day and day > today():
            raise _refused(
                name,
                _("%(day)s lies in the future. Record a fact on the day it happens.") % {"day": show(day)},
            )
    if row.planned_on and row.planned_until and row.planned_until < row.planned_on:
        raise _refused("planned_until", _("The plan ends before it begins. Correct one of the two dates."))
    if row.ended_on and (row.started_on is None or row.ended_on < row.started_on):
        raise _refused("ended_on", _("A batch ends after it has started. Correct one of the two dates."))


def _check_end(row: Batch) -> None:
    """A batch ends when all that it holds is live; what will not be in it is moved first."""
    n = row.ulbs.filter(in_scope=True, ended="", live_on__isnull=True).count() if row.pk else 0
    if n:
        words = ngettext(
            "%(n)s ULB of this batch is not live. Move it to another batch or leave it out, then end "
            "this one.",
            "%(n)s ULBs of this batch are not live. Move them to another batch or leave them out, then end "
            "this one.",
            n,
        )
        raise Refused(words % {"n": n}, code="not_live", fields={"ended_on": [words % {"n": n}]})


def _told(values: Mapping[str, Any]) -> dict[str, str]:
    given = {name: values[name] for name in (*DATES, "override_reason") if values.get(name)}
    label = {field.name: str(field.verbose_name) for field in Batch._meta.concrete_fields}
    return {label[name]: value if isinstance(value, str) else show(value) for name, value in given.items()}


def _iso(day: Any) -> str | None:
    return day.isoformat() if day else None


def _refused(field: str, words: str) -> Refused:
    return Refused(words, code="date_order", fields={field: [words]})
