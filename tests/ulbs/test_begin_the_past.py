"""Rows from before their kind was kept are known since what they hang on was."""

from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import time_machine
from django.apps import apps
from django.db import connection
from django.utils import timezone

from states.models import Past
from states.past import as_on
from tests.world import World, day
from ulbs.actions import events
from ulbs.models import ActionPoint, EventUlb
from ulbs.rules.events import EventKind


def ago(days: int) -> time_machine.travel:
    return time_machine.travel(timezone.now() - timedelta(days=days))


def points(world: World, days: int) -> list[tuple[str, str]]:
    return [(point.text, point.taken) for point in as_on(ActionPoint, [world.kl.pk], day(days))]


def test_what_was_not_kept_begins_with_what_it_hangs_on(world: World) -> None:
    with ago(20):
        values = {"title": "UAT", "on": day(0), "modules": "PGR"}
        events.save_event(world.kl, EventKind.UAT, values, towns=[world.ulb], by=world.nodal)
        meeting = events.save_event(
            world.kl, EventKind.MEETING, {"title": "Review", "on": day(0)}, by=world.nodal
        )
        point = events.save_point(meeting, {"text": "Write", "owner": "state"}, by=world.nodal)
    with ago(10):
        done = {"taken": "Written.", "done_on": day(0)}
        events.save_point(meeting, done, row=point, version=point.version, by=world.nodal)
    Past.objects.filter(model__in=["eventulb", "actionpoint"]).delete()
    begin = import_module("ulbs.migrations.0005_begin_the_past").begin
    begin(apps, SimpleNamespace(connection=connection))
    assert as_on(EventUlb, [world.kl.pk], day(21)) == [] and len(as_on(EventUlb, [world.kl.pk], day(15))) == 1
    assert points(world, 21) == []
    assert points(world, 15) == [("Write", "")]
    assert points(world, 5) == [("Write", "Written.")]
