"""The reports of 36 States/UTs and of the nation, with their real content, go out on one day of a moved clock
while the worker dies, the broker forgets, the scheduler is there twice and the peer is in trouble."""

import collections
import email
import hashlib
import json
import os
import random
import time
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.core.wire import CUT, Lines, Peer
from tests.soak.plant import database, kill, often
from tests.soak.test_workers import Plant
from tools.test import free_port

# 36 monthly reports and the national note, from nine in the morning to six in the evening.
SETUP = """
import django; django.setup()
from datetime import time
from nudm.core import scope
from reports.models import Subscription
from states.actions import appoint
from states.models import Post, State
from nudm.accounts.models import User
from tests.world import office_hours
from nudm.core.dates import today
with scope.national():
    Subscription.objects.all().delete()
    day = office_hours()
    for n, state in enumerate(State.objects.order_by("iso")):
        post = state.teams.get(role="state").posts.get(kind="nodal_officer")
        if not post.appointments.filter(until=None).exists():
            appoint(post, User.objects.create_user("late@example.in", "New officer", "a long phrase it is"),
                    today())
        Subscription.objects.create(post=post, kind="mpr", state=state, every="month", day=day.day,
            language=("en", "hi")[n % 2], form=("pdf", "xlsx", "docx")[n % 3],
            at=time(9 + n // 4, n % 4 * 15))
    head = Post.objects.get(team__role="centre", kind="head")
    Subscription.objects.create(post=head, kind="review", every="month", day=day.day, at=time(18))
"""
SCHEDULER = """
import django, time; django.setup()
from datetime import timedelta
from pathlib import Path
from django.conf import settings
from django.db import Error
from django.utils import timezone
from nudm.core import scope
from nudm.core.models import Outbox
from nudm.core.tasks import run_job, send_mail
from reports.actions import schedules
from tests.world import office_hours
clock = Path(settings.VAR_DIR) / "clock"
rung = set()
def ring(bell, ids):
    # Once each: what the broker loses, the sweeper rings again.
    for one in set(ids) - {pk for task, pk in rung if task == bell.name}:
        rung.add((bell.name, one))
        bell.delay(one)
while True:
    try:
        now = office_hours().replace(hour=8) + timedelta(minutes=int(clock.read_text()))
        ring(run_job, schedules.queue_due(now))
        ring(send_mail, schedules.queue_mails(now))
        with scope.national():
            # What waits for its next try: the moved clock has come to it.
            Outbox.objects.filter(status="queued").update(next_at=timezone.now())
    except (Error, OSError, ValueError):
        pass
    time.sleep(2)
"""
# The moments at which a report or a mail was taken up, one a line: where the killer looks.
WATCH = """
import django, time; django.setup()
from pathlib import Path
from django.conf import settings
from django.db import Error
from nudm.core import scope
from nudm.core.models import Job, Outbox
taken, held = Path(settings.VAR_DIR) / "taken", set()
with taken.open("a") as file:
    while True:
        try:
            with scope.national():
                now = set(Job.objects.filter(kind="report", status="running").values_list("key", "attempts"))
                now |= set(Outbox.objects.filter(status="delivering").values_list("key", "attempts"))
        except Error:
            continue
        for key, attempt in sorted(now - held):
            print(key, attempt, file=file, flush=True)
        held |= now
        time.sleep(0.05)
"""
STATE = """
import django, hashlib, json; django.setup()
from nudm.core import scope
from nudm.core.models import Job, Outbox
from reports import signing
from reports.models import Report
from reports.snapshot import digest_of
with scope.national():
    print(json.dumps({
        "jobs": list(Job.objects.filter(kind="report").values_list("status", flat=True)),
        "mails": [[m.status, m.to, m.message_id] for m in Outbox.objects.filter(key__startswith="report:")],
        "reports": [[r.key, r.file_sha256, len(r.content["sections"]), digest_of(r.content) == r.digest
                     and signing.holds(r.digest, r.signature, r.signed_with)
                     and hashlib.sha256(r.file.read()).hexdigest() == r.file_sha256]
                    for r in Report.objects.exclude(made_at=None)],
    }))
"""
# From nine to seven, in minutes after eight.
OPENS, CLOSES = 60, 11 * 60
REPORTS = 37
KILLS = 100
# Seconds until a kill hits a worker that has found nothing to do.
PATIENCE = 12


class Troubled(Peer):
    """Greylists everybody once, is busy at times, and cuts the line: before, in and after the body."""

    odds = (("EHLO", CUT, 0.05), ("DATA", "421 busy", 0.1), ("BODY", CUT, 0.05), ("END", "451 later", 0.1))

    def __init__(self) -> None:
        super().__init__()
        self.known: set[str] = set()
        self.troubles: collections.Counter[str] = collections.Counter()

    def next(self, step: str) -> str:
        for name, answer, odds in (*self.odds, ("TAKEN", CUT, 0.05)):
            if name == step and random.random() < odds:
                self.troubles[step] += 1
                return answer
        return ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, to: str, options: Any) -> str:
        if to not in self.known:
            self.known.add(to)
            self.troubles["greylisted"] += 1
            return "451 greylisted, come again"
        if to == "state.ga@demo.nudm":
            self.troubles["refused"] += 1
            return "550 no such mailbox"
        return await super().handle_RCPT(server, session, envelope, to, options)


@pytest.mark.soak
def test_37_reports_of_a_month_end_reach_each_reader_once_whatever_dies(tmp_path: Path) -> None:
    kills, broker = often("SOAK_KILLS", KILLS), os.environ.get("CELERY_BROKER_URL", "")
    peer = Troubled()
    line = Lines(peer, hostname="127.0.0.1", port=free_port())
    line.start()
    plant = Plant(tmp_path, line.port, database("soak_month_end"), broker)
    plant.run("-c", SETUP)
    clock = tmp_path / "clock"
    clock.write_text("0")
    (tmp_path / "taken").touch()
    programs = [plant.start("-c", program) for program in (SCHEDULER, SCHEDULER, WATCH)]
    seen: dict[str, Any] = {}
    hits = 0
    try:
        for n in range(kills):
            clock.write_text(str(OPENS + (CLOSES - OPENS) * (n + 1) // kills))
            plant.begin()
            hits += at_work(tmp_path / "taken")
            plant.end()
            if n % 5 == 4:
                forget(tmp_path, broker)
        plant.begin()
        limit = time.monotonic() + 300
        while time.monotonic() < limit and not over(seen):
            time.sleep(2)
            seen = json.loads(plant.run("-c", STATE))
    finally:
        for program in (*programs, plant.worker):
            kill(program)
        line.stop()
    judge(seen, peer, f"{kills} kills, {hits} of them soon after work was taken up")


def at_work(taken: Path) -> bool:
    """Wait until the worker has taken up a report or a mail, and a moment more; or give up."""
    before, limit = taken.stat().st_size, time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        if taken.stat().st_size > before:
            time.sleep(random.uniform(0, 0.6))
            return True
        time.sleep(0.02)
    return False


def forget(folder: Path, broker: str) -> None:
    """The broker loses every bell that it has."""
    if broker:
        Redis.from_url(broker).flushall()
    for note in folder.glob("broker/queue/*"):
        note.unlink(missing_ok=True)


def over(seen: dict[str, Any]) -> bool:
    """Whether nothing is left to do."""
    mails = [status for status, _to, _id in seen.get("mails", ())]
    return len(mails) == REPORTS and set(mails) <= {"sent", "unknown", "failed"}


def judge(seen: dict[str, Any], peer: Troubled, killed: str) -> None:
    """None lost, none doubled, every doubt shown; what arrived is what was frozen and signed."""
    status = collections.Counter(status for status, _to, _id in seen["mails"])
    raw = [email.message_from_bytes(content) for _to, content in peer.taken]
    got = collections.Counter(str(message["Message-ID"]) for message in raw)
    to = collections.Counter(to for to, _content in peer.taken)
    lost = [key for state, _to, key in seen["mails"] if state == "sent" and not got[key]]
    doubled = [key for key, count in got.items() if count > 1]
    hidden = set(got) - {key for state, _to, key in seen["mails"] if state in {"sent", "unknown"}}
    print(
        f"{killed}, {len(seen['reports'])} reports, mails {dict(status)}, arrived {len(got)}: "
        f"{len(lost)} lost, {len(doubled)} doubled, {len(hidden)} in doubt and not shown; "
        f"the peer {dict(peer.troubles)}"
    )
    assert collections.Counter(seen["jobs"]) == {"done": REPORTS}
    assert len({key for key, *_rest in seen["reports"]}) == REPORTS == len(seen["reports"])
    assert all(sections >= 2 and genuine for _key, _sha, sections, genuine in seen["reports"])
    assert over(seen) and status["failed"] == 1
    assert lost == doubled == [] and hidden == set() and max(to.values()) == 1
    papers = {sha for _key, sha, *_rest in seen["reports"]}
    for message in raw:
        [attached] = [part for part in message.walk() if part.get_filename()]
        content = attached.get_payload(decode=True)
        assert isinstance(content, bytes)
        if attached.get_content_type() == "application/pdf":
            assert hashlib.sha256(content).hexdigest() in papers
        else:
            assert content.startswith(b"PK")
