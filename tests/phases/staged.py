"""A State/UT that has all that a stage asks for, by the acts of its people."""

from datetime import timedelta
from typing import Any

from nudm.core.dates import today
from phases.actions import lines
from phases.catalogue import catalogue
from phases.models import Item
from phases.progress import StageProgress, progress_of
from tests.world import World
from ulbs.actions import readiness, rollout
from ulbs.models import Fact, Ulb


def meet(world: World, *stages: int) -> None:
    """All that these stages ask for, in the first state."""
    for stage in stages:
        {1: _meet_1, 2: _meet_2}[stage](world)


def close(world: World, *stages: int) -> None:
    """These stages met and closed."""
    for stage in stages:
        meet(world, stage)
        lines.close_stage(world.kl, stage, by=world.reviewer)


def stage_of(world: World, number: int, **asked: Any) -> StageProgress:
    """A stage of the first state as it stands, or stood with `as_on`."""
    return progress_of([world.kl], **asked)[world.kl.pk].stages[number - 1]


def accept(world: World, stage: int) -> None:
    """All lines of a stage on which its criteria rest, accepted."""
    codes = {
        leaf.code
        for line in catalogue().lines(stage, "criterion")
        for leaf in catalogue().leaves(line.code)
        if leaf.kind == "attested" and leaf.stage == stage
    }
    done = set(Item.objects.filter(state=world.kl, status="accepted").values_list("code", flat=True))
    for line in catalogue().lines(stage):
        if line.code in codes - done:
            world.accepted(line.code)


def _meet_1(world: World) -> None:
    accept(world, 1)
    world.record(world.kl, "pilot_approach")
    for pilot in _pilots(world):
        rollout.save_cell(
            pilot,
            "PGR",
            {"master_data": "collecting", "started_on": world.start},
            version=None,
            by=world.nodal,
        )


def _meet_2(world: World) -> None:
    accept(world, 2)
    for pilot in _pilots(world):
        readiness.confirm(pilot, Fact.OFFICIALS, answer=True, who="All", version=0, by=world.nodal)
        cell = pilot.deployments.get(module="PGR")
        changes = {
            "master_data": "validated",
            "validated_on": today(),
            "uat_planned_on": today() + timedelta(days=7),
        }
        rollout.save_cell(pilot, "PGR", changes, version=cell.version, by=world.nodal)


def _pilots(world: World) -> list[Ulb]:
    return list(Ulb.objects.filter(state=world.kl, pilot=True, ended="").select_related("state"))
