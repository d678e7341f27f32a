"""Registers: what an entry lacks, who writes, what a close and a UAT session change, what pages show."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from nudm.core.dates import today
from nudm.core.errors import Conflict, NotAllowed, Refused
from nudm.core.ratio import Ratio
from phases.catalogue import catalogue
from states.models import Entry
from states.past import as_on
from tests.world import World, day
from ulbs import tally
from ulbs.actions import events, logs, rollout
from ulbs.models import ActionPoint, Cadence, Deployment, Event, Incident, PolicyItem, Ulb
from ulbs.registers import REGISTERS
from ulbs.rules.events import EventKind, lacking
from ulbs.rules.names import matching
from ulbs.rules.registers import AGES, days_ago

WHOLE: dict[EventKind, dict[str, Any]] = {
    EventKind.KICKOFF: {"on": 1, "towns": 1, "minutes": "m"},
    EventKind.TRAINING: {
        "on": 1,
        "towns": 1,
        "attended": 9,
        "feedback_method": "calls",
        "recording": "https://x.in/",
    },
    EventKind.UAT: {"on": 1, "towns": 1, "participants": "A, clerk"},
    EventKind.MEETING: {"on": 1, "minutes": "m"},
    EventKind.CAMPAIGN: {"on": 1, "channel": "radio", "reach": 10},
}
TRAINING: dict[str, Any] = {
    "title": "Training",
    "on": day(1),
    "place": "",
    "modules": "PGR",
    "invited": None,
    "attended": 12,
    "feedback_method": "calls",
    "feedback": "",
    "recording": "https://recordings.example.in/1",
}
MEETING: dict[str, Any] = {
    "title": "Review",
    "on": day(9),
    "place": "",
    "attended": None,
    "minutes": "All went well",
}
INCIDENT: dict[str, Any] = {
    "title": "Receipt is not printed",
    "severity": "critical",
    "owner": "agency",
    "module": "PT",
    "ulb": None,
    "opened_on": day(3),
    "detail": "",
    "solution": "",
}


def counted(world: World) -> dict[str, Ratio]:
    return tally.tallies([world.kl.pk])[world.kl.pk]


@pytest.mark.parametrize("kind", list(EventKind))
def test_an_event_lacks_each_needed_field_until_it_is_there(kind: EventKind) -> None:
    whole = WHOLE[kind]
    assert lacking(kind, whole) == ()
    for name in whole:
        assert lacking(kind, {**whole, name: None}) == (name,)


@pytest.mark.parametrize(
    ("ago", "place"), [(0, 0), (7, 0), (8, 1), (15, 1), (16, 2), (30, 2), (31, 3), (400, 3)]
)
def test_every_age_is_in_one_bucket(ago: int, place: int) -> None:
    opened = today() - timedelta(days=ago)
    within = []
    for n, age in enumerate(AGES):
        first, last = days_ago(age, today())
        within += [n] if opened <= last and (first is None or opened >= first) else []
    assert within == [place]


def test_a_ulb_is_meant_by_its_code_or_by_its_name_however_it_is_written() -> None:
    towns = [
        Ulb(lgd_code=250001, name="Alpha Municipality"),
        Ulb(lgd_code=250002, name="Beta", name_local="बीटा"),
        Ulb(lgd_code=250003, name="ALPHA Corporation"),
    ]

    def codes(text: str) -> list[int]:
        return [town.lgd_code for town in matching(text, towns)]

    assert codes("Beta (250002)") == codes("250002") == codes(" beta") == codes("बीटा") == [250002]
    assert codes("alpha") == [250001, 250003]
    assert codes("Gamma") == codes("") == codes("299999") == []


def test_every_register_feeds_a_line_of_the_deck_by_the_measure_that_counts_it() -> None:
    for register in REGISTERS.values():
        assert register.feeds
        for feed in register.feeds:
            lines = catalogue().lines(feed.stage, feed.section)
            [line] = [line for line in lines if line.number == feed.number]
            assert (line.measure, line.quorum) == (feed.measure, "all"), register.slug


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


def uat(world: World, towns: list[Ulb], on: date, modules: str = "PGR,PT") -> Event:
    values = {"title": "UAT", "on": on, "place": "", "modules": modules, "participants": "", "minutes": ""}
    return events.save_event(world.kl, EventKind.UAT, values, towns=towns, by=world.agency)


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


def test_an_incident_closes_with_a_solution_and_opens_again(world: World) -> None:
    with pytest.raises(Refused) as refused:
        logs.save_incident(world.kl, INCIDENT, close=True, by=world.agency)
    assert set(refused.value.fields) == {"solution"}
    incident = logs.save_incident(world.kl, INCIDENT, by=world.agency)
    assert counted(world)["criticals.fixed"] == Ratio(0, 1)
    solved = INCIDENT | {"solution": "Corrected in release 4"}
    incident = logs.save_incident(world.kl, solved, row=incident, version=1, close=True, by=world.agency)
    assert counted(world)["criticals.fixed"] == Ratio(1, 1)
    logs.reopen_incident(incident, version=2, reason="It is there again", by=world.nodal)
    assert counted(world)["criticals.fixed"] == Ratio(0, 1)
    assert [row.closed_on for row in as_on(Incident, [world.kl.pk], today())] == [None]


def test_an_incident_names_a_ulb_of_its_state_and_a_day_that_was(world: World) -> None:
    for changes in ({"ulb": world.far_ulb}, {"opened_on": day(-1)}):
        with pytest.raises(Refused) as refused:
            logs.save_incident(world.kl, INCIDENT | changes, by=world.nodal)
        assert set(refused.value.fields) == set(changes)


@pytest.mark.parametrize(
    ("status", "note", "order", "ok"),
    [
        ("not_needed", "The Act covers it", "", True),
        ("not_needed", " ", "", False),
        ("notified", "", "G.O. 12", True),
        ("notified", "", "", False),
        ("drafted", "", "", True),
    ],
)
def test_not_needed_is_an_answer_with_a_reason(
    world: World, status: str, note: str, order: str, ok: bool
) -> None:
    values = {"topic": "change", "title": "Act", "status": status, "since": day(1), "order_number": order}
    if not ok:
        with pytest.raises(Refused):
            logs.save_policy(world.kl, values | {"note": note}, by=world.nodal)
        return
    logs.save_policy(world.kl, values | {"note": note}, by=world.nodal)
    assert counted(world)["policy.change"].complete == (status != "drafted")


def test_each_register_is_written_by_those_the_table_names(world: World) -> None:
    people = {"nodal", "unit", "agency", "reviewer", "ministry", "town", "neighbour", "nobody"}
    seen = {"nodal", "unit", "agency", "reviewer", "ministry"}
    for slug, register in REGISTERS.items():
        writers = {"nodal", "unit"} | ({"agency"} if register.permission == "update_rollout" else set())
        parts = ["KL", slug]
        url = reverse("ulbs:register" if register.single else "ulbs:new_entry", args=parts)
        for who in people:
            client = world.client(getattr(world, who))
            assert client.get(reverse("ulbs:register", args=parts)).status_code == (
                200 if who in seen else 404
            )
            status = client.post(url, {}).status_code
            assert status == (422 if who in writers else 403 if who in seen else 404), (slug, who, status)
    agency = {slug for slug, register in REGISTERS.items() if register.permission == "update_rollout"}
    assert agency == {"training", "uat", "incidents"}


def test_the_verbs_ask_for_the_power_and_the_row(world: World) -> None:
    with pytest.raises(NotAllowed):
        events.save_event(world.kl, EventKind.MEETING, MEETING, by=world.agency)
    with pytest.raises(NotAllowed):
        logs.save_cadence(
            world.kl, {"every": "week", "chair": "x", "since": day(1)}, version=0, by=world.agency
        )
    with pytest.raises(NotAllowed):
        logs.save_incident(world.kl, INCIDENT, by=world.reviewer)
    theirs = events.save_event(world.mh, EventKind.MEETING, MEETING, by=world.neighbour)
    for path in ("", "reopen/", "remove/", "points/"):
        url = reverse("ulbs:entry", args=["MH", "meeting", theirs.pk]) + path
        assert world.client(world.nodal).post(url, {"version": 1}).status_code == 404
        own = url.replace("/MH/", "/KL/")
        assert world.client(world.nodal).post(own, {"version": 1}).status_code == 404


def test_a_page_closes_an_event_with_the_words_beside_the_field(world: World) -> None:
    client = world.client(world.agency)
    batch = {name: "" if value is None else value for name, value in TRAINING.items()}
    form = batch | {
        "towns": ["pilots"],
        "modules": ["PGR", "PT"],
        "recording": "",
        "act": "close",
        "version": 0,
    }
    page = client.post(reverse("ulbs:new_entry", args=["KL", "training"]), form)
    assert page.status_code == 422 and page.context["form"].errors.keys() == {"recording"}
    form |= {
        "recording": "https://recordings.example.in/1",
        "form_key": "7b1f8f2e-6d51-4a43-9d1e-3f6a2d9b8c11",
    }
    for _sent_twice in range(2):
        assert client.post(reverse("ulbs:new_entry", args=["KL", "training"]), form).status_code == 302
    event = Event.objects.get()
    assert (event.modules, event.closed_on, event.towns.count()) == ("PGR,PT", today(), 1)
    page = client.get(reverse("ulbs:entry", args=["KL", "training", event.pk]))
    assert page.context["form"] is None and b"Reopen" in page.content
    assert b"Reopen" not in world.client(world.reviewer).get(page.request["PATH_INFO"]).content


def test_hundreds_of_ulbs_take_part_by_group_by_search_or_ticked(world: World) -> None:
    towns = world.towns(130)
    session = uat(world, [], today(), "PGR")
    url = reverse("ulbs:event_towns", args=["KL", "uat", session.pk])
    client = world.client(world.agency)
    assert client.get(url).context["picked"].page.paginator.count == 131
    client.post(f"{url}?group=pilots", {"all": "add"})
    assert session.towns.count() == 1
    client.post(url, {"act": "add", "ulb": [towns[0].pk, towns[1].pk, world.far_ulb.pk]})
    assert session.towns.count() == 3
    client.post(f"{url}?q=Town+12", {"all": "add"})
    assert session.towns.count() == 3 + 11
    assert client.get(f"{url}?group=in").context["picked"].page.paginator.count == 14
    client.post(f"{url}?group=in", {"all": "drop"})
    assert session.towns.count() == 0
    assert world.client(world.reviewer).post(url, {"all": "add"}).status_code == 403
    assert world.client(world.town).get(url).status_code == 404


def test_incidents_are_found_by_their_age_and_their_ulb_by_its_name(world: World) -> None:
    client = world.client(world.agency)
    url = reverse("ulbs:new_entry", args=["KL", "incidents"])
    for ago, town in ((3, "alpha"), (20, "Alpha (250001)"), (50, "")):
        form = {name: value or "" for name, value in INCIDENT.items()}
        form |= {"opened_on": day(ago), "ulb": town, "act": "save", "version": 0}
        assert client.post(url, form).status_code == 302
    assert client.post(url, form | {"ulb": "Omega"}).context["form"].errors.keys() == {"ulb"}
    page = client.get(reverse("ulbs:register", args=["KL", "incidents"]))
    assert [count for _words, count, _place in page.context["ages"]] == [1, 0, 1, 1]
    page = client.get(reverse("ulbs:register", args=["KL", "incidents"]) + "?age=3")
    assert [row.opened_on for row, _values in page.context["rows"]] == [day(50)]
    assert Incident.objects.filter(ulb=world.ulb).count() == 2


def test_the_index_counts_entries_and_what_is_open_and_overdue(world: World) -> None:
    meeting = events.save_event(world.kl, EventKind.MEETING, MEETING, by=world.nodal)
    values = {"text": "Send", "owner": "state", "due": day(1), "taken": "", "done_on": None}
    events.save_point(meeting, values, by=world.nodal)
    events.save_event(world.mh, EventKind.MEETING, MEETING, by=world.neighbour)
    item = {"topic": "change", "title": "Act", "since": day(1), "order_number": "", "note": "Covered"}
    logs.save_policy(world.kl, item | {"status": "not_needed"}, by=world.nodal)
    logs.save_policy(world.kl, item | {"status": "drafted"}, by=world.nodal)
    page = world.client(world.agency).get(reverse("ulbs:registers", args=["KL"]))
    rows = {register.slug: (count, still) for register, count, still, _feeds, _needs in page.context["rows"]}
    assert (rows["meeting"], rows["policy"], rows["incidents"]) == ((1, 1), (2, 1), (0, 0))
    assert page.context["late"] == 1 and b"2 review meetings with minutes" in page.content
    assert ActionPoint.objects.count() == 1 and PolicyItem.objects.count() == 2
