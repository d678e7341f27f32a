"""A backup taken while others write is whole, and says what it holds."""

import hashlib
import json
import os
import shutil
import threading
import time
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import close_old_connections, connection
from django.utils import timezone

from nudm.core import backup, databases, heartbeats, scope
from nudm.core.errors import Refused
from phases.actions import evidence, lines
from phases.models import Evidence, Step
from reports.demo.answers import demo_pdf
from tests.core.elsewhere import SEEN, Elsewhere, lively, taken
from tests.core.files import uploaded
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


class Writer(threading.Thread):
    """An officer who goes on working: each act is a file, a citation, a remark and their entries."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.over = world, threading.Event()
        self.done: list[tuple[float, float, int]] = []
        self.failed: list[Exception] = []

    def run(self) -> None:
        number = 0
        try:
            while not self.over.is_set():
                number, began = number + 1, time.monotonic()
                with scope.of(self.world.nodal):
                    letter = self.world.letter(self.world.kl, self.world.nodal, f"while others copy {number}")
                    item = lines.item_for(self.world.kl, "2.dashboards_ready")
                    evidence.cite(item, letter, by=self.world.nodal)
                    item = lines.item_for(self.world.kl, "2.dashboards_ready")
                    lines.save_remark(item, f"{number}", version=item.version, by=self.world.nodal)
                self.done.append((began, time.monotonic(), letter.pk))
        except Exception as error:
            self.failed.append(error)
        finally:
            close_old_connections()
            connection.close()


def test_a_backup_taken_while_others_write_is_put_back_whole(tmp_path: Path, elsewhere: Elsewhere) -> None:
    writer = Writer(lively())
    writer.start()
    while len(writer.done) < 5 and writer.is_alive():
        time.sleep(0.01)
    began = time.monotonic()
    source = taken(tmp_path / "backup")
    ended = time.monotonic()
    while writer.done[-1][0] < ended and writer.is_alive():
        time.sleep(0.01)
    writer.over.set()
    writer.join()
    assert writer.failed == []
    elsewhere.restore(source)
    seen = json.loads(elsewhere.run("-c", SEEN).stdout)
    there = {pk for pk, _sha, _found in seen["files"]}
    assert {pk for _start, end, pk in writer.done if end < began} <= there, "committed before, yet lost"
    assert not {pk for start, _end, pk in writer.done if start > ended} & there
    assert all(told == found for _pk, told, found in seen["files"])
    logged = {int(target) for verb, target in seen["entries"] if verb == "evidence.upload"}
    assert logged == there, "a row and its entry are one transaction"
    assert set(seen["steps"]) <= set(Step.objects.values_list("pk", flat=True))
    assert seen["drafts"] and all(size > 1000 for _digest, size in seen["reports"])


def test_a_file_that_the_storage_lost_is_named_and_the_rest_is_backed_up(
    tmp_path: Path, elsewhere: Elsewhere
) -> None:
    lively()
    name = Evidence.objects.all()[0].file.name
    default_storage.delete(name)
    with pytest.raises(CommandError, match=name):
        taken(tmp_path / "backup")
    assert name in elsewhere.restore(tmp_path / "backup")


def test_a_backup_that_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    lively()
    path = Path(default_storage.path(Evidence.objects.all()[0].file.name))
    path.unlink()
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        backup.take(tmp_path / "out" / "backup")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_backup_after_another_copies_only_new_and_harmed_files(
    tmp_path: Path, elsewhere: Elsewhere
) -> None:
    world = lively()
    first, second = taken(tmp_path / "first"), tmp_path / "second"
    harmed, *_whole = sorted(first.glob("files/evidence/*/*"))
    harmed.write_bytes(b"worn")
    new = world.letter(world.kl, world.nodal, "new")
    call_command("backup", "--out", str(second), "--after", str(first), stdout=StringIO())
    linked = {path.name for path in second.glob("files/*/*/*") if path.stat().st_nlink > 1}
    copied = {path.name for path in second.glob("files/*/*/*")} - linked
    assert copied == {harmed.name, Path(new.file.name).name} and linked
    elsewhere.restore(second)


def test_a_folder_of_backups_links_to_the_last_one_and_thins_the_old_ones_out(tmp_path: Path) -> None:
    lively()
    folder, now = tmp_path / "kept", timezone.localtime().replace(tzinfo=None)
    first = taken(tmp_path / "first")
    for ago, at in ((40, 0), (20, 0), (20, 10), (1, 0), (1, 10)):
        moment = (now - timedelta(days=ago)).replace(hour=0, minute=at, second=0)
        shutil.copytree(first, folder / moment.strftime(backup.NAME))
    (folder / "2026-01-01-000000.part-99").mkdir()
    os.utime(folder / "2026-01-01-000000.part-99", (0, 0))
    (folder / "notes").mkdir()
    call_command("backup", "--into", str(folder), stdout=StringIO())
    *old, new, notes = sorted(path.name for path in folder.iterdir())
    assert notes == "notes"
    assert [(now.date() - date.fromisoformat(name[:10])).days for name in old] == [20, 1, 1]
    assert old[0].endswith("-000000")
    assert all(path.stat().st_nlink == 2 for path in (folder / new).glob("files/*/*/*"))
    assert heartbeats.last("backup") is not None


def test_a_backup_never_overwrites_another(tmp_path: Path) -> None:
    source = taken(tmp_path / "backup")
    with pytest.raises(CommandError, match="there already"):
        taken(source)
    assert source.stat().st_mode & 0o077 == 0, "only its owner reads it"


def test_files_are_read_through_the_storage_wherever_it_is(tmp_path: Path, settings: Any) -> None:
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = settings.STORAGES | {"default": memory}
    world = World()
    letter = world.letter(world.kl, world.nodal)
    again = evidence.upload(world.kl, uploaded("b.pdf", demo_pdf("b")), title="b", by=world.nodal)
    source = taken(tmp_path / "backup")
    for row in (letter, again):
        assert hashlib.sha256((source / "files" / row.file.name).read_bytes()).hexdigest() == row.sha256


def test_a_client_of_the_servers_version_is_asked_for_by_name() -> None:
    with pytest.raises(Refused, match="postgresql-client-99"):
        databases.found("pg_dump", 99)
