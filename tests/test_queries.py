"""Ten queries at most, the same for 2 and 36 states, for few towns and many."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from states.models import State
from tests.memory import forget
from tests.world import World
from ulbs.actions import rollout
from ulbs.models import ActionPoint, Batch, Deployment, Event, EventUlb, Incident, Ulb

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
]
PAGES += [f"/ulbs/KL/registers/{path}" for path in REGISTERS]
PAGES += ["/ulbs/KL/batches/", "/ulbs/KL/batches/towns/", "/ulbs/KL/batches/1/"]


def count(client: Any, url: str) -> int:
    client.get(url)
    forget()
    State.objects.update(facts_version=F("facts_version") + 1)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def fill(world: World, times: int, ulbs: Any) -> None:
    """So many entries of every kind that a page lists."""
    state = world.kl
    for n in range(times):
        for kind in ("training", "meeting"):
            event = Event.objects.create(state=state, kind=kind, title=f"{kind} {n}", on=world.start)
            EventUlb.objects.create(state=state, event=event, ulb=ulbs[n])
            ActionPoint.objects.create(state=state, event=event, text="To do", owner="state")
        Incident.objects.create(
            state=state, ulb=ulbs[n], title=f"I {n}", severity="critical", opened_on=world.start
        )


@pytest.mark.once
@pytest.mark.parametrize("who", ["reviewer", "ministry", "nodal", "agency"])
def test_pages_stay_within_ten_queries_whatever_the_size(world: World, who: str) -> None:
    client = world.client(getattr(world, who))
    pages = PAGES + (["/"] if who in {"reviewer", "ministry"} else [])
    world.accepted("2.processes_standardised")
    batch = Batch.objects.create(state=world.kl, number=1)
    world.towns(1, batch=batch)
    fill(world, 1, world.kl.ulbs.all())
    made = {kind: Event.objects.filter(kind=kind)[0].pk for kind in ("training", "meeting")}
    pages = [url.format(**made) for url in pages]
    rollout.save_cell(world.towns(1)[0], "PGR", {"master_data": "collecting"}, version=0, by=world.nodal)
    before = {url: count(client, url) for url in pages}
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
    after = {url: count(client, url) for url in pages}
    assert after == before
    assert max(after.values()) <= 10, after
