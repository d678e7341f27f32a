"""The centre sees what a set-up record said at a submission, and what of it differs from the one before."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.utils.translation import override

from phases.actions import evidence, lines
from phases.actions.records import kept_of
from phases.models import Engagement, Item, TeamMember
from phases.views.record_facts import changed_facts, submitted_facts
from phases.views.review import differences
from tests.world import World, keep

CODE = "1.ia_team_mobilised"


def submit_twice(world: World, change: Callable[[], Any]) -> Item:
    """Submitted, returned, and after a change submitted again."""
    item = world.started(CODE)
    Engagement.objects.update(mobilised_on=date(2026, 10, 5), letter_number="NUDM/1")
    TeamMember.objects.update(role="Team leader")
    item = lines.move(item, "submit", version=item.version, by=world.nodal)
    why = {"note": "See the date.", "reason": "figures_differ"}
    item = lines.move(item, "return", version=item.version, by=world.reviewer, **why)
    change()
    return lines.move(item, "submit", version=item.version, by=world.nodal)


@pytest.mark.by_hand
def test_a_changed_fact_of_the_record_is_told_to_the_centre(world: World) -> None:
    item = submit_twice(world, lambda: Engagement.objects.update(mobilised_on=date(2026, 11, 7)))
    for url in (item.get_absolute_url(), "/phases/review/"):
        page = world.client(world.reviewer).get(url).content.decode()
        assert "05-10-2026" in page and "07-11-2026" in page
        assert "Nothing changed since last time" not in page
    queue = world.client(world.reviewer).get("/phases/review/").content.decode()
    assert "NUDM/1" in queue and "Team leader" in queue


@pytest.mark.by_hand
def test_a_row_that_came_or_went_is_a_change(world: World) -> None:
    item = submit_twice(world, lambda: TeamMember.objects.all().delete())
    gone = [c for c in differences(list(item.steps.all())).facts if c.before == "Team leader"]
    assert gone and {change.after for change in gone} == {"–"}


@pytest.mark.by_hand
def test_nothing_changed_is_said_only_when_the_record_is_the_same_too(world: World) -> None:
    item = submit_twice(world, lambda: None)
    page = world.client(world.reviewer).get("/phases/review/").content.decode()
    assert "Nothing changed since last time" in page
    first = item.steps.filter(move="submit")[0]
    first.saw.pop("facts")
    first.save()
    page = world.client(world.reviewer).get("/phases/review/").content.decode()
    assert "Nothing changed since last time" not in page


def test_facts_are_named_in_the_readers_language_and_by_their_record() -> None:
    facts = {
        "charter": {"published_on": "2026-10-01", "no_longer_there": "x", "rows": []},
        "plan": {"published_on": "2026-10-02", "rows": []},
    }
    with override("en"):
        said = dict(submitted_facts(facts))
        [change] = changed_facts(facts, facts | {"plan": {"published_on": "2026-10-03", "rows": []}})
    assert sorted(said.values()) == ["01-10-2026", "02-10-2026"]
    assert (change.before, change.after) == ("02-10-2026", "03-10-2026")
    with override("hi"):
        assert dict(submitted_facts(facts)).keys() != said.keys()


def test_another_file_of_the_letter_is_a_change_also_under_the_same_title(world: World) -> None:
    files = [world.letter(world.kl, world.nodal, words) for words in ("Order", "Order as corrected")]
    type(files[1]).objects.filter(pk=files[1].pk).update(title="Order")
    world.record(world.kl, "engagement")
    item = lines.item_for(world.kl, CODE)
    evidence.cite(item, files[0], by=world.nodal)
    item = lines.item_for(world.kl, CODE)
    for document in files:
        Engagement.objects.update(document=document)
        keep(kept_of(Engagement.objects.get()))
        item = lines.move(item, "submit", version=item.version, by=world.nodal)
        if document == files[0]:
            why = {"note": "Another file.", "reason": "wrong_document"}
            item = lines.move(item, "return", version=item.version, by=world.reviewer, **why)
    [change] = differences(list(item.steps.all())).facts
    assert [text.startswith("Order (SHA-256 ") for text in (change.before, change.after)] == [True, True]
    first = item.steps.filter(move="submit")[0]
    del first.saw["facts"]["engagement"]["document"]
    first.save()
    assert differences(list(item.steps.all())).facts == ()
