"""Who is to be called: the filter for what ULBs lack finds those that the counts miss."""

import pytest
from django.http import QueryDict

from tests.sheets import read_csv
from tests.ulbs.test_past_lists import then
from tests.world import World
from ulbs.actions import readiness, register
from ulbs.models import COLUMN_OF, Fact, Ulb
from ulbs.rules.asking import Asked, asked_of
from ulbs.rules.counting import COUNTED
from ulbs.tally import tallies

LISTS = ("/ulbs/KL/", "/ulbs/KL/matrix/")


def found(world: World, query: str, url: str = "/ulbs/KL/") -> set[str]:
    answer = world.client(world.ministry).get(f"{url}?format=csv&{query}")
    return {row[1] for row in read_csv(answer)[2:] if row[0] != "Total"}


@pytest.fixture
def some(world: World) -> World:
    """Alpha, Town 0 and Town 1 are pilots. Town 3 is left out, Town 4 dropped."""
    towns = [world.ulb, *world.towns(5, pilots=2)]
    for n, fact in enumerate(fact for fact in COLUMN_OF if fact is not Fact.BASELINE):
        for ulb in towns[n % 2 : 3]:
            readiness.confirm(ulb, fact, answer=True, who="Officer", version=0, by=world.nodal)
    world.live(world.ulb)
    out = {"in_scope": False, "scope_reason": "flooded"}
    for ulb in towns[4:]:
        row = Ulb.objects.select_related("state").get(pk=ulb.pk)
        if ulb.name == "Town 3":
            register.update_ulb(row, out, version=0, by=world.nodal)
        else:
            register.drop(row, on=world.start, reason="merged", by=world.nodal)
    return world


@pytest.mark.parametrize("word", COUNTED.values())
def test_the_filter_finds_exactly_those_that_a_count_misses(some: World, word: str) -> None:
    counted = tallies([some.kl.pk])[some.kl.pk]
    for url in LISTS:
        for group, more in (("all", ""), ("pilot", "&group=pilot"), ("rest", "&group=rest")):
            ratio = counted[f"{group}.{word}"]
            assert len(found(some, f"lacking={word}{more}", url)) == ratio.of - ratio.n, (url, group)


def test_what_does_not_count_lacks_nothing_unless_asked(some: World) -> None:
    assert found(some, "lacking=nodal_officer") == {"Town 2"}
    assert found(some, "lacking=nodal_officer&scope=all") == {"Town 2"}
    assert found(some, "lacking=nodal_officer&scope=out") == {"Town 3"}
    assert {"Town 3", "Town 4"} < found(some, "lacking=adoption&scope=all") == found(some, "")


def test_the_page_and_its_file_say_what_is_lacking(some: World) -> None:
    client = some.client(some.nodal)
    page = client.get("/ulbs/KL/?lacking=data_team").content.decode()
    assert '<option value="data_team" selected>Data collection team appointed</option>' in page
    [title] = read_csv(client.get("/ulbs/KL/?lacking=data_team&format=csv&what=readiness"))[0]
    assert title.endswith("lacking: Data collection team appointed")
    assert found(some, then("lacking=nodal_officer", 2).replace("?", "&")) == {"Alpha"}


def test_what_is_lacking_rests_on_more_than_the_ulbs() -> None:
    asked = asked_of(QueryDict(f"lacking={Fact.BASELINE.value}&scope=all"), [], [], "all")
    assert asked == Asked(lacking="baseline") and asked.rests_on_cells and not Asked().rests_on_cells
