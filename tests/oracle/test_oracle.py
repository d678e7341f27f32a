"""A second computation of the deck's criteria, gates, parties and days agrees with the product's.

It reads rows and shares no rule with the product (`tests/oracle/deck.py`, `parties.py`): on sampled days of
the demonstration's year, and after a year of random acts.
"""

import random

import pytest

from nudm.core.dates import today
from states.models import State
from tests.oracle.compare import differences
from tests.phases.acts import ACTS, close_stage_2
from tests.replay import live_through
from tests.reports.test_demo_year import CASES, YEAR, begin, day
from tests.seeds import SEED
from tests.world import World


@pytest.mark.by_hand
@pytest.mark.parametrize("case", CASES)
def test_the_demonstrations_year_is_as_the_deck_says(world: World, case: str) -> None:
    year, states = begin(world, case)
    year.live_until(today())
    days = sorted(day(ago) for ago in random.Random(f"{case} {SEED}").sample(range(YEAR + 1), 8))
    compared = 0
    for state in states:
        n, wrong = differences(state, days)
        compared += n
        assert wrong == []
    assert compared > 600


def test_a_year_of_random_acts_is_as_the_deck_says(world: World) -> None:
    world.towns(5)
    days = list(range(1, 360, 12))
    lived = live_through(world, SEED, days, acts=ACTS, at_once=8, see=today, once=close_stage_2)
    n, wrong = differences(State.objects.get(pk=world.kl.pk), lived)
    assert wrong == []
    assert n > 2_000
