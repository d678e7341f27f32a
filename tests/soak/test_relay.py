"""The mail relay killed with -9 at random points: nothing lost, nothing of the `hold` kind twice."""

import asyncio
import collections
import email
import json
import random
import time
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.soak.plant import Site, database, kill, often
from tools.test import free_port

MAILS = """
import django; django.setup()
from nudm.core import mail
for n in range({count}):
    mail.post(f"soak:{{n}}", f"p{{n}}@example.in", "s", "t", kind=("retry", "hold")[n % 2])
"""
RELAY = """
import django, time; django.setup()
from nudm.core import mail
print("ready", flush=True)
while True:
    for pk in mail.due_mails():
        mail.send(pk)
    time.sleep(0.02)
"""
STATE = """
import django, json; django.setup()
from nudm.core.models import Outbox
print(json.dumps([[m.kind, m.status, m.message_id] for m in Outbox.objects.all()]))
"""


class SlowPeer:
    """A real SMTP server that takes its time at every step."""

    def __init__(self) -> None:
        self.got: collections.Counter[str] = collections.Counter()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, to: str, _options: Any) -> str:
        await asyncio.sleep(random.uniform(0, 0.01))
        envelope.rcpt_tos.append(to)
        return "250 yes"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        await asyncio.sleep(random.uniform(0, 0.01))
        self.got[str(email.message_from_bytes(envelope.content)["Message-ID"])] += 1
        await asyncio.sleep(random.uniform(0, 0.01))
        return "250 taken"


@pytest.mark.soak
def test_a_relay_killed_a_hundred_times_loses_nothing_and_doubles_no_hold_mail(
    tmp_path: Path, record_property: Any
) -> None:
    kills = often("SOAK_KILLS", 100)
    peer = SlowPeer()
    controller = Controller(peer, hostname="127.0.0.1", port=free_port())
    controller.start()
    site = Site(
        tmp_path, database("soak_relay"), EMAIL_URL=f"smtp://127.0.0.1:{controller.port}", LEASE_SECONDS="1"
    )
    site.run("manage.py", "migrate", "--verbosity", "0")
    site.run("-c", MAILS.format(count=kills * 8))
    seen: list[list[str]] = []
    try:
        for _kill in range(kills):
            relay = site.start("-c", RELAY, stdout=-1)
            assert relay.stdout is not None and relay.stdout.readline() == "ready\n"
            time.sleep(random.uniform(0, 0.3))
            kill(relay)
        relay = site.start("-c", RELAY)
        limit = time.monotonic() + 300
        while time.monotonic() < limit:
            seen = json.loads(site.run("-c", STATE))
            if all(status in {"sent", "unknown"} for _kind, status, _id in seen):
                break
            time.sleep(1)
        kill(relay)
    finally:
        controller.stop()
    statuses = collections.Counter((kind, status) for kind, status, _id in seen)
    lost = [key for _kind, status, key in seen if status == "sent" and not peer.got[key]]
    open_ = [key for _kind, status, key in seen if status not in {"sent", "unknown"}]
    doubled = [key for kind, _status, key in seen if kind == "hold" and peer.got[key] > 1]
    again = sum(count - 1 for count in peer.got.values() if count > 1)
    record_property(
        "told",
        f"{kills} kills, {len(seen)} mails: {len(lost)} lost, {len(doubled)} hold doubled, "
        f"{statuses['hold', 'unknown']} unknown shown, {again} retry sent again",
    )
    assert lost == doubled == open_ == []
    assert statuses["retry", "unknown"] == 0 and len(seen) == kills * 8
