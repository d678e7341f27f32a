"""Errors that carry the user's sentence: what went wrong, where, what to do next."""

from collections.abc import Iterable, Mapping
from typing import Any


class Refused(Exception):
    """A rule said no. `message` is translated and meant for the person; `fields` names the places."""

    status = 422
    code = "refused"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        fields: Mapping[str, list[str]] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.fields = dict(fields or {})


class NotAllowed(Refused):
    """The row exists for this person, the power does not."""

    status = 403
    code = "not_allowed"


class Conflict(Refused):
    """Somebody saved first. Both texts are kept: `mine` was sent, `theirs` is stored.

    `both` is the same for the person, in words: label, what was sent, what is stored, of what differs only.
    """

    status = 409
    code = "conflict"

    def __init__(
        self,
        message: str,
        *,
        mine: Mapping[str, Any] | None = None,
        theirs: Mapping[str, Any] | None = None,
        both: Iterable[tuple[str, str, str]] = (),
    ) -> None:
        super().__init__(message)
        self.mine = dict(mine or {})
        self.theirs = dict(theirs or {})
        self.both = list(both)
