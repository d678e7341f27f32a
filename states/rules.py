"""Who takes part in the programme. Pure: no database, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum


class Role(StrEnum):
    """What a team is in the programme. The deck names the centre (NIUA-CDG), States/UTs and IAs."""

    CENTRE = "centre"
    MINISTRY = "ministry"
    STATE = "state"
    AGENCY = "agency"
    TOWN = "town"


class PostKind(StrEnum):
    """The designations that the system itself must know; a post's title says the rest."""

    HEAD = "head"
    REVIEWER = "reviewer"
    VIEWER = "viewer"
    NODAL_OFFICER = "nodal_officer"
    PROGRAMME_UNIT = "programme_unit"
    FELLOW = "fellow"
    DTL = "dtl"
    MEMBER = "member"


POSTS_OF: dict[Role, tuple[PostKind, ...]] = {
    Role.CENTRE: (PostKind.HEAD, PostKind.REVIEWER),
    Role.MINISTRY: (PostKind.VIEWER,),
    Role.STATE: (
        PostKind.NODAL_OFFICER,
        PostKind.PROGRAMME_UNIT,
        PostKind.FELLOW,
        PostKind.DTL,
    ),
    Role.AGENCY: (PostKind.MEMBER,),
    Role.TOWN: (PostKind.NODAL_OFFICER,),
}

NATIONAL = frozenset({Role.CENTRE, Role.MINISTRY})


def had_access(day: date, start: date, until: date | None, end_entered: date | None) -> bool:
    """Whether an appointment gave access on `day`; `until` is exclusive, None while it lasts.

    An end that was entered on its day or later took effect when it was entered, on `end_entered`.
    """
    if day < start:
        return False
    if until is None or day < until:
        return True
    return end_entered is not None and day <= end_entered


def asked_to_confirm(day: date) -> date:
    """The 31 March on or before `day`: every post is to be confirmed anew on it."""
    this_year = date(day.year, 3, 31)
    return this_year if day >= this_year else date(day.year - 1, 3, 31)


def is_confirmed(day: date, start: date, confirmed_on: date | None) -> bool:
    """Whether an appointment was made, or confirmed by its holder, since posts were last to be confirmed."""
    asked = asked_to_confirm(day)
    return max(start, confirmed_on or start) >= asked


def session_limits(roles: Iterable[str], table: Mapping[str, Sequence[int]]) -> tuple[int, int]:
    """Seconds without use, and in all, until somebody with these roles signs in again: the shortest of each.

    `table` gives minutes and hours by role; who has no role gets the shortest of all.
    """
    rows = [table[role] for role in roles if role in table] or list(table.values())
    return min(row[0] for row in rows) * 60, min(row[1] for row in rows) * 3600
