"""Files built byte by byte: honest ones, and parts of those that lie."""

import io
import random
import struct
import zipfile
import zlib
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.utils import timezone
from PIL import Image
from pypdf import PdfWriter

from nudm.core import jobs
from nudm.core.models import Job
from nudm.core.uploads import KINDS
from tools.test import MARKER

MB = 1024 * 1024
CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
MAIN = {
    "docx": (
        "word/document.xml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    ),
    "xlsx": (
        "xl/workbook.xml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    ),
}


OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def related(**targets: str) -> bytes:
    """The relations of a part: the last word of each type, and where it leads."""
    rows = "".join(
        f'<Relationship Id="{kind}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for kind, target in targets.items()
    )
    return f'<Relationships xmlns="{PACKAGE}">{rows}</Relationships>'.encode()


PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
# The parts without which no office program opens a file.
WHOLE: dict[str, dict[str, bytes]] = {
    "docx": {
        "word/document.xml": (f'<w:document xmlns:w="{WORD}"><w:body><w:p/></w:body></w:document>'.encode())
    },
    "xlsx": {
        "xl/workbook.xml": (
            f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="Sheet1" sheetId="1" r:id="worksheet"/></sheets></workbook>'
        ).encode(),
        "xl/_rels/workbook.xml.rels": related(worksheet="worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEET}"><sheetData/></worksheet>'.encode(),
    },
}


def uploaded(name: str, content: bytes, declared: str = "") -> SimpleUploadedFile:
    """A small upload, kept in memory, with the type that a browser would declare for its name."""
    kind = name.lower().rsplit(".", 1)[-1].replace("jpeg", "jpg")
    declared = declared or KINDS.get(kind, "application/octet-stream")
    return SimpleUploadedFile(name, content, content_type=declared)


def spooled(name: str, content: bytes) -> TemporaryUploadedFile:
    """A large upload, kept in a file."""
    file = TemporaryUploadedFile(name, "application/octet-stream", len(content), None)
    file.write(content)
    file.seek(0)
    return file


def pdf(pages: int = 1) -> bytes:
    writer = PdfWriter()
    for _page in range(pages):
        writer.add_blank_page(width=595, height=842)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def picture(kind: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind, **options)
    return out.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A few bytes that claim to be a picture of that size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 100)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def jpeg_of(width: int, height: int) -> bytes:
    """A real picture whose header claims another size."""
    honest = picture("JPEG", quality=50)
    place = honest.index(b"\xff\xc0")
    return honest[: place + 5] + struct.pack(">HH", height, width) + honest[place + 9 :]


def office(
    kind: str,
    more: dict[str, bytes] | None = None,
    *,
    without: tuple[str, ...] = (),
    packed: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """A small but whole office file, with parts added or left out."""
    part, content_type = MAIN[kind]
    parts = {
        "[Content_Types].xml": (
            f'<?xml version="1.0"?><Types xmlns="{CONTENT_TYPES}">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/{part}" ContentType="{content_type}"/></Types>'
        ).encode(),
        "_rels/.rels": related(officeDocument=part),
        **WHOLE[kind],
    } | (more or {})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packed) as archive:
        for name, content in parts.items():
            if name not in without:
                archive.writestr(name, content)
    return out.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def ole() -> bytes:
    """The head of an old or an encrypted office file."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000


def random_bytes(count: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(count)


def work() -> None:
    """What the worker does when the sweeper rings, whatever it waits for."""
    Job.objects.update(lease_until=timezone.now() - timezone.timedelta(seconds=1))
    for job_id in jobs.due_jobs():
        jobs.run(job_id)


INFECTED = pdf() + MARKER
