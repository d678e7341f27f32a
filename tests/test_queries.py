"""Twelve queries at most, the same for 2 and 36 states, for few towns and many. The look that is counted also
writes that its session is in use, as one in a minute does."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from nudm.accounts.models import Session
from phases.actions import lines
from states.models import State
from tests.memory import forget
from tests.world import World
from ulbs.actions import register, rollout
from ulbs.models import (
    ActionPoint,
    Batch,
    Deployment,
    Event,
    EventFile,
    EventUlb,
    Incident,
    Trainer,
    Ulb,
)

PAGES = [
    "/states/KL/",
    "/phases/KL/1/",
    "/phases/KL/2/",
    "/phases/KL/3/",
    "/ulbs/KL/",
    "/ulbs/KL/?sort=-live&q=t&module=PGR",
    "/ulbs/KL/matrix/",
    "/ulbs/KL/matrix/?sort=-PGR&scope=all&step=live&how=below",
    "/ulbs/KL/250001/PGR/",
]
# The next ones have an entry whose ULBs, points and history are shown.
REGISTERS = [
    "",
    "training/",
    "training/{training}/",
    "training/{training}/towns/",
    "meeting/{meeting}/",
    "incidents/",
    "review/",
    "review/{review}/",
    "trainers/",
]
KINDS = ("training", "meeting", "review")
PAGES += [f"/ulbs/KL/registers/{path}" for path in REGISTERS]
PAGES += ["/ulbs/calendar/", "/ulbs/calendar/?when=held"]
PAGES += ["/ulbs/KL/batches/", "/ulbs/KL/batches/towns/", "/ulbs/KL/batches/1/"]


def count(client: Any, url: str) -> int:
    client.get(url)
    forget()
    State.objects.update(facts_version=F("facts_version") + 1)
    return len(looked_at(client, url))


def looked_at(client: Any, url: str) -> list[str]:
    """The statements of a look that also writes that the session is in use."""
    Session.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in queries]


def fill(world: World, times: int, ulbs: Any) -> None:
    """So many entries of every kind that a page lists."""
    state = world.kl
    for n in range(times):
        for kind in KINDS:
            event = Event.objects.create(state=state, kind=kind, title=f"{kind} {n}", on=world.start)
            EventUlb.objects.create(state=state, event=event, ulb=ulbs[n])
            ActionPoint.objects.create(state=state, event=event, text="To do", owner="state")
            EventFile.objects.create(
                state=state, event=event, name="a.pdf", mime="application/pdf", size=4, status="accepted"
            )
        first = Event.objects.filter(kind="review").order_by("pk")[0]
        Incident.objects.create(
            state=state,
            ulb=ulbs[n],
            review=first,
            title=f"I {n}",
            severity="critical",
            opened_on=world.start,
        )
        Trainer.objects.create(state=state, ulb=ulbs[n], title=f"T {n}", cluster="North", since=world.start)


@pytest.mark.once
def test_pages_stay_within_twelve_queries_whatever_the_size(world: World) -> None:
    clients = {who: world.client(getattr(world, who)) for who in ("reviewer", "ministry", "nodal", "agency")}
    world.accepted("2.processes_standardised")
    batch = Batch.objects.create(state=world.kl, number=1)
    world.towns(1, batch=batch)
    fill(world, 1, world.kl.ulbs.all())
    made = {kind: Event.objects.filter(kind=kind)[0].pk for kind in KINDS}
    pages = [(who, url.format(**made)) for who in clients for url in PAGES]
    pages += [("reviewer", "/"), ("ministry", "/")]
    rollout.save_cell(world.towns(1)[0], "PGR", {"master_data": "collecting"}, version=0, by=world.nodal)
    before = {(who, url): count(clients[who], url) for who, url in pages}
    call_command("load_states", verbosity=0, stdout=StringIO())
    assert State.objects.count() == 36
    rows = Ulb.objects.bulk_create(
        Ulb(state=world.kl, lgd_code=300000 + n, name=f"T{n}", type_code=5, pilot=n < 20) for n in range(400)
    )
    Deployment.objects.bulk_create(
        Deployment(state=world.kl, ulb=ulb, module=module, started_on=world.start)
        for ulb in rows[:200]
        for module in ("PGR", "PT")
    )
    for code in ("2.customisations_agreed", "2.dashboards_ready"):
        world.submitted(code)
    fill(world, 60, rows)
    EventUlb.objects.bulk_create(
        EventUlb(state=world.kl, event_id=made["training"], ulb=ulb) for ulb in rows[:200]
    )
    Ulb.objects.filter(pk__in=[ulb.pk for ulb in rows[50:]]).update(batch=batch)
    after = {(who, url): count(clients[who], url) for who, url in pages}
    assert after == before
    assert max(after.values()) <= 12, after


@pytest.mark.once
@pytest.mark.parametrize("who", ["reviewer", "nodal"])
def test_the_first_look_after_any_act_is_within_twelve_queries(world: World, who: str) -> None:
    client = world.client(getattr(world, who))
    [town, *_others] = world.towns(12)
    pages = ["/states/KL/", "/ulbs/KL/", "/ulbs/KL/matrix/"] + (["/"] if who == "reviewer" else [])
    item, turn = world.started("2.processes_standardised"), iter(range(100))

    def line() -> None:
        item.refresh_from_db()
        lines.save_remark(item, f"Remark {next(turn)}", version=item.version, by=world.nodal)

    def cell() -> None:
        given = {"in_scope": next(turn) % 2 == 0}
        rollout.save_cell(town, "PGR", given, version=None, by=world.nodal)

    def rename() -> None:
        town.refresh_from_db()
        given = {"name": f"Town {next(turn)}"}
        register.edit_details(town, given, version=town.version, by=world.nodal)

    acts: list[Callable[[], Any]] = [lambda: None, line, cell, rename]
    for url in pages:
        client.get(url)
        for act in acts:
            act()
            statements = looked_at(client, url)
            assert len(statements) <= 12, (url, act.__name__, statements)
            [write] = [sql for sql in statements if "UPDATE " in sql]
            assert 'UPDATE "accounts_session" SET "seen_at"' in write
