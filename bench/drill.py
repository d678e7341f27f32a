"""`make drill`: how long a backup and its restore take, of the demonstration and of ten nations."""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psycopg2

from tools.test import postgres

HERE = Path(__file__).resolve().parent.parent


def main() -> int:
    """On SQLite, then on PostgreSQL: prepare, back up, restore beside it; one line each."""
    with tempfile.TemporaryDirectory(prefix="nudm-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with postgres(folder) as server:
            base = server.rsplit("/", 1)[0]
            for engine, url in (("SQLite", ""), ("PostgreSQL", base)):
                for title, build in (("the demonstration", "demo"), ("48,000 ULBs and 200 MB", "nations")):
                    drill(engine, title, build, url, folder / f"{engine}-{build}")
    return 0


def drill(engine: str, title: str, build: str, server: str, folder: Path) -> None:
    """One size on one database; raises CalledProcessError when a row or a file differs."""
    here, there = (place(folder / side, server, f"{build}_{side}") for side in ("a", "b"))
    run(here, "manage.py", "migrate", "--verbosity", "0")
    run(here, *(["manage.py", "demo"] if build == "demo" else ["-m", "bench.nations"]))
    seconds = []
    for environment, command in ((here, ("backup", "--out")), (there, ("restore",))):
        began = time.monotonic()
        told = run(environment, "manage.py", *command, str(folder / "backup"))
        seconds.append(time.monotonic() - began)
    size = sum(path.stat().st_size for path in (folder / "backup").rglob("*") if path.is_file())
    print(
        f"{engine}, {title}: backup {seconds[0]:.1f} s, restore and comparison {seconds[1]:.1f} s, "
        f"{size / 1_048_576:.0f} MB\n  {told.strip()}",
        flush=True,
    )


def place(folder: Path, server: str, database: str) -> dict[str, str]:
    """The environment of a database and a storage of their own."""
    folder.mkdir(parents=True)
    url = ""
    if server:
        with closing(psycopg2.connect(f"{server}/postgres")) as line:
            line.autocommit = True
            line.cursor().execute(f"CREATE DATABASE {database}")
        url = f"{server}/{database}"
    own = {"VAR_DIR": str(folder), "DATABASE_URL": url, "DEMO": "1", "LOG_LEVEL": "ERROR"}
    return os.environ | own | {"DJANGO_SETTINGS_MODULE": "nudm.settings"}


def run(environment: dict[str, str], *arguments: str) -> str:
    """What a command printed."""
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=HERE, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
