"""The machine's clock jumps an hour ahead and back while people and processes are at work."""

import json
import os
import random
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone

from tests.conftest import Peer
from tests.soak.officer import READ, at_work, judge
from tests.soak.plant import Plant, database, doubled, kill, often
from tests.soak.servers import shifted
from tests.soak.test_workers import SETUP
from tests.world import office_hours
from tools.test import free_port

AT = """
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from reports.models import Subscription
Subscription.objects.update(at=(timezone.localtime() + timedelta(minutes=30)).time())
"""
MAILS = """
import django; django.setup()
from nudm.core import mail
for n in range(10):
    mail.post(f"soak:{round}:{{n}}", f"p{{n}}@example.in", "s", "t", kind=("retry", "hold")[n % 2])
"""
CODE = """
import django; django.setup()
from nudm.accounts.codes import step_of
from nudm.accounts.models import Authenticator, User
from nudm.accounts.models.proofs import seal
person = User.objects.get(email="reviewer@demo.nudm")
proof, _made = Authenticator.objects.get_or_create(person=person, defaults={{"sealed": seal("{secret}")}})
step = step_of(proof.secret, "{code}")
print(step is not None and proof.take(step))
"""


@pytest.mark.soak
@pytest.mark.once
def test_a_clock_that_jumps_an_hour_ahead_and_back_loses_and_doubles_nothing(
    tmp_path: Path, record_property: Any
) -> None:
    rounds, peer, secret = often("SOAK_JUMPS", 4), Peer(), pyotp.random_base32()
    controller = Controller(peer, hostname="127.0.0.1", port=free_port())
    controller.start()
    # On a working day at noon, so that schedules fall due.
    noon = office_hours() - timezone.now()
    url, broker = database("soak_clock"), os.environ.get("CELERY_BROKER_URL", "")
    clock, settings = shifted(tmp_path, noon)
    plant = Plant(tmp_path / "var", controller.port, url, broker, **settings)
    plant.run("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
    plant.run("-c", SETUP.format(count=5))
    plant.run("-c", AT)
    already = json.loads(plant.run("-c", READ))["lines"]

    def code() -> bool:
        """Whether the code that a telephone shows now is taken: its clock does not jump."""
        now = pyotp.TOTP(secret).at(timezone.now() + noon)
        return plant.run("-c", CODE.format(secret=secret, code=now)).strip() == "True"

    server = plant.web()
    plant.begin()
    asked, took, codes = 0, list[float](), list[bool]()

    def promise() -> None:
        """Work that only the scheduler's bells bring to the worker."""
        nonlocal asked
        asked += 1
        ask(asked)
        plant.run("-c", MAILS.format(round=asked))

    try:
        with plant.reviewer() as ask, at_work(plant) as officer:
            for n in range(rounds):
                clock(noon + timedelta(hours=1))
                promise()
                codes.append(code())
                time.sleep(12)
                promise()
                time.sleep(random.uniform(0, 3))
                # Every other time it dies in the hour that is taken back, with what it had leased till then.
                if n % 2 == 0:
                    kill(plant.worker)
                clock(noon)
                saves = len(officer.acknowledged)
                promise()
                codes.append(code())
                if n % 2 == 0:
                    plant.begin()
                took.append(plant.settled(120)[1])
                assert len(officer.acknowledged) > saves
    finally:
        kill(server)
        plant.end()
        controller.stop()
    seen = plant.settled(0)[0]
    judge(plant, officer, already)
    plant.run("manage.py", "verify_audit")
    scheduled = [key for _status, key in seen["mails"] if key.startswith("report:")]
    record_property(
        "told",
        f"{rounds} times an hour ahead and back: {len(officer.acknowledged)} saves, {len(seen['jobs'])} jobs "
        f"once, {len(peer.mails)} mails none twice ({len(scheduled)} of schedules), all over "
        f"{max(took):.0f} s after the clock was back; codes at sign-in taken, ahead and back: {codes}",
    )
    assert set(seen["jobs"]) == {"done"} and max(took) < 90
    assert len(seen["reports"]) == len(set(seen["reports"])) and len(seen["reports"]) >= asked + 5
    assert len(scheduled) == len(set(scheduled)) >= 5 and doubled(peer) == []
    assert {status for status, _key in seen["mails"]} <= {"sent", "unknown"}
    assert codes == [False, True] + [False, True] * (rounds - 1)
