"""What must stand before an event counts as held and can be closed."""

from datetime import date
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    """The gatherings that the deck asks for."""

    KICKOFF = "kickoff"
    TRAINING = "training"
    UAT = "uat"
    MEETING = "meeting"
    CAMPAIGN = "campaign"
    REVIEW = "review"


class Topic(StrEnum):
    """What the centre reviews with a State/UT: its roles in the deck (Stage 2, the fifth; Stage 3, the first
    and the fifth, which names two; Stage 4, the first two)."""

    DESIGN = "design"
    SOLUTION = "solution"
    INCIDENTS = "incidents"
    PLANS = "plans"
    USAGE = "usage"
    CITIZENS = "citizens"


# The recording of a training is shared with the ULB employees, and feedback is collected by one of three
# methods (deck, recommendations for phase 3, nos. 2 and 3).
NEEDED: dict[EventKind, tuple[str, ...]] = {
    EventKind.KICKOFF: ("on", "towns", "minutes"),
    EventKind.TRAINING: ("on", "towns", "attended", "feedback_method", "recording"),
    EventKind.UAT: ("on", "towns", "participants"),
    EventKind.MEETING: ("on", "minutes"),
    EventKind.CAMPAIGN: ("on", "channel", "reach"),
    EventKind.REVIEW: ("on", "topic", "minutes"),
}
# Plans are reviewed as documents (deck, Stage 3, role of the CDG): the plan lies beside its review.
ALSO_NEEDED: dict[str, tuple[str, ...]] = {Topic.PLANS: ("files",)}


def lacking(kind: EventKind, values: dict[str, Any]) -> tuple[str, ...]:
    """The fields without which an event of this kind stays open, in the form's order."""
    asked = NEEDED[kind] + ALSO_NEEDED.get(values.get("topic", ""), ())
    return tuple(name for name in asked if not values.get(name))


def unanswered(point: Any, day: date) -> bool:
    """Whether a point of a meeting still waits for what was done about it: nothing is noted, and it was due
    before `day` or never got a day (deck, Stage 3, outcome 4: a cadence of review *and monitoring*)."""
    waits = point.done_on is None and not point.taken
    return waits and (point.due is None or point.due < day)
