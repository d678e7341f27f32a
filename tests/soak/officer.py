"""An officer who goes on working whatever happens to the server, and notes what was acknowledged."""

import collections
import contextlib
import json
import os
import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import requests

from reports.demo.answers import demo_pdf
from tests.soak.plant import Site

LIBRARY = "/phases/KL/evidence/"
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

FILES = """
import django, hashlib, json; django.setup()
from pathlib import Path
from django.conf import settings
from phases.models import Evidence
from reports.models import Report
from ulbs.models import TownFile
from nudm.core import scope
root = Path(settings.VAR_DIR) / "files"
with scope.national():
    rows = list(Evidence.objects.exclude(file=""))
    named = {r.file.name for m in (Evidence, Report, TownFile) for r in m.objects.exclude(file="")}
there = {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()}
lost = [r.pk for r in rows if r.file.name not in there
        or hashlib.sha256((root / r.file.name).read_bytes()).hexdigest() != r.sha256]
print(json.dumps({"rows": [[r.title, r.status] for r in rows], "lost": lost,
                  "unnamed": sorted(n for n in there - named if not n.startswith("pieces"))}))
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
        self.answers: collections.Counter[int] = collections.Counter()
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
            self._sign_in(page)
            return False
        version = re.search(r'name="version" value="(\d+)"', page.text)
        if page.status_code != 200 or version is None:
            return False
        form = {"act": "save", "remark": words, "version": version.group(1), **self._token(page.text)}
        self.sent = words
        answer = self.web.post(self.home + LINE, form, timeout=20, allow_redirects=False)
        return self._noted(words, answer)

    def _noted(self, words: str, answer: requests.Response) -> bool:
        """Whether it was acknowledged. To be led to the sign-in, because the session ended since the page was
        opened, is no acknowledgement."""
        self.answers[answer.status_code] += 1
        done = answer.status_code == 302 and "/accounts/login/" not in answer.headers["Location"]
        if done:
            self.acknowledged.append(words)
        return done

    def _sign_in(self, page: requests.Response) -> None:
        form = {"username": "state.kl@demo.nudm", "password": PASSWORD, **self._token(page.text)}
        self.web.post(page.url, form, timeout=20)

    def _token(self, page: str) -> dict[str, str]:
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        return {"csrfmiddlewaretoken": found.group(1)} if found else {}


class Uploader(Officer):
    """Uploads one file after the other, each other than the rest."""

    size = 200_000
    pace = 0.2

    def _save(self, words: str) -> bool:
        page = self.web.get(self.home + LIBRARY, timeout=20)
        if "/accounts/login/" in page.url:
            self._sign_in(page)
            return False
        if page.status_code != 200:
            return False
        form = {"title": words, **self._token(page.text)}
        content = demo_pdf(words) + b"%" + os.urandom(self.size).hex().encode() + b"\n%%EOF\n"
        file = {"file": (f"{words}.pdf", content, "application/pdf")}
        self.sent = words
        answer = self.web.post(self.home + LIBRARY, form, files=file, timeout=20, allow_redirects=False)
        time.sleep(self.pace)
        return self._noted(words, answer)


def files_whole(site: Site, uploader: Officer) -> int:
    """Every acknowledged file is there with its digest, every file of the store has a row; how many files."""
    seen = json.loads(site.run("-c", FILES))
    assert set(uploader.acknowledged) <= {title for title, _status in seen["rows"]}
    assert seen["lost"] == [] and seen["unnamed"] == []
    return len(seen["rows"])


def judge(site: Site, officer: Officer, already: int) -> dict[str, Any]:
    """What is stored is what was acknowledged last, or what was on its way when the server died."""
    stored: dict[str, Any] = json.loads(site.run("-c", READ))
    number = int(stored["remark"].split()[-1])
    last = int(officer.acknowledged[-1].split()[-1])
    assert last <= number <= int(officer.sent.split()[-1]), (stored, officer.acknowledged[-1], officer.sent)
    # Every save has its line in the log, in the same transaction; a save without its answer may add one.
    told = stored["lines"] - already
    assert told >= len(officer.acknowledged), (told, len(officer.acknowledged), officer.answers)
    return stored


@contextlib.contextmanager
def at_work(site: Site, kind: type[Officer] = Officer) -> Iterator[Officer]:
    officer = kind(site)
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
