"""A file is taken when it opens for the person who will read it, whatever the sender's machine calls it."""

import base64
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
from docx import Document
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from nudm.core.uploads import KINDS, check_upload
from tests.core.files import WHOLE, office, ole, pdf, picture, related, uploaded
from tests.core.test_uploads import refusal

Build = Callable[[], bytes]


def written_docx() -> bytes:
    out = io.BytesIO()
    document = Document()
    document.add_paragraph("Order of the department")
    document.save(out)
    return out.getvalue()


def written_xlsx() -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.add_worksheet("ULBs").write_string(0, 0, "ULB code")
    book.add_worksheet("More").write_url(0, 0, "https://example.in/")
    book.close()
    return out.getvalue()


REAL: dict[str, Build] = {
    "pdf": pdf,
    "docx": written_docx,
    "xlsx": written_xlsx,
    "csv": lambda: "code,name\n250001,पुणे\n".encode(),
    "jpg": lambda: picture("JPEG"),
    "png": lambda: picture("PNG"),
}
DECLARED = [
    "", "application/octet-stream", "binary/octet-stream", "application/wps-office.docx",
    "application/wps-office.xlsx", "application/wps-office.pdf", "application/msword",
    "application/vnd.ms-excel", "application/kset", "application/x-pdf", "image/jpg", "image/pjpeg",
    "image/x-png",
    "text/comma-separated-values", "text/x-csv", "text/plain", "text/html", "application/zip",
    "application/x-zip-compressed", "application/force-download", "application/download", "nonsense",
]  # fmt: skip


@pytest.mark.parametrize("kind", REAL)
def test_the_declared_type_decides_nothing(kind: str) -> None:
    content = REAL[kind]()
    for declared in DECLARED:
        file = uploaded(f"a.{kind}", content)
        file.content_type = declared
        assert check_upload(file).mime == KINDS[kind], declared


def test_a_wrong_content_is_refused_whatever_is_declared() -> None:
    for kind in REAL:
        for declared in (*DECLARED, KINDS[kind]):
            file = uploaded(f"a.{kind}", b"MZ\x90\0 this is a program")
            file.content_type = declared
            if kind != "csv":
                refusal(file)


def locked_pdf(**passwords: Any) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf())))
    writer.encrypt(**passwords)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def without_part(content: bytes, name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
    return out.getvalue()


def with_part(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.namelist():
            new.writestr(member, change(old.read(member)) if member == name else old.read(member))
    return out.getvalue()


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
BOOK_ELSEWHERE = related(externalLinkPath="file:///C:/Users/officer/budget.xlsx").replace(
    b'budget.xlsx"', b'budget.xlsx" TargetMode="External"'
)
NOT_OPENED: dict[str, tuple[str, Build, str]] = {
    "a PDF with a password": (
        "a.pdf",
        lambda: locked_pdf(user_password="secret", algorithm="RC4-128"),
        "asks for a password",
    ),
    "a PDF with a modern password": (
        "a.pdf",
        lambda: locked_pdf(user_password="secret", algorithm="AES-256"),
        "asks for a password",
    ),
    "a PDF without pages": ("a.pdf", lambda: pdf(0), "has no pages"),
    "a PDF of a header": ("a.pdf", lambda: b"%PDF-1.4\n%%EOF", "does not open"),
    "a PDF whose page is none": (
        "a.pdf",
        lambda: b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF",
        "does not open",
    ),
    "half a PDF": ("a.pdf", lambda: pdf()[: len(pdf()) // 2], "damaged or cut off"),
    "half a photo": ("a.jpg", lambda: noisy("JPEG")[: len(noisy("JPEG")) // 2], "does not open"),
    "half a picture": ("a.png", lambda: noisy("PNG")[: len(noisy("PNG")) // 2], "does not open"),
    "a document without its text": (
        "a.docx",
        lambda: without_part(written_docx(), "word/document.xml"),
        "does not open",
    ),
    "a document that leads nowhere": (
        "a.docx",
        lambda: without_part(written_docx(), "_rels/.rels"),
        "does not open",
    ),
    "a document cut within its text": (
        "a.docx",
        lambda: with_part(written_docx(), "word/document.xml", lambda text: text[:-200]),
        "does not open",
    ),
    "a workbook without its sheet": (
        "a.xlsx",
        lambda: without_part(written_xlsx(), "xl/worksheets/sheet2.xml"),
        "does not open",
    ),
    "a workbook without its book": (
        "a.xlsx",
        lambda: without_part(written_xlsx(), "xl/workbook.xml"),
        "does not open",
    ),
    "a workbook cut within a sheet": (
        "a.xlsx",
        lambda: with_part(written_xlsx(), "xl/worksheets/sheet1.xml", lambda text: text[:-30]),
        "does not open",
    ),
    "a workbook of no sheets": (
        "a.xlsx",
        lambda: office("xlsx", {"xl/workbook.xml": b"<workbook><sheets/></workbook>"}),
        "does not open",
    ),
    "a document that says workbook": (
        "a.xlsx",
        lambda: office("xlsx", {"xl/workbook.xml": WHOLE["docx"]["word/document.xml"]}),
        "does not open",
    ),
    "a workbook with entities in a sheet": (
        "a.xlsx",
        lambda: office("xlsx", {"xl/worksheets/sheet1.xml": LAUGHS + b"<worksheet>&c;</worksheet>"}),
        "unfolds",
    ),
    "a workbook with entities in its strings": (
        "a.xlsx",
        lambda: office("xlsx", {"xl/sharedStrings.xml": LAUGHS + b"<sst>&c;</sst>"}),
        "unfolds",
    ),
    "a document with entities": (
        "a.docx",
        lambda: office("docx", {"word/document.xml": LAUGHS + b"<document><body>&c;</body></document>"}),
        "unfolds",
    ),
    "a workbook with values of another": (
        "a.xlsx",
        lambda: office(
            "xlsx",
            {
                "xl/externalLinks/_rels/externalLink1.xml.rels": BOOK_ELSEWHERE,
                "xl/externalLinks/externalLink1.xml": b"<externalLink><externalBook/></externalLink>",
            },
        ),
        "from another file",
    ),
    "a document with a password": (
        "a.docx",
        lambda: ole() + "EncryptedPackage".encode("utf-16-le") + bytes(500),
        "asks for a password",
    ),
    "a table of commas": ("a.csv", lambda: b",,,\r\n,,,\r\n", "without a word"),
    "a table of blanks and a mark": ("a.csv", lambda: b"\xef\xbb\xbf \n\n", "without a word"),
}


def noisy(kind: str) -> bytes:
    return picture(kind, (400, 300), "L") if kind == "PNG" else picture(kind, (1200, 900), quality=95)


@pytest.mark.parametrize(("name", "build", "says"), NOT_OPENED.values(), ids=NOT_OPENED.keys())
def test_what_would_not_open_for_its_reader_is_refused_with_the_reason(
    name: str, build: Build, says: str
) -> None:
    assert says in refusal(uploaded(name, build())).message


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_an_owners_lock_alone_opens_for_the_reader_and_is_taken(algorithm: str) -> None:
    content = locked_pdf(user_password="", owner_password="secret", algorithm=algorithm)
    assert check_upload(uploaded("order.pdf", content)).mime == "application/pdf"


def running(*, lock: str = "", packed: bool = False) -> bytes:
    """A PDF that runs a script when it is opened, behind an owner's lock or packed in a rare way."""
    if packed:
        script = b"3 0 <</S/JavaScript/JS(app.alert(1))>>"
        held = base64.a85encode(script, adobe=False) + b"~>"
        objects = {
            1: b"<</Type/Catalog/Pages 2 0 R/OpenAction 3 0 R>>",
            2: b"<</Type/Pages/Kids[4 0 R]/Count 1>>",
            4: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>",
            5: b"<</Type/ObjStm/N 1/First 4/Filter/ASCII85Decode/Length %d>>stream\n" % len(held)
            + held
            + b"\nendstream",
        }
        return with_table(objects, {3: (5, 0)})
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf())))
    script = {"/S": NameObject("/JavaScript"), "/JS": TextStringObject("app.alert(1)")}
    held = DictionaryObject({NameObject(name): value for name, value in script.items()})
    writer.root_object[NameObject("/OpenAction")] = held
    if lock:
        writer.encrypt(user_password="", owner_password="secret", algorithm=lock)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def with_table(objects: dict[int, bytes], packed: dict[int, tuple[int, int]]) -> bytes:
    """A PDF of these objects whose list of places is a stream, so that some may lie within another."""
    body, places = b"%PDF-1.7\n", dict[int, int]()
    for n, held in objects.items():
        places[n] = len(body)
        body += b"%d 0 obj\n" % n + held + b"\nendobj\n"
    last = max({*objects, *packed}) + 1
    places[last] = len(body)
    rows = b"\0" * 4 + b"\xff"
    for n in range(1, last + 1):
        kind, one, two = (2, *packed[n]) if n in packed else (1, places[n], 0)
        rows += bytes([kind]) + one.to_bytes(3, "big") + bytes([two])
    body += b"%d 0 obj\n<</Type/XRef/Size %d/W[1 3 1]/Root 1 0 R/Length %d>>stream\n" % (
        last,
        last + 1,
        len(rows),
    )
    return body + rows + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % places[last]


@pytest.mark.parametrize(
    "build",
    [
        running,
        lambda: running(lock="RC4-128"),
        lambda: running(lock="AES-128"),
        lambda: running(lock="AES-256"),
        lambda: running(packed=True),
    ],
    ids=["plain", "RC4-128", "AES-128", "AES-256", "packed"],
)
def test_what_runs_by_itself_is_found_behind_an_owners_lock_and_in_a_rare_packing(build: Build) -> None:
    assert "runs by itself" in refusal(uploaded("a.pdf", build())).message


def test_a_pdf_of_which_a_later_page_is_missing_is_refused() -> None:
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>",
        4: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>",
    }
    assert check_upload(uploaded("a.pdf", with_table(objects, {}))).mime == "application/pdf"
    del objects[4]
    refusal(uploaded("a.pdf", with_table({**objects, 5: b"null"}, {4: (9, 0)})))


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_a_table_that_is_not_in_utf_8_is_refused_with_what_to_save_it_as(encoding: str) -> None:
    assert "Save it as CSV UTF-8" in refusal(uploaded("a.csv", "code,Café – 1\n".encode(encoding))).message


def test_every_place_at_which_a_photo_is_cut_is_taken_whole_or_refused_and_a_half_never() -> None:
    whole = picture("JPEG", (300, 200), quality=90)
    for place in range(2, len(whole) * 2 // 3, max(1, len(whole) // 40)):
        refusal(uploaded("a.jpg", whole[:place]))
