"""A worker killed with -9 at random moments: every report is made once, no mail is sent twice or lost."""

import collections
import email
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.conftest import Peer
from tools.test import free_port

HERE = Path(__file__).resolve().parent.parent.parent
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
STATE = """
import django, json; django.setup()
from nudm.core.models import Job, Outbox
from reports.models import Report
print(json.dumps({
    "jobs": list(Job.objects.values_list("status", flat=True)),
    "mails": list(Outbox.objects.values_list("status", "key")),
    "reports": list(Report.objects.exclude(made_at=None).values_list("key", flat=True)),
}))
"""


class Plant:
    """The embedded default with a real worker and scheduler, in a folder of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "LANG": "C.UTF-8",
            "VAR_DIR": str(folder),
            "SECRET_KEY": "k" * 60,
            "DEMO": "1",
            "LEASE_SECONDS": "6",
            "LOG_LEVEL": "ERROR",
            "EMAIL_URL": f"smtp://127.0.0.1:{port}",
            "DJANGO_SETTINGS_MODULE": "nudm.settings",
        }
        self.worker: subprocess.Popen[bytes] | None = None
        for command in (["migrate", "--verbosity", "0"], ["demo"]):
            self.run(["manage.py", *command])

    def run(self, arguments: list[str]) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=HERE,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def start(self) -> None:
        self.worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "nudm", "worker", "-B", "-c", "1", "--loglevel", "ERROR"],
            cwd=HERE,
            env=self.environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        assert self.worker is not None
        os.killpg(self.worker.pid, signal.SIGKILL)
        self.worker.wait()


def walk(tmp_path: Path, kills: int, count: int) -> tuple[dict[str, Any], Peer]:
    """Kill the worker `kills` times while `count` reports and mails are due, then let it finish."""
    peer = Peer()
    controller = Controller(peer, hostname="127.0.0.1", port=free_port())
    controller.start()
    plant = Plant(tmp_path, controller.port)
    seen: dict[str, Any] = {}
    try:
        plant.run(["-c", SETUP.format(count=count)])
        for _kill in range(kills):
            plant.start()
            time.sleep(random.uniform(2, 9))
            plant.kill()
            plant.run(["-c", MAILS])
        plant.start()
        limit = time.monotonic() + 150
        while time.monotonic() < limit:
            plant.run(["-c", MAILS])
            seen = json.loads(plant.run(["-c", STATE]))
            over = all(s == "done" for s in seen["jobs"]) and len(seen["mails"]) == len(seen["jobs"])
            if over and all(s in {"sent", "unknown"} for s, _key in seen["mails"]):
                break
            time.sleep(2)
        return seen, peer
    finally:
        plant.kill()
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
def test_a_worker_killed_twenty_times_loses_and_doubles_nothing(tmp_path: Path) -> None:
    judge(*walk(tmp_path, kills=20, count=12), count=12)
