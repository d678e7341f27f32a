"""Files of lists of any length: CSV is sent while it is made, a workbook is bounded, both within the reader's
own States/UTs and in their language."""

import csv
import io
import tracemalloc
from typing import Any

import pytest

from nudm.core import tables
from nudm.core.dates import show, today
from states.models import Entry
from tests.web_role import web_role
from tests.world import World
from ulbs.actions import logs, rollout
from ulbs.models import Incident

MANY = 3_000
FILES = {
    "list": "/ulbs/KL/?",
    "register of ULBs": "/ulbs/KL/?what=register&",
    "readiness": "/ulbs/KL/?what=readiness&",
    "matrix": "/ulbs/KL/matrix/?",
    "incidents": "/ulbs/KL/registers/incidents/?",
    "what moved": "/phases/KL/compare/?",
}


def fill(world: World) -> None:
    """Three incidents, and a module newly planned."""
    for n in range(3):
        told = {"title": f"Incident {n}", "severity": "minor", "opened_on": today()}
        logs.save_incident(world.kl, told, by=world.agency)
    rollout.save_cell(world.ulb, "PGR", {"in_scope": True}, version=None, by=world.nodal)


def text_of(answer: Any) -> str:
    with web_role():
        return b"".join(answer.streaming_content).decode("utf-8-sig")


@pytest.mark.by_hand
def test_a_long_register_is_sent_while_it_is_made_in_little_memory(world: World) -> None:
    Incident.objects.bulk_create(
        Incident(
            state=world.kl, title=f"{n:05d} {'x' * 100}", severity="minor", owner="agency", opened_on=today()
        )
        for n in range(MANY)
    )
    answer: Any = world.client(world.nodal).get(f"{FILES['incidents']}format=csv")
    assert Entry.objects.filter(verb="register.export").latest("pk").data["rows"] == MANY
    pieces, sent, rows = 0, 0, 0
    tracemalloc.start()
    with web_role():
        for piece in answer.streaming_content:
            pieces, sent, rows = pieces + 1, sent + len(piece), rows + piece.count(b"\n")
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows == MANY + 2 and pieces > 5
    # The entries as objects of the database, all at once, would be more.
    assert peak < 2_500_000 and sent > MANY * 100


@pytest.mark.parametrize("name", FILES)
def test_every_list_is_streamed_as_csv_with_the_rows_of_its_workbook(world: World, name: str) -> None:
    fill(world)
    client = world.client(world.nodal)
    answer: Any = client.get(f"{FILES[name]}format=csv")
    assert answer.status_code == 200 and answer.headers.get("Content-Length") is None
    rows = list(csv.reader(io.StringIO(text_of(answer))))
    assert len(rows) > 2 and len({len(row) for row in rows[1:]}) == 1
    then: Any = client.get(f"{FILES[name]}format=csv&as_on={show(today())}")
    assert list(csv.reader(io.StringIO(text_of(then))))[1:] == rows[1:]


@pytest.mark.parametrize("name", FILES)
def test_a_workbook_of_more_rows_is_refused_in_words(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    fill(world)
    monkeypatch.setattr(tables, "LONGEST_BOOK", 0)
    client = world.client(world.nodal)
    page = client.get(f"{FILES[name]}format=xlsx")
    assert page.status_code == 422 and "Take the CSV file" in page.content.decode()
    assert client.get(f"{FILES[name]}format=csv").status_code == 200


@pytest.mark.parametrize("place", ["/ulbs/KL/figures/?format=xlsx&month=2026-10", "/ulbs/KL/sheet/"])
def test_a_sheet_to_fill_in_is_bounded_too(world: World, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    client = world.client(world.nodal)
    assert client.get(place).status_code == 200
    monkeypatch.setattr(tables, "LONGEST_BOOK", 0)
    page = client.get(place)
    assert page.status_code == 422 and "A workbook is made of at most 0 rows" in page.content.decode()


def test_a_streamed_list_holds_the_readers_own_rows_and_language(world: World) -> None:
    client = world.client(world.nodal)
    client.post("/language/", {"language": "hi"})
    answer: Any = client.get(f"{FILES['register of ULBs']}format=csv")
    other: Any = world.client(world.neighbour).get("/ulbs/MH/?what=register&format=csv")
    with web_role():
        mine = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert world.kl.name_hi in mine and "LGD code" not in mine
    assert str(world.ulb.lgd_code) in mine and str(world.ulb.lgd_code) not in text_of(other)
    assert world.client(world.neighbour).get(f"{FILES['list']}format=csv").status_code == 404
