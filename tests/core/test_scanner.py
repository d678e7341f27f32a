"""The scanner's protocol against a real daemon and against peers that answer badly."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile

from nudm.core import scanner
from nudm.core.scanner import NoVerdict
from tests.core.files import MB, office, pdf, random_bytes
from tools.test import EICAR, MARKER


def found(content: bytes) -> str:
    return scanner.scan(ContentFile(content).chunks(), 30).found


@pytest.mark.usefixtures("scanner")
@pytest.mark.parametrize(
    ("content", "name"),
    [
        (pdf(), ""),
        (office("docx"), ""),
        (b"x", ""),
        (EICAR, "Test-File"),
        (pdf() + MARKER, "Test-Marker"),
        (random_bytes(3 * MB) + MARKER + random_bytes(MB), "Test-Marker"),
        (office("docx", {"word/media/a.bin": random_bytes(1000) + EICAR}), "Test-File"),
        (office("docx", {"word/embeddings/b.docx": office("docx", {"word/c.bin": MARKER})}), "Test-Marker"),
    ],
    ids=["pdf", "docx", "one byte", "test file", "behind a pdf", "deep inside", "in a document", "two deep"],
)
def test_a_real_scanner_tells_what_is_in_a_file(content: bytes, name: str) -> None:
    assert found(content).startswith(name)
    assert bool(found(content)) == bool(name)


@pytest.mark.usefixtures("scanner")
def test_the_largest_file_that_is_taken_is_scanned_in_time() -> None:
    content = random_bytes(25 * MB)
    began = time.monotonic()
    assert found(content) == ""
    assert time.monotonic() - began < 10
    assert found(content[: -len(MARKER)] + MARKER).startswith("Test-Marker")


@pytest.mark.usefixtures("scanner")
def test_what_is_unpacked_beyond_the_scanners_limits_is_no_clean_file() -> None:
    deep = MARKER
    for _level in range(20):
        deep = office("docx", {"word/embeddings/next.docx": deep})
    assert found(deep)


@pytest.mark.usefixtures("scanner")
def test_a_file_that_the_scanner_cuts_off_has_no_verdict() -> None:
    with pytest.raises(NoVerdict):
        scanner.scan([bytes(31 * MB)], 30)


@pytest.mark.usefixtures("scanner")
def test_the_verdict_names_the_scanner() -> None:
    assert scanner.scan([b"x"], 5).by.startswith("ClamAV 1.")
    assert scanner.alive()


@pytest.mark.parametrize(
    "url", ["tcp://127.0.0.1:1", "unix:///no/such/socket", "localhost:3310", "tcp://", "?"]
)
def test_where_nobody_listens_there_is_no_verdict(settings: Any, url: str) -> None:
    settings.CLAMAV_URL = url
    assert not scanner.alive()
    with pytest.raises(NoVerdict):
        scanner.scan([b"x"], 1)


@pytest.fixture
def peer(settings: Any) -> Iterator[Callable[[bytes | None], None]]:
    """A listener that takes everything and answers each line with what it was told; None: with silence."""
    listener = socket.create_server(("127.0.0.1", 0))
    settings.CLAMAV_URL = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    answers: list[bytes | None] = []

    def serve() -> None:
        while True:
            try:
                line, _address = listener.accept()
            except OSError:
                return
            with line:
                line.settimeout(5)
                if answers[-1] is None:
                    time.sleep(3)
                    continue
                heard = b""
                while not heard.endswith((b"\0\0\0\0", b"zVERSION\0", b"zPING\0")):
                    heard += line.recv(65536)
                line.sendall(answers[-1])

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield answers.append
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(10)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0",
        b"OK",
        b"stream: OK",
        b"stream: \0",
        b"stream: ok\0",
        b"stream: OK ERROR\0",
        b"stream: Can't open file ERROR\0",
        b"INSTREAM size limit exceeded. ERROR\0",
        b"COMMAND READ TIMED OUT\0",
        b"HTTP/1.1 200 OK\r\n\r\n\0",
        b"\xff\xfe\0",
        b"OK" * 5_000 + b"\0",
        os.urandom(200) + b"\0",
    ],
)
def test_no_answer_but_the_scanners_own_word_is_clean(
    peer: Callable[[bytes | None], None], answer: bytes
) -> None:
    peer(answer)
    with pytest.raises(NoVerdict):
        scanner.scan([b"x"], 2)
    assert not scanner.alive()


def test_the_scanners_own_word_is_clean(peer: Callable[[bytes | None], None]) -> None:
    peer(b"stream: OK\0")
    assert scanner.scan([b"x"], 2).found == ""
    peer(b"stream: A B.C-1 FOUND\0")
    assert scanner.scan([b"x"], 2).found == "A B.C-1"


def test_a_scanner_that_says_nothing_is_not_waited_for(peer: Callable[[bytes | None], None]) -> None:
    peer(None)
    began = time.monotonic()
    with pytest.raises(NoVerdict):
        scanner.scan([b"x"], 0.5)
    assert time.monotonic() - began < 2
