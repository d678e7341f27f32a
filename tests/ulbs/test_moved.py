"""Between two days a ULB's type, code and details move, too, and the comparison tells it."""

from typing import Any

import pytest

from nudm.core.dates import show
from tests.phases.test_as_on import ago, main_of
from tests.phases.test_compare import town
from tests.world import World, day
from ulbs.actions import register
from ulbs.models import Ulb
from ulbs.rules.moved import Change, Turn, changes


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"type_code": 7}, {"type_code": 5}, Change(Turn.TYPE, 7, 5)),
        ({"lgd_code": 950001}, {"lgd_code": 250009}, Change(Turn.CODE, 950001, 250009)),
        ({"district": "A"}, {"district": "B"}, Change(Turn.DETAILS, new=("district",))),
        (
            {"population": 5, "name_local": "क"},
            {"population": None, "name_local": "ख", "tenant_code": "kl.a", "kind": "greenfield"},
            Change(Turn.DETAILS, new=("name_local", "population", "kind", "tenant_code")),
        ),
    ],
)
def test_what_the_register_says_otherwise_is_told(before: Any, after: Any, expected: Change) -> None:
    assert changes(town(**before), town(**after), None, None) == [expected]
    assert changes(town(**after), town(**after), None, None) == []


def test_the_comparison_of_two_days_tells_it_in_words(world: World) -> None:
    with ago(20):
        [beta] = world.towns(1)
        new = register.create_ulb(world.kl, {"name": "New", "type_code": 7}, by=world.nodal)
    with ago(10):
        values = {"type_code": 4, "district": "North", "population": 5000}
        register.edit_details(beta, values, version=0, by=world.nodal)
        register.give_code(Ulb.objects.get(pk=new.pk), 250009, version=0, by=world.nodal)
    url = f"/phases/KL/compare/?from={show(day(15))}&to={show(day(5))}"
    page = main_of(world.client(world.nodal).get(url))
    assert "became: Municipal Corporation" in page and "LGD code: 950001 → 250009" in page
    assert "details changed: district, population (Census 2011)" in page
    assert "of another type" in page
