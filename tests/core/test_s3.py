"""The same files in an S3-compatible storage: a real server, spoken to as the settings say."""

import hashlib
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import DatabaseError, transaction
from moto.server import ThreadedMotoServer

from nudm.core import jobs, store
from phases.models import Evidence
from reports.actions import reports
from reports.actions.reports import Asked
from tests.core.elsewhere import HERE, SEEN, Elsewhere, lively, taken
from tests.core.files import uploaded
from tests.core.test_pieces import all_of, letter
from tests.world import World
from tools.test import free_port

LIBRARY = "/phases/KL/evidence/"
READ = "import json, nudm.settings as s; print(json.dumps(s.STORAGES['default']))"


class Bucket:
    """A bucket of a server of its own; `url` is its STORAGE_URL."""

    def __init__(self, port: int) -> None:
        name = f"nudm-{uuid.uuid4().hex}"
        self.url = f"s3://nudm:secret@127.0.0.1:{port}/{name}"
        address = {"endpoint_url": f"http://127.0.0.1:{port}", "region_name": "us-east-1"}
        keys = {"aws_access_key_id": "nudm", "aws_secret_access_key": "secret"}
        self.bucket: Any = boto3.resource("s3", **address, **keys).create_bucket(Bucket=name)

    @property
    def environment(self) -> dict[str, str]:
        return {"STORAGE_URL": self.url, "STORAGE_SCHEME": "http"}

    def held(self) -> dict[str, bytes]:
        return {row.key: row.get()["Body"].read() for row in self.bucket.objects.all()}


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadedMotoServer("127.0.0.1", free_port(), verbose=False)
    server.start()
    yield server._port
    server.stop()


@pytest.fixture
def bucket(port: int, settings: Any, tmp_path: Path) -> Bucket:
    """The settings are read from the environment, as the server reads them."""
    made = Bucket(port)
    environment = {
        "PATH": os.environ["PATH"],
        "VAR_DIR": str(tmp_path),
        "SECRET_KEY": "k" * 60,
        **made.environment,
    }
    told = subprocess.run(
        [sys.executable, "-c", READ], cwd=HERE, env=environment, check=True, capture_output=True, text=True
    )
    settings.STORAGES = settings.STORAGES | {"default": json.loads(told.stdout)}
    return made


@pytest.mark.django_db
@pytest.mark.parametrize("in_pieces", [False, True])
def test_a_file_goes_to_the_storage_and_comes_back_the_same(
    world: World, bucket: Bucket, in_pieces: bool
) -> None:
    client, content = world.client(world.nodal), letter(600_000)
    file: dict[str, Any] = {"file": uploaded("letter.pdf", content)}
    if in_pieces:
        file = {"upload": all_of(client, content)}
    assert client.post(LIBRARY, {"title": "Order", **file}).status_code == 302
    row = Evidence.objects.get()
    assert bucket.held()[row.file.name] == content and row.file.name.startswith("evidence/KL/")
    answer = client.get(f"/phases/evidence/{row.pk}/")
    assert b"".join(answer.streaming_content) == content
    assert (
        answer["Content-Disposition"].startswith("attachment")
        and "sandbox" in answer["Content-Security-Policy"]
    )
    assert world.client(world.neighbour).get(f"/phases/evidence/{row.pk}/").status_code == 404


@pytest.mark.django_db
def test_a_file_that_is_removed_or_whose_row_was_not_saved_leaves_the_storage(
    world: World, bucket: Bucket
) -> None:
    with pytest.raises(DatabaseError), store.unless_saved(), transaction.atomic():
        world.letter(world.kl, world.nodal)
        raise DatabaseError("the commit found no room")
    assert bucket.held() == {}
    row = world.letter(world.kl, world.nodal)
    world.client(world.nodal).post(f"/phases/evidence/{row.pk}/remove/", {"why": "by mistake"})
    assert [jobs.run(pk) for pk in jobs.due_jobs()] == [True] and bucket.held() == {}


@pytest.mark.django_db
def test_a_report_is_kept_in_the_storage(world: World, bucket: Bucket) -> None:
    report, job = reports.ask(Asked("brief", world.kl, "en"), by=world.nodal)
    assert jobs.run(job.pk)
    (content,) = bucket.held().values()
    answer = world.client(world.nodal).get(f"/reports/{report.pk}/file/")
    assert answer.content == content and content.startswith(b"%PDF")


@pytest.mark.django_db
def test_a_name_that_is_taken_is_never_written_over(bucket: Bucket) -> None:
    names = [default_storage.save("same.txt", uploaded("same.txt", text)) for text in (b"one", b"two")]
    assert [bucket.held()[name] for name in names] == [b"one", b"two"]


@pytest.mark.django_db(transaction=True)
def test_a_backup_reads_the_storage_and_a_restore_fills_another(
    tmp_path: Path, port: int, bucket: Bucket, elsewhere: Elsewhere
) -> None:
    lively()
    source, other = taken(tmp_path / "backup"), Bucket(port)
    elsewhere.environment |= other.environment
    elsewhere.restore(source)
    named = {key: text for key, text in bucket.held().items() if not key.startswith("pieces/")}
    assert other.held() == named and len(named) >= 3
    seen = json.loads(elsewhere.run("-c", SEEN).stdout)
    assert seen["files"] and all(told == found for _pk, told, found in seen["files"])
    digests = {hashlib.sha256(text).hexdigest() for text in named.values()}
    assert {told for _pk, told, _found in seen["files"]} <= digests


@pytest.mark.django_db
def test_ready_says_that_the_storage_does_not_answer(client: Any, bucket: Bucket, settings: Any) -> None:
    assert client.get("/readyz").json()["storage"] is True
    options = settings.STORAGES["default"]["OPTIONS"] | {"endpoint_url": f"http://127.0.0.1:{free_port()}"}
    default = settings.STORAGES["default"] | {"OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"default": default}
    answer = client.get("/readyz")
    assert answer.status_code == 503 and answer.json()["storage"] is False


@pytest.mark.django_db
def test_a_bucket_that_is_missing_is_named_and_a_command_makes_it(
    client: Any, bucket: Bucket, settings: Any
) -> None:
    options = settings.STORAGES["default"]["OPTIONS"] | {"bucket_name": f"new-{uuid.uuid4().hex}"}
    default = settings.STORAGES["default"] | {"OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"default": default}
    answer = client.get("/readyz")
    assert answer.status_code == 503 and answer.json()["storage"] is False
    for words in ("is made", "is there"):
        out = StringIO()
        call_command("make_bucket", stdout=out)
        assert words in out.getvalue()
    assert client.get("/readyz").json()["storage"] is True
