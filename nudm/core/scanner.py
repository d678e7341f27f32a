"""The virus scanner: ClamAV's daemon over its socket. No verdict is not clean."""

import socket
import struct
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from nudm.core.peers import BREAKERS, CONNECT, SHORT, Away

PIECE = 64 * 1024
LONGEST = 4096


@contextmanager
def _asking(patient: bool) -> Iterator[None]:
    """A scanner that did not answer is left alone for a while; the file waits meanwhile. A person does not
    wait for a verdict of one that is not there."""
    try:
        with BREAKERS["scanner"].asking(NoAnswer, always=patient):
            if not patient:
                _say(b"zPING\0", SHORT)
            yield
    except Away as error:
        if error.peer != "scanner":
            # The store, from which the file comes.
            raise
        raise NoVerdict("the scanner did not answer a moment ago") from error


class NoVerdict(Exception):
    """The scanner did not say whether a file is clean. The message says why."""


class NoAnswer(NoVerdict):
    """It said nothing at all."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`found` is the name of what was found, empty for a clean file; `by` the scanner and its signatures."""

    found: str
    by: str


def configured() -> bool:
    return bool(settings.CLAMAV_URL)


def scan(chunks: Iterable[bytes], seconds: float, *, patient: bool = False) -> Verdict:
    """Send a file to the scanner and give its verdict within `seconds`.

    A `patient` asker, a worker, asks also a scanner that did not answer a moment ago. Raises NoVerdict when
    it does not answer, answers anything but *clean* or *found*, or takes longer.
    """
    with _asking(patient), Line(seconds) as line:
        line.send(b"zINSTREAM\0")
        for chunk in chunks:
            for start in range(0, len(chunk), PIECE):
                piece = chunk[start : start + PIECE]
                line.send(struct.pack(">I", len(piece)) + piece)
        line.send(struct.pack(">I", 0))
        said = line.answer()
    name = said.removeprefix("stream: ")
    if name == "OK":
        return Verdict("", version())
    if name.endswith(" FOUND"):
        return Verdict(name.removesuffix(" FOUND"), version())
    raise NoVerdict(said or "the scanner closed the line without a word")


def version() -> str:
    """`ClamAV 1.4.6/27500/…`: the program and the number of its signatures."""
    return _say(b"zVERSION\0", CONNECT)[:100]


def alive() -> bool:
    """Whether the scanner answers."""
    try:
        return _say(b"zPING\0", CONNECT) == "PONG"
    except NoVerdict:
        return False


def _say(command: bytes, seconds: float) -> str:
    """The scanner's answer to a command. Raises NoVerdict."""
    with Line(seconds) as line:
        line.send(command)
        return line.answer()


class Line:
    """One command and its answer, all within a number of seconds."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds
        self.connect = min(CONNECT, seconds)

    def __enter__(self) -> "Line":
        address = urlsplit(settings.CLAMAV_URL)
        try:
            if address.scheme == "unix":
                self.socket = socket.socket(socket.AF_UNIX)
                self.socket.settimeout(self.connect)
                self.socket.connect(address.path)
            else:
                where = (address.hostname or "no-host.invalid", address.port or 3310)
                self.socket = socket.create_connection(where, timeout=self.connect)
        except OSError as error:
            raise NoAnswer(f"the scanner at {settings.CLAMAV_URL} does not answer: {error}") from error
        return self

    def __exit__(self, *_error: object) -> None:
        self.socket.close()

    def send(self, content: bytes) -> None:
        self._wait()
        try:
            self.socket.sendall(content)
        except OSError as error:
            raise NoAnswer(f"the scanner took no more: {error}") from error

    def answer(self) -> str:
        """Its words up to the NUL that ends them."""
        said = b""
        while not said.endswith(b"\0") and len(said) < LONGEST:
            self._wait()
            try:
                more = self.socket.recv(LONGEST)
            except OSError as error:
                raise NoAnswer(f"the scanner did not answer: {error}") from error
            if not more:
                raise NoVerdict("the scanner closed the line")
            said += more
        return said.rstrip(b"\0").decode(errors="replace").strip()

    def _wait(self) -> None:
        left = self.end - time.monotonic()
        if left <= 0:
            raise NoAnswer("the scanner took too long")
        self.socket.settimeout(left)
