"""Web server and database killed with -9 while officers save: what was acknowledged is there."""

import json
import random
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from tests.soak.officer import READ, WHOLE, at_work, judge
from tests.soak.plant import Site, kill, often
from tests.soak.servers import Postgres


@pytest.mark.soak
@pytest.mark.once
def test_a_web_server_on_sqlite_killed_at_random_loses_nothing_it_has_acknowledged(
    tmp_path: Path, record_property: Any
) -> None:
    kills = often("SOAK_KILLS", 50)
    site = Site(tmp_path)
    site.run("manage.py", "migrate", "--verbosity", "0")
    site.run("manage.py", "demo")
    site.run("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
    already = json.loads(site.run("-c", READ))["lines"]
    server = site.web()
    with at_work(site) as officer:
        for _kill in range(kills):
            time.sleep(random.uniform(0.1, 1.0))
            kill(server)
            server = site.web()
        before = len(officer.acknowledged)
        time.sleep(3)
        assert len(officer.acknowledged) > before
    kill(server)
    judge(site, officer, already)
    assert json.loads(site.run("-c", WHOLE)) == [["ok"]]
    site.run("manage.py", "verify_audit")
    record_property(
        "told", f"{kills} kills of the web server on SQLite: {len(officer.acknowledged)} saves, 0 lost"
    )


@pytest.mark.soak
@pytest.mark.once
def test_a_database_killed_at_random_loses_nothing_acknowledged_and_the_web_server_goes_on_by_itself(
    tmp_path: Path, record_property: Any
) -> None:
    kills = often("SOAK_KILLS", 20)
    # Not below pytest's folder, which the server's own user may not enter.
    place = Path(tempfile.mkdtemp(prefix="nudm-"))
    database = Postgres(place)
    web = database.url.replace("nudm@", "nudm_web:x@")
    owner = Site(tmp_path / "var", database.url, WEB_DATABASE_URL=web)
    for command in (["migrate"], ["grant_database"], ["demo"], ["collectstatic", "--noinput"]):
        owner.run("manage.py", *command, "--verbosity", "0")
    site = Site(tmp_path / "var", web)
    already = json.loads(owner.run("-c", READ))["lines"]
    server = site.web()
    try:
        with at_work(site) as officer:
            for _kill in range(kills):
                time.sleep(random.uniform(0.3, 1.5))
                database.kill()
                time.sleep(random.uniform(0, 1))
                database.start()
                before, limit = len(officer.acknowledged), time.monotonic() + 60
                while len(officer.acknowledged) == before and time.monotonic() < limit:
                    time.sleep(0.05)
                assert len(officer.acknowledged) > before, "the web server did not find its way back"
        judge(owner, officer, already)
        owner.run("manage.py", "verify_audit")
        record_property(
            "told",
            f"{kills} kills of PostgreSQL: {len(officer.acknowledged)} saves, 0 lost, "
            f"back to work by itself after at most {officer.waited:.1f} s",
        )
    finally:
        kill(server)
        database.kill()
        shutil.rmtree(place)
