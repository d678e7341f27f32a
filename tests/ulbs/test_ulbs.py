"""Towns: the order of milestones, and what is counted."""

from datetime import timedelta

import pytest

from nudm.core.dates import today
from nudm.core.errors import Conflict, NotAllowed, Refused
from nudm.core.ratio import Ratio
from tests.world import World, day
from ulbs import actions, tally
from ulbs.models import Batch, Milestone
from ulbs.rules import MEASURES, MilestoneKind, order_faults

K = MilestoneKind


@pytest.mark.parametrize(
    ("ago", "faults"),
    [
        ({K.UAT_PARTICIPANTS: 30, K.UAT_SIGNED_OFF: 20, K.LIVE: 10}, {}),
        ({K.UAT_PARTICIPANTS: 30, K.UAT_SIGNED_OFF: 10, K.LIVE: 10}, {}),
        ({K.UAT_PARTICIPANTS: 30, K.UAT_SIGNED_OFF: 10, K.LIVE: 20}, {K.LIVE: K.UAT_SIGNED_OFF}),
        ({K.LIVE: 10}, {K.LIVE: K.UAT_SIGNED_OFF}),
        ({K.MASTER_DATA_VALIDATED: 9}, {K.MASTER_DATA_VALIDATED: K.MASTER_DATA_STARTED}),
        ({}, {}),
    ],
)
def test_no_town_is_live_before_its_uat_is_signed_off(ago: dict[K, int], faults: dict[K, K]) -> None:
    assert order_faults({kind: day(n) for kind, n in ago.items()}) == faults


def test_a_wrong_order_is_refused_whole_with_the_field(world: World) -> None:
    with pytest.raises(Refused) as refused:
        actions.set_milestones(
            world.ulb, {K.MASTER_DATA_STARTED: day(5), K.LIVE: day(3)}, version=0, by=world.nodal
        )
    assert set(refused.value.fields) == {"live"}
    assert Milestone.objects.count() == 0


def test_a_fact_is_not_recorded_before_it_happens(world: World) -> None:
    tomorrow = today() + timedelta(days=1)
    with pytest.raises(Refused):
        actions.set_milestones(world.ulb, {K.MASTER_DATA_STARTED: tomorrow}, version=0, by=world.nodal)
    actions.set_milestones(world.ulb, {K.UAT_SCHEDULED: tomorrow}, version=0, by=world.nodal)


def test_two_officers_on_one_town_never_overwrite_each_other(world: World) -> None:
    actions.update_ulb(world.ulb, {"kind": "greenfield"}, version=0, by=world.nodal)
    with pytest.raises(Conflict):
        actions.update_ulb(world.ulb, {"kind": "brownfield"}, version=0, by=world.unit)


def test_a_town_records_its_own_facts_and_plans_nothing(world: World) -> None:
    actions.set_milestones(world.ulb, {K.MASTER_DATA_STARTED: day(1)}, version=0, by=world.town)
    with pytest.raises(NotAllowed):
        actions.update_ulb(world.ulb, {"pilot": True}, version=1, by=world.town)


def test_the_measures_count_pilots_rest_and_the_first_batch(world: World) -> None:
    first = Batch.objects.create(state=world.kl, number=1, started_on=day(9))
    second = Batch.objects.create(state=world.kl, number=2)
    rest = world.towns(2, batch=first) + world.towns(1, batch=second)
    for ulb in [world.ulb, *rest[:2]]:
        Milestone.objects.create(state=world.kl, ulb=ulb, kind=K.LIVE.value, on=day(2))
    counted = tally.tallies([world.kl.pk, world.mh.pk], since=day(5))
    kl = counted[world.kl.pk]
    assert kl["pilot.live"] == Ratio(1, 1)
    assert kl["rest.live"] == Ratio(2, 3)
    assert kl["all.live"] == kl["all.live_since"] == Ratio(3, 4)
    assert kl["first_batch.live"] == Ratio(2, 2)
    assert kl["batches.started"] == Ratio(1, 2)
    assert counted[world.mh.pk]["pilot.live"] == Ratio(0, 0)
    assert kl.keys() >= MEASURES


def test_a_state_without_towns_breaks_no_page(world: World) -> None:
    world.kl.ulbs.all().delete()
    for url in ("/states/KL/", "/phases/KL/1/", "/phases/KL/3/", "/ulbs/KL/"):
        assert world.client(world.nodal).get(url).status_code == 200


def test_a_milestone_page_keeps_what_was_typed_and_says_what_to_correct(world: World) -> None:
    answer = world.client(world.nodal).post(
        "/ulbs/KL/250001/", {"part": "facts", "version": 0, "live": day(3).isoformat()}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "must come on or after" in page and day(3).isoformat() in page
