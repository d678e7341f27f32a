"""What must stand before an event counts as held and can be closed."""

from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    """The gatherings that the deck asks for."""

    KICKOFF = "kickoff"
    TRAINING = "training"
    UAT = "uat"
    MEETING = "meeting"
    CAMPAIGN = "campaign"


# The recording of a training is shared with the ULB employees, and feedback is collected by one of three
# methods (deck, recommendations for phase 3, nos. 2 and 3).
NEEDED: dict[EventKind, tuple[str, ...]] = {
    EventKind.KICKOFF: ("on", "towns", "minutes"),
    EventKind.TRAINING: ("on", "towns", "attended", "feedback_method", "recording"),
    EventKind.UAT: ("on", "towns", "participants"),
    EventKind.MEETING: ("on", "minutes"),
    EventKind.CAMPAIGN: ("on", "channel", "reach"),
}


def lacking(kind: EventKind, values: dict[str, Any]) -> tuple[str, ...]:
    """The fields without which an event of this kind stays open, in the form's order."""
    return tuple(name for name in NEEDED[kind] if not values.get(name))
