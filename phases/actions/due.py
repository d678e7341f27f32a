"""Verbs on target dates: a first one is set, later ones are extensions that the centre grants."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nudm.core.dates import show, today
from nudm.core.errors import Refused
from phases.models import DueDate, Item
from phases.rules import SETTLED, Status
from states.access import require
from states.actions import Moved, record, touch
from states.past import keep


@transaction.atomic
def ask(item: Item, due: date, *, reason: str, by: Any) -> DueDate:
    """Set a line's first target date, or ask the centre for an extension of the one that stands.

    Raises NotAllowed without `update_checklist`; Refused for a day that is past, for an extension
    without a reason or while another is asked for, and on a settled line.
    """
    require(by, "update_checklist", item)
    if item.pk is None:
        item, _made = Item.objects.get_or_create(
            state=item.state, code=item.code, defaults={"stage": item.stage}
        )
    row = Item.objects.select_for_update(of=("self",)).select_related("state").get(pk=item.pk)
    if Status(row.status) in SETTLED:
        raise Refused(_("The line is settled; it needs no target date."), code="frozen")
    if due < today():
        raise _refused("due", _("%(day)s is past. Give today or a later day.") % {"day": show(due)})
    rows = list(row.due_dates.all())
    if any(d.granted_by_id is None and not d.refused for d in rows):
        raise _refused("due", _("An extension is asked for already. Wait for the centre's answer."))
    first = not any(d.stands for d in rows)
    if not first and not reason.strip():
        raise _refused("reason", _("Say why the date has to move."))
    made = DueDate.objects.create(
        item=row,
        due=due,
        reason=reason.strip(),
        asked_by=by,
        granted_by=by if first else None,
        answered_at=timezone.now() if first else None,
    )
    if first:
        row.due = due
        row.save(update_fields=["due"])
    keep([made, row] if first else [made])
    touch(row.state_id, moved=Moved.FACTS, counted=False)
    record(
        "due.ask",
        by=by,
        state=row.state,
        target=made,
        code=row.code,
        due=due.isoformat(),
        first=first,
    )
    return made


@transaction.atomic
def answer(asked: DueDate, *, grant: bool, by: Any) -> DueDate:
    """The centre grants or refuses an extension. Raises NotAllowed, and Refused when it was answered."""
    found = DueDate.objects.select_for_update(of=("self", "item")).select_related("item__state")
    row = found.get(pk=asked.pk)
    require(by, "review_item", row.item)
    if row.answered_at is not None:
        raise Refused(_("This extension was answered already."), code="answered")
    row.granted_by, row.refused, row.answered_at = by, not grant, timezone.now()
    row.save(update_fields=["granted_by", "refused", "answered_at"])
    if grant:
        row.item.due = row.due
        row.item.save(update_fields=["due"])
    keep([row, row.item] if grant else [row])
    touch(row.item.state_id, moved=Moved.FACTS, counted=False)
    record(
        "due.answer",
        by=by,
        state=row.item.state,
        target=row,
        code=row.item.code,
        granted=grant,
    )
    return row


def _refused(field: str, words: str) -> Refused:
    return Refused(words, code="due", fields={field: [words]})
