"""Verbs on towns. Each locks what it changes, checks, saves and records."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from nudm.core.dates import show, today
from nudm.core.errors import Conflict, Refused
from states.access import require, standing
from states.actions import record, touch
from states.models import State
from ulbs.models import MILESTONE_LABELS, Batch, Milestone, Ulb
from ulbs.rules import MilestoneKind, order_faults

EDITABLE = ("kind", "pilot", "in_scope", "batch")


@transaction.atomic
def update_ulb(ulb: Ulb, changes: Mapping[str, Any], *, version: int, by: Any) -> Ulb:
    """Change what the state plans for a ULB: greenfield/brownfield, pilot, scope, batch.

    Raises NotAllowed without `manage_ulbs`, Conflict when another officer saved first, Refused for a
    batch of another state.
    """
    require(by, "manage_ulbs", ulb)
    row = _locked(ulb, version, changes)
    batch = changes.get("batch", row.batch)
    if batch is not None and batch.state_id != row.state_id:
        raise Refused(
            _("Choose a batch of this State/UT."),
            fields={"batch": [_("Unknown batch.")]},
        )
    before = {name: getattr(row, f"{name}_id" if name == "batch" else name) for name in EDITABLE}
    for name in EDITABLE:
        if name in changes:
            setattr(row, name, changes[name])
    row.version += 1
    row.save(update_fields=[*EDITABLE, "version"])
    after = {name: getattr(row, f"{name}_id" if name == "batch" else name) for name in EDITABLE}
    touch(row.state_id)
    record("ulb.update", by=by, state=row.state, target=row, before=before, after=after)
    return row


@transaction.atomic
def set_milestones(ulb: Ulb, dates: Mapping[MilestoneKind, date | None], *, version: int, by: Any) -> Ulb:
    """Set the dates of a ULB's milestones; None takes one away, a kind not named is left as it is.

    Raises NotAllowed without `manage_ulbs` or, for one's own town, `update_town`; Conflict when
    another officer saved first; Refused with the field when the order is broken (no live before UAT
    sign-off) or a fact lies in the future.
    """
    own_town = "update_town" if _is_town(by, ulb) else "manage_ulbs"
    require(by, own_town, ulb)
    row = _locked(ulb, version, {kind.value: day for kind, day in dates.items()})
    stored = {MilestoneKind(m.kind): m.on for m in Milestone.objects.filter(ulb=row)}
    wanted: dict[MilestoneKind, date | None] = {**stored, **dates}
    _refuse_faults(wanted, dates)
    for kind, day in dates.items():
        if day is None:
            Milestone.objects.filter(ulb=row, kind=kind.value).delete()
        elif stored.get(kind) != day:
            Milestone.objects.update_or_create(
                ulb=row,
                kind=kind.value,
                defaults={"state_id": row.state_id, "on": day, "recorded_by": by},
            )
    row.version += 1
    row.save(update_fields=["version"])
    touch(row.state_id)
    diff = {
        kind.value: [_iso(stored.get(kind)), _iso(day)]
        for kind, day in dates.items()
        if stored.get(kind) != day
    }
    record("ulb.milestones", by=by, state=row.state, target=row, changed=diff)
    return row


@transaction.atomic
def plan_batch(
    state: State,
    number: int,
    *,
    planned_on: date | None,
    started_on: date | None,
    by: Any,
) -> Batch:
    """Add or change a batch of a state. Raises NotAllowed without `manage_ulbs`, Refused when the
    batch starts before day one of its plan or in the future."""
    require(by, "manage_ulbs", state)
    if started_on is not None and started_on > today():
        raise Refused(
            _("A batch cannot have started in the future."),
            fields={"started_on": [_("Give today or an earlier day.")]},
        )
    batch, _made = Batch.objects.update_or_create(
        state=state,
        number=number,
        defaults={"planned_on": planned_on, "started_on": started_on},
    )
    touch(state)
    record(
        "batch.plan",
        by=by,
        state=state,
        target=batch,
        planned_on=_iso(planned_on),
        started_on=_iso(started_on),
    )
    return batch


def _is_town(person: Any, ulb: Ulb) -> bool:
    return ulb.lgd_code in standing(person).ulb_codes


def _locked(ulb: Ulb, version: int, mine: Mapping[str, Any]) -> Ulb:
    row = Ulb.objects.select_for_update(of=("self",)).select_related("state", "batch").get(pk=ulb.pk)
    if row.version != version:
        theirs = {name: getattr(row, name) for name in EDITABLE if name in mine}
        stored = {m.kind: m.on for m in Milestone.objects.filter(ulb=row)}
        theirs |= {kind: stored.get(kind) for kind in mine if kind in {k.value for k in MilestoneKind}}
        raise Conflict(
            _("Another officer saved this ULB after you opened it. Compare, then save again."),
            mine=dict(mine),
            theirs=theirs,
        )
    return row


def _refuse_faults(wanted: Mapping[MilestoneKind, date | None], given: Mapping[MilestoneKind, Any]) -> None:
    fields: dict[str, list[str]] = {}
    for kind, day in given.items():
        if day is not None and day > today() and kind is not MilestoneKind.UAT_SCHEDULED:
            fields[kind.value] = [
                _("%(day)s lies in the future. Record a fact on the day it happens.") % {"day": show(day)}
            ]
    for kind, earlier in order_faults(wanted).items():
        day = wanted.get(earlier)
        field = kind if kind in given else earlier
        fields.setdefault(field.value, []).append(
            _("“%(later)s” must come on or after “%(earlier)s” (%(day)s). Correct one of the two dates.")
            % {
                "later": MILESTONE_LABELS[kind],
                "earlier": MILESTONE_LABELS[earlier],
                "day": show(day) if day else _("not recorded"),
            }
        )
    if fields:
        raise Refused(
            _("The dates are not in order. Nothing was saved."),
            code="date_order",
            fields=fields,
        )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
