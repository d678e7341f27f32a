"""What belongs in the audit log but happens below the app that keeps it (`states.actions`)."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model

KEEPERS: list[Callable[..., Any]] = []


def note(verb: str, *, by: Any, target: Model | None = None, **data: Any) -> None:
    """Have an act of `by` on the own account written down, in the caller's transaction. Ids only.

    Raises RuntimeError where nobody keeps a log: nothing goes unrecorded in silence.
    """
    if not KEEPERS:
        raise RuntimeError("nobody keeps the audit log: states.actions is not imported")
    for keep in KEEPERS:
        keep(verb, by=by, target=target, **data)
