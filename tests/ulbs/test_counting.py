"""What the registers and the batches show, at the edges."""

from datetime import date, timedelta
from typing import Any

import pytest

from nudm.core.dates import today
from nudm.core.ratio import Ratio
from tests.world import World
from ulbs import tally
from ulbs.actions import logs
from ulbs.rules.counting import Group, Limits, measures_of

DAY = date(2026, 11, 28)


def counted(measure: str, values: dict[str, float], *groups: Group) -> Ratio:
    return measures_of(groups, values, Limits(), DAY)[measure]


def desk(**months: tuple[int, int]) -> dict[str, float]:
    """A help desk with tickets, and those in time, of months `m7` to `m11` of 2026."""
    told: dict[str, float] = {"help_desk": 1}
    for month, (asked, in_time) in months.items():
        key = f"2026-{int(month[1:]):02d}-01:1"
        told |= {f"actual:tickets:{key}": asked, f"actual:tickets_in_time:{key}": in_time}
    return told


GOOD, BAD, NONE = (10, 8), (10, 7), (0, 0)


@pytest.mark.parametrize(
    ("values", "n"),
    [
        (desk(m8=GOOD, m9=GOOD, m10=GOOD), 3),
        (desk(m7=GOOD, m8=GOOD, m9=GOOD), 0),
        (desk(m1=GOOD, m2=GOOD, m3=GOOD), 0),
        (desk(m7=GOOD, m8=GOOD, m10=GOOD), 1),
        (desk(m7=GOOD, m8=GOOD, m9=GOOD, m10=BAD), 2),
        (desk(m5=GOOD, m6=GOOD, m7=GOOD, m8=BAD, m9=BAD, m10=BAD), 0),
        (desk(m7=BAD, m8=GOOD, m9=GOOD, m10=GOOD), 3),
        (desk(m8=NONE, m9=NONE, m10=NONE), 0),
        (desk(m6=GOOD, m7=GOOD, m8=NONE, m9=NONE, m10=GOOD), 3),
        (desk(m9=GOOD, m10=GOOD, m11=GOOD), 2),
        (desk(m7=GOOD, m8=GOOD, m9=GOOD, m10=GOOD) | {"actual:tickets_in_time:2026-10-01:1": 0}, 2),
        (desk(m8=GOOD, m9=GOOD, m10=GOOD) | {"help_desk": 0}, 0),
    ],
)
def test_a_help_desk_is_effective_in_its_last_months_with_tickets(values: dict[str, float], n: int) -> None:
    assert counted("help_desk.effective", values) == Ratio(n, 3)


@pytest.mark.parametrize(("day", "n"), [(1, 3), (5, 3), (6, 0)])
def test_a_month_is_asked_for_once_its_report_is_due(day: int, n: int) -> None:
    values, limits = desk(m8=GOOD, m9=GOOD, m10=GOOD), Limits(report_days=5)
    assert measures_of((), values, limits, date(2026, 12, day))["help_desk.effective"] == Ratio(n, 3)


def reviews(every: str, *ago: int) -> dict[str, float]:
    held = {f"meeting:answered:{DAY - timedelta(days=days)}": 1.0 for days in ago}
    return held | ({f"cadence:{every}": 1.0} if every else {})


@pytest.mark.parametrize(
    ("values", "n"),
    [
        (reviews("month", 3, 30), 2),
        (reviews("month", 31, 62), 2),
        (reviews("month", 32, 62), 0),
        (reviews("month", 3, 40), 1),
        (reviews("month", 400, 430), 0),
        (reviews("month", 3, 3), 1),
        (reviews("week", 3, 10), 2),
        (reviews("week", 3, 30), 1),
        (reviews("fortnight", 15, 30), 2),
        (reviews("quarter", 90, 180), 2),
        (reviews("", 3, 30), 0),
        (reviews("month"), 0),
    ],
)
def test_a_cadence_is_kept_by_the_last_meetings_within_its_days(values: dict[str, float], n: int) -> None:
    assert counted("cadence.meetings", values) == Ratio(n, 2)


SIGNED = Group(pilot=True, batch=None, started=False, towns=2, have={"uat_signed_on": 1})


@pytest.mark.parametrize(
    ("values", "groups", "ratio"),
    [
        ({}, (), Ratio(0, 0)),
        ({}, (SIGNED,), Ratio(1, 1)),
        ({"event:uat": 1}, (), Ratio(1, 1)),
        ({"event:training": 1}, (), Ratio(0, 0)),
        ({"incident:minor": 2, "incident:tested": 2}, (), Ratio(1, 1)),
        # What the review of a design found, and is solved.
        ({"incident:critical": 1}, (), Ratio(0, 0)),
        ({"incident:critical": 3, "critical:open": 1}, (), Ratio(2, 3)),
    ],
)
def test_nothing_tested_has_no_bug_fixed(values: dict[str, float], groups: Any, ratio: Ratio) -> None:
    assert counted("criticals.fixed", values, *groups) == ratio


def test_a_state_that_has_recorded_nothing_has_shown_nothing_now_and_then(world: World) -> None:
    def both() -> Ratio:
        now, then = tally.tallies([world.kl.pk]), tally.tallies_on([world.kl.pk], today())
        assert now == then
        return now[world.kl.pk]["criticals.fixed"]

    assert both() == Ratio(0, 0)
    values = {"title": "Slow", "severity": "minor", "opened_on": today()}
    logs.save_incident(world.kl, values, by=world.nodal)
    assert both() == Ratio(1, 1)


def batch(number: int, towns: int, live: int, *, pilot: bool = False) -> Group:
    return Group(pilot=pilot, batch=number, started=True, towns=towns, have={"live_on": live})


@pytest.mark.parametrize(
    ("groups", "ratio"),
    [
        ([], Ratio(0, 0)),
        ([batch(1, 4, 3), batch(2, 2, 2)], Ratio(2, 2)),
        ([batch(1, 4, 2), batch(2, 2, 1)], Ratio(2, 4)),
        ([batch(2, 3, 0), batch(1, 4, 0)], Ratio(0, 4)),
        ([batch(1, 2, 1), batch(1, 2, 2), batch(2, 3, 2)], Ratio(3, 4)),
        ([batch(1, 2, 1), batch(2, 3, 3, pilot=True)], Ratio(1, 2)),
    ],
)
def test_the_first_batch_to_be_live_is_the_one_that_is_furthest(groups: list[Group], ratio: Ratio) -> None:
    assert counted("first_batch.live", {}, *groups) == ratio
