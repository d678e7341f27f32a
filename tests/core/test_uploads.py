"""What is asked of an upload before and while it is read: length, name, digest, language."""

from typing import Any

import pytest
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import override

from nudm.core.errors import Refused
from nudm.core.uploads import check_upload, clean_name, limits_in_words
from tests.core.files import MB, pdf, spooled, uploaded
from tests.core.honest import HONEST


def refusal(file: UploadedFile, **limits: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        check_upload(file, **limits)
    return refused.value


@pytest.mark.parametrize(
    "title",
    [
        "a page",
        "a document: alone",
        "a document: many rows",
        "a table longer than one read",
        "a photo for the web",
    ],
)
def test_a_large_upload_that_lies_in_a_file_is_checked_alike(title: str) -> None:
    name, build = HONEST[title]
    # Built once: a document holds the moment at which it was made.
    content = build()
    assert check_upload(spooled(name, content)) == check_upload(uploaded(name, content))


def test_the_file_is_left_at_its_beginning_so_that_it_can_be_stored() -> None:
    for name, build in HONEST.values():
        content = build()
        file = uploaded(name, content)
        check_upload(file)
        assert file.read() == content


class Unread(UploadedFile):
    """A file that nobody may look into."""

    def __init__(self, name: str, size: int, declared: str = "application/pdf") -> None:
        super().__init__(None, name, declared, size)

    def chunks(self, chunk_size: Any = None) -> Any:
        raise AssertionError("the content was read")

    read = chunks


def test_a_file_that_is_too_large_is_refused_before_it_is_read(settings: Any) -> None:
    assert "25 MB" in refusal(Unread("order.pdf", settings.EVIDENCE_MAX_BYTES + 1)).message
    assert "1 MB" in refusal(Unread("order.pdf", MB + 1), limit=MB).message


def test_a_kind_that_is_not_taken_is_refused_before_it_is_read() -> None:
    assert "PDF, DOCX, XLSX, CSV, JPG" in refusal(Unread("order.exe", 100)).message


def test_a_kind_may_have_a_smaller_limit_of_its_own_and_never_a_larger_one(settings: Any) -> None:
    settings.EVIDENCE_LIMITS = {"csv": 2, "jpg": 99}
    assert "2 MB" in refusal(Unread("t.csv", 2 * MB + 1, "text/csv")).message
    assert "25 MB" in refusal(Unread("a.jpeg", 25 * MB + 1, "image/jpeg")).message
    assert limits_in_words().endswith("up to 25 MB. At most: CSV 2 MB.")
    settings.EVIDENCE_LIMITS = {}
    assert limits_in_words().endswith("up to 25 MB.")


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
