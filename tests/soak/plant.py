"""The product in processes of its own, which tests may kill."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
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
