"""The scheduler killed with -9, and doubled: its bells go on, and no work is done twice."""

import os
import random
import time
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.conftest import Peer
from tests.soak.plant import Plant, database, doubled, kill, often
from tests.soak.test_workers import SETUP
from tools.test import free_port

DUE = """
import django; django.setup()
from reports import tasks
from reports.actions import schedules
from tests.world import office_hours
from django.utils import timezone
noon = office_hours()
timezone.now = lambda: noon
tasks.send_due()
"""


@pytest.mark.soak
@pytest.mark.once
def test_a_scheduler_killed_at_random_and_then_doubled_loses_and_doubles_nothing(
    tmp_path: Path, record_property: Any
) -> None:
    kills, peer = often("SOAK_KILLS", 30), Peer()
    controller = Controller(peer, hostname="127.0.0.1", port=free_port())
    controller.start()
    plant = Plant(tmp_path, controller.port, database("soak_beat"), os.environ.get("CELERY_BROKER_URL", ""))
    plant.run("-c", SETUP.format(count=5))
    worker = plant.celery("worker", "-c", "1")
    try:
        # Nobody rings for these but the scheduler.
        with plant.reviewer() as ask:
            for n in range(kills):
                beat = plant.beat()
                ask(n)
                time.sleep(random.uniform(0.5, 5))
                kill(beat)
        both = [plant.beat(), plant.beat("another")]
        plant.run("-c", DUE)
        plant.settled(90)
        plant.run("-c", DUE)
        seen, took = plant.settled(90)
        for beat in both:
            kill(beat)
    finally:
        kill(worker)
        controller.stop()
    mails = [key for _status, key in seen["mails"]]
    record_property(
        "told",
        f"{kills} kills of the scheduler, then two at once: {len(seen['jobs'])} jobs, "
        f"{len(seen['reports'])} reports, {len(peer.mails)} mails, all over {took:.0f} s later",
    )
    assert set(seen["jobs"]) == {"done"} and took < 90
    assert len(seen["reports"]) == len(set(seen["reports"])) >= kills + 5
    assert len(mails) == len(set(mails)) >= 5 and doubled(peer) == []
