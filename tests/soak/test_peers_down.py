"""Mail relay and virus scanner both down while work goes on, and back again: nobody has to do anything."""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.conftest import Peer
from tests.soak.officer import FILES, READ, Uploader, at_work, files_whole, judge
from tests.soak.plant import Plant, database, doubled, kill, often
from tools.test import CLAMD, clamd, free_port, wait_for

MAILS = """
import django; django.setup()
from nudm.core import mail
for n in range(20):
    mail.post(f"soak:{n}", f"p{n}@example.in", "s", "t", kind=("retry", "hold")[n % 2])
"""


class Slow(Uploader):
    size, pace = 20_000, 2.0


def states(site: Plant) -> list[str]:
    return [status for _title, status in json.loads(site.run("-c", FILES))["rows"]]


@pytest.mark.soak
@pytest.mark.once
def test_with_relay_and_scanner_down_work_goes_on_and_catches_up_by_itself(
    tmp_path: Path, record_property: Any
) -> None:
    down = often("SOAK_DOWN", 60)
    with clamd(tmp_path) as scanner:
        pass
    peer, port = Peer(), free_port()
    url, broker = database("soak_peers"), os.environ.get("CELERY_BROKER_URL", "")
    site = Plant(tmp_path / "var", port, url, broker, CLAMAV_URL=scanner)
    site.run("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
    already, before = json.loads(site.run("-c", READ))["lines"], len(states(site))
    server = site.web()
    site.begin()
    back: list[Any] = []
    try:
        with at_work(site) as officer, at_work(site, Slow) as uploader:
            site.run("-c", MAILS)
            with site.reviewer() as ask:
                for n in range(4):
                    ask(n)
            time.sleep(down)
            during = states(site)
            assert len(uploader.acknowledged) > 5 and peer.mails == []
            saved = len(officer.acknowledged)
            controller = Controller(peer, hostname="127.0.0.1", port=port)
            controller.start()
            engine = [CLAMD, "--config-file", str(tmp_path / "clamd/clamd.conf")]
            back = [subprocess.Popen(engine, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)]
            wait_for(int(scanner.rpartition(":")[2]))
        seen, took = site.settled(300)
    finally:
        kill(server)
        site.end()
        for process in back:
            process.terminate()
            process.wait(20)
    controller.stop()
    stored = files_whole(site, uploader)
    judge(site, officer, already)
    site.run("manage.py", "verify_audit")
    record_property(
        "told",
        f"relay and scanner down for {down} s: {saved} saves and {len(uploader.acknowledged)} uploads "
        f"meanwhile, {during.count('checked')} files waited; {took:.0f} s after they were back "
        f"{stored} files are accepted, {len(peer.mails)} mails arrived once each",
    )
    assert during.count("checked") > 5 and during.count("accepted") == before
    assert set(states(site)) == {"accepted"} and set(seen["jobs"]) == {"done"}
    assert {key for _status, key in seen["mails"]} >= {f"soak:{n}" for n in range(20)}
    assert {status for status, _key in seen["mails"]} == {"sent"}
    assert len(peer.mails) == len(seen["mails"]) and doubled(peer) == []
