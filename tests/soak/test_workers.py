"""A worker killed with -9 at random moments: every report is made once, no mail is sent twice or lost."""

import collections
import email
import json
import os
import random
import time
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from redis import Redis

from tests.conftest import Peer
from tests.soak.plant import STATE, Plant, database, often
from tools.test import free_port

SETUP = """
import django; django.setup()
from reports.actions import schedules
from reports.models import Subscription
from tests.world import office_hours
from states.models import Post, State
posts = Post.objects.filter(kind="nodal_officer", team__role="state", appointments__until=None)
for post in posts.exclude(appointments=None).select_related("team__state")[:{count}]:
    Subscription.objects.get_or_create(post=post, kind="progress", state=post.team.state,
                                       defaults=dict(weekday=office_hours().weekday()))
Subscription.objects.update(weekday=office_hours().weekday())
schedules.queue_due(office_hours())
"""
MAILS = """
import django; django.setup()
from reports.actions import schedules
from tests.world import office_hours
schedules.queue_mails(office_hours())
"""


def walk(tmp_path: Path, kills: int, count: int) -> tuple[dict[str, Any], Peer]:
    """Kill the worker `kills` times while `count` reports and mails are due, then let it finish."""
    peer = Peer()
    controller = Controller(peer, hostname="127.0.0.1", port=free_port())
    controller.start()
    plant = Plant(tmp_path, controller.port)
    seen: dict[str, Any] = {}
    try:
        plant.run("-c", SETUP.format(count=count))
        for _kill in range(kills):
            plant.begin()
            time.sleep(random.uniform(2, 9))
            plant.end()
            plant.run("-c", MAILS)
        plant.begin()
        limit = time.monotonic() + 150
        while time.monotonic() < limit:
            plant.run("-c", MAILS)
            seen = json.loads(plant.run("-c", STATE))
            over = all(s == "done" for s in seen["jobs"]) and len(seen["mails"]) == len(seen["jobs"])
            if over and all(s in {"sent", "unknown"} for s, _key in seen["mails"]):
                break
            time.sleep(2)
        return seen, peer
    finally:
        plant.end()
        controller.stop()


def judge(seen: dict[str, Any], peer: Peer, count: int) -> None:
    assert collections.Counter(seen["jobs"]) == {"done": len(seen["jobs"])}
    assert len(seen["jobs"]) == len(set(seen["reports"])) == len(seen["reports"]) >= count
    got = collections.Counter(email.message_from_bytes(content)["Message-ID"] for _to, content in peer.mails)
    assert max(got.values()) == 1, "a hold mail was sent twice"
    settled = collections.Counter(status for status, _key in seen["mails"])
    assert set(settled) <= {"sent", "unknown"}
    assert settled["sent"] <= len(got) <= settled["sent"] + settled["unknown"]
    print(f"{len(seen['jobs'])} reports made once; mails: {dict(settled)}, arrived {len(got)}")


def test_a_worker_killed_three_times_loses_and_doubles_nothing(tmp_path: Path) -> None:
    judge(*walk(tmp_path, kills=3, count=3), count=3)


@pytest.mark.soak
def test_a_worker_killed_a_hundred_times_and_a_flushed_broker_do_each_job_once(
    tmp_path: Path, record_property: Any
) -> None:
    kills, broker = often("SOAK_KILLS", 100), os.environ.get("CELERY_BROKER_URL", "")
    peer = Peer()
    controller = Controller(peer, hostname="127.0.0.1", port=free_port())
    controller.start()
    plant = Plant(tmp_path, controller.port, database("soak_workers"), broker)
    seen: dict[str, Any] = {}
    try:
        with plant.reviewer() as ask:
            for n in range(kills):
                plant.begin()
                ask(n)
                time.sleep(random.uniform(1, 5))
                plant.end()
                if broker and n % 5 == 4:
                    Redis.from_url(broker).flushall()
        plant.begin()
        seen, took = plant.settled(900)
    finally:
        plant.end()
        controller.stop()
    asked = len(seen["jobs"])
    record_property(
        "told",
        f"{kills} kills{', broker flushed' if broker else ''}: {asked} jobs, {len(seen['reports'])} reports, "
        f"all done {took:.0f} s after the last kill",
    )
    assert collections.Counter(seen["jobs"]) == {"done": asked} and took <= 90
    assert len(seen["reports"]) == len(set(seen["reports"])) == kills <= asked
