"""Web server and database killed with -9 while officers save: what was acknowledged is there."""

import contextlib
import glob
import json
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.soak.plant import Site, kill, often
from tools.test import free_port, wait_for

LINE = "/phases/KL/2/2.processes_standardised/"
PASSWORD = "nudm-demo-2026"
READ = """
import django, json; django.setup()
from phases.models import Item
from states.models import Entry
item = Item.objects.get(state__iso="KL", code="2.processes_standardised")
lines = Entry.objects.filter(verb="item.remark", target_id=str(item.pk))
print(json.dumps({"remark": item.remark, "lines": lines.count(), "version": item.version}))
"""

WHOLE = """
import django, json; django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("PRAGMA integrity_check")
    found = cursor.fetchall()
    cursor.execute("PRAGMA foreign_key_check")
    print(json.dumps(found + cursor.fetchall()))
"""


class Officer(threading.Thread):
    """Saves one remark after the other, whatever happens to the server, and notes what was acknowledged."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.home = f"http://127.0.0.1:{site.port}"
        self.web = requests.Session()
        self.acknowledged: list[str] = []
        self.sent = ""
        self.over = threading.Event()
        self.waited = 0.0

    def run(self) -> None:
        number, lost_at = 0, 0.0
        while not self.over.is_set():
            number += 1
            try:
                done = self._save(f"remark {number}")
            except requests.RequestException:
                done = False
            if done:
                self.waited = max(self.waited, time.monotonic() - lost_at) if lost_at else self.waited
                lost_at = 0.0
            else:
                lost_at = lost_at or time.monotonic()
                time.sleep(0.05)

    def _save(self, words: str) -> bool:
        page = self.web.get(self.home + LINE, timeout=20)
        if "/accounts/login/" in page.url:
            form = {"username": "state.kl@demo.nudm", "password": PASSWORD, **self._token(page.text)}
            self.web.post(page.url, form, timeout=20)
            return False
        version = re.search(r'name="version" value="(\d+)"', page.text)
        if page.status_code != 200 or version is None:
            return False
        form = {"act": "save", "remark": words, "version": version.group(1), **self._token(page.text)}
        self.sent = words
        answer = self.web.post(self.home + LINE, form, timeout=20, allow_redirects=False)
        if answer.status_code == 302:
            self.acknowledged.append(words)
        return answer.status_code == 302

    def _token(self, page: str) -> dict[str, str]:
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        return {"csrfmiddlewaretoken": found.group(1)} if found else {}


def judge(site: Site, officer: Officer, already: int) -> dict[str, Any]:
    """What is stored is what was acknowledged last, or what was on its way when the server died."""
    stored: dict[str, Any] = json.loads(site.run("-c", READ))
    number = int(stored["remark"].split()[-1])
    last = int(officer.acknowledged[-1].split()[-1])
    assert last <= number <= int(officer.sent.split()[-1]), (stored, officer.acknowledged[-1], officer.sent)
    # Every save has its line in the log, in the same transaction; a save without its answer may add one.
    assert stored["lines"] - already >= len(officer.acknowledged)
    return stored


@contextlib.contextmanager
def at_work(site: Site) -> Iterator[Officer]:
    officer = Officer(site)
    officer.start()
    try:
        limit = time.monotonic() + 60
        while len(officer.acknowledged) < 3 and time.monotonic() < limit:
            time.sleep(0.1)
        assert officer.acknowledged, "the officer never got to work"
        yield officer
    finally:
        officer.over.set()
        officer.join()


@pytest.mark.soak
def test_a_web_server_on_sqlite_killed_at_random_loses_nothing_it_has_acknowledged(tmp_path: Path) -> None:
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
    print(f"{kills} kills of the web server on SQLite: {len(officer.acknowledged)} saves, 0 lost")


class Postgres:
    """A PostgreSQL of its own, with fsync, that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.programs = Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
        self.data, self.port = folder / "pg", free_port()
        folder.chmod(0o755)
        self.data.mkdir()
        self.user: list[str] = []
        if os.getuid() == 0:
            shutil.chown(self.data, "postgres")
            self.user = ["setpriv", "--reuid=postgres", "--regid=nogroup", "--clear-groups"]
        make = [str(self.programs / "initdb"), "-D", str(self.data), "-U", "nudm", "-A", "trust"]
        subprocess.run([*self.user, *make], check=True, cwd="/", stdout=subprocess.DEVNULL)
        self.url = f"postgres://nudm@127.0.0.1:{self.port}/postgres"
        self.start()

    def start(self) -> None:
        options = ["-p", str(self.port), "-k", str(self.data), "-c", "listen_addresses=127.0.0.1"]
        command = [*self.user, str(self.programs / "postgres"), "-D", str(self.data), *options]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.server = subprocess.Popen(command, cwd="/", start_new_session=True, **quiet)
        wait_for(self.port)

    def kill(self) -> None:
        """The postmaster and each of its servers, which are sessions of their own."""
        children = subprocess.run(
            ["pgrep", "-P", str(self.server.pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        for pid in [self.server.pid, *map(int, children)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.server.wait()
        # What a crash of the machine would take away, and a crash of the program leaves.
        (self.data / "postmaster.pid").unlink(missing_ok=True)


@pytest.mark.soak
def test_a_database_killed_at_random_loses_nothing_acknowledged_and_the_web_server_goes_on_by_itself(
    tmp_path: Path,
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
        print(
            f"{kills} kills of PostgreSQL: {len(officer.acknowledged)} saves, 0 lost, "
            f"back to work by itself after at most {officer.waited:.1f} s"
        )
    finally:
        kill(server)
        database.kill()
        shutil.rmtree(place)
