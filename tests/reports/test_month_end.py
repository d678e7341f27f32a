"""The reports of a nation go out on one morning while everything that can go wrong does."""

import collections
import email
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from nudm.core import jobs, mail
from nudm.core.models import Job, Outbox
from nudm.core.tasks import sweep
from reports import snapshot, tasks
from reports.actions import deliveries, schedules
from reports.models import Report, Subscription
from states.access import grant
from states.actions import rights_changed
from states.management.commands.load_states import add_state_office
from states.models import State
from tests.core.wire import CUT, Peer
from tests.world import World, office_hours

OTHERS = 34


@pytest.fixture
def nation(world: World) -> World:
    """36 States/UTs whose nodal officers get the brief, and a head who gets the nation's summary."""
    for number in range(OTHERS):
        iso = f"{chr(65 + number // 26)}{chr(65 + number % 26)}"
        state = world._state(40 + number, iso, f"State {number}", f"राज्य {number}", "state")
        world.seat(add_state_office(state).posts.get(kind="nodal_officer"), f"officer{number}")
    grant(world.centre_team, State.objects.all())
    rights_changed()
    day = office_hours().weekday()
    for state in State.objects.all():
        post = state.teams.get(role="state").posts.get(kind="nodal_officer")
        Subscription.objects.create(post=post, kind="brief", state=state, weekday=day, form="xlsx")
    head = world.centre_team.posts.get(kind="head")
    Subscription.objects.create(post=head, kind="national", weekday=day, form="xlsx")
    return world


def made() -> None:
    """The reports of the jobs, without their papers: what is tested here is that each is made once."""
    for report in Report.objects.filter(made_at__isnull=True):
        content = {
            "kind": "brief",
            "title": report.key,
            "sections": [],
            "head": [],
            "as_on": "",
            "language": "en",
        }
        report.content, report.made_at, report.digest = content, timezone.now(), snapshot.digest_of(content)
        report.save()
    Job.objects.update(status="done")


def test_37_reports_reach_each_recipient_once_whatever_the_peer_does(nation: World, peer: Peer) -> None:
    peer.script = {
        "RCPT": ["451 greylisted", "550 no such mailbox", "452 too many"],
        "DATA": ["421 busy"],
        "BODY": ["", "", CUT, "", CUT],
        "END": ["", "451 later"],
        "TAKEN": ["", "", CUT],
    }
    moment = office_hours()
    queued = [schedules.queue_due(moment) for _scheduler in range(2)]
    assert queued[0] == queued[1] and len(set(queued[0])) == 37 == Job.objects.count()
    made()
    promised = [schedules.queue_mails(moment) for _scheduler in range(2)]
    assert promised[0] == promised[1] and len(set(promised[0])) == 37 == Outbox.objects.count()
    _flush_the_broker()
    for hour in range(6):
        Outbox.objects.filter(status="queued").update(next_at=timezone.now() - timedelta(seconds=1))
        for pk in mail.due_mails():
            mail.send(pk)
            mail.send(pk)
        later = moment + timedelta(hours=hour)
        assert schedules.queue_due(later) == queued[0] and schedules.queue_mails(later) == promised[0]
    stood = collections.Counter(Outbox.objects.values_list("status", flat=True))
    assert stood == {"sent": 33, "unknown": 3, "failed": 1}, stood
    got = collections.Counter(to for to, _raw in peer.taken)
    assert max(got.values()) == 1, "a mail was doubled"
    ids = [email.message_from_bytes(raw)["Message-ID"] for _to, raw in peer.taken]
    assert len(set(ids)) == len(ids) == 34
    told = set(Outbox.objects.filter(status="sent").values_list("to", flat=True))
    unknown = set(Outbox.objects.filter(status="unknown").values_list("to", flat=True))
    assert told <= set(got) and set(got) - told <= unknown
    page = nation.client(nation.head).get("/reports/deliveries/?status=unknown").content.decode()
    assert all(to in page for to in unknown) and page.count("It arrived") == 3
    refused = nation.client(nation.head).get("/reports/deliveries/?status=failed").content.decode()
    assert "550 no such mailbox" in refused
    shown = deliveries.rows_for(nation.head)
    assert shown.count() == 37


def _flush_the_broker() -> None:
    """What the bells of the sweeper left is lost; the rows are the promise."""
    sweep()
    for note in Path(settings.VAR_DIR).glob("broker/queue/*"):
        note.unlink()
    waiting = list(Outbox.objects.filter(status="queued").values_list("pk", flat=True))
    assert mail.due_mails() == waiting


def test_each_week_brings_its_reports_and_no_day_between(nation: World, monkeypatch: Any) -> None:
    start = office_hours() - timedelta(days=14)
    for day in range(15):
        now = start + timedelta(days=day)
        monkeypatch.setattr(tasks.timezone, "now", lambda now=now: now)
        for job in schedules.queue_due(now):
            assert Job.objects.filter(pk=job).exists()
    by_period = collections.Counter(Report.objects.values_list("period", flat=True))
    assert set(by_period.values()) == {37} and len(by_period) == 3
    assert jobs.due_jobs() == sorted(Job.objects.values_list("pk", flat=True))
