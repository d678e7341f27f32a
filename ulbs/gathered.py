"""What is counted of the events that were held: in the tables, and of a row at hand."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat

from ulbs.models import ActionPoint, Event
from ulbs.rules.counting import METHODS
from ulbs.rules.events import EventKind

# What is told of some events beside their kind: of a review what it was of, of a campaign its channel, of a
# meeting that the centre took part.
KINDS_TOLD = Q(kind=EventKind.REVIEW.value) | Q(kind=EventKind.CAMPAIGN.value) & ~Q(channel="")
KINDS_TOLD |= Q(kind=EventKind.MEETING.value, with_centre=True)
KIND_TOLD = Case(
    When(kind=EventKind.REVIEW.value, then=Concat(Value("review:"), "topic")),
    When(kind=EventKind.CAMPAIGN.value, then=Concat(Value("channel:"), "channel")),
    default=Value("meeting:centre"),
    output_field=CharField(),
)
# A point on which nothing was noted yet.
UNANSWERED = Q(done_on=None, taken="")


def counts(where: Mapping[str, Any], day: date) -> list[tuple[QuerySet[Event], Any]]:
    """The events of some states that count on `day`, each with the name under which it is counted."""
    held = Event.objects.filter(**where, closed_on__isnull=False)
    meetings, trainings = (held.filter(kind=k.value) for k in (EventKind.MEETING, EventKind.TRAINING))
    waiting = ActionPoint.objects.filter(UNANSWERED & (Q(due=None) | Q(due__lt=day)), event=OuterRef("pk"))
    return [
        (held, Concat(Value("event:"), "kind")),
        (held.filter(KINDS_TOLD), KIND_TOLD),
        (
            meetings.filter(~Exists(waiting)),
            Concat(Value("meeting:answered:"), Cast("on", CharField()), output_field=CharField()),
        ),
        *((trainings.filter(feedback_method__contains=m), Value(f"feedback:{m}")) for m in METHODS),
    ]


def names_of(event: Event, *, answered: bool) -> Iterable[str]:
    """The names under which an event that was held is counted; `answered`: of a meeting, that action was
    taken on its points that are due."""
    yield f"event:{event.kind}"
    if event.kind == EventKind.REVIEW:
        yield f"review:{event.topic}"
    elif event.kind == EventKind.CAMPAIGN and event.channel:
        yield f"channel:{event.channel}"
    elif event.kind == EventKind.TRAINING:
        yield from (f"feedback:{method}" for method in METHODS if method in event.feedback_method)
    elif event.kind == EventKind.MEETING:
        if answered:
            yield f"meeting:answered:{event.on}"
        if event.with_centre:
            yield "meeting:centre"
