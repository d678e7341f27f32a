"""With whom each line is, and how long: two figures that no party sets back by its own act."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from nudm.core.dates import today
from nudm.core.errors import Refused
from phases.actions import lines
from phases.catalogue import catalogue
from phases.clocks import Clock
from phases.models import Item
from phases.progress import Progress, progress_of
from phases.rules import Party
from states import actions
from states.models import Appointment
from tests.memory import forget
from tests.phases.acts import OF_THE_STATES_SIDE, answer, reopen
from tests.seeds import SEED
from tests.world import World, day
from ulbs.actions import figures, logs, readiness, rollout
from ulbs.models import Fact

CODE, OF_THE_IA, NODAL = "2.processes_standardised", "2.platform_ready", "1.nodal_officer_appointed"
STATE, AGENCY, CENTRE = Party.STATE, Party.AGENCY, Party.CENTRE


@contextmanager
def ago(days: int) -> Iterator[None]:
    """Ten o'clock, so many days ago."""
    moment = timezone.make_aware(datetime.combine(today() - timedelta(days=days), time(10)))
    with time_machine.travel(moment, tick=False):
        yield


def seen(world: World, on: date | None = None) -> Progress:
    return progress_of([world.kl], as_on=on)[world.kl.pk]


def clock(world: World, code: str = CODE, on: date | None = None) -> Clock:
    return seen(world, on).clocks[code]


def moved(world: World, item: Item, name: str, who: str, **said: str) -> Item:
    return lines.move(item, name, version=item.version, by=getattr(world, who), **said)


def test_a_line_is_as_old_as_its_stage_or_the_first_work_on_it(world: World) -> None:
    first = clock(world, "1.charter_published")
    assert (first.party, first.since, first.age_days, first.days) == (STATE, world.start, 30, 30)
    assert clock(world) == Clock(STATE)
    with ago(12):
        world.started()
    assert (clock(world).age_days, clock(world).days_with) == (12, {STATE: 12})


@pytest.mark.parametrize("claim", ["submit", "ask_na"])
def test_asking_and_taking_back_resets_nothing(world: World, claim: str) -> None:
    with ago(28):
        item = world.started()
    with ago(20):
        item = moved(world, item, claim, "nodal", note="Why")
    with ago(15):
        item = moved(world, item, "withdraw", "nodal")
    found = clock(world)
    assert (found.party, found.since, found.age_days) == (STATE, day(28), 28)
    assert found.days_with == {STATE: 8 + 15, CENTRE: 5} and found.days == 23


def test_a_return_answered_without_a_change_resets_nothing(world: World) -> None:
    with ago(28):
        item = world.started()
    for sent, back in ((20, 18), (17, 12)):
        with ago(sent):
            item = moved(world, item, "submit", "nodal")
        with ago(back):
            item = moved(world, item, "return", "reviewer", note="Page 3", reason="incomplete")
    found = clock(world)
    assert (found.since, found.days_with) == (day(12), {STATE: 8 + 1 + 12, CENTRE: 2 + 5})
    assert found.days == 21 and found.age_days == 28


def test_the_clock_follows_what_the_ia_hands_over(world: World) -> None:
    with ago(20):
        item = world.started(OF_THE_IA)
    with ago(14):
        item = moved(world, item, "hand_over", "agency")
    with ago(9):
        item = moved(world, item, "submit", "nodal")
    with ago(7):
        item = moved(world, item, "return", "reviewer", note="Page 3", reason="incomplete")
    found = clock(world, OF_THE_IA)
    assert (found.party, found.since) == (AGENCY, day(7))
    assert found.days_with == {AGENCY: 6 + 7, STATE: 5, CENTRE: 2} and found.age_days == 20
    with ago(3):
        item = moved(world, item, "hand_over", "agency")
    assert clock(world, OF_THE_IA).days_with == {AGENCY: 6 + 4, STATE: 5 + 3, CENTRE: 2}


def test_an_accepted_line_waits_from_the_day_its_count_fell_short(world: World) -> None:
    with ago(29):
        world.accepted(NODAL)
    held = Appointment.objects.get(post=world.kl_office.posts.get(kind="nodal_officer"))
    assert clock(world, NODAL).party is Party.NOBODY
    with ago(4):
        actions.relieve(held, today(), by=world.head)
    found = clock(world, NODAL)
    assert (found.party, found.since, found.days) == (STATE, day(4), 4)
    before = clock(world, NODAL, day(10))
    assert (before.party, before.days) == (Party.NOBODY, None)
    # An order that is dated back does not take back the days of the vacancy.
    order = day(4)
    with ago(1):
        actions.appoint(held.post, world.unit, order, by=world.head)
    assert clock(world, NODAL).days_with[STATE] == found.days_with[STATE] - 1


def test_a_line_accepted_on_the_day_of_its_submission_although_its_count_is_short_waits(world: World) -> None:
    held = Appointment.objects.get(post=world.kl_office.posts.get(kind="nodal_officer"))
    with ago(26):
        item = world.started(NODAL)
    with ago(25):
        actions.relieve(held, today(), by=world.head)
    with ago(20):
        item = moved(world, item, "submit", "unit")
        moved(world, item, "accept", "reviewer")
    found = clock(world, NODAL)
    assert (found.party, found.days, found.days_with) == (STATE, 20, {STATE: 30})


def test_where_a_month_has_to_end_the_clock_says_so(world: World) -> None:
    middle = timezone.make_aware(datetime(today().year + 1, 1, 14, 10))
    with time_machine.travel(middle, tick=False):
        values = {"number": "1800", "hours": "10-18", "staff": 2, "since": day(9)}
        logs.save_help_desk(world.kl, values, version=0, by=world.nodal)
        world.accepted("3.help_desk")
        found = clock(world, "3.help_desk")
        assert (found.party, found.since, found.awaited) == (STATE, today(), None)
        month = (today().replace(day=1) - timedelta(days=1)).replace(day=1)
        given = [figures.Given(name, Decimal(9), month=month) for name in ("tickets", "tickets_in_time")]
        figures.save_figures(world.kl, given, by=world.nodal)
        found = clock(world, "3.help_desk")
        assert (found.party, found.days, found.awaited) == (Party.NOBODY, None, date(today().year, 2, 1))
    with time_machine.travel(middle + timedelta(days=25), tick=False):
        found = clock(world, "3.help_desk")
        assert (found.party, found.since, found.days) == (STATE, date(today().year, 2, 1), 7)
    with time_machine.travel(middle + timedelta(days=50), tick=False):
        assert clock(world, "3.help_desk").since == date(today().year, 2, 1)


def test_a_count_has_its_party_and_its_days_also_when_it_was_full_for_a_while(world: World) -> None:
    with ago(20):
        pilot = world.live(world.ulb, on=today())
    full = clock(world, "3.pilots_live")
    assert (full.party, full.since, full.days_with) == (Party.NOBODY, day(20), {})
    with ago(6):
        changes = {"withdrawn_on": today(), "withdrawn_reason": "Moved away"}
        rollout.save_cell(pilot, "PGR", changes, version=None, by=world.nodal)
    short = clock(world, "3.pilots_live")
    assert (short.party, short.since, short.days) == (STATE, day(6), 6)


def test_a_pilot_without_a_priority_module_holds_the_count_up_since_its_first_day(world: World) -> None:
    with ago(20):
        world.record(world.kl, "modules")
        world.record(world.kl, "pilot_approach")
        rollout.priority_changed(world.kl)
    with ago(10):
        rollout.save_cell(world.ulb, "TL", {"master_data": "collecting"}, version=None, by=world.nodal)
    found = clock(world, "1.master_data_begun")
    assert (found.party, found.since, found.days) == (Party.TOWN, world.start, 30)


def test_where_every_ulb_is_a_pilot_nobody_has_what_is_asked_of_the_others(world: World) -> None:
    """As in Chandigarh: what these lines rest on has clocks of its own."""
    with ago(10):
        world.live(world.ulb, on=today())
    line = clock(world, "3.rollout_in_batches")
    assert (line.party, line.days) == (Party.NOBODY, None)
    assert clock(world, "3.critical_bugs_fixed").party is AGENCY


def test_an_open_gate_waits_for_the_centre_since_its_last_criterion_was_met(world: World) -> None:
    with ago(25):
        world.live(world.ulb, on=today())
    steps = {"2.processes_standardised": 21, "2.platform_ready": 13, "2.dashboards_ready": 17}
    for code, days in steps.items():
        with ago(days):
            world.accepted(code)
    with ago(9):
        confirm_officials(world)
    stage = seen(world).stages[1]
    assert stage.gate is not None and stage.gate_open
    assert (stage.gate.party, stage.gate.since, stage.gate.days) == (CENTRE, day(9), 9)
    assert seen(world, day(10)).stages[1].gate is None


def confirm_officials(world: World) -> None:
    readiness.confirm(world.ulb, Fact.OFFICIALS, answer=True, who="All", version=0, by=world.nodal)


def test_table_list_and_api_say_the_same(world: World) -> None:
    with ago(28):
        world.started(OF_THE_IA)
    with ago(9):
        world.submitted("1.charter_published")
    progress = seen(world)
    page = world.client(world.reviewer).get("/")
    told = page.content.decode()
    assert f"{progress.pending_days} days" in told
    answer = world.client(world.nodal).get("/api/v1/states/KL/progress/").json()
    pending = answer["pending"]
    assert (pending["party"], pending["days"]) == (progress.pending_with.value, progress.pending_days)
    for stage in answer["stages"]:
        for row in (*stage["inputs"], *stage["outcomes"], *stage["criteria"]):
            found = progress.clocks[row["code"]]
            assert (row["party"], row["days"], row["age_days"]) == (found.party, found.days, found.age_days)
    rows = world.client(world.nodal).get("/api/v1/items/", {"with": "agency", "page_size": 200}).json()
    assert {row["with"] for row in rows["results"]} == {"agency"}
    [one] = [row for row in rows["results"] if row["code"] == OF_THE_IA]
    assert (one["since"], one["age_days"], one["days_with"]) == (str(day(28)), 28, {"agency": 28})


@pytest.mark.by_hand
def test_items_are_asked_for_by_what_is_open_and_overdue(world: World) -> None:
    with ago(20):
        world.accepted(CODE)
        item = world.started(OF_THE_IA)
    Item.objects.filter(pk=item.pk).update(due=day(2))
    actions.touch(world.kl)
    client = world.client(world.nodal)

    def codes(**asked: str) -> set[str]:
        rows = client.get("/api/v1/items/", {"page_size": 200, **asked}).json()["results"]
        return {row["code"] for row in rows}

    attested = {line.code for line in catalogue().lines() if line.kind == "attested"}
    assert codes(open="false") == {CODE} and codes(open="true") == attested - {CODE}
    assert codes(overdue="true") == {OF_THE_IA} and codes(overdue="true", stage="1") == set()
    assert client.get("/api/v1/items/", {"open": "maybe"}).status_code == 400
    assert client.get("/api/v1/items/", {"with": "me"}).status_code == 400


@pytest.mark.parametrize("fact", ["town", "figure", "line"])
def test_every_fact_that_moves_is_the_last_movement(world: World, fact: str) -> None:
    with ago(20):
        world.started()
    acts: dict[str, Callable[[], Any]] = {
        "town": lambda: rollout.save_cell(
            world.ulb, "PGR", {"master_data": "collecting"}, version=None, by=world.nodal
        ),
        "figure": lambda: figures.save_figures(
            world.kl, [figures.Given("transactions_digital", Decimal(60), purpose="target")], by=world.nodal
        ),
        "line": lambda: lines.mark_done(world.kl, "2.give_requirements", done=True, by=world.nodal),
    }
    with ago(5):
        acts[fact]()
    assert (seen(world).idle_days, seen(world, day(10)).idle_days) == (5, 10)


@pytest.mark.parametrize("seed", [SEED, SEED + 1])
def test_no_act_lowers_the_age_of_a_line_or_the_days_with_a_party(world: World, seed: int) -> None:
    """A walk of the State/UT, its IA and its ULBs, the centre answering now and then."""
    world.towns(3)
    dice, start = random.Random(seed), timezone.now().replace(hour=5)
    before = seen(world).clocks
    known: dict[date, Any] = {}
    done = 0
    for n in range(1, 40, 2):
        with time_machine.travel(start + timedelta(days=n), tick=False):
            for turn in range(5):
                act = dice.choice([answer, reopen]) if turn == 4 else dice.choice(OF_THE_STATES_SIDE)
                try:
                    act(world, dice)
                    done += 1
                except Refused:
                    continue
                after = seen(world).clocks
                assert lowered(before, after) == [], (n, act.__name__)
                before = after
            known[today()] = before
    assert done > 40
    forget()
    with time_machine.travel(start + timedelta(days=90), tick=False):
        for on, clocks in known.items():
            assert seen(world, on).clocks == clocks, on


def lowered(before: Any, after: Any) -> list[str]:
    found = []
    for code, was in before.items():
        now = after[code]
        if was.age_days is not None and (now.age_days is None or now.age_days < was.age_days):
            found.append(f"{code}: age {was.age_days} → {now.age_days}")
        if catalogue().line(code).kind == "implied":
            continue
        for party, days in was.days_with.items():
            if now.days_with.get(party, 0) < days:
                found.append(f"{code}: {party} {days} → {now.days_with.get(party, 0)}")
    return found
