"""Which month of the figures counts: one that is over, and that the ULBs have reported."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from nudm.core.dates import today
from nudm.core.ratio import Ratio
from states.models import State
from tests.world import World
from ulbs import tally
from ulbs.actions.figures import Given, save_figures
from ulbs.forms.town import months
from ulbs.models import Ulb
from ulbs.national import records
from ulbs.rules.counting import Limits, measures_of
from ulbs.rules.months import Reported, is_over, reported, value_that_counts


@pytest.mark.parametrize(
    ("month", "over"), [("2026-10-01", True), ("2026-11-01", False), ("2025-12-01", True)]
)
def test_a_month_counts_when_it_is_over(month: str, over: bool) -> None:
    assert is_over(month, date(2026, 11, 30)) is over
    assert bool(reported({f"actual:citizens:{month}:2": 5}, date(2026, 11, 30))) is over


@pytest.mark.parametrize(
    ("by", "month"),
    [
        ([], None),
        ([1], 1),
        ([30, 30], 2),
        ([30, 1], 1),
        ([30, 1, 2], 1),
        ([30, 29, 29, 29], 4),
        ([30, 12, 12, 3], 3),
        ([41, 40, 39], 2),
    ],
)
def test_the_fullest_of_the_last_three_months_counts(by: list[int], month: int | None) -> None:
    given = {f"2026-{n:02d}-01": Reported(n, reports) for n, reports in enumerate(by, 1)}
    assert value_that_counts(given, live=40, among=3) == month


def told(state: State, as_on: date | None = None) -> tuple[int, float]:
    [row] = records([state], today(), as_on=as_on)
    return row["metrics"]["totalCitizensCount"], row["metrics"]["slaAchievement"]


def report(world: World, ulbs: list[Ulb], month: date, **values: int) -> None:
    given = [
        Given(metric, Decimal(value), ulb.pk, "actual", month)
        for ulb in ulbs
        for metric, value in values.items()
    ]
    save_figures(world.kl, given, by=world.nodal)


@pytest.mark.by_hand
def test_one_towns_early_report_leaves_the_states_figures_as_they_are(world: World) -> None:
    running, last, before = months()[:3]
    towns = [world.live(town, on=before) for town in world.towns(3)]
    save_figures(world.kl, [Given("citizens", Decimal(100), purpose="target")], by=world.nodal)
    report(world, towns, before, citizens=40, applications=10, applications_in_sla=9)
    assert told(world.kl) == (120, 90.0)
    report(world, towns[:1], last, citizens=41, applications=10, applications_in_sla=1)
    report(world, towns, running, citizens=99, applications=10, applications_in_sla=2)
    assert told(world.kl) == told(world.kl, today()) == (120, 90.0)
    for counted in (tally.tallies([world.kl.pk]), tally.tallies_on([world.kl.pk], today())):
        assert counted[world.kl.pk]["adoption.reached"] == Ratio(1, 1)
    report(world, towns[1:], last, citizens=41, applications=10, applications_in_sla=1)
    assert told(world.kl) == told(world.kl, today()) == (123, 10.0)
    with time_machine.travel(running + timedelta(days=40)):
        assert told(world.kl) == told(world.kl, today()) == (297, 20.0)


def test_the_running_month_shows_no_tracking(world: Any) -> None:
    values = {"target:citizens": 1.0, **{f"actual:citizens:2026-{n:02d}-01:1": 1.0 for n in (9, 10, 11)}}
    for day, tracked in ((date(2026, 11, 30), 0), (date(2026, 12, 1), 1)):
        assert measures_of([], values, Limits(), day)["adoption.tracked"] == Ratio(tracked, 1)
