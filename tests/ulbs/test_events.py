"""Events of the registers: closed, reopened, with ULBs that take part and points that are answered."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from nudm.core.dates import today
from nudm.core.errors import Conflict, Refused
from nudm.core.ratio import Ratio
from states.models import Entry
from states.past import as_on
from tests.ulbs.registered import MEETING, TRAINING, counted, uat
from tests.world import World, day
from ulbs.actions import events, logs, rollout
from ulbs.models import Cadence, Deployment, Event, Ulb
from ulbs.rules.events import EventKind


def test_a_training_is_not_closed_without_its_recording_and_nothing_of_it_is_saved(world: World) -> None:
    values = TRAINING | {"recording": ""}
    with pytest.raises(Refused) as refused:
        events.save_event(
            world.kl, EventKind.TRAINING, values, towns=[world.ulb], close=True, by=world.agency
        )
    assert set(refused.value.fields) == {"recording"}
    assert not Event.objects.exists() and counted(world)["events.training"] == Ratio(0, 1)
    made = events.save_event(
        world.kl, EventKind.TRAINING, TRAINING, towns=[world.ulb], close=True, by=world.agency
    )
    assert made.closed_on == today() and counted(world)["events.training"] == Ratio(1, 1)


def test_a_closed_event_changes_only_after_it_was_reopened_with_a_reason(world: World) -> None:
    def save(event: Event, **more: Any) -> Event:
        return events.save_event(
            world.kl, EventKind.TRAINING, TRAINING | more, row=event, version=event.version, by=world.nodal
        )

    event = events.save_event(
        world.kl, EventKind.TRAINING, TRAINING, towns=[world.ulb], close=True, by=world.nodal
    )
    for act in (
        lambda: save(event, attended=13),
        lambda: events.change_towns(event, [world.ulb], take_part=False, by=world.nodal),
        lambda: events.remove_event(event, version=event.version, by=world.nodal),
        lambda: events.reopen_event(event, version=event.version, reason=" ", by=world.nodal),
    ):
        with pytest.raises(Refused):
            act()
    event = events.reopen_event(event, version=event.version, reason="Wrong number", by=world.nodal)
    assert counted(world)["events.training"] == Ratio(0, 1)
    assert Entry.objects.filter(verb="event.reopen").get().data["reason"] == "Wrong number"
    assert save(event, attended=13).attended == 13


def test_not_more_are_present_than_were_invited(world: World) -> None:
    with pytest.raises(Refused) as refused:
        values = TRAINING | {"invited": 5, "attended": 500}
        events.save_event(world.kl, EventKind.TRAINING, values, towns=[world.ulb], by=world.nodal)
    assert refused.value.fields.keys() == {"invited", "attended"} and not Event.objects.exists()
    values = TRAINING | {"invited": 5, "attended": 5}
    assert events.save_event(world.kl, EventKind.TRAINING, values, by=world.nodal).pk
    [event] = Event.objects.all()
    # Nobody has to be invited by name.
    assert events.save_event(
        world.kl, EventKind.TRAINING, TRAINING, row=event, version=event.version, by=world.nodal
    )


def test_a_blank_reason_for_reopening_is_told_once(world: World) -> None:
    event = events.save_event(
        world.kl, EventKind.TRAINING, TRAINING, towns=[world.ulb], close=True, by=world.nodal
    )
    url = reverse("ulbs:reopen", args=["KL", "training", event.pk])
    page = world.client(world.nodal).post(url, {"version": event.version, "reason": " "})
    assert page.status_code == 422 and page.content.count(b"Say why it is opened again.") == 1


def test_an_event_of_tomorrow_is_planned_and_cannot_be_closed(world: World) -> None:
    values = MEETING | {"on": today() + timedelta(days=1)}
    assert events.save_event(world.kl, EventKind.MEETING, values, by=world.nodal).pk
    with pytest.raises(Refused) as refused:
        events.save_event(world.kl, EventKind.MEETING, values, close=True, by=world.nodal)
    assert set(refused.value.fields) == {"on"}


def test_two_officers_on_one_entry_see_both_texts(world: World) -> None:
    event = events.save_event(world.kl, EventKind.MEETING, MEETING, by=world.nodal)
    first = MEETING | {"minutes": "First"}
    events.save_event(world.kl, EventKind.MEETING, first, row=event, version=1, by=world.unit)
    with pytest.raises(Conflict) as conflict:
        second = MEETING | {"minutes": "Second"}
        events.save_event(world.kl, EventKind.MEETING, second, row=event, version=1, by=world.nodal)
    assert (conflict.value.mine["Minutes"], conflict.value.theirs["Minutes"]) == ("Second", "First")


def planned(ulb: Ulb) -> dict[str, date | None]:
    return dict(Deployment.objects.filter(ulb=ulb).values_list("module", "uat_planned_on"))


def test_a_uat_session_plans_its_modules_in_its_towns(world: World) -> None:
    [rest] = world.towns(1)
    soon = today() + timedelta(days=9)
    session = uat(world, [world.ulb, rest], soon)
    assert planned(world.ulb) == planned(rest) == {"PGR": soon, "PT": soon}
    assert counted(world)["pilot.uat_scheduled"] == Ratio(1, 1)
    later = soon + timedelta(days=5)
    values = {"title": "UAT", "on": later, "modules": "PT"}
    events.save_event(world.kl, EventKind.UAT, values, row=session, version=1, by=world.agency)
    assert planned(rest) == {"PGR": None, "PT": later}
    events.change_towns(session, [rest], take_part=False, by=world.agency)
    assert planned(rest) == {"PGR": None, "PT": None} and planned(world.ulb)["PT"] == later
    session.refresh_from_db()
    events.remove_event(session, version=session.version, by=world.agency)
    assert set(planned(world.ulb).values()) == {None}
    assert counted(world)["pilot.uat_scheduled"] == Ratio(0, 1)
    assert as_on(Event, [world.kl.pk], today()) == []


def test_the_latest_of_two_sessions_is_the_plan_and_what_is_signed_off_stays(world: World) -> None:
    world.live(world.ulb, "PT")
    first, second = today() + timedelta(days=3), today() + timedelta(days=8)
    uat(world, [world.ulb], second)
    uat(world, [world.ulb], first)
    assert planned(world.ulb) == {"PGR": second, "PT": world.start}
    rollout.save_cell(world.ulb, "TL", {"in_scope": False}, version=None, by=world.nodal)
    uat(world, [world.ulb], first, "TL")
    assert planned(world.ulb)["TL"] is None


@pytest.mark.by_hand
def test_only_ulbs_of_the_state_in_scope_take_part(world: World) -> None:
    out = world.towns(1)[0]
    Ulb.objects.filter(pk=out.pk).update(in_scope=False, scope_reason="x")
    out.refresh_from_db()
    session = uat(world, [world.ulb, world.far_ulb, out], today())
    assert [row.ulb_id for row in session.towns.all()] == [world.ulb.pk]
    assert events.change_towns(session, [world.far_ulb, out], take_part=True, by=world.nodal) == 0


def test_an_action_point_is_decided_in_its_meeting_and_answered_afterwards(world: World) -> None:
    meeting = events.save_event(world.kl, EventKind.MEETING, MEETING, by=world.nodal)
    decided = {"text": "Send the list", "owner": "agency", "due": day(2), "taken": "", "done_on": None}
    with pytest.raises(Refused) as early:
        events.save_point(meeting, decided | {"due": day(20)}, by=world.nodal)
    assert set(early.value.fields) == {"due"}
    point = events.save_point(meeting, decided, by=world.nodal)
    meeting = events.save_event(
        world.kl, EventKind.MEETING, MEETING, row=meeting, version=meeting.version, close=True, by=world.nodal
    )
    for values in (
        {"text": "Send nothing"},
        {"done_on": today(), "taken": ""},
        {"done_on": day(-1), "taken": "x"},
    ):
        with pytest.raises(Refused):
            events.save_point(meeting, values, row=point, version=1, by=world.nodal)
    answer = {"taken": "The list was sent", "done_on": today()}
    assert events.save_point(meeting, answer, row=point, version=1, by=world.nodal).done_on == today()
    with pytest.raises(Conflict):
        events.save_point(meeting, answer, row=point, version=1, by=world.unit)


def test_the_next_meeting_shows_what_was_done_about_earlier_points(world: World) -> None:
    first, second, third = (
        events.save_event(world.kl, EventKind.MEETING, MEETING | {"on": day(ago)}, by=world.nodal)
        for ago in (20, 10, 1)
    )
    for meeting, words, done in (
        (first, "old and done", day(15)),
        (first, "done since", day(5)),
        (second, "open", None),
    ):
        values = {"text": words, "owner": "state", "due": None, "taken": "so", "done_on": done}
        events.save_point(meeting, values, by=world.nodal)
    page = world.client(world.ministry).get(reverse("ulbs:entry", args=["KL", "meeting", third.pk]))
    assert {point.text for point in page.context["earlier"]} == {"done since", "open"}
    assert list(page.context["points"]) == []


def test_two_meetings_and_a_cadence_show_the_cadence(world: World) -> None:
    for ago in (20, 10):
        events.save_event(world.kl, EventKind.MEETING, MEETING | {"on": day(ago)}, close=True, by=world.nodal)
    assert counted(world)["cadence.meetings"] == Ratio(0, 2)
    values = {"every": "month", "chair": "Secretary", "since": day(40)}
    cadence = logs.save_cadence(world.kl, values, version=0, by=world.nodal)
    assert counted(world)["cadence.meetings"] == Ratio(2, 2)
    with pytest.raises(Conflict):
        logs.save_cadence(world.kl, values | {"every": "week"}, version=0, by=world.unit)
    logs.save_cadence(world.kl, values | {"every": "week"}, version=cadence.version, by=world.unit)
    assert Cadence.objects.get().every == "week"


HELD = {"attended": 9, "feedback_method": "calls", "recording": "https://kl.example.in/r"}


def _train(world: World, ago: int, towns: list[Ulb], modules: str = "PGR") -> Event:
    values = {"title": "Training", "on": day(ago), "modules": modules, **HELD}
    return events.save_event(world.kl, EventKind.TRAINING, values, towns=towns, close=True, by=world.nodal)


def _trained(world: World) -> dict[tuple[str, str], Any]:
    return {(c.ulb.name, c.module): c.trained_on for c in Deployment.objects.select_related("ulb")}


def test_closing_a_training_notes_its_day_where_none_is_noted(world: World) -> None:
    other = world.towns(1)[0]
    for ulb, module, changes in (
        (world.ulb, "PGR", {"in_scope": True}),
        (world.ulb, "PT", {"in_scope": True}),
        (other, "PGR", {"trained_on": day(30)}),
        (other, "TL", {"in_scope": True}),
    ):
        rollout.save_cell(ulb, module, changes, version=None, by=world.nodal)
    held = _train(world, 9, [world.ulb, other], "PGR,TL")
    told = _trained(world)
    assert told == {
        ("Alpha", "PGR"): day(9),
        ("Alpha", "PT"): None,
        (other.name, "PGR"): day(30),
        (other.name, "TL"): day(9),
    }
    again = _train(world, 4, [world.ulb])
    assert _trained(world) == told
    events.reopen_event(held, version=held.version, reason="Wrong day", by=world.nodal)
    assert _trained(world) == told | {("Alpha", "PGR"): day(4), (other.name, "TL"): None}
    events.reopen_event(again, version=again.version, reason="Not held", by=world.nodal)
    assert _trained(world)["Alpha", "PGR"] is None
