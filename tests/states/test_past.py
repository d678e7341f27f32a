"""What was known on a day is what stood in the tables at the end of that day."""

from datetime import timedelta
from typing import Any

from nudm.core.counts import gather
from nudm.core.dates import today
from nudm.core.ratio import Ratio
from states import actions
from states import tally as posts
from states.models import Past
from states.past import as_on, gone
from tests.world import World, day
from ulbs import tally
from ulbs.actions import register, rollout
from ulbs.models import Batch, Ulb


def stamp(lines: Any, ago: int) -> None:
    """The lines written so far were written that many days ago."""
    for past in lines:
        past.since -= timedelta(days=ago)
        past.save()


def test_a_row_is_shown_as_it_was_and_a_removed_one_is_still_there(world: World) -> None:
    batch = world.batch(1)
    stamp(Past.objects.all(), 5)
    renamed = register.edit_details(world.ulb, {"name": "Beta"}, version=0, by=world.nodal)
    gone([batch])
    batch.delete()
    assert [ulb.name for ulb in as_on(Ulb, [world.kl.pk], day(3))] == ["Alpha"]
    assert [b.number for b in as_on(Batch, [world.kl.pk], day(3))] == [1]
    assert [ulb.name for ulb in as_on(Ulb, [world.kl.pk], today())] == [renamed.name]
    assert as_on(Batch, [world.kl.pk], today()) == []
    assert as_on(Ulb, [world.kl.pk], day(40)) == []
    assert as_on(Ulb, [world.mh.pk], today()) == [world.far_ulb]


def test_the_tally_of_today_counted_from_the_past_is_the_tally(world: World) -> None:
    world.live(world.ulb)
    rollout.save_cell(world.ulb, "PT", {"master_data": "collecting"}, version=0, by=world.agency)
    ids = [world.kl.pk]
    assert tally.tallies_on(ids, today()) == tally.tallies(ids)


def test_a_post_between_two_holders_is_vacant(world: World) -> None:
    post = world.kl_office.posts.get(kind="nodal_officer")
    actions.relieve(post.appointments.get(), day(9), by=world.head)
    actions.appoint(post, world.nodal, day(2), by=world.head)
    ids = [world.kl.pk]
    for ago, filled in ((10, 1), (9, 0), (5, 0), (2, 1), (0, 1)):
        counted = gather(ids, posts.counts(ids, day(ago)))[world.kl.pk]
        assert posts.measures_of(counted)["posts.nodal_officer"] == Ratio(filled, 1), ago
