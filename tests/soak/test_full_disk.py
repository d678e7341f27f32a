"""A disk that is really full, under the database and the files, while officers save and upload."""

import contextlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.soak.officer import READ, WHOLE, Officer, Uploader, at_work, files_whole, judge
from tests.soak.plant import Site, kill, often
from tests.soak.servers import Postgres, full, small_disk

pytestmark = [pytest.mark.soak, pytest.mark.once]
STATIC = ["collectstatic", "--noinput", "--verbosity", "0", "--ignore", "*redoc*", "--ignore", "*swagger*"]


@pytest.fixture
def place() -> Iterator[Path]:
    """Not below pytest's folder, which the database's own user may not enter."""
    folder = Path(tempfile.mkdtemp(prefix="nudm-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def filled(disk: Path, rounds: int, *officers: Officer) -> None:
    """Fill the disk again and again under those at work; each finds the way back without a person."""
    for _round in range(rounds):
        time.sleep(2)
        with full(disk):
            time.sleep(5)
        before, limit = [len(one.acknowledged) for one in officers], time.monotonic() + 60
        while time.monotonic() < limit:
            if all(len(one.acknowledged) > n for one, n in zip(officers, before, strict=True)):
                break
            time.sleep(0.1)
        else:
            raise AssertionError(f"nobody could go on: {[dict(one.answers) for one in officers]}")


def told(title: str, rounds: int, remarks: Officer, files: Officer, stored: int) -> str:
    """The figures, and that the full disk was met: by each of the two as a refusal, never as a success."""
    assert files.answers[507]
    return (
        f"{rounds} times a full disk under {title}: {len(remarks.acknowledged)} saves and "
        f"{len(files.acknowledged)} uploads, 0 lost, {stored} files whole, none without a row; "
        f"refused: {remarks.answers[507]} saves, {files.answers[507]} uploads; other answers "
        f"{sorted((remarks.answers + files.answers).items())}"
    )


def test_a_full_disk_under_sqlite_and_the_files_loses_nothing_acknowledged(
    place: Path, record_property: Any
) -> None:
    rounds = often("SOAK_FILLS", 5)
    with small_disk(place / "var", 64) as disk:
        site = Site(disk)
        for words in (["migrate", "--verbosity", "0"], ["demo"], STATIC):
            site.run("manage.py", *words)
        already = json.loads(site.run("-c", READ))["lines"]
        server = site.web()
        try:
            with at_work(site) as officer, at_work(site, Uploader) as uploader:
                filled(disk, rounds, officer, uploader)
        finally:
            kill(server)
        judge(site, officer, already)
        assert json.loads(site.run("-c", WHOLE)) == [["ok"]]
        site.run("manage.py", "verify_audit")
        whole = files_whole(site, uploader)
        record_property("told", told("SQLite", rounds, officer, uploader, whole))
        assert officer.answers[507]


def test_a_full_disk_under_postgresql_loses_nothing_acknowledged(place: Path, record_property: Any) -> None:
    rounds = often("SOAK_FILLS", 5)
    with contextlib.ExitStack() as stack:
        disk = stack.enter_context(small_disk(place / "disk", 200))
        database = Postgres(disk, "-c", "max_wal_size=32MB", "-c", "min_wal_size=32MB")
        stack.callback(database.kill)
        web = database.url.replace("nudm@", "nudm_web:x@")
        # The files are on the same disk as the database.
        owner = Site(disk / "var", database.url, WEB_DATABASE_URL=web)
        for words in (["migrate", "--verbosity", "0"], ["grant_database"], ["demo"], STATIC):
            owner.run("manage.py", *words)
        already = json.loads(owner.run("-c", READ))["lines"]
        site = Site(disk / "var", web)
        server = site.web()
        try:
            with database.kept_up(), at_work(site) as officer, at_work(site, Uploader) as uploader:
                filled(disk, rounds, officer, uploader)
        finally:
            kill(server)
        judge(owner, officer, already)
        owner.run("manage.py", "verify_audit")
        title = f"PostgreSQL, which stopped {database.stops} times"
        whole = files_whole(owner, uploader)
        record_property("told", told(title, rounds, officer, uploader, whole))
