"""The demonstration's own year: what pages say of any of its days equals what they say with the tables put
back to what they held on that day."""

from datetime import date, datetime, time
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from nudm.core.dates import today
from reports.demo import registers, towns
from states.models import Appointment, Past
from states.past import end_of, made
from tests.replay import differing
from tests.ulbs.test_replay import seen
from tests.world import World, day
from ulbs.models import (
    ActionPoint,
    Batch,
    Cadence,
    Deployment,
    Event,
    EventUlb,
    Figure,
    HelpDesk,
    Incident,
    PolicyItem,
    Readiness,
    Ulb,
)

# What hangs on another comes after it.
TABLES: tuple[type[Any], ...] = (
    Batch, Ulb, Deployment, Readiness, Figure,
    Event, EventUlb, ActionPoint, Incident, HelpDesk, Cadence, PolicyItem,
)  # fmt: skip
# When a row was written is when it is put back here.
WRITTEN = {"changed_at", "at"}


def put_back(until: date) -> None:
    """The tables as they were at the end of a day, each line of the past told in its order."""
    told: dict[tuple[str, int], Past] = {}
    for past in Past.objects.filter(since__lt=end_of(until)).order_by("since", "pk"):
        told[past.model, past.row] = past
    for model in reversed(TABLES):
        model.objects.all().delete()
    for model in TABLES:
        name = model._meta.model_name
        lines = [past for (kind, _row), past in sorted(told.items()) if kind == name and past.data]
        model.objects.bulk_create(made(model, lines), batch_size=500)


def without_moments(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: without_moments(value) for key, value in told.items() if key not in WRITTEN}
    return [without_moments(value) for value in told] if isinstance(told, list) else told


@pytest.mark.by_hand
def test_any_day_of_the_demonstration_is_shown_as_it_was(world: World) -> None:
    Appointment.objects.update(start=day(400))
    # The world's own ULB is younger than the demonstration's year.
    Ulb.objects.all().delete()
    Past.objects.all().delete()
    towns.build(world.kl, 3.1, today(), 260_001)
    registers.build(world.kl, 3.1, today())
    shown = set()
    for ago in (250, 110, 2):
        on, then = day(ago), datetime.combine(day(ago), time(23, 10))
        events = [f"registers/{event.kind}/{event.pk}/" for event in Event.objects.order_by("-pk")]
        known = seen(world, on, events, code=260_001)
        with transaction.atomic():
            put_back(on)
            cache.clear()
            with time_machine.travel(timezone.make_aware(then), tick=False):
                held_then = seen(world, None, events, code=260_001)
            transaction.set_rollback(True)
        cache.clear()
        assert differing(without_moments(known), without_moments(held_then)) == [], on
        shown.add(str(known))
    assert len(shown) == 3
