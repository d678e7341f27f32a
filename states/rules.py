"""Who takes part in the programme. Pure: no database, no clock."""

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
