"""The child that opens files as a reader would: one after the other, each in a fork with limits.

It is run by its path and knows nothing of the program. An order is one line, the kind and the size, then
the content; the answer is `done`, the length of a word, and the word: `opens`, or why the file does not.
"""

import os
import re
import resource
import signal
import sys
import zipfile
from io import BytesIO
from posixpath import join, normpath
from typing import Any
from xml.parsers import expat

import pypdfium2
from PIL import Image, JpegImagePlugin, PngImagePlugin

MEMORY = 1_500 * 1024 * 1024
CPU_SECONDS = 20
SECONDS = 60
PIECE = 1024 * 1024
PASSWORD_ASKED = 4
MOST_PAGES = 2_000
# What runs by itself, also where an owner's lock or a rare packing hid it: written anew, each name is plain.
RUNS = re.compile(rb"/(?:JavaScript|Launch|RichMedia|ImportData)(?![A-Za-z0-9])")
NONE_COUNTED = re.compile(rb"/Count\s+0\b")
MAIN = {"docx": "document", "xlsx": "workbook"}
# pdfium's objects and the picture's readers are loaded before the first fork, once for all.
Image.MAX_IMAGE_PIXELS = None
READERS = (JpegImagePlugin, PngImagePlugin)


class NotOpened(Exception):
    """The reader would see nothing; the message is the word that says why."""


def pdf(content: bytes) -> None:
    """Opened as browsers do, without a password: an owner's lock alone does not stand in the way, and hides
    nothing that runs by itself."""
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        # The library says of a letter without pages only that it is no letter.
        unread = "no_pages" if NONE_COUNTED.search(content) else "damaged"
        raise NotOpened("password" if error.err_code == PASSWORD_ASKED else unread) from error
    if len(document) == 0:
        raise NotOpened("no_pages")
    try:
        for n in range(min(len(document), MOST_PAGES)):
            document[n].close()
    except pypdfium2.PdfiumError as error:
        raise NotOpened("damaged") from error
    whole = BytesIO()
    document.save(whole, flags=pypdfium2.raw.FPDF_REMOVE_SECURITY)
    if RUNS.search(whole.getbuffer()):
        raise NotOpened("runs")


def picture(content: bytes) -> None:
    """Decoded to its end: half a photo is no evidence. A photo is decoded small, which reads all of it."""
    try:
        image = Image.open(BytesIO(content), formats=("JPEG", "PNG"))
        if image.format == "JPEG":
            image.draft("L", (image.width // 8 or 1, image.height // 8 or 1))
        image.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise NotOpened("damaged") from error


class Part:
    """What a part of an office file holds, as far as opening asks: its first element, the elements below
    by name, and their attributes."""

    def __init__(self, archive: zipfile.ZipFile, name: str, wanted: str = "") -> None:
        self.root, self.has, self.found = "", set[str](), list[dict[str, str]]()
        self.wanted = wanted
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self.doctype
        parser.StartElementHandler = self.element
        try:
            with archive.open(name) as part:
                while piece := part.read(PIECE):
                    parser.Parse(piece, False)
            parser.Parse(b"", True)
        except (KeyError, expat.ExpatError, UnicodeError) as error:
            raise NotOpened("damaged") from error

    def doctype(self, *_told: Any) -> None:
        raise NotOpened("entities")

    def element(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        self.root = self.root or local
        if local == self.wanted:
            self.found.append({key.rpartition(" ")[2]: value for key, value in attributes.items()})
        elif len(self.has) < 100:
            self.has.add(local)


def office(kind: str, content: bytes) -> None:
    """The parts that are read first are there; every part of XML is well formed and declares no entity."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = set(archive.namelist())
            main = _target(archive, names, "", "/officeDocument")
            part = Part(archive, main, "body" if kind == "docx" else "sheet")
            if part.root != MAIN[kind] or not part.found:
                raise NotOpened("damaged")
            if kind == "xlsx":
                _sheets(archive, names, main, part)
            for name in sorted(names):
                if name.lower().endswith((".xml", ".rels")) and name != main:
                    Part(archive, name)
    # NotImplementedError: a packing that zipfile does not know.
    except (zipfile.BadZipFile, RuntimeError, EOFError, NotImplementedError, ValueError) as error:
        raise NotOpened("damaged") from error


def _sheets(archive: zipfile.ZipFile, names: set[str], main: str, workbook: Part) -> None:
    """Each sheet that the workbook names has its part."""
    of = {told.get("Id", ""): told for told in _relations(archive, names, main)}
    for sheet in workbook.found:
        if _resolved(main, of.get(sheet.get("id", ""), {}).get("Target", "")) not in names:
            raise NotOpened("damaged")


def _target(archive: zipfile.ZipFile, names: set[str], source: str, kind: str) -> str:
    for told in _relations(archive, names, source):
        if told.get("Type", "").endswith(kind):
            found = _resolved(source, told.get("Target", ""))
            if found in names:
                return found
    raise NotOpened("damaged")


def _relations(archive: zipfile.ZipFile, names: set[str], source: str) -> list[dict[str, str]]:
    folder, _slash, name = source.rpartition("/")
    place = join(folder, "_rels", f"{name}.rels")
    return Part(archive, place, "Relationship").found if place in names else []


def _resolved(source: str, target: str) -> str:
    return normpath(join("/", source.rpartition("/")[0], target)).lstrip("/")


def opened(kind: str, content: bytes) -> str:
    """`opens`, or the word that says why not."""
    try:
        if kind == "pdf":
            pdf(content)
        elif kind in MAIN:
            office(kind, content)
        else:
            picture(content)
    except NotOpened as why:
        return str(why)
    return "opens"


def limited(kind: str, content: bytes) -> tuple[str, bytes]:
    """What became of an order: `done` with the word, `failed`, or `slow` where the machine was too busy."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        signal.alarm(SECONDS)
        code = 1
        try:
            os.write(write, opened(kind, content).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read, "rb") as result:
        answer = result.read()
    _child_id, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return ("slow" if os.WTERMSIG(status) == signal.SIGALRM else "failed"), b""
    return ("done" if status == 0 else "failed"), answer


def main() -> None:
    """Take orders until there are no more."""
    orders, answers = sys.stdin.buffer, sys.stdout.buffer
    while head := orders.readline():
        kind, size = head.decode().split()
        word, answer = limited(kind, orders.read(int(size)))
        answers.write(f"{word} {len(answer)}\n".encode() + answer)
        answers.flush()


if __name__ == "__main__":
    main()
