"""A full disk: a sentence, nothing half, and work goes on when there is room again."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction

from nudm.core import broken, store
from nudm.core.models import PartialFile
from phases.models import Evidence
from tests.core.files import uploaded
from tests.core.test_pieces import all_of, letter
from tests.world import World

MB = 1024 * 1024
LIBRARY = "/phases/KL/evidence/"


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file grows beyond so many bytes: the system's answer is that of a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("in_pieces", [False, True])
def test_an_upload_on_a_full_disk_is_told_and_leaves_nothing_half(world: World, in_pieces: bool) -> None:
    client, content = world.client(world.nodal), letter(21 * MB)
    client.raise_request_exception = False
    key = all_of(client, content) if in_pieces else ""
    file: dict[str, Any] = {"upload": key} if in_pieces else {"file": uploaded("letter.pdf", content)}
    with room_for(20 * MB):
        answer = client.post(LIBRARY, {"title": "Order", **file})
    page = answer.content.decode()
    assert answer.status_code == 507 and "Nothing of this was saved" in page and "Traceback" not in page
    assert not Evidence.objects.exists() and not default_storage.exists("evidence/KL")
    assert not [path for path in Path(default_storage.path(".arriving")).glob("*")]
    again = {"upload": key} if in_pieces else {"file": uploaded("letter.pdf", content)}
    assert client.post(LIBRARY, {"title": "Order", **again}).status_code == 302
    assert Evidence.objects.get().size == len(content)
    assert PartialFile.objects.count() == in_pieces


def test_a_file_whose_row_was_not_saved_goes_again(world: World) -> None:
    with pytest.raises(DatabaseError), store.unless_saved(), transaction.atomic():
        world.letter(world.kl, world.nodal)
        raise DatabaseError("the commit found no room")
    assert not list(Path(default_storage.path("evidence")).rglob("*.pdf"))
    kept = world.letter(world.kl, world.nodal)
    assert default_storage.exists(kept.file.name)


def test_two_files_of_one_name_at_once_are_two_files() -> None:
    names = {default_storage.save("same/name.txt", ContentFile(text)) for text in (b"one", b"two")}
    assert {default_storage.open(name).read() for name in names} == {b"one", b"two"}


def test_an_error_that_nobody_foresaw_is_not_taken_for_a_full_disk() -> None:
    assert not broken.is_full(ValueError("x"))
    assert not broken.is_full(FileNotFoundError(2, "x"))
    assert not broken.is_full(None)
