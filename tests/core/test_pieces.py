"""A file in pieces over a slow line: what has arrived stays, nothing is mixed, nobody else reaches it."""

import random
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.utils import timezone

from nudm.core import pieces, scope
from nudm.core.models import PartialFile
from nudm.core.tasks import forget_pieces
from phases.models import Evidence
from tests.core.files import pdf
from tests.world import World
from ulbs.models import TownFile

LIBRARY = "/phases/KL/evidence/"


def letter(size: int = 700_000) -> bytes:
    """A PDF with so many bytes that nothing packs."""
    return pdf() + b"%" + random.Random(1).randbytes(size).replace(b"\n", b" ") + b"\n%%EOF\n"


def begin(client: Client, content: bytes, name: str = "letter.pdf") -> Any:
    form = {"name": name, "type": "application/pdf", "size": len(content)}
    return client.post("/uploads/", form)


def send(client: Client, key: str, content: bytes, at: int) -> Any:
    piece = content[at : at + pieces.PIECE]
    where = f"/uploads/{key}/"
    return client.post(where, piece, "application/octet-stream", headers={"upload-offset": str(at)})


def all_of(client: Client, content: bytes, name: str = "letter.pdf") -> str:
    said = begin(client, content, name).json()
    while said["got"] < len(content):
        said = send(client, said["id"], content, said["got"]).json()
    return str(said["id"])


def stored() -> list[Path]:
    root = Path(default_storage.path("pieces"))
    return [path for path in root.rglob("*") if path.is_file()]


def test_a_file_in_pieces_becomes_evidence_like_any_other(world: World, scanner: str) -> None:
    client, content = world.client(world.nodal), letter()
    key = all_of(client, content)
    client.post(LIBRARY, {"title": "Order", "upload": key})
    row = Evidence.objects.get()
    assert (row.title, row.name, row.size, row.readable) == ("Order", "letter.pdf", len(content), True)
    assert row.file.read() == content


def test_after_a_broken_line_only_what_is_missing_is_sent(world: World) -> None:
    client, content = world.client(world.nodal), letter()
    key = begin(client, content).json()["id"]
    send(client, key, content, 0)
    assert client.get(f"/uploads/{key}/").json()["got"] == pieces.PIECE
    again = send(client, key, content, 0)
    assert again.json()["got"] == pieces.PIECE and len(stored()) == 1
    send(client, key, content, pieces.PIECE)
    send(client, key, content, 2 * pieces.PIECE)
    client.post(LIBRARY, {"title": "Order", "upload": key})
    assert Evidence.objects.get().file.read() == content


def test_a_gap_a_long_piece_and_one_beyond_the_end_are_refused(world: World) -> None:
    client, content = world.client(world.nodal), letter()
    key = begin(client, content).json()["id"]
    assert send(client, key, content, pieces.PIECE).status_code == 422
    where, bytes_ = f"/uploads/{key}/", "application/octet-stream"
    long = client.post(where, b"x" * (pieces.PIECE + 1), bytes_, headers={"upload-offset": "0"})
    assert long.status_code == 422
    small = begin(client, b"12345").json()["id"]
    beyond = client.post(f"/uploads/{small}/", b"123456", bytes_, headers={"upload-offset": "0"})
    assert beyond.status_code == 422
    assert client.post(where, b"x", bytes_).status_code == 422
    assert stored() == [] and PartialFile.objects.get(pk=key).got == 0


def test_what_is_not_taken_is_refused_before_a_byte_is_sent(world: World) -> None:
    client = world.client(world.nodal)
    assert begin(client, b"x", "page.html").status_code == 422
    huge = client.post("/uploads/", {"name": "a.pdf", "type": "", "size": 26 * 1024 * 1024})
    assert huge.status_code == 422 and "25 MB" in huge.json()["detail"]
    nothing = client.post("/uploads/", {"name": "a.pdf", "size": "0"})
    assert nothing.status_code == 422 and "is empty" in nothing.json()["detail"]


def test_a_form_with_half_a_file_is_refused_whole(world: World) -> None:
    client, content = world.client(world.nodal), letter()
    key = begin(client, content).json()["id"]
    send(client, key, content, 0)
    for upload in (key, str(uuid.uuid4()), "no id"):
        assert client.post(LIBRARY, {"title": "Order", "upload": upload}).status_code == 422
    assert not Evidence.objects.exists()


def test_an_upload_is_its_persons_alone(world: World) -> None:
    client, content = world.client(world.nodal), letter()
    key = all_of(client, content)
    for other in (world.unit, world.neighbour, world.reviewer):
        stranger = world.client(other)
        assert stranger.get(f"/uploads/{key}/").status_code == 404
        assert send(stranger, key, content, 0).status_code == 404
    world.client(world.unit).post(LIBRARY, {"title": "Order", "upload": key})
    assert not Evidence.objects.exists()
    assert world.client(None).get(f"/uploads/{key}/").status_code == 302


def test_a_lying_name_is_found_out_when_the_file_is_whole(world: World) -> None:
    client = world.client(world.nodal)
    key = all_of(client, b"MZ" + bytes(400_000))
    page = client.post(LIBRARY, {"title": "Order", "upload": key})
    assert page.status_code == 422 and not Evidence.objects.exists()


def test_a_town_sends_its_photo_so_too(world: World) -> None:
    client, content = world.client(world.town), letter()
    form = {"part": "data_operator", "version": 0, "answer": "yes", "who": "B. Operator"}
    client.post("/ulbs/KL/250001/town/", form | {"upload": all_of(client, content)})
    assert TownFile.objects.get().file.read() == content


def test_what_is_not_finished_in_a_day_is_forgotten(world: World) -> None:
    client, content = world.client(world.nodal), letter()
    key = begin(client, content).json()["id"]
    send(client, key, content, 0)
    with time_machine.travel(timezone.now() + timezone.timedelta(hours=23)):
        forget_pieces()
        assert PartialFile.objects.count() == 1
    with time_machine.travel(timezone.now() + timezone.timedelta(hours=25)):
        forget_pieces()
    assert world.client(world.nodal).get(f"/uploads/{key}/").status_code == 404 and stored() == []


@pytest.mark.django_db(transaction=True)
def test_the_same_piece_sent_twice_at_once_is_kept_once(world: World) -> None:
    content = letter()
    with scope.of(world.nodal):
        row = pieces.begin("letter.pdf", "application/pdf", len(content), by=world.nodal)
    barrier = threading.Barrier(6)

    def one(at: int) -> None:
        barrier.wait()
        with scope.of(world.nodal):
            pieces.add(row.pk, at, content[at : at + pieces.PIECE], by=world.nodal)
        connection.close()

    for at in range(0, len(content), pieces.PIECE):
        threads = [threading.Thread(target=one, args=(at,)) for _sender in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    row.refresh_from_db()
    assert row.got == len(content) and len(row.parts) == len(stored()) == 3
