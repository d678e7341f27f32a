"""The centre's auditor reads what was done, and who had access when; the file says what the page says."""

import ast
import csv
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from nudm.core.dates import show, today
from phases.rules import MOVES
from states import actions, audit
from states.models import Entry
from states.rules import PostKind, had_access
from states.words import VERBS, verb_words
from tests.test_house import FILES
from tests.world import World

LOG = "/states/people/audit/"
ACCESS = "/states/people/audit/access/"


def cells_of(answer: Any) -> list[list[str]]:
    """The table of a page, its headings first, as a reader sees it; a dash stands for nothing."""
    table = re.search(r"<table.*?</table>", answer.content.decode(), re.S)
    assert table is not None
    rows = [re.split(r"<t[hd][^>]*>", row)[1:] for row in re.split(r"<tr>", table.group())[1:]]
    cells = [[unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in row] for row in rows]
    return [["" if cell == "–" else cell for cell in row] for row in cells if len(row) > 1]


def lines_of(answer: Any) -> list[list[str]]:
    """The same of a file, without the line that says what is asked."""
    assert answer["Content-Type"] == "text/csv; charset=utf-8" and answer.streaming
    content = b"".join(answer.streaming_content)
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(content.decode("utf-8-sig"))))[1:]


@pytest.mark.parametrize("language", ["en", "hi"])
@pytest.mark.parametrize(
    "query", ["", "state=KL&verb=evidence.cite", "person=nodal.kl", "row=item", "state=IN"]
)
def test_the_file_says_what_the_page_says(world: World, language: str, query: str) -> None:
    world.submitted()
    world.submitted(state=world.mh)
    actions.record("report.ask", by=world.reviewer)
    client = world.client(world.reviewer)
    client.cookies["django_language"] = language
    page, file = client.get(f"{LOG}?{query}"), client.get(f"{LOG}?{query}&format=csv")
    shown = cells_of(page)
    assert len(shown) > 1
    assert lines_of(file) == shown
    assert Entry.objects.latest("pk").verb == "audit.export"


def test_the_file_has_all_pages_and_neutral_formulas(world: World) -> None:
    for n in range(120):
        actions.record("item.remark", by=world.nodal, state=world.kl, n=n)
    type(world.nodal).objects.filter(pk=world.nodal.pk).update(name="=1+1")
    client = world.client(world.reviewer)
    assert len(cells_of(client.get(f"{LOG}?verb=item.remark"))) == 51
    assert len(cells_of(client.get(f"{LOG}?verb=item.remark&page=3"))) == 21
    lines = lines_of(client.get(f"{LOG}?verb=item.remark&format=csv"))
    assert len(lines) == 121
    assert {line[2] for line in lines[1:]} == {"'=1+1"}


def test_a_filter_narrows_by_state_person_verb_day_and_row(world: World) -> None:
    item = world.submitted()
    world.submitted(state=world.mh)
    client = world.client(world.reviewer)

    def numbers(query: str) -> set[str]:
        return {row[0] for row in cells_of(client.get(f"{LOG}?{query}"))[1:]}

    assert {number[:2] for number in numbers("state=KL")} == {"KL"}
    assert {number[:2] for number in numbers("state=IN")} == {"IN"}
    assert numbers("person=nodal.mh@") == {
        f"MH {line.number}" for line in Entry.objects.filter(actor=world.neighbour)
    }
    assert len(numbers("verb=item.submit")) == 2
    assert len(numbers(f"row=item+{item.pk}&verb=item.submit")) == 1
    day = timezone.localdate()
    assert numbers(f"start={day}&end={day}") == numbers("")
    assert numbers(f"end={day - timedelta(days=1)}") == set()
    assert numbers(f"start={day + timedelta(days=1)}") == set()
    for wrong in ("state=XX", "start=soon", "verb=x", "row=item+12+3"):
        assert client.get(f"{LOG}?{wrong}").status_code == 422, wrong
        assert client.get(f"{LOG}?{wrong}&format=csv").status_code == 422, wrong


def test_the_log_is_for_the_centre_alone(world: World) -> None:
    for who in ("head", "reviewer"):
        assert world.client(getattr(world, who)).get(LOG).status_code == 200
        assert "Audit log" in world.client(getattr(world, who)).get("/states/people/").content.decode()
    for who in ("ministry", "nodal", "unit", "agency", "town", "nobody", "neighbour"):
        client = world.client(getattr(world, who))
        for url in (LOG, f"{LOG}?format=csv", f"{ACCESS}?state=KL&day={today()}", f"{ACCESS}?format=csv"):
            assert client.get(url).status_code == 403, (who, url)
    assert "Audit log" not in world.client(world.nodal).get("/states/people/").content.decode()
    assert not Entry.objects.filter(verb="audit.export").exists()


def test_who_acts_by_another_post_reads_no_log(world: World) -> None:
    second = actions.add_post(world.kl_office, PostKind.FELLOW, "Fellow")
    actions.appoint(second, world.reviewer, world.start)
    client = world.client(world.reviewer)
    client.post("/states/act-as/", {"post": second.pk})
    assert client.get(LOG).status_code == 403


def test_the_pages_stay_within_ten_queries(world: World) -> None:
    for n in range(60):
        actions.record("item.remark", by=world.nodal, state=(world.kl, world.mh, None)[n % 3], n=n)
    client = world.client(world.reviewer)
    for url in (f"{LOG}?person=nodal&row=item", LOG, f"{ACCESS}?state=KL&day={today()}"):
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        assert len(queries) <= 10, (url, len(queries))


def held(world: World, iso: str, day: Any) -> dict[str, list[str]]:
    answer = world.client(world.reviewer).get(f"{ACCESS}?state={iso}&day={day}")
    rows = cells_of(answer)
    file = world.client(world.reviewer).get(f"{ACCESS}?state={iso}&day={day}&format=csv")
    assert lines_of(file) == rows
    return {row[0]: row for row in rows[1:]}


def test_who_had_access_to_a_state_on_a_day(world: World) -> None:
    now = held(world, "KL", today())
    assert now.keys() == {"nodal.kl", "unit.kl", "agency", "town", "head", "reviewer", "ministry"}
    assert now["nodal.kl"][1:5] == ["Nodal Officer", "Kerala State Office", show(world.start), ""]
    assert held(world, "MH", today()).keys() == {"nodal.mh", "head", "reviewer", "ministry"}
    assert held(world, "KL", world.start - timedelta(days=1)) == {}


def test_an_appointment_entered_late_and_an_end_entered_late_are_told(world: World) -> None:
    """The paper says one thing and the doors another: what was entered when is shown beside it."""
    actions.relieve(world.nodal.appointments.get(), today() - timedelta(days=3), by=world.head)
    yesterday = held(world, "KL", today() - timedelta(days=1))
    assert yesterday["nodal.kl"][4] == show(today() - timedelta(days=3))
    assert "end entered on" in yesterday["nodal.kl"][5] and "; " in yesterday["nodal.kl"][5]
    assert yesterday["unit.kl"][5].startswith("entered on")
    assert "nodal.kl" in held(world, "KL", today())
    assert "nodal.kl" not in held(world, "KL", today() + timedelta(days=1))


def test_an_agency_is_told_where_it_served_that_day(world: World) -> None:
    """What it serves now does not count; what it served at the end of that day does."""
    yesterday = today() - timedelta(days=1)
    assert "agency" not in held(world, "KL", yesterday), "served since today, by the log"
    actions.serve(world.agency_team, [world.mh], by=world.head)
    assert "agency" not in held(world, "KL", today())
    assert "agency" in held(world, "MH", today())


@pytest.mark.parametrize(
    ("day", "until", "entered", "had"),
    [
        (9, None, None, False),
        (10, None, None, True),
        (19, 20, None, True),
        (20, 20, None, False),
        (20, 20, 15, False),
        (20, 20, 20, True),
        (22, 20, 22, True),
        (23, 20, 22, False),
    ],
)
def test_access_begins_with_the_appointment_and_ends_when_the_end_is_entered(
    day: int, until: int | None, entered: int | None, had: bool
) -> None:
    def on(number: int | None) -> Any:
        return today() + timedelta(days=number) if number is not None else None

    assert had_access(on(day), on(10), on(until), on(entered)) is had


def verbs_in_code() -> Iterator[str]:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            place = {"record": 0, "log": 0, "note": 0, "_people_moved": 1}.get(node.func.id)
            given = node.args[place] if place is not None and len(node.args) > place else None
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                yield given.value


def test_every_verb_has_words() -> None:
    verbs = {*verbs_in_code(), *(f"item.{move.name}" for move in MOVES)}
    assert len(verbs) > 40
    assert sorted(verbs - VERBS.keys()) == []
    assert verb_words("of.tomorrow") == "of.tomorrow"


def test_details_are_said_plainly(world: World) -> None:
    line = actions.record("item.remark", state=world.kl, code="2.x", changed={"live": [None, "2026-11-24"]})
    cells = {column.title: column.value(line) for column in audit.entry_columns()}
    assert cells["Details"] == 'code: 2.x; changed: {"live": [null, "2026-11-24"]}'
    assert cells["Who"] == "the system"
    assert cells["SHA-256"] == line.digest[:12]
