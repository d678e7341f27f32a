"""What a reviewer is shown of what changed since last time, however long the remarks are."""

import time

import pytest

from phases.actions import lines
from phases.models import Item
from tests.world import World

pytestmark = pytest.mark.by_hand


def sent_again(world: World, before: str, after: str) -> Item:
    """A line that was sent with one remark, returned, and sent again with another; the remarks may be longer
    than any that is taken today, as those of before are."""
    item = world.submitted()
    why = {"note": "Say more.", "reason": "incomplete"}
    item = lines.move(item, "return", version=item.version, by=world.reviewer, **why)
    item = lines.move(item, "submit", version=item.version, by=world.nodal)
    for step, remark in zip(item.steps.filter(move="submit").order_by("pk"), (before, after), strict=True):
        step.saw["remark"] = remark
        step.save(update_fields=["saw"])
    Item.objects.filter(pk=item.pk).update(remark=after)
    item.refresh_from_db()
    return item


def test_words_that_came_and_went_are_marked(world: World) -> None:
    item = sent_again(world, "One district has a desk.", "Two districts have a desk.")
    page = world.client(world.reviewer).get(item.get_absolute_url()).content.decode()
    assert "<del>One district has </del><ins>Two districts have </ins>a desk." in page


def test_thirty_thousand_equal_words_keep_neither_the_line_nor_the_queue(world: World) -> None:
    item = sent_again(world, "same " * 30_000, "same other " * 15_000)
    client = world.client(world.reviewer)
    for path in (item.get_absolute_url(), "/phases/review/"):
        began = time.process_time()
        page = client.get(path)
        assert page.status_code == 200 and time.process_time() - began < 3
        assert "word by word" in page.content.decode()


def test_in_place_of_a_comparison_both_remarks_stand_side_by_side(world: World) -> None:
    before = " ".join(f"old{n}" for n in range(2500))
    after = " ".join(f"new{n}" for n in range(2500))
    item = sent_again(world, before, after)
    page = world.client(world.reviewer).get(item.get_absolute_url()).content.decode()
    assert "Remark of the submission before" in page and "old2400" in page and "new2400" in page
    client = world.client(world.reviewer)
    client.post("/language/", {"language": "hi"})
    assert "word by word" not in client.get(item.get_absolute_url()).content.decode()
