"""The centre agrees to what takes a ULB out of a count: only then it is carried out."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from nudm.core.bounds import LINE, within
from nudm.core.errors import Refused
from states.actions import record, touch
from states.past import keep
from ulbs.actions import exclusions, register, rollout
from ulbs.models import Batch, Deployment, Exclusion, Ulb

What = Exclusion.What


@transaction.atomic
def agree(row: Exclusion, *, note: str = "", by: Any) -> Exclusion:
    """Agree to a request and carry it out.

    Raises NotAllowed without `review_item` or for the person who asked; Refused when it was answered or
    withdrawn, or cannot be carried out any more, with the reason.
    """
    within(LINE, note=note)
    found = exclusions.open_request(row, by)
    rows = Ulb.objects.select_for_update(of=("self",)).select_related("state", "batch")
    ulb = rows.get(pk=found.ulb_id or 0)
    if ulb.ended:
        raise Refused(_("The ULB has ended since. Refuse the request."), code="ended")
    if found.what == What.DROPPED:
        on = date.fromisoformat(found.changes["on"])
        register.end_dropped(ulb, on=on, reason=found.reason, by=by)
    elif found.what == What.MODULE:
        _module(found, ulb, by)
    else:
        _plan(found, ulb, by)
    return exclusions.answered(found, Exclusion.Status.AGREED, note, by)


def _plan(found: Exclusion, ulb: Ulb, by: Any) -> None:
    before, asked = register.values_of(ulb, register.PLANNED), found.changes
    batch = Batch.objects.filter(state=ulb.state_id, pk=asked["batch"] or 0).first()
    if asked["batch"] and batch is None:
        raise Refused(_("The batch that was asked for is not there any more. Refuse the request."))
    ulb.pilot, ulb.in_scope, ulb.batch = asked["pilot"], asked["in_scope"], batch
    ulb.scope_reason = asked["scope_reason"]
    register.check_plan(ulb, before)
    ulb.version += 1
    ulb.save(update_fields=[*register.PLANNED, "version"])
    keep([ulb])
    exclusions.count_again([ulb])
    touch(ulb.state_id, ulbs=[ulb.pk])
    after = register.values_of(ulb, register.PLAN)
    record("ulb.update", by=by, state=ulb.state, target=ulb, after=after, agreed=found.pk)


def _module(found: Exclusion, ulb: Ulb, by: Any) -> None:
    changes = {}
    for name, value in found.changes.items():
        column: Any = Deployment._meta.get_field(name)
        changes[name] = column.to_python(value)
    edit = rollout.Edit(ulb.pk, found.module, changes)
    [answer] = rollout.save_cells(ulb.state, [edit], by=by, agreed=True)
    if answer.result not in {"saved", "unchanged"}:
        raise Refused(answer.words, code=answer.result)
