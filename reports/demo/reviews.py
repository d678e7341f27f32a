"""Demonstration reviews with the centre, their findings and files; trainers; what is planned next."""

import hashlib
from datetime import date, datetime
from functools import partial
from typing import Any

from django.core.files.base import ContentFile

from nudm.core.arrival import FileStatus
from reports.demo.answers import demo_pdf
from reports.demo.year import Year, ago_of
from states.models import State
from ulbs.models import Event, EventFile, EventUlb, Incident, Trainer, Ulb
from ulbs.rules.events import EventKind, Topic

# What is reviewed from which level on.
REVIEWS: tuple[tuple[Topic, float, str], ...] = (
    (Topic.DESIGN, 1.6, "Review of architecture and screens (demo)"),
    (Topic.SOLUTION, 2.05, "Review of the solution before UAT (demo)"),
    (Topic.PLANS, 2.4, "Review of the adoption and awareness plan (demo)"),
    (Topic.INCIDENTS, 2.6, "Review of incident management (demo)"),
    (Topic.USAGE, 3.05, "Review of platform usage (demo)"),
)
MINUTES = "Shown by the State/UT, reviewed by NIUA-CDG. (Demonstration text.)"


def tell(year: Year, state: State, level: float, towns: list[Ulb]) -> None:
    """Reviews of one state at `level`, its trainers, and a training that is still to come."""
    for topic, since, title in REVIEWS:
        if level > since:
            ago = ago_of(level, since)
            on, at = year.day(ago), year.at(ago)
            year.tell(at, partial(_review, state, topic, title, on, at))
    if level > 2.1 and towns:
        ago = ago_of(level, 2.1)
        for cluster in sorted({town.district for town in towns})[:2]:
            year.tell(year.at(ago), partial(_trainer, state, cluster, year.day(ago)))
    if 0.9 < level < 3 and towns:
        year.tell(year.at(5), partial(_planned, state, year.day(-9 - state.lgd_code % 12), towns[:6]))


def _review(state: State, topic: Topic, title: str, on: date, at: datetime) -> list[Any]:
    values = {"title": title, "topic": topic.value, "on": on, "closed_on": on, "minutes": MINUTES}
    review = Event.objects.create(state=state, kind=EventKind.REVIEW.value, place="NIUA, New Delhi", **values)
    told: list[Any] = [review]
    if topic is Topic.DESIGN:
        found = "Error messages are in English only (demo)"
        told.append(
            Incident(state=state, review=review, title=found, severity="minor", owner="agency", opened_on=on)
        )
    if topic is Topic.PLANS:
        told.append(file_of(review, "adoption-plan.pdf", at))
    return told


def file_of(event: Event, name: str, at: datetime) -> EventFile:
    """A file of an event, in the store."""
    content = demo_pdf(f"{event.title}: {event.state.name}")
    row = EventFile(
        state=event.state,
        event=event,
        name=name,
        mime="application/pdf",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        status=FileStatus.ACCEPTED.value,
        # What the database would fill in is kept before it is stored.
        refusal="",
        finding="",
        scanner="",
        at=at,
    )
    row.file.save(name, ContentFile(content), save=False)
    return row


def _trainer(state: State, cluster: str, on: date) -> list[Trainer]:
    return [Trainer(state=state, title="Trainer (demo)", cluster=cluster, modules="PGR,MCOLLECT", since=on)]


def _planned(state: State, on: date, towns: list[Ulb]) -> list[Any]:
    values = {
        "title": "Training of data entry operators (demo)",
        "on": on,
        "place": "Demo Hall",
        "modules": "PGR",
    }
    event = Event.objects.create(state=state, kind=EventKind.TRAINING.value, invited=30, **values)
    return [event, *(EventUlb(state=state, event=event, ulb=ulb) for ulb in towns)]
