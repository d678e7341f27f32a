"""What the IA does is handed over to the State/UT, which submits it; a return brings it back to the IA."""

import pytest

from nudm.core.errors import NotAllowed, Refused
from phases.actions import lines
from phases.models import Item, Step
from phases.rules import Party
from states.models import Entry
from tests.world import World

OF_THE_IA = "2.platform_ready"


def moved(world: World, item: Item, name: str, who: str, **said: str) -> Item:
    return lines.move(item, name, version=item.version, by=getattr(world, who), **said)


def test_an_item_goes_from_the_ia_to_the_state_and_back_with_a_return(world: World) -> None:
    item = world.started(OF_THE_IA)
    assert item.party is Party.AGENCY
    item = moved(world, item, "hand_over", "agency")
    assert (item.party, item.status) == (Party.STATE, "in_progress")
    item = moved(world, item, "submit", "nodal")
    assert item.party is Party.CENTRE
    item = moved(world, item, "return", "reviewer", note="Page 3", reason="incomplete")
    assert (item.party, item.status) == (Party.AGENCY, "returned")
    item = moved(world, item, "hand_over", "agency", remark="Page 3 is added")
    assert (item.party, item.status, item.remark) == (Party.STATE, "returned", "Page 3 is added")
    item = moved(world, item, "hand_back", "nodal", note="Page 4 is missing too")
    assert (item.party, item.status) == (Party.AGENCY, "returned")
    steps = list(Step.objects.filter(item=item).values_list("move", flat=True))
    assert steps == ["start", "hand_over", "submit", "return", "hand_over", "hand_back"]
    verbs = Entry.objects.filter(target="item", target_id=str(item.pk), verb__startswith="item.hand")
    told = sorted(verbs.values_list("verb", flat=True))
    assert told == ["item.hand_back", "item.hand_over", "item.hand_over"]


def test_what_the_state_submitted_and_takes_back_is_not_the_ias_again(world: World) -> None:
    item = moved(world, world.started(OF_THE_IA), "submit", "nodal")
    assert moved(world, item, "withdraw", "nodal").party is Party.STATE


@pytest.mark.parametrize(
    ("code", "acts", "refused", "words"),
    [
        ("2.processes_standardised", (), "hand_over", "own"),
        (OF_THE_IA, ("hand_over",), "hand_over", "already"),
        (OF_THE_IA, (), "hand_back", "after it was handed over"),
    ],
)
def test_a_hand_over_that_does_not_fit_says_why(
    world: World, code: str, acts: tuple[str, ...], refused: str, words: str
) -> None:
    item = world.started(code)
    for name in acts:
        item = moved(world, item, name, "nodal")
    with pytest.raises(Refused, match=words) as error:
        moved(world, item, refused, "nodal", note="Why")
    assert error.value.code == "handed"


def test_it_is_handed_back_with_a_reason_by_the_state_alone(world: World) -> None:
    item = moved(world, world.started(OF_THE_IA), "hand_over", "agency")
    with pytest.raises(NotAllowed):
        moved(world, item, "hand_back", "agency", note="Take it")
    with pytest.raises(Refused) as error:
        moved(world, item, "hand_back", "nodal")
    assert "note" in error.value.fields


def test_page_and_api_offer_the_act_to_whom_it_is_open(world: World) -> None:
    item = world.started(OF_THE_IA)
    client = world.client(world.agency)
    assert 'value="hand_over"' in client.get(item.get_absolute_url()).content.decode()
    body = {"to": "hand_over", "version": item.version}
    path = f"/api/v1/items/{item.pk}/"
    assert client.get(path).json()["moves"] == ["hand_over"]
    answer = client.post(f"{path}moves/", body, content_type="application/json")
    assert answer.status_code == 200 and answer.json()["moves"] == []
    page = world.client(world.nodal).get(item.get_absolute_url()).content.decode()
    assert 'value="hand_back"' in page and 'value="hand_over"' not in page
    # A status that the item has already is no act.
    stale = {"to": "in_progress", "version": answer.json()["version"]}
    assert client.post(f"{path}moves/", stale, content_type="application/json").status_code == 409


def test_a_citation_that_starts_an_item_is_in_its_history(world: World) -> None:
    item = world.started("2.processes_standardised")
    assert list(Step.objects.filter(item=item).values_list("move", "by")) == [("start", world.nodal.pk)]
