"""Files that lie in rarer ways, and honest ones that look odd."""

import struct
import time
from decimal import Decimal

import pytest

from nudm.core.money import indian
from nudm.core.uploads import check_upload
from tests.core.files import jpeg_of, office, ole, pdf, picture, png_of, spooled, uploaded
from tests.core.test_uploads import refusal

MACRO = (
    b'<Types><Override PartName="/word/document.xml" ContentType="application/vnd.ms-word.document.'
    b'macroEnabled.main+xml"/></Types>'
)


@pytest.mark.parametrize(
    "file",
    [
        lambda: uploaded("a.docx", office("docx", {"word/VBAPROJECT.BIN": ole()})),
        lambda: uploaded("a.docx", office("docx", {"[Content_Types].xml": MACRO})),
        lambda: uploaded("a.xlsx", office("xlsx", {"xl/macrosheets/sheet1.xml": b"<x/>"})),
        lambda: uploaded("a.docx", b"MZ" + bytes(500) + office("docx")),
        lambda: uploaded("a.docx", b"<html><script>alert(1)</script>" + office("docx")),
        lambda: uploaded("a.pdf", b"%PDF-1.7\n<html><script>alert(1)</script>"),
        lambda: uploaded("a.png", png_of(0, 0)),
        lambda: uploaded("a.jpg", jpeg_of(0, 0)),
    ],
    ids=[
        "VBAPROJECT.BIN",
        "macro content type",
        "Excel 4 macros",
        "exe+docx",
        "html+docx",
        "pdf without end",
        "png 0x0",
        "jpeg 0x0",
    ],
)
def test_a_file_that_lies_is_refused(file):
    refusal(file())


@pytest.mark.parametrize(
    "content",
    [
        lambda: picture("JPEG", icc_profile=bytes(200_000)),
        lambda: picture("JPEG")[:2] + b"\xff\xff" + picture("JPEG")[2:],
    ],
    ids=["long colour profile", "fill bytes"],
)
def test_an_odd_but_honest_photo_is_taken(content):
    check_upload(uploaded("a.jpg", content()))


def test_too_many_pixels_says_so():
    assert "not what the name" not in refusal(uploaded("a.png", png_of(30000, 30000))).message


def test_a_flood_of_directory_entries_is_refused_before_it_is_read():
    n = 450_000
    cd = b"".join(
        struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0)
        + b"%06d" % i
        for i in range(n)
    )
    end = (
        struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, n, n, len(cd), 0)
        + struct.pack("<IIQI", 0x07064B50, 0, len(cd), 1)
        + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    )
    file = spooled("a.docx", cd + end)
    began = time.process_time()
    refusal(file)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("name", ["a\u2028b.pdf", "a\u2029b.pdf"])
def test_line_separators_leave_the_name(name):
    assert check_upload(uploaded(name, pdf())).name == "ab.pdf"


def test_joiners_of_indian_scripts_stay_in_the_name():
    assert check_upload(uploaded("क्\u200dष.pdf", pdf())).name == "क्\u200dष.pdf"


def test_large_floats_and_decimals_keep_their_digits():
    assert indian(Decimal("1E+7")) == "1,00,00,000"
