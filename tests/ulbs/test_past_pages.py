"""Pages as they were on a past day: of a ULB, its modules, the registers; the others say that they cannot."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from nudm.core.dates import show, today
from tests.world import World, day
from ulbs.actions import batches, events, logs, register, rollout
from ulbs.models import Incident
from ulbs.rules.events import EventKind

SAMPLE = {
    "iso": "KL",
    "lgd_code": 250001,
    "pk": 1,
    "slug": "incidents",
    "module": "PGR",
    "number": 2,
    "code": "2.processes_standardised",
}
BANNER, REFUSED = 'class="note past"', "knows today only"


def ago(days: int) -> Any:
    return time_machine.travel(timezone.now() - timedelta(days=days))


def page(world: World, path: str, days: int | None, who: str = "nodal") -> str:
    asked = f"?as_on={show(day(days))}" if days is not None else ""
    answer = world.client(getattr(world, who)).get(path + asked)
    return f"{answer.status_code} {answer.content.decode()}"


def pages() -> Iterator[str]:
    """Every address of the towns' and the stages' pages."""
    for app in ("ulbs", "phases"):
        for pattern in get_resolver(f"{app}.urls").url_patterns:
            assert isinstance(pattern, URLPattern)
            names = pattern.pattern.regex.groupindex
            yield reverse(f"{app}:{pattern.name}", kwargs={name: SAMPLE[name] for name in names})


def test_no_page_shows_today_as_if_it_were_the_day_asked_for(world: World) -> None:
    client, asked = world.client(world.nodal), {"as_on": show(day(3))}
    shown = refused = 0
    for path in [*pages(), "/states/KL/", "/"]:
        answer = client.get(path, asked, follow=path == "/")
        if "attachment" in answer.get("Content-Disposition", ""):
            assert f"{day(3)}" in answer["Content-Disposition"], path
            continue
        text = answer.content.decode() if not answer.streaming else ""
        shown += BANNER in text
        refused += REFUSED in text
        there = BANNER in text or REFUSED in text
        assert there or answer.status_code in {403, 404, 405}, (path, answer.status_code)
    assert shown >= 18 and refused >= 10


def test_today_is_today_however_it_is_asked_for(world: World) -> None:
    answer = world.client(world.nodal).get("/ulbs/KL/batches/", {"as_on": show(today())})
    assert answer.status_code == 200
    wrong = world.client(world.nodal).get("/ulbs/KL/batches/", {"as_on": "31-02-2026"})
    assert wrong.status_code == 422 and "is not a day" in wrong.content.decode()


def test_a_cell_and_its_history_are_as_they_were(world: World) -> None:
    path = "/ulbs/KL/250001/PGR/"
    with ago(20):
        rollout.save_cell(world.ulb, "PGR", {"master_data": "collecting"}, version=None, by=world.nodal)
    with ago(10):
        rollout.save_cell(world.ulb, "PGR", {"configured_on": day(10)}, version=1, by=world.nodal)
    then = page(world, path, 15)
    assert then.startswith("200") and "Collecting" in then and "<form class" not in then
    assert show(day(10)) not in then and BANNER in then
    assert show(day(10)) in page(world, path, 5)
    assert "Not planned here yet" in page(world, path, 25)


def test_a_ulb_is_shown_with_the_name_and_plan_that_it_had(world: World) -> None:
    path = "/ulbs/KL/250001/"
    with ago(8):
        register.edit_details(world.ulb, {"name": "Alpha Nagar"}, version=0, by=world.nodal)
    before, after = page(world, path, 12), page(world, path, 3)
    assert "<h1>Alpha</h1>" in before and "<h1>Alpha Nagar</h1>" in after
    assert BANNER in before and "Save the plan" not in before and "/links/" not in before
    assert page(world, path, 12, "neighbour").startswith("404")


def test_a_register_shows_what_was_entered_and_open_that_day(world: World) -> None:
    values = {"title": "Payments fail", "severity": "critical", "owner": "agency", "opened_on": day(20)}
    with ago(20):
        made = logs.save_incident(world.kl, values, by=world.nodal)
    with ago(6):
        solved = {**values, "solution": "New gateway"}
        logs.save_incident(world.kl, solved, row=made, close=True, version=made.version, by=world.nodal)
    path = "/ulbs/KL/registers/incidents/"
    assert "Payments fail" not in page(world, path, 25)
    then, now = page(world, path, 10), page(world, path, 2)
    assert "open, critical" in then and "10 days" in then and "New incident" not in then
    assert f"closed {show(day(6))}" in now
    entry = page(world, f"{path}{made.pk}/", 10)
    assert entry.startswith("200") and "open, critical" in entry and BANNER in entry
    assert page(world, f"{path}{made.pk}/", 25).startswith("404")
    assert page(world, f"{path}{made.pk}/", 10, "neighbour").startswith("404")
    assert Incident.objects.get().closed_on is not None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"Pay", "Slow", "Map"}),
        ("standing=open", {"Slow", "Map"}),
        ("standing=closed", {"Pay"}),
        ("standing=open&severity=critical", {"Slow"}),
        ("owner=state", {"Map"}),
        ("age=1", {"Map"}),
        ("q=s", {"Slow"}),
        ("severity=nonsense", {"Pay", "Slow", "Map"}),
        ("q=nowhere", set()),
    ],
)
def test_a_past_register_obeys_its_filters(world: World, query: str, found: set[str]) -> None:
    rows = [
        ("Pay", "critical", "agency", 30),
        ("Slow", "critical", "agency", 22),
        ("Map", "minor", "state", 15),
    ]
    for title, severity, owner, days in rows:
        values = {"title": title, "severity": severity, "owner": owner, "opened_on": day(days)}
        with ago(days):
            made = logs.save_incident(world.kl, values, by=world.nodal)
        if title == "Pay":
            solved = {**values, "solution": "New gateway"}
            with ago(16):
                logs.save_incident(
                    world.kl, solved, row=made, close=True, version=made.version, by=world.nodal
                )
    with ago(1):
        logs.save_incident(world.kl, {**values, "severity": "critical"}, row=made, version=1, by=world.nodal)
    url = f"/ulbs/KL/registers/incidents/?{query}&as_on={show(day(5))}"
    text = world.client(world.ministry).get(url).content.decode().partition("<main")[2]
    assert {title for title, *_more in rows if f">{title}</a>" in text} == found
    assert ("No entry fits the filter." in text) is (not found)
    assert f'name="as_on" value="{show(day(5))}"' in text and "<select" in text


def test_what_was_taken_away_since_is_there_on_its_day(world: World) -> None:
    with ago(9):
        plan = {"title": "UAT of Alpha", "on": day(9), "modules": "PGR"}
        event = events.save_event(world.kl, EventKind.UAT, plan, towns=[world.ulb], by=world.nodal)
    events.remove_event(event, version=event.version, by=world.nodal)
    path = "/ulbs/KL/registers/uat/"
    then = page(world, path, 4)
    assert "UAT of Alpha" in then and "taken away since" in then
    assert "UAT of Alpha" not in page(world, path, None)
    entry = page(world, f"{path}{event.pk}/", 4)
    assert entry.startswith("200") and "taken away since" in entry and "Alpha</p>" in entry
    towns = page(world, f"{path}{event.pk}/towns/", 4)
    assert "✓ yes" in towns and 'method="post"' not in towns.partition("<main")[2]


def test_links_of_a_past_list_lead_to_the_same_day(world: World) -> None:
    asked = f"?as_on={show(day(4))}"
    for path in ("/ulbs/KL/", "/ulbs/KL/matrix/"):
        assert f'250001/{asked}"' in page(world, path, 4)


@pytest.mark.parametrize("path", ["/ulbs/KL/250001/", "/ulbs/KL/250001/PGR/"])
def test_nothing_is_changed_on_a_past_day(world: World, path: str) -> None:
    answer = world.client(world.nodal).post(f"{path}?as_on={show(day(4))}", {"version": 0})
    assert answer.status_code == 422 and "cannot be changed" in answer.content.decode()


def test_a_batch_taken_away_since_is_there_with_its_gate_and_marked(world: World) -> None:
    with ago(9):
        made = batches.plan_batch(world.kl, 3, {"planned_on": day(2)}, by=world.nodal)
        register.update_ulb(world.ulb, {"pilot": False, "batch": made}, version=0, by=world.nodal)
    batches.remove_batch(made, by=world.nodal)
    path = "/ulbs/KL/batches/"
    then = page(world, path, 4)
    assert "Batch 3" in then and "taken away since" in then and "0 of 1 ULBs" in then
    assert "Batch 3" not in page(world, path, None)
    assert page(world, f"{path}3/", 4).startswith("200") and page(world, f"{path}3/", 12).startswith("404")
    assert "Alpha" in page(world, f"{path}towns/", 4)
    for who in ("neighbour", "town"):
        for url in (path, f"{path}towns/", "/ulbs/KL/figures/", "/ulbs/KL/registers/"):
            assert page(world, url, 4, who).startswith("404"), (who, url)
    assert page(world, "/ulbs/KL/250001/town/", 4, "town").startswith("200")
    assert page(world, "/ulbs/KL/250001/town/", 4, "neighbour").startswith("404")
