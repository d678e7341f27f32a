"""Goals 1, 3 and 6 as they are met: over HTTP, from gunicorn's sync workers, in turn with their floors."""

import gzip
import os
import re
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

from django.conf import settings
from django.db import connection

from bench.reports import family, megabytes
from tools.test import free_port, wait_for

PAIRS, WARM = 31, 8
PAGES = ("/states/UP/", "/phases/UP/1/", "/ulbs/UP/", "/ulbs/UP/matrix/")


@contextmanager
def server(application: str = "bench.wsgi") -> Iterator[tuple[int, int]]:
    """Two workers, loaded once as in production, that sign in as the role of the web; on which port, and
    the process that started them."""
    port = free_port()
    url = settings.WEB_DATABASE_URL or os.environ.get("DATABASE_URL", "")
    command = [sys.executable, "-m", "gunicorn", application, "--preload", "--workers", "2"]
    command += ["--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    program = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": url})
    try:
        wait_for(port)
        yield port, program.pid
    finally:
        program.terminate()
        program.wait(20)


class Browser:
    """One officer, signed in. The line is kept where the server keeps it; a sync worker does not."""

    def __init__(self, port: int, client: Any) -> None:
        self.line = HTTPConnection("127.0.0.1", port, timeout=30)
        self.cookies = {name: morsel.value for name, morsel in client.cookies.items()}
        self.token = ""

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> bytes:
        """The body of an answer; raises RuntimeError for one that a working page does not give."""
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **headers}
        self.line.request(method, path, body or None, sent)
        answer = self.line.getresponse()
        content = answer.read()
        if answer.status != (302 if body else 200):
            raise RuntimeError(f"{method} {path} was answered {answer.status}")
        for name, value in answer.headers.items():
            if name.lower() == "set-cookie":
                key, _equals, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return content

    def page(self, path: str) -> bytes:
        """A page; it brings the token that a form has to send."""
        content = self.ask("GET", path)
        if found := re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', content):
            self.token = found[1].decode()
        return content

    def send(self, path: str, **fields: Any) -> None:
        """A form, which leads to another page."""
        form = {"csrfmiddlewaretoken": self.token, **fields}
        self.ask("POST", path, urlencode(form), **{"Content-Type": "application/x-www-form-urlencoded"})


def in_turn(*acts: Callable[[], Any], before: Callable[[], None] = lambda: None) -> list[float]:
    """Medians in milliseconds; who goes first changes, `before` is not on the clock."""
    times: list[list[float]] = [[] for _act in acts]
    for turn in range(-WARM, PAIRS):
        for step in range(len(acts)):
            which = (turn + step) % len(acts)
            before()
            began = time.perf_counter()
            acts[which]()
            if turn >= 0:
                times[which].append((time.perf_counter() - began) * 1000)
    return [statistics.median(each) for each in times]


def measure(people: Any) -> Iterator[str]:
    """One line a goal."""
    with server() as (port, _pid):
        yield dashboard(people, Browser(port, people.client("ministry")))
        yield move(people, Browser(port, people.client("nodal")))
    yield memory(people)


def dashboard(people: Any, browser: Browser) -> str:
    """Goal 1: the national dashboard against the same bytes after session and user."""
    page = browser.page("/")
    (settings.VAR_DIR / "floor.html").write_bytes(page)
    floor, warm = in_turn(lambda: browser.ask("GET", "/floor/page"), lambda: browser.ask("GET", "/"))
    floor_2, cold = in_turn(
        lambda: browser.ask("GET", "/floor/page"), lambda: browser.ask("GET", "/"), before=people.touch
    )
    packed = len(gzip.compress(page)) / 1000
    return (
        f"1  national dashboard, {connection.vendor}: {warm:.1f} ms against {floor:.1f}: "
        f"{warm / floor:.2f} times (goal 1.3); after a change {cold:.1f} ms against {floor_2:.1f}: "
        f"{cold / floor_2:.2f} times (goal 6); {len(page) / 1000:.0f} kB (goal 60), "
        f"{packed:.1f} gzipped (goal 12)"
    )


def move(people: Any, browser: Browser) -> str:
    """Goal 3: a checklist move with everything, against a bare change in a transaction."""
    item = people.item()
    path = urlsplit(item.get_absolute_url()).path
    browser.page(path)

    def product() -> None:
        text = {"act": "submit", "remark": "As in the letter of the day."}
        act = {"act": "withdraw"} if item.status == "under_review" else text
        browser.send(path, version=item.version, form_key=uuid.uuid4(), **act)

    bare, full = in_turn(
        lambda: browser.send("/floor/move", item=item.pk, remark="x"), product, before=item.refresh_from_db
    )
    return (
        f"3  checklist move, {connection.vendor}: {full:.1f} ms against {bare:.1f}: "
        f"{full / bare:.2f} times (goal 1.5)"
    )


def memory(people: Any) -> str:
    """Goal 6: a web worker that has served pages against one of a bare Django project, both with the packages
    of a server."""

    def pages(port: int) -> None:
        for who in ("ministry", "nodal"):
            browser = Browser(port, people.client(who))
            for path in ("/",) if who == "ministry" else PAGES:
                for _time in range(WARM):
                    browser.ask("GET", path)

    def bare_pages(port: int) -> None:
        for _time in range(WARM):
            urlopen(f"http://127.0.0.1:{port}/").close()

    bare, full = _size("bench.plain", bare_pages), _size("bench.wsgi", pages)
    return (
        f"6  web worker, {connection.vendor}: {full['Rss']:.0f} MB against {bare['Rss']:.0f}: "
        f"{full['Rss'] / bare['Rss']:.2f} times (goal 1.6); with what workers share counted by shares "
        f"{full['Pss']:.0f} against {bare['Pss']:.0f}"
    )


def _size(application: str, use: Callable[[int], None]) -> dict[str, float]:
    """Megabytes of the larger of two workers after they were used."""
    with server(application) as (port, pid):
        use(port)
        workers = family(pid)[1:]
        return {kind: max(megabytes(worker, kind) for worker in workers) for kind in ("Rss", "Pss")}
