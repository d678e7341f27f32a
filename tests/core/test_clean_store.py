"""Files that no row names are listed, then deleted; what a row names, is young, or is not ours stays."""

import os
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import ProgrammingError, connection, models
from django.utils import timezone

from nudm.core import jobs
from nudm.core.models import PartialFile
from nudm.core.unnamed_files import FOLDERS, unnamed_files
from reports.actions import reports
from reports.actions.reports import Asked
from tests.core.files import pdf, uploaded
from tests.core.test_pieces import begin, letter, send
from tests.core.test_s3 import Bucket, bucket, port
from tests.web_role import web_role
from tests.world import World, day
from ulbs.actions import event_files, events, readiness
from ulbs.models import Fact
from ulbs.rules.events import EventKind

__all__ = ["bucket", "port"]


def cleaned(*words: str) -> str:
    out = StringIO()
    call_command("clean_store", *words, stdout=out)
    return out.getvalue()


def named_by_rows(world: World) -> set[str]:
    """One file of each model that names files, an upload that is not whole included."""
    rows: list[Any] = [world.letter(world.kl, world.nodal)]
    values = {"title": "Kick-off", "on": day(1), "minutes": "All came"}
    event = events.save_event(world.kl, EventKind.KICKOFF, values, towns=[world.ulb], by=world.nodal)
    rows.append(event_files.attach(event, uploaded("a.pdf", pdf()), by=world.nodal))
    data = {"answer": True, "who": "B. Operator", "contact": "", "note": ""}
    file = uploaded("b.pdf", pdf())
    sent = readiness.answer(world.ulb, Fact.DATA_OPERATOR, data, version=0, file=file, by=world.town)
    rows.append(sent)
    report, job = reports.ask(Asked("brief", world.kl, "en"), by=world.nodal)
    assert jobs.run(job.pk)
    report.refresh_from_db()
    rows.append(report)
    client, content = world.client(world.nodal), letter()
    key = begin(client, content).json()["id"]
    assert send(client, key, content, 0).status_code == 200
    models_with_files = {
        model
        for model in apps.get_models()
        if any(isinstance(field, models.FileField) for field in model._meta.local_fields)
    }
    assert {type(row) for row in rows} == models_with_files
    return {row.file.name for row in rows} | set(PartialFile.objects.get().parts)


def put(name: str) -> str:
    stored: str = default_storage.save(name, ContentFile(b"left"))
    return stored


def judge(world: World) -> None:
    """Two days later: what no row names is listed, then deleted, and nothing else."""
    named = named_by_rows(world)
    assert {name.partition("/")[0] for name in named} == set(FOLDERS)
    left = {put(f"{folder}/KL/left") for folder in FOLDERS}
    other = put("backups/2026/dump")
    assert unnamed_files() == []
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=True):
        told = cleaned("--dry-run")
        assert f"{len(left)} would be deleted" in told
        assert {line.split("  ")[0] for line in told.splitlines()[:-1]} == left
        assert all(default_storage.exists(name) for name in left | named)
        assert f"{len(left)} deleted" in cleaned()
        assert not any(default_storage.exists(name) for name in left)
        assert all(default_storage.exists(name) for name in {*named, other})
        assert "0 deleted" in cleaned()


@pytest.mark.django_db
def test_in_a_folder_only_what_no_row_names_is_deleted(world: World) -> None:
    judge(world)


@pytest.mark.django_db
def test_in_a_bucket_only_what_no_row_names_is_deleted(world: World, bucket: Bucket) -> None:
    judge(world)
    assert "backups/2026/dump" in bucket.held()


@pytest.mark.django_db
def test_a_young_file_stays_beside_an_old_one(world: World) -> None:
    old, young = put("evidence/KL/old"), put("evidence/KL/young")
    path = Path(default_storage.path(old))
    os.utime(path, (time.time() - 90_000,) * 2)
    assert [name for name, _at in unnamed_files()] == [old]
    cleaned()
    assert default_storage.exists(young) and not default_storage.exists(old)


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no roles")
def test_a_role_from_which_rows_are_hidden_deletes_nothing(world: World) -> None:
    row = world.letter(world.kl, world.nodal)
    with (
        time_machine.travel(timezone.now() + timedelta(days=2), tick=True),
        pytest.raises(ProgrammingError),
        web_role(),
    ):
        cleaned()
    assert default_storage.exists(row.file.name)
