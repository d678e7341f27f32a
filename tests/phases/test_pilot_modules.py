"""A pilot's master data are those of the modules it began with; one added later is on its own."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from nudm.core.dates import today
from nudm.core.ratio import Ratio
from phases.progress import progress_of
from tests.phases.staged import close, stage_of
from tests.world import World
from ulbs.actions import rollout
from ulbs.models import Deployment

pytestmark = pytest.mark.django_db


def validated(world: World) -> Ratio:
    return progress_of([world.kl])[world.kl.pk].tallies["pilot.master_data_validated"]


def add(world: World, module: str, **changes: object) -> Deployment:
    world.ulb.refresh_from_db()
    return rollout.save_cell(world.ulb, module, {"in_scope": True, **changes}, version=None, by=world.nodal)


def test_a_module_added_to_a_pilot_does_not_unmeet_its_stage(world: World) -> None:
    close(world, 1, 2)
    with time_machine.travel(timezone.now() + timedelta(days=9), tick=False):
        assert add(world, "PT").added_later
        assert validated(world) == Ratio(1, 1)
        assert stage_of(world, 2).slipped == ()
        add(world, "PT", master_data="collecting")
        assert validated(world) == Ratio(1, 1)
        assert Deployment.objects.get(module="PT").master_data == "collecting"


def test_a_priority_module_counts_whenever_it_comes_into_scope(world: World) -> None:
    """The record of the first State/UT names PGR and MCOLLECT."""
    close(world, 1, 2)
    with time_machine.travel(timezone.now() + timedelta(days=9), tick=False):
        assert not add(world, "MCOLLECT").added_later
        assert validated(world) == Ratio(0, 1)
        seen = stage_of(world, 2)
        assert (seen.status, seen.met, seen.total) == ("complete", 4, 4)
        assert [one.line.code for one in seen.slipped] == ["2.criterion_master_data"]


def test_modules_of_the_first_day_are_the_pilots(world: World) -> None:
    rollout.save_cell(world.ulb, "PGR", {"started_on": today()}, version=None, by=world.nodal)
    assert not add(world, "PT").added_later
    rollout.save_cell(world.ulb, "TL", {"started_on": today()}, version=None, by=world.nodal)
    assert not Deployment.objects.filter(added_later=True).exists()
