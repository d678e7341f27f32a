"""What keeps a gate shut, and in what order the centre reads what waits."""

from nudm.core.ratio import Ratio
from phases.blockers import blockers_of
from phases.catalogue import catalogue
from phases.rules import assess
from states.access import visible
from tests.world import World
from ulbs.rules.counting import Limits


def test_a_count_that_is_complete_is_not_said_to_keep_the_gate_shut() -> None:
    criterion = next(line for line in catalogue().lines(2) if line.measure == "pilot.uat_scheduled")
    for ratio, listed in ((Ratio(4, 4), False), (Ratio(3, 4), True)):
        tallies = {"pilot.uat_scheduled": ratio}
        truths = assess(catalogue(), {}, tallies, frozenset(), Limits())
        found = blockers_of(((criterion, truths[criterion.code]),), {}, truths, tallies, {})
        codes = {blocker.line.code for blocker in found}
        assert "2.platform_ready" in codes
        assert (criterion.code in codes) is listed


def test_the_queue_can_be_asked_for_one_state_and_one_stage(world: World) -> None:
    first = world.submitted("3.critical_bugs_fixed")
    second = world.submitted()
    client = world.client(world.reviewer)

    def shown(query: str) -> set[int]:
        page = client.get(f"/phases/review/{query}")
        return {each["item"].pk for each in page.context["waiting_items"]}

    assert shown("") == {first.pk, second.pk}
    assert shown("?state=KL&stage=2") == {second.pk}
    assert shown("?state=MH") == set()
    assert shown("?stage=²") == {first.pk, second.pk}


def test_an_answer_leads_back_to_the_same_part_of_the_queue(world: World) -> None:
    item = world.submitted()
    data = {"item": item.pk, f"version_{item.pk}": item.version, "act": "accept"}
    answer = world.client(world.reviewer).post("/phases/review/answer/?state=KL&stage=2&x=1", data)
    assert answer["Location"] == "/phases/review/?state=KL&stage=2"
    assert visible(type(item), world.reviewer).get(pk=item.pk).status == "accepted"
