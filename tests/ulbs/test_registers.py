"""Registers: what an entry lacks, who writes, what a close and a UAT session change, what pages show."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from nudm.core.dates import today
from nudm.core.errors import NotAllowed, Refused
from nudm.core.ratio import Ratio
from phases.catalogue import catalogue
from states.models import Entry
from states.past import as_on
from tests.ulbs.registered import MEETING, TRAINING, counted, uat
from tests.world import World, day
from ulbs.actions import events, logs
from ulbs.models import ActionPoint, Event, Incident, PolicyItem, Ulb
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
    EventKind.REVIEW: {"on": 1, "topic": "plans", "minutes": "m", "files": 1},
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
        also = {"update_rollout": {"agency"}, "record_review": {"reviewer"}}
        writers = {"nodal", "unit"} | also.get(register.permission, set())
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
    assert agency == {"training", "uat", "incidents", "trainers"}


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
    client.post(f"{url}?group=pilots", {"all": "add", "confirmed": 1})
    assert session.towns.count() == 1
    client.post(url, {"act": "add", "ulb": [towns[0].pk, towns[1].pk, world.far_ulb.pk]})
    assert session.towns.count() == 3
    client.post(f"{url}?q=Town+12", {"all": "add", "confirmed": 11})
    assert session.towns.count() == 3 + 11
    assert client.get(f"{url}?group=in").context["picked"].page.paginator.count == 14
    client.post(f"{url}?group=in", {"all": "drop", "confirmed": 14})
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


def test_a_register_is_had_as_a_file_of_just_what_its_filter_shows(world: World) -> None:
    for severity in ("critical", "minor"):
        given = INCIDENT | {"title": f"=SUM({severity})", "severity": severity}
        logs.save_incident(world.kl, given, version=0, by=world.nodal)
    client, address = world.client(world.nodal), "/ulbs/KL/registers/incidents/?severity=critical&format="
    page = client.get(address)
    shown = [str(row.title) for row, _values in page.context["rows"]]
    book = CalamineWorkbook.from_filelike(BytesIO(client.get(f"{address}xlsx").getvalue()))
    told, heads, *rows = [row for row in book.get_sheet_by_index(0).to_python() if any(row)]
    assert "Kerala" in told[0] and heads[1:-1] == page.context["columns"]
    assert [row[0] for row in rows] == shown == ["=SUM(critical)"]
    assert INCIDENT["opened_on"] in rows[0] or "3 days" in rows[0]
    for asked in ("xlsx", "csv"):
        assert world.client(world.neighbour).get(address + asked).status_code == 404
    assert Entry.objects.get(verb="register.export").data["rows"] == 1
