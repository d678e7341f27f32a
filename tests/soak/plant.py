"""The product in processes of its own, which tests may kill."""

import collections
import contextlib
import email
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2

from tools.test import free_port

HERE = Path(__file__).resolve().parent.parent.parent


def database(name: str) -> str:
    """An empty database of this test's own on the server of the run; nothing where the run is SQLite's."""
    url = os.environ.get("DATABASE_URL", "")
    if url:
        with contextlib.closing(psycopg2.connect(url)) as server:
            server.autocommit = True
            with server.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {name}")
        url = url.rpartition("/")[0] + "/" + name
    return url


def often(name: str, default: int) -> int:
    """How often, from the environment (`SOAK_KILLS`, `SOAK_ROUNDS`)."""
    return int(os.environ.get(name) or default)


class Site:
    """One installation: a folder, a database, its environment."""

    def __init__(self, folder: Path, database: str = "", **settings: str) -> None:
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "LANG": "C.UTF-8",
            "VAR_DIR": str(folder),
            "SECRET_KEY": "k" * 60,
            "DEMO": "1",
            "LOG_LEVEL": "CRITICAL",
            "DATABASE_URL": database,
            "DJANGO_SETTINGS_MODULE": "nudm.settings",
            **settings,
        }
        self.port = free_port()

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=HERE,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def start(self, *arguments: str, **options: Any) -> "subprocess.Popen[str]":
        """A program in a group of its own."""
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=HERE,
            env=self.environment,
            start_new_session=True,
            text=True,
            **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options},
        )

    def web(self) -> "subprocess.Popen[str]":
        """The web server as in production, ready to answer."""
        server = self.start(
            "-m", "gunicorn", "nudm.wsgi", "--bind", f"127.0.0.1:{self.port}", "--workers", "2"
        )
        limit = time.monotonic() + 30
        while time.monotonic() < limit:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2).close()
                return server
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise TimeoutError("the web server does not answer")


def kill(process: "subprocess.Popen[str]") -> None:
    """-9 to the program and all that it started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


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


ASK = """
import django; django.setup()
import sys
from nudm.accounts.models import User
from reports.actions import reports
from reports.actions.reports import Asked
from states.models import State
states, reviewer = list(State.objects.order_by("iso")), User.objects.get(email="reviewer@demo.nudm")
for line in sys.stdin:
    n = int(line)
    kind, language = [("brief", "en"), ("brief", "hi"), ("progress", "en"), ("progress", "hi")][n // 36 % 4]
    reports.ask(Asked(kind, states[n % 36], language), by=reviewer)
    print("asked", flush=True)
"""


class Plant(Site):
    """A real worker and scheduler, in a folder of its own."""

    def __init__(self, folder: Path, port: int, url: str = "", broker: str = "", **settings: str) -> None:
        settings = {"EMAIL_URL": f"smtp://127.0.0.1:{port}", "LEASE_SECONDS": "6"} | settings
        super().__init__(folder, url, CELERY_BROKER_URL=broker, **settings)
        self.worker: Any = None
        self.environment["WEB_DATABASE_URL"] = url.replace("nudm@", "nudm_web:x@")
        for command in ("migrate", "grant_database", "demo") if url else ("migrate", "demo"):
            self.run("manage.py", command, "--verbosity", "0")

    def celery(self, *words: str) -> "subprocess.Popen[str]":
        return self.start("-m", "celery", "-A", "nudm", *words, "--loglevel", "ERROR")

    def begin(self) -> None:
        self.worker = self.celery("worker", "-B", "-c", "1")

    def end(self) -> None:
        kill(self.worker)

    def beat(self, name: str = "beat") -> "subprocess.Popen[str]":
        """The scheduler alone, with a memory of its own."""
        return self.celery("beat", "--schedule", f"{self.environment['VAR_DIR']}/{name}")

    @contextlib.contextmanager
    def reviewer(self) -> Iterator[Callable[[int], None]]:
        """Asks for the report with a number, and comes back when it is promised. Nobody rings for it."""
        person = self.start("-c", ASK, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

        def ask(n: int) -> None:
            assert person.stdin is not None and person.stdout is not None
            person.stdin.write(f"{n}\n")
            person.stdin.flush()
            assert person.stdout.readline() == "asked\n"

        try:
            yield ask
        finally:
            kill(person)

    def settled(self, seconds: float) -> tuple[dict[str, Any], float]:
        """What is stored once all work is over, or the seconds are; and how long that took."""
        began, seen = time.monotonic(), json.loads(self.run("-c", STATE))
        while time.monotonic() - began < seconds and not over(seen):
            time.sleep(1)
            seen = json.loads(self.run("-c", STATE))
        return seen, time.monotonic() - began


def over(seen: dict[str, Any]) -> bool:
    """Whether every job is done, and of every mail it is known that it went out or that it is in doubt."""
    jobs, mails = set(seen["jobs"]), {status for status, _key in seen["mails"]}
    return jobs <= {"done"} and mails <= {"sent", "unknown"}


def doubled(peer: Any) -> list[str]:
    """The mails that arrived more than once."""
    got = collections.Counter(str(email.message_from_bytes(text)["Message-ID"]) for _to, text in peer.mails)
    return [name for name, times in got.items() if times > 1]
