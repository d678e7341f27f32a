"""Entries of the registers that tests make, and what they count for."""

from datetime import date
from typing import Any

from nudm.core.ratio import Ratio
from tests.world import World, day
from ulbs import tally
from ulbs.actions import events
from ulbs.models import Event, Ulb
from ulbs.rules.events import EventKind

TRAINING: dict[str, Any] = {
    "title": "Training",
    "on": day(1),
    "place": "",
    "modules": "PGR",
    "invited": None,
    "attended": 12,
    "feedback_method": "calls",
    "feedback": "",
    "recording": "https://recordings.example.in/1",
}
MEETING: dict[str, Any] = {
    "title": "Review",
    "on": day(9),
    "place": "",
    "attended": None,
    "minutes": "All went well",
}


def counted(world: World) -> dict[str, Ratio]:
    return tally.tallies([world.kl.pk])[world.kl.pk]


def uat(world: World, towns: list[Ulb], on: date, modules: str = "PGR,PT") -> Event:
    values = {"title": "UAT", "on": on, "place": "", "modules": modules, "participants": "", "minutes": ""}
    return events.save_event(world.kl, EventKind.UAT, values, towns=towns, by=world.agency)
