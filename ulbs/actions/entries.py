"""What the verbs on the registers' entries share: the lock, the version, the writing down."""

from collections.abc import Mapping
from copy import copy
from typing import Any

from django.utils.translation import gettext as _

from nudm.core.bounds import within
from nudm.core.dates import show, today
from nudm.core.errors import Conflict, Refused
from states.access import require
from states.actions import Moved, record, touch
from states.past import keep
from ulbs.registers import Register
from ulbs.values import label, shown


def opened(
    register: Register, row: Any, version: int, values: Mapping[str, Any], by: Any, permission: str = ""
) -> Any:
    """The entry, locked, for one who may write in its register, or has the `permission` that is named.

    Raises Http404, NotAllowed, and Conflict with both texts when another officer saved first.
    """
    require(by, permission or register.permission, row)
    found = register.model._default_manager.select_for_update(of=("self",)).select_related("state")
    stored: Any = found.get(pk=row.pk)
    same_version(stored, version, values)
    return stored


def same_version(stored: Any, version: int, values: Mapping[str, Any]) -> None:
    """Raises Conflict, with what was sent and what is stored, when the row was opened in another version."""
    if stored.version == version:
        return
    model, mine = type(stored), copy(stored)
    put(mine, values)
    raise Conflict(
        _("Another officer saved this entry after you opened it. Compare, then save again."),
        mine={label(model, name): shown(mine, name) for name in values},
        theirs={label(model, name): shown(stored, name) for name in values},
    )


def put(row: Any, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def write(row: Any, verb: str, by: Any, **data: Any) -> None:
    """Save the row under its next version, keep it, and write the audit line."""
    row.version += 1
    row.save()
    keep([row])
    touch(row.state_id, moved=Moved.FACTS)
    record(verb, by=by, state=row.state, target=row, **data)


def still_open(row: Any) -> None:
    """Raises Refused for a closed entry: it counts, so it changes only after it was reopened."""
    if row.closed_on is not None:
        words = _("This was closed on %(day)s. Reopen it with a reason, then change it.")
        raise Refused(words % {"day": show(row.closed_on)}, code="closed")


def reopen(register: Register, row: Any, *, version: int, reason: str, by: Any, permission: str = "") -> Any:
    """Take a close back, with a reason: the event no longer counts as held, the incident as solved."""
    stored = opened(register, row, version, {}, by, permission)
    if stored.closed_on is None:
        raise Refused(_("This is open already."), code="open")
    if not reason.strip():
        raise refused({"reason": _("Say why it is opened again.")})
    within(reason=reason)
    stored.closed_on = None
    write(stored, f"{stored._meta.model_name}.reopen", by, reason=reason.strip())
    return stored


def not_ahead(name: str, day: Any) -> None:
    """Raises Refused for a fact of tomorrow."""
    if day is not None and day > today():
        words = _("%(day)s lies in the future. Record a fact on the day it happens.")
        raise refused({name: words % {"day": show(day)}})


def refused(fields: Mapping[str, str]) -> Refused:
    """A refusal that names its fields."""
    return Refused(" ".join(fields.values()), fields={name: [words] for name, words in fields.items()})
