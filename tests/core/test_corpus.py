"""More than 150 hostile files are refused, more than 100 honest ones are taken for what they are.

Every file is built by the test itself. With a scanner the honest ones are clean too, and a hostile one that
is well made is found by what is in it.
"""

import contextlib
import hashlib
import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from nudm.core import scanner as scanning
from nudm.core.contents import Fault, fault_of
from nudm.core.errors import Refused
from nudm.core.uploads import KINDS, Checked, check_upload
from tests.core.files import MB, office, pdf, picture, random_bytes, uploaded
from tests.core.honest import HONEST, Case
from tests.core.hostile import HOSTILE, running_documents, running_pdfs, tables
from tools.test import EICAR, MARKER

Build = Callable[[], bytes]


def by_title(cases: dict[str, tuple[str, Build]]) -> Any:
    return pytest.mark.parametrize(("name", "build"), cases.values(), ids=cases.keys())


def test_the_corpus_is_as_large_as_it_is_said_to_be() -> None:
    assert len(HOSTILE) >= 150
    assert len(HONEST) >= 100
    assert {
        name.lower().rsplit(".", 1)[-1].replace("jpeg", "jpg") for name, _build in HONEST.values()
    } == set(KINDS)


@by_title(HONEST)
def test_an_honest_file_is_taken_for_what_it_is(name: str, build: Build) -> None:
    content = build()
    kind = name.lower().rsplit(".", 1)[-1].replace("jpeg", "jpg")
    checked = check_upload(uploaded(name, content))
    assert checked == Checked(name, len(content), hashlib.sha256(content).hexdigest(), KINDS[kind])


@by_title(HOSTILE)
def test_a_hostile_file_is_refused_beside_its_field_with_what_to_do_next(name: str, build: Build) -> None:
    with pytest.raises(Refused) as refused:
        check_upload(uploaded(name, build()))
    error = refused.value
    assert (error.status, error.code) == (422, "file")
    assert error.fields == {"file": [error.message]}
    sentences = [words for words in error.message.replace("?", ".").split(". ") if words]
    assert len(sentences) >= 2, "what is wrong, then what to do"


def test_what_runs_by_itself_is_refused_for_that() -> None:
    cases = running_documents() | running_pdfs() | tables()
    faults = {
        title: fault_of(uploaded(name, build()), name.rsplit(".")[-1])
        for title, (name, build) in cases.items()
        if title.startswith(
            ("a document with", "a letter with", "a table with a formula", "a table with a prog")
        )
    }
    assert len(faults) > 25
    assert {title for title, fault in faults.items() if fault is not Fault.ACTIVE} == set()


def test_the_scanner_finds_nothing_in_the_honest_ones(scanner: str) -> None:
    for title, (_name, build) in HONEST.items():
        assert scanning.scan([build()], 30).found == "", title


SLOW: dict[str, Case] = {
    "objects without end": (
        "a.pdf",
        lambda: b"%PDF-" + b"/ObjStm stream xxxxxxxxxxxxxxxxxxxx" * 700_000 + b"%%EOF",
    ),
    "objects with half a stream": ("a.pdf", lambda: b"%PDF-" + b"/ObjStm stream\nx\x9c" * 19_000 + b"%%EOF"),
    "names without end": ("a.pdf", lambda: b"%PDF-" + b"/J#61vaScrip" * 2_000_000 + b"%%EOF"),
    "cells without end": ("a.csv", lambda: b"+|" * (12 * MB)),
    "blanks without end": ("a.csv", lambda: b" " * (24 * MB)),
    "commas without end": ("a.csv", lambda: b",  " * (8 * MB)),
    "relations without end": (
        "a.docx",
        lambda: office("docx", {f"word/_rels/{n}.rels": b"<Relationship " * 140_000 for n in range(5)}),
    ),
    "attributes without end": (
        "a.docx",
        lambda: office("docx", {"word/_rels/s.rels": b"<Relationship " + b"a='' Type" * 200_000}),
    ),
    "quotes without end": (
        "a.docx",
        lambda: office("docx", {"word/_rels/s.rels": b"<Relationship " + b"'\"" * 1_000_000}),
    ),
}


@by_title(SLOW)
def test_a_file_made_to_be_slow_is_looked_at_in_seconds(name: str, build: Build) -> None:
    file = uploaded(name, build())
    began = time.process_time()
    with contextlib.suppress(Refused):
        check_upload(file)
    assert time.process_time() - began < 10


WELL_MADE: dict[str, Build] = {
    "a letter": lambda: pdf() + EICAR + b"\n%%EOF\n",
    "a document": lambda: office("docx", {"word/media/a.bin": EICAR}),
    "a document in a document": lambda: office(
        "docx", {"word/embeddings/a.docx": office("docx", {"word/a.bin": EICAR})}
    ),
    "a sheet behind much else": lambda: office(
        "xlsx", {"xl/media/a.jpg": random_bytes(20 * MB), "xl/media/b.bin": EICAR}
    ),
    "a sheet behind much that unpacks": lambda: office(
        "xlsx", {"xl/a.bin": random_bytes(MB) + bytes(90 * MB), "xl/media/b.bin": EICAR}
    ),
    "a photo": lambda: picture("JPEG") + MARKER,
    "a picture": lambda: picture("PNG") + MARKER,
    "a table": lambda: b"a,b\n" + MARKER,
}


@pytest.mark.parametrize("title", WELL_MADE)
def test_what_is_well_made_is_found_by_what_is_in_it(title: str, scanner: str) -> None:
    assert scanning.scan([WELL_MADE[title]()], 30).found


@pytest.mark.parametrize(
    "title",
    [
        "a page",
        "a document: alone",
        "a document: a sheet",
        "a table in Assamese",
        "JPEG RGB (40, 30)",
        "PNG RGB (40, 30)",
    ],
)
def test_a_damaged_file_is_taken_or_refused_but_never_an_error(title: str) -> None:
    name, build = HONEST[title]
    content, chance = build(), random.Random(title)
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
