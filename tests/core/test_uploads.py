"""What an uploaded file really is: honest files pass, files that are not what they say do not.

Every file is built here, byte by byte.
"""

import hashlib
import io
import random
import struct
import zipfile
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile, UploadedFile
from django.utils.translation import override
from PIL import Image
from pypdf import PdfWriter

from nudm.core.errors import Refused
from nudm.core.uploads import KINDS, Checked, check_upload, clean_name

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
        "_rels/.rels": b"<Relationships/>",
        part: b"<main/>",
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


HONEST: dict[str, tuple[str, bytes]] = {
    "a page": ("order.pdf", pdf()),
    "a long letter": ("order.pdf", pdf(pages=200)),
    "a name in capitals": ("ORDER.PDF", pdf()),
    "a name with two dots": ("order.no.12.pdf", pdf()),
    "a name in Hindi": ("नोडल अधिकारी आदेश.pdf", pdf()),
    "a name in Tamil": ("ஆணை.pdf", pdf()),
    "a name with spaces and brackets": ("G.O. (Ms) No 12-2026.pdf", pdf()),
    "a document": ("charter.docx", office("docx")),
    "a document with a picture": (
        "charter.docx",
        office("docx", {"word/media/image1.png": picture("PNG")}),
    ),
    "a document that is stored unpacked": ("charter.docx", office("docx", packed=zipfile.ZIP_STORED)),
    "a sheet": ("towns.xlsx", office("xlsx")),
    "a sheet of many rows": (
        "towns.xlsx",
        office("xlsx", {"xl/worksheets/sheet1.xml": b"".join(b"<c>%d</c>" % n for n in range(200_000))}),
    ),
    "a sheet of many parts": (
        "towns.xlsx",
        office("xlsx", {f"xl/worksheets/sheet{n}.xml": b"<sheet/>" for n in range(200)}),
    ),
    "a table": ("towns.csv", b"code,name\n250001,Alpha\n"),
    "a table in Hindi": ("towns.csv", "कोड,नाम\n250001,अल्फा\n".encode()),
    "a table as a spreadsheet program saves it": (
        "towns.csv",
        b"\xef\xbb\xbf" + "कोड,नाम\r\n".encode(),
    ),
    "a table longer than one read": ("towns.csv", "क,ख\n".encode() * 40_000),
    "a photo": ("office.jpg", picture("JPEG")),
    "a photo named jpeg": ("office.jpeg", picture("JPEG")),
    "a grey scan": ("scan.jpg", picture("JPEG", (600, 800), "L")),
    "a photo for the web": ("office.jpg", picture("JPEG", progressive=True)),
    "a photo with a camera's notes": (
        "office.jpg",
        picture("JPEG", exif=b"Exif\0\0" + b"MM\0*" + b"\0" * 20_000),
    ),
    "a large photo": ("office.jpg", picture("JPEG", (6000, 4000))),
    "a picture": ("plan.png", picture("PNG")),
    "a picture one can see through": ("plan.png", picture("PNG", mode="RGBA")),
    "a black and white scan": ("plan.png", picture("PNG", (2480, 3508), "1")),
}

HOSTILE: dict[str, tuple[str, bytes]] = {
    "nothing": ("order.pdf", b""),
    "no name": ("x", pdf()),
    "a name of an extension only": (".pdf", pdf()),
    "a program": ("order.exe", b"MZ" + b"\0" * 500),
    "a program after the name of a letter": ("order.pdf.exe", pdf()),
    "a program that says PDF": ("order.pdf", b"MZ\x90\0" + b"\0" * 500),
    "a Linux program that says PDF": ("order.pdf", b"\x7fELF" + b"\0" * 500),
    "a script that says PDF": ("order.pdf", b"#!/bin/sh\nrm -rf /\n"),
    "a web page": ("order.html", b"<script>alert(1)</script>"),
    "a web page that says PDF": ("order.pdf", b"<html><script>alert(1)</script></html>"),
    "a web page with a PDF inside": ("order.pdf", b"<html><script>alert(1)</script>" + pdf()),
    "a drawing with script": ("plan.svg", b"<svg onload='alert(1)'/>"),
    "a drawing that says PNG": ("plan.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "random bytes that say PDF": ("order.pdf", random_bytes(5000)),
    "zeros that say PDF": ("order.pdf", b"\0" * 5000),
    "a picture that says PDF": ("order.pdf", picture("PNG")),
    "a PDF that says picture": ("plan.png", pdf()),
    "a PDF that says photo": ("plan.jpg", pdf()),
    "a photo that says PNG": ("plan.png", picture("JPEG")),
    "a PNG that says photo": ("plan.jpg", picture("PNG")),
    "a GIF that says PNG": ("plan.png", picture("GIF", mode="P")),
    "a GIF": ("plan.gif", picture("GIF", mode="P")),
    "a picture of which only the first bytes came": ("plan.png", picture("PNG")[:12]),
    "a photo of which only the first bytes came": ("plan.jpg", picture("JPEG")[:12]),
    "a photo that begins as a program": ("plan.jpg", b"MZ" + picture("JPEG")[2:]),
    "a photo without a frame": ("plan.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0" + b"\0" * 3000),
    "a picture that fills a gigabyte": ("plan.png", png_of(30_000, 30_000)),
    "a picture as wide as a number goes": ("plan.png", png_of(2**31 - 1, 2**31 - 1)),
    "a photo that fills gigabytes": ("plan.jpg", jpeg_of(65_000, 65_000)),
    "a document with macros in its name": ("charter.docm", office("docx")),
    "a document with macros": ("charter.docx", office("docx", {"word/vbaProject.bin": ole()})),
    "a sheet with macros": ("towns.xlsx", office("xlsx", {"xl/vbaProject.bin": ole()})),
    "a document of the old kind": ("charter.doc", ole()),
    "an old or encrypted document that says DOCX": ("charter.docx", ole()),
    "an archive": ("letters.zip", zipped({"a.txt": b"a"})),
    "an archive that says DOCX": ("charter.docx", zipped({"a.txt": b"a"})),
    "a program for Java that says DOCX": (
        "charter.docx",
        zipped({"META-INF/MANIFEST.MF": b"", "word/A.class": b""}),
    ),
    "a sheet that says DOCX": ("charter.docx", office("xlsx")),
    "a document that says XLSX": ("towns.xlsx", office("docx")),
    "a document without its list of parts": (
        "charter.docx",
        office("docx", without=("[Content_Types].xml",)),
    ),
    "half a document": ("charter.docx", office("docx")[:200]),
    "a part that climbs out of its folder": ("charter.docx", office("docx", {"word/../../x.sh": b"x"})),
    "a bomb in one part": ("charter.docx", office("docx", {"word/media/a.bin": b"\0" * (60 * MB)})),
    "a bomb in many parts": (
        "towns.xlsx",
        office("xlsx", {f"xl/media/{n}.bin": b"\0" * MB for n in range(210)}),
    ),
    "a bomb behind an honest picture": (
        "towns.xlsx",
        office("xlsx", {"xl/media/a.jpg": random_bytes(5 * MB // 2), "xl/a.bin": b"\0" * (205 * MB)}),
    ),
    "more parts than any document has": (
        "charter.docx",
        office("docx", {f"word/{n}.xml": b"" for n in range(2_000)}),
    ),
    "a table in UTF-16": ("towns.csv", "code,name\n".encode("utf-16")),
    "a table in an old Windows encoding": ("towns.csv", "code,naïve\n".encode("cp1252")),
    "a table with a NUL": ("towns.csv", b"code,name\n250001,Al\0pha\n"),
    "a table with a NUL far behind": ("towns.csv", b"code,name\n" * 20_000 + b"\0"),
    "a table broken far behind": ("towns.csv", b"code,name\n" * 20_000 + b"\xff\xfe"),
    "a sheet that says CSV": ("towns.csv", office("xlsx")),
}


def by_title(cases: dict[str, tuple[str, bytes]]) -> Any:
    return pytest.mark.parametrize(("name", "content"), cases.values(), ids=cases.keys())


def refusal(file: UploadedFile, **limits: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        check_upload(file, **limits)
    return refused.value


@by_title(HONEST)
def test_an_honest_file_is_taken_for_what_it_is(name: str, content: bytes) -> None:
    kind = name.lower().rsplit(".", 1)[-1].replace("jpeg", "jpg")
    checked = check_upload(uploaded(name, content))
    assert checked == Checked(name, len(content), hashlib.sha256(content).hexdigest(), KINDS[kind])


@by_title(HOSTILE)
def test_a_hostile_file_is_refused_beside_its_field_with_what_to_do_next(name: str, content: bytes) -> None:
    error = refusal(uploaded(name, content))
    assert (error.status, error.code) == (422, "file")
    assert error.fields == {"file": [error.message]}
    sentences = [words for words in error.message.replace("?", ".").split(". ") if words]
    assert len(sentences) >= 2, "what is wrong, then what to do"


@pytest.mark.parametrize(
    "title", ["a page", "a document", "a sheet of many rows", "a table in Hindi", "a photo"]
)
def test_a_large_upload_that_lies_in_a_file_is_checked_alike(title: str) -> None:
    name, content = HONEST[title]
    assert check_upload(spooled(name, content)) == check_upload(uploaded(name, content))


def test_the_file_is_left_at_its_beginning_so_that_it_can_be_stored() -> None:
    for name, content in HONEST.values():
        file = uploaded(name, content)
        check_upload(file)
        assert file.read() == content


class Unread(UploadedFile):
    """A file that nobody may look into."""

    def __init__(self, name: str, size: int) -> None:
        super().__init__(None, name, "application/pdf", size)

    def chunks(self, chunk_size: Any = None) -> Any:
        raise AssertionError("the content was read")

    read = chunks


def test_a_file_that_is_too_large_is_refused_before_it_is_read(settings: Any) -> None:
    assert "25 MB" in refusal(Unread("order.pdf", settings.EVIDENCE_MAX_BYTES + 1)).message
    assert "1 MB" in refusal(Unread("order.pdf", MB + 1), limit=MB).message


def test_a_kind_that_is_not_taken_is_refused_before_it_is_read() -> None:
    assert "PDF, DOCX, XLSX, CSV, JPG" in refusal(Unread("order.exe", 100)).message


def test_a_file_of_just_the_limit_is_taken() -> None:
    content = pdf()
    assert check_upload(uploaded("order.pdf", content), limit=len(content)).size == len(content)
    refusal(uploaded("order.pdf", content), limit=len(content) - 1)


def test_the_same_content_has_the_same_digest_under_any_name() -> None:
    content = pdf()
    one, two = (check_upload(uploaded(name, content)) for name in ("a.pdf", "b.pdf"))
    assert one.sha256 == two.sha256 != check_upload(uploaded("a.pdf", pdf(2))).sha256


def test_a_refusal_is_told_in_the_language_of_the_person() -> None:
    with override("hi"):
        hindi = refusal(uploaded("order.exe", b"MZ")).message
    assert any("\u0900" <= letter <= "\u097f" for letter in hindi)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("order.pdf", "order.pdf"),
        ("../../etc/order.pdf", "order.pdf"),
        ("C:\\Users\\officer\\order.pdf", "order.pdf"),
        ("/srv/order.pdf", "order.pdf"),
        ("  order.pdf \n", "order.pdf"),
        ("or\0der.pdf", "order.pdf"),
        ("order\r\nX-Header: 1.pdf", "orderX-Header: 1.pdf"),
        ("order\u202efdp.exe", "orderfdp.exe"),
        ("\u2066order\u2069.pdf", "order.pdf"),
        ("\ufefforder.pdf", "order.pdf"),
        ("cafe\u0301.pdf", "caf\u00e9.pdf"),
        ("आदेश.pdf", "आदेश.pdf"),
        ("", "file"),
        ("folder/", "file"),
    ],
)
def test_a_shown_name_has_no_path_no_control_and_no_direction_marks(given: str, shown: str) -> None:
    assert clean_name(given) == shown


def test_a_long_name_is_cut_and_keeps_its_extension() -> None:
    name = clean_name("आ" * 500 + ".xlsx")
    assert len(name) == 120
    assert name.endswith("आ.xlsx")


@pytest.mark.parametrize(
    "title", ["a page", "a document", "a sheet", "a table in Hindi", "a photo", "a picture"]
)
def test_a_damaged_file_is_taken_or_refused_but_never_an_error(title: str) -> None:
    name, content = HONEST[title]
    chance = random.Random(title)
    for _round in range(150):
        broken = bytearray(content)
        for _hit in range(chance.randint(1, 8)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        part = bytes(broken[: chance.randint(1, len(broken))] if chance.random() < 0.3 else broken)
        try:
            checked = check_upload(uploaded(name, part))
        except Refused:
            continue
        assert (checked.size, checked.name) == (len(part), name)
