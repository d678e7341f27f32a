"""The audit log as a file: all its lines, in little memory, and none that is not the reader's."""

import csv
import io
import tracemalloc
from typing import Any

import pytest

from nudm.core import tables
from states.actions import record
from states.chain import START
from states.models import Entry, State
from tests.web_role import web_role
from tests.world import World

LOG = "/states/people/audit/"
MANY = 20_000


@pytest.fixture
def long_log(world: World) -> State:
    """Many lines of a state; their digests are none, for a file only copies them."""
    for start in range(0, MANY, 5000):
        numbers = range(start + 1, start + 5001)
        data = {"code": "2.processes_standardised", "words": "x" * 100}
        Entry.objects.bulk_create(
            Entry(
                number=10_000 + n, digest=START, state=world.kl, verb="item.remark", target="item", data=data
            )
            for n in numbers
        )
    return world.kl


def test_a_long_log_is_sent_piece_by_piece_in_little_memory(world: World, long_log: State) -> None:
    client = world.client(world.reviewer)
    answer: Any = client.get(f"{LOG}?state=KL&verb=item.remark&format=csv")
    tracemalloc.start()
    pieces, longest, content = 0, 0, io.BytesIO()
    with web_role():
        for piece in answer.streaming_content:
            pieces, longest = pieces + 1, max(longest, len(piece))
            content.write(piece)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    rows = list(csv.reader(io.StringIO(content.getvalue().decode("utf-8-sig"))))
    numbers = [int(row[0].split()[1]) for row in rows[2:]]
    assert numbers == list(range(10_000 + MANY, 10_000, -1))
    assert pieces > 10 and longest < 2 * tables.PIECE
    # As objects of the database the lines alone would be three times as much.
    assert peak < 2 * content.tell() + 12_000_000
    assert Entry.objects.filter(verb="audit.export").latest("pk").data["rows"] == MANY


def test_a_reader_of_one_state_gets_no_line_of_another(world: World) -> None:
    """The file is made after the request: in a scope of its own, as narrow as the page's."""
    for state in (world.kl, world.mh):
        record("item.remark", by=world.reviewer, state=state)
    client = world.client(world.reviewer)
    for path, seen in ((f"{LOG}?format=csv", {"KL", "MH"}), (f"{LOG}?format=csv&state=KL", {"KL"})):
        answer: Any = client.get(path)
        with web_role():
            text = b"".join(answer.streaming_content).decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text)))[2:]
        assert {line[0].split()[0] for line in lines} - {"IN"} == seen
    for person in (world.nodal, world.agency, world.nobody):
        assert world.client(person).get(f"{LOG}?format=csv").status_code in {403, 404}


def test_a_file_says_in_the_readers_language_what_it_holds(world: World) -> None:
    record("item.remark", by=world.reviewer, state=world.kl)
    client = world.client(world.reviewer)
    client.post("/language/", {"language": "hi"})
    answer: Any = client.get(f"{LOG}?state=KL&format=csv")
    world.client(world.nodal).get("/states/KL/")
    with web_role():
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "Details" not in text and "SHA-256" in text


def test_a_workbook_that_would_take_too_long_is_refused_with_the_other_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "LONGEST_BOOK", 3)
    for _n in range(5):
        record("item.remark", by=world.reviewer, state=world.kl)
    client = world.client(world.reviewer)
    page = client.get(f"{LOG}?state=KL&verb=item.remark&format=xlsx")
    assert page.status_code == 422 and "CSV" in page.content.decode()
    assert client.get(f"{LOG}?state=KL&verb=item.return&format=xlsx").status_code == 200
