"""Who takes part in the programme. Pure: no database, no clock."""

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
