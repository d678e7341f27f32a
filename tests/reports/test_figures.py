"""Every number of every form is the frozen one; papers of 0, 1 and 50 ULBs lie whole on their pages."""

import io
import json
import re
import subprocess
from typing import Any

import pytest
from django.utils.translation import override
from pypdf import PdfReader, PdfWriter

from nudm.core.dates import today
from reports import snapshot
from reports.actions import reports as actions
from reports.actions.papers import check, fits
from reports.actions.reports import Asked
from reports.documents.older import sections_of
from reports.models import Report
from reports.periods import first_of
from reports.templatetags.reports_parts import widths
from states.access import grant
from states.actions import rights_changed
from states.management.commands.load_states import add_state_office
from states.models import State
from states.past import keep
from tests.reports import papers
from tests.reports.test_documents import busy, made
from tests.world import World
from ulbs.actions import rollout
from ulbs.catalogue import modules
from ulbs.models import Ulb

__all__ = ["busy"]
KINDS = ["progress", "mpr", "brief", "annexure", "charge"]
MARGIN = 15 / 25.4 * 72
DEVANAGARI = re.compile(r"[\u0900-\u097f]")


def report_of(world: World, kind: str, language: str, state: State | None = None) -> Report:
    state = state or world.kl
    post = world.kl_office.posts.get(kind="nodal_officer") if state == world.kl else None
    if kind == "charge" and post is None:
        post = state.teams.get(role="state").posts.get(kind="nodal_officer")
    month = first_of(today()) if kind == "mpr" else None
    return made(
        Asked(kind, state, language, month=month, post=post if kind == "charge" else None), world.head
    )


@pytest.mark.parametrize("language", ["en", "hi"])
def test_every_number_of_every_form_is_the_frozen_one(busy: World, language: str) -> None:
    compared = 0
    for kind in KINDS:
        report = report_of(busy, kind, language)
        sections = _the_same_in_every_file(report)
        read = papers.as_read(sections)
        _in_the_pdf(lie_whole(report, language)[1], read, kind)
        _in_the_message(report, sections)
        compared += sum(len(papers.numbers(" ".join(row))) for table in read for row in table)
    assert compared > 300


@pytest.mark.parametrize("language", ["en", "hi"])
def test_a_table_without_rows_says_so_in_every_file(sizes: World, language: str) -> None:
    """In a state without ULBs, none of the tables has to stand there as if something was forgotten."""
    state = State.objects.get(iso="LD")
    said = [papers.bare(_the_same_in_every_file(report_of(sizes, kind, language, state))) for kind in KINDS]
    assert all(words for table in said for words in table) and sum(map(len, said)) > 10


def _the_same_in_every_file(report: Report) -> list[dict[str, Any]]:
    """Document, CSV and workbook hold what is frozen; the sections of that."""
    source = json.loads(actions.written(report, "json"))
    assert snapshot.digest_of(source) == report.digest
    with override(report.language):
        sections = sections_of(source)
    cells, document = papers.as_cells(sections), actions.written(report, "docx")
    assert papers.of_docx(document) == papers.as_read(sections), report
    assert set(papers.bare(sections)) <= set(papers.paragraphs(document)), report
    assert papers.of_csv(actions.written(report, "csv")) == cells, report
    assert papers.of_xlsx(actions.written(report, "xlsx")) == cells, report
    return sections


def _in_the_pdf(text: str, read: list[list[list[str]]], kind: str) -> None:
    """All numbers of all tables, in their order, between those of heads and feet."""
    told = iter(papers.numbers(text))
    if kind == "progress":
        wanted = [papers.numbers(row[3]) for row in read[0]] + [papers.numbers(row[1]) for row in read[-1]]
    else:
        wanted = [papers.numbers(" ".join(row)) for table in read for row in table]
    for row in wanted:
        assert all(number in told for number in row), (kind, row)


def _in_the_message(report: Report, sections: list[dict[str, Any]]) -> None:
    text = actions.written(report, "txt").decode()
    assert report.code in text
    for part in sections:
        if part["key"] not in {"stages", "rollout", "towns"}:
            continue
        for row in papers.as_read([{**part, "tables": part["tables"][:1]}])[0]:
            assert any(papers.in_order(row, line) for line in text.splitlines()), row


def test_the_api_and_the_pages_say_what_the_report_says(busy: World) -> None:
    report = report_of(busy, "progress", "en")
    client = busy.client(busy.nodal)
    frozen = report.content["stages"]
    told = client.get("/api/v1/states/KL/progress/").json()["stages"]
    assert [(s["met"], s["total"], s["status"]) for s in told] == [
        (s["met"], s["total"], s["status"]) for s in frozen
    ]
    page = re.sub(r"<[^>]+>|\s+", " ", client.get("/states/KL/").content.decode())
    page = re.sub(r"\s+", " ", page)
    for stage in frozen[:3]:
        assert f"{stage['met']}/{stage['total']} criteria met" in page
    live = report.content["towns"][-1]
    assert f"ULBs live {live['n']} of {live['of']}" in page
    pilots = next(row for row in report.content["towns"] if row["words"] == "Pilots live")
    assert f"Pilots live {pilots['n']} of {pilots['of']}" in page
    shown = client.get(f"/reports/{report.pk}/").content.decode()
    for line in actions.written(report, "txt").decode().splitlines():
        assert line.replace("'", "&#x27;").replace('"', "&quot;") in shown


def lie_whole(report: Report, language: str) -> tuple[int, str]:
    """Tagged, in its language, its fonts inside and cut down; nothing off the page, on its margins or on
    another word; every cell read out of it whole, in its script, with the text beside the shapes and without;
    a bookmark for each section. How many pages, and their text."""
    root = PdfReader(report.file.path).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == language and "/StructTreeRoot" in root
    assert root["/Outlines"]["/Count"] > len(report.content.get("sections", ()))
    listed = subprocess.run(["pdffonts", report.file.path], capture_output=True, text=True, check=True)
    for row in listed.stdout.splitlines()[2:]:
        assert re.search(r"^\w{6}\+.* yes yes yes ", row), row
    pages = papers.pages_of(report.file.path)
    for width, height, words in pages:
        assert words, "an empty page"
        for word in words:
            assert word.left >= MARGIN - 2 and word.right <= width - MARGIN + 2, (report, word)
            assert word.top >= 0 and word.bottom <= height, (report, word)
        assert papers.overprinted(words) == [], report
    text = papers.of_pdf(report.file.path)
    assert "\u25cc" not in text and (DEVANAGARI.search(text) is not None) is (language == "hi")
    shape_by_shape = "\n".join(page.extract_text() for page in PdfReader(report.file.path).pages)
    with override(language):
        for read in (text, shape_by_shape):
            for part in sections_of(report.content):
                # The paper has the nation's totals, and all of a progress report, under headings of its own.
                headed = report.kind != "progress" and part["key"] != "nation"
                assert papers.missing([part], read, headed) == [], report
    return len(pages), text


@pytest.fixture
def sizes(busy: World) -> World:
    """A state without ULBs, one with one, and one to be grown."""
    add_state_office(busy._state(31, "LD", "Lakshadweep", "लक्षद्वीप", "ut"))
    grant(busy.centre_team, State.objects.all())
    rights_changed()
    return busy


def grown(world: World, count: int, used: int = 99) -> None:
    """The first state with so many ULBs, one of them with a long name and so many modules."""
    towns = world.towns(count - world.kl.ulbs.count())
    Ulb.objects.filter(pk=towns[0].pk).update(
        name="Srivenkateswarapuramagraharam-" * 3 + "Nagar Palika Parishad"
    )
    keep(Ulb.objects.filter(pk=towns[0].pk))
    edits = [
        rollout.Edit(towns[0].pk, code, {"master_data": "collecting"}) for code in list(modules())[:used]
    ]
    rollout.save_cells(world.kl, edits, by=world.nodal)


# Most of the time goes into laying pages out: an annexure is a part of the MPR too, and every kind of paper
# in both languages is looked at with the figures of a dozen ULBs above.
PAPERS = [
    ("empty", "mpr", "en"),
    ("empty", "brief", "hi"),
    ("one", "mpr", "hi"),
    ("many", "mpr", "en"),
    ("many", "mpr", "hi"),
    ("many", "brief", "en"),
]


@pytest.mark.once
def test_papers_of_0_1_and_50_ulbs_lie_whole_on_their_pages(sizes: World) -> None:
    grown(sizes, 50)
    for size, kind, language in PAPERS:
        whole(sizes, size, kind, language)


@pytest.mark.soak
@pytest.mark.parametrize("count", [50, 800])
def test_all_papers_in_both_languages_of_any_size_lie_whole_on_their_pages(sizes: World, count: int) -> None:
    grown(sizes, count, 99 if count == 50 else 9)
    for size in ("empty", "one", "many") if count == 50 else ("many",):
        for kind in KINDS:
            for language in ("en", "hi"):
                whole(sizes, size, kind, language)


def whole(world: World, size: str, kind: str, language: str) -> None:
    """A paper lies whole with each ULB on it; a brief on one page."""
    state = {"empty": State.objects.get(iso="LD"), "one": world.mh, "many": world.kl}[size]
    pages, text = lie_whole(report_of(world, kind, language, state), language)
    assert kind != "brief" or pages == 1
    if kind in {"mpr", "annexure"}:
        codes = set(re.findall(r"\b2[56]\d{4}\b", text))
        assert codes == {str(ulb.lgd_code) for ulb in state.ulbs.all()}


@pytest.mark.once
def test_national_papers_lie_whole_on_their_pages(busy: World) -> None:
    for kind in ("national", "review"):
        for language in ("en", "hi"):
            lie_whole(made(Asked(kind, None, language), busy.head), language)


def test_a_changed_digit_in_the_json_inside_the_pdf_is_found(busy: World) -> None:
    report = report_of(busy, "brief", "en")
    genuine = actions.written(report, "pdf")
    [(name, [inside])] = list(PdfReader(io.BytesIO(genuine)).attachments.items())
    assert fits(report, inside)
    forged = re.sub(rb"\d(?=\],)", lambda m: b"7" if m[0] != b"7" else b"6", inside, count=1)
    assert forged != inside and len(forged) == len(inside)
    assert snapshot.digest_of_text(forged) != report.digest and not fits(report, forged)
    writer = PdfWriter(clone_from=io.BytesIO(genuine))
    writer.add_attachment(name, forged)
    out = io.BytesIO()
    writer.write(out)
    assert not fits(report, out.getvalue())
    page = busy.client(None).post(
        f"/verify/{report.code}/", {"file": io.BytesIO(out.getvalue())}, format="multipart"
    )
    assert page.context["same"] is False
    for place, letter in enumerate(report.code):
        if letter != "-":
            wrong = report.code[:place] + ("2" if letter != "2" else "3") + report.code[place + 1 :]
            assert check(wrong) is None


@pytest.mark.parametrize("given", [[1, 4, 2, 1, 1, 1, 1, 2], [2, 4, 1, 2, 2, 2] + [1] * 13, [7], [1, 1, 1]])
def test_the_columns_of_a_table_are_as_wide_as_its_page(given: list[int]) -> None:
    found = widths({"columns": [{"width": width} for width in given]})
    assert sum(found) == 100 and min(found) >= 1
