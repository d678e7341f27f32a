"""What the bytes of a file are, kind by kind, and whether something in them runs by itself."""

import html
import re
import struct
import zipfile
import zlib
from enum import Enum
from pathlib import PurePosixPath
from typing import Any

import puremagic

MAX_PIXELS = 50_000_000
MAX_MEMBERS = 2_000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_GROWTH = 100
MAX_LIST = 2 * 1024 * 1024
MAX_STREAMS = 20_000
PIECE = 1024 * 1024


class Fault(Enum):
    """Why a content is not taken."""

    OTHER = "it is not what its name says"
    ACTIVE = "something in it runs by itself"
    PIXELS = "it is a picture of too many points"
    EMPTY = "it is a table without a word"
    ENCODING = "it is a table in an encoding that shows other letters elsewhere"
    LOCKED = "it asks for a password"
    NO_PAGES = "it has no pages"
    DAMAGED = "it does not open for a reader"
    ENTITIES = "a part of it declares entities, which unfold"
    OUTSIDE = "it takes values from another file"
    SLOW = "the machine was too busy to look"


def fault_of(file: Any, kind: str) -> Fault | None:
    """The first fault of a seekable file that says it is of `kind`; None for an honest one."""
    file.seek(0)
    return {"csv": _table, "docx": _office, "xlsx": _office, "pdf": _pdf, "jpg": _jpeg, "png": _png}[kind](
        file, kind
    )


# Tables

# How programs, pages and scripts begin: no table does.
NO_TABLE = re.compile(r"(?:<[!?%a-z]|#!|%PDF|\{\\rtf|@echo|MZ.{0,200}This program)", re.I | re.S)
# Something that a reader sees: a letter, a digit, a sign.
SAYS = re.compile(r"[^\s,;|\"']")
# A cell that a spreadsheet program would work out or run, each cell looked at once.
FORMULA = re.compile(r"(?:^|[,;\t])[ \"']*+(?:=|[+\-@][^,;\t\r\n|]*+\|[^,;\t\r\n!]*+!)", re.M)


def _table(file: Any, _kind: str) -> Fault | None:
    content: bytes = file.read()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Fault.ENCODING if _is_other_text(content) else Fault.OTHER
    if "\0" in text or NO_TABLE.match(text[: 64 * 1024].lstrip()):
        return Fault.OTHER
    if FORMULA.search(text):
        return Fault.ACTIVE
    return None if SAYS.search(text) else Fault.EMPTY


def _is_other_text(content: bytes) -> bool:
    """Whether a table is text, but not in UTF-8: as Windows saves it in UTF-16, or in the West's encoding."""
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "cp1252"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return not any(letter < " " and letter not in "\t\n\r\f" for letter in text)


# Documents and sheets

RELATION = re.compile(r"""<(?:[\w.-]+:)?Relationship\b((?:[^"'<>]|"[^"<]*"|'[^'<]*')*)""", re.I)
# From the beginning of a name and without a way back: a long word without an equals sign is read once.
ATTRIBUTE = re.compile(r"""(?<![\w.:-])([\w.:-]++)\s*+=\s*+(?:"([^"]*)"|'([^']*)')""")
# What may lie outside a document: the addresses that its text links to.
HARMLESS = {"hyperlink"}
RUNS = ("vbaproject", "macrosheets/", "dialogsheets/", "activex/", "oleobject", "attachedtoolbars")


# An office file with a password is an old container with this in its directory.
OLE, ENCRYPTED = b"\xd0\xcf\x11\xe0", "EncryptedPackage".encode("utf-16-le")


def _office(file: Any, kind: str) -> Fault | None:
    if _is_locked(file):
        return Fault.LOCKED
    if _is_no_office_archive(file):
        return Fault.OTHER
    try:
        with zipfile.ZipFile(file) as archive:
            return _parts(archive, "word/" if kind == "docx" else "xl/")
    # NotImplementedError: a packing that zipfile does not know.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, NotImplementedError):
        return Fault.OTHER


def _is_locked(file: Any) -> bool:
    """Whether it is an office file behind a password; the file stands at its beginning again."""
    locked = file.read(4) == OLE and ENCRYPTED in file.read()
    file.seek(0)
    return locked


def _parts(archive: zipfile.ZipFile, folder: str) -> Fault | None:
    members = archive.infolist()
    names = [member.filename for member in members]
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    listed = next((member for member in members if member.filename == "[Content_Types].xml"), None)
    if (
        listed is None
        or listed.file_size > MAX_LIST
        or len(members) > MAX_MEMBERS
        or len(set(names)) < len(names)
        or unpacked > MAX_UNPACKED
        or unpacked / packed > MAX_GROWTH
        or not any(name.startswith(folder) for name in names)
        or any(".." in PurePosixPath(name).parts or name.startswith("/") for name in names)
    ):
        return Fault.OTHER
    if any(member.flag_bits & 1 for member in members):
        return Fault.LOCKED
    if any(word in name.lower() for name in names for word in RUNS):
        return Fault.ACTIVE
    faults = (_fault_of_part(member.filename.lower(), _whole(archive, member)) for member in members)
    return next((fault for fault in faults if fault is not None), None)


def _whole(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The beginning of a part. All of it is unpacked, within the size that the directory promised: one
    that holds anything else raises BadZipFile."""
    with archive.open(member) as part:
        text = part.read(MAX_LIST + 1)
        while part.read(PIECE):
            continue
    return text


def _fault_of_part(name: str, content: bytes) -> Fault | None:
    if name.endswith(".rels") or name == "[content_types].xml":
        if len(content) > MAX_LIST or b"\0" in content or b"<!" in content.replace(b"<!--", b""):
            return Fault.OTHER
        text = content.decode(errors="replace")
        words = html.unescape(text).lower()
        if any(word in words for word in ("macroenabled", "vbaproject", "activex")):
            return Fault.ACTIVE
        return next((fault for each in RELATION.findall(text) if (fault := _reaches_out(each))), None)
    return Fault.ACTIVE if "externallinks/" in name and b"ddelink" in content.lower() else None


def _reaches_out(attributes: str) -> Fault | None:
    """A part of a document that is fetched from elsewhere when the document is opened; values of another
    book are, too."""
    found = ATTRIBUTE.findall(attributes)
    held = {name.lower(): html.unescape(one or other).strip().lower() for name, one, other in found}
    kind = held.get("type", "").rsplit("/")[-1]
    if kind.startswith("externallinkpath") or kind == "xlexternallinkpath":
        return Fault.OUTSIDE
    return Fault.ACTIVE if held.get("targetmode") == "external" and kind not in HARMLESS else None


def _is_no_office_archive(file: Any) -> bool:
    """Whether it does not begin as an archive, or says at its end (before the directory is read)
    that it has more members than an office file."""
    if file.read(4) != b"PK\x03\x04":
        return True
    file.seek(max(0, (file.size or 0) - 65_557))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) < place + 22:
        return True
    count, length = struct.unpack("<HI", tail[place + 10 : place + 16])
    return bool(count > MAX_MEMBERS or length > MAX_MEMBERS * 300)


# PDF


def _named(*names: str) -> re.Pattern[bytes]:
    """Any of the names of a PDF, however its letters are written (`/J#61vaScript`)."""
    letters = ("".join(f"(?:{c}|#{ord(c):02x}|#{ord(c):02X})" for c in name) for name in names)
    return re.compile(f"/(?:{'|'.join(letters)})(?![A-Za-z0-9])".encode())


PDF_RUNS = _named("JavaScript", "Launch", "RichMedia", "ImportData")
PDF_OBJECTS = _named("ObjStm")


def _pdf(file: Any, _kind: str) -> Fault | None:
    content: bytes = file.read()
    if not content.lstrip().startswith(b"%PDF-"):
        return Fault.OTHER
    if b"%%EOF" not in content[-2048:]:
        return Fault.DAMAGED
    if PDF_RUNS.search(content):
        return Fault.ACTIVE
    left = MAX_UNPACKED
    for count, found in enumerate(PDF_OBJECTS.finditer(content)):
        objects = _unpacked(content, found.end(), left)
        left -= len(objects)
        if left <= 0 or count >= MAX_STREAMS:
            return Fault.OTHER
        if PDF_RUNS.search(objects):
            return Fault.ACTIVE
    return None


def _unpacked(content: bytes, place: int, limit: int) -> bytes:
    """What the stream that begins soon after `place` holds, up to a limit; nothing where it is not packed."""
    start = content.find(b"stream", place, place + 1000)
    if start < 0:
        return b""
    start += len(b"stream")
    start += len(re.match(rb"\r?\n?", content[start : start + 2]).group())  # type: ignore[union-attr]
    unpacking, parts, size = zlib.decompressobj(), [], 0
    try:
        while not unpacking.eof and start < len(content) and size < limit:
            part = unpacking.decompress(content[start : start + PIECE // 16], limit - size)
            start += PIECE // 16 - len(unpacking.unconsumed_tail)
            size += len(part)
            parts.append(part)
    except zlib.error:
        return b"".join(parts)
    return b"".join(parts)


# Pictures


def _png(file: Any, _kind: str) -> Fault | None:
    """Looked at by the header, which gives width and height; nothing is decoded."""
    head = file.read(24)
    if not head.startswith(b"\x89PNG\r\n\x1a\n") or len(head) < 24 or head[12:16] != b"IHDR":
        return Fault.OTHER
    width, height = struct.unpack(">II", head[16:24])
    return _pixels(int(width * height))


def _jpeg(file: Any, _kind: str) -> Fault | None:
    """Looked at by its first start-of-frame segment, wherever it lies; nothing is decoded."""
    if file.read(2) != b"\xff\xd8" or not _is_jpeg(file):
        return Fault.OTHER
    file.seek(2)
    while file.read(1) == b"\xff":
        while (mark := file.read(1)) == b"\xff":
            continue
        head = file.read(2)
        if not mark or len(head) < 2:
            return Fault.OTHER
        if 0xC0 <= mark[0] <= 0xCF and mark[0] not in {0xC4, 0xC8, 0xCC}:
            size = file.read(5)
            if len(size) < 5:
                return Fault.OTHER
            height, width = struct.unpack(">HH", size[1:])
            return _pixels(int(width * height))
        file.seek(max(0, struct.unpack(">H", head)[0] - 2), 1)
    return Fault.OTHER


def _is_jpeg(file: Any) -> bool:
    file.seek(0)
    try:
        return bool({m.extension for m in puremagic.magic_string(file.read(64 * 1024))} & {".jpg", ".jpeg"})
    except puremagic.PureError:
        return False


def _pixels(count: int) -> Fault | None:
    if count == 0:
        return Fault.OTHER
    return Fault.PIXELS if count > MAX_PIXELS else None
