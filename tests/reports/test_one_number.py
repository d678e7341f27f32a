"""A figure is the same wherever it is: in every form of a report, on a page and on the one it leads to."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from nudm.core.dates import show, today
from phases.actions import lines
from phases.models import Item
from phases.progress import progress_of
from reports.actions import reports as actions
from reports.actions.reports import Asked
from reports.documents.older import sections_of
from reports.periods import first_of
from tests.reports.papers import of_docx, paragraphs
from tests.reports.test_documents import busy, made
from tests.world import World

__all__ = ["busy"]
# What names the report or its parts, and words for programs beside words for people.
APART = {
    "digest", "audit", "kind", "language", "catalogue", "iso", "section", "ref", "status", "truth", "number",
    "lgd_code", "financial_year", "as_on", "slipped", "warning", "last_moved",
}  # fmt: skip


def leaves(value: Any) -> Iterator[Any]:
    """Every figure and sentence of the frozen content."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in APART:
                yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif value not in (None, ""):
        yield value


@pytest.mark.parametrize("language", ["en", "hi"])
@pytest.mark.parametrize("kind", ["progress", "national"])
def test_every_form_has_every_figure_that_the_paper_has(busy: World, kind: str, language: str) -> None:
    state, by = (busy.kl, busy.head) if kind == "progress" else (None, busy.head)
    report = made(Asked(kind, state, language), by)
    frozen = list(leaves(json.loads(actions.written(report, "json"))))
    assert len(frozen) > 30
    table = actions.written(report, "csv").decode()
    written = actions.written(report, "docx")
    docx = " ".join(" ".join(row) for table in of_docx(written) for row in table)
    for form, words in (("csv", table), ("docx", " ".join([docx, *paragraphs(written)]))):
        plain = re.sub(r"[\s,\"]+", " ", words)
        lost = [leaf for leaf in frozen if re.sub(r"[\s,\"]+", " ", str(leaf)) not in plain]
        assert lost == [], form


@pytest.mark.parametrize("kind", ["mpr", "brief", "charge", "review"])
def test_the_sentences_beside_a_table_are_in_every_form(busy: World, kind: str) -> None:
    post = busy.kl_office.posts.get(kind="nodal_officer") if kind == "charge" else None
    month = first_of(today()) if kind == "mpr" else None
    state = None if kind == "review" else busy.kl
    report = made(Asked(kind, state, "en", month=month, post=post), busy.head)
    said = [words for part in sections_of(report.content) if part["tables"] for words in part["text"]]
    rows = csv.reader(io.StringIO(actions.written(report, "csv").decode("utf-8-sig")))
    of_csv = [cell.removeprefix("'") for row in rows for cell in row]
    book = CalamineWorkbook.from_filelike(io.BytesIO(actions.written(report, "xlsx")))
    heads = [book.get_sheet_by_name(name).to_python()[1][0] for name in book.sheet_names]
    assert [words for words in said if words not in of_csv] == []
    assert [words for words in said if not any(words in head for head in heads)] == []
    assert [words for words in said if words not in paragraphs(actions.written(report, "docx"))] == []


def test_a_returned_item_says_so_beside_its_count(world: World) -> None:
    item = world.submitted("3.help_desk")
    lines.move(
        item, "return", version=item.version, by=world.reviewer, note="Not signed.", reason="not_signed"
    )
    report = made(Asked("progress", world.kl, "en"), world.head)
    [said] = [
        line["words"] for s in report.content["stages"] for line in s["lines"] if line["ref"] == "S3-O3"
    ]
    assert re.fullmatch(r"Returned \(\d+ of \d+\)", said)


def test_what_is_agreed_not_applicable_is_not_counted_as_accepted(world: World) -> None:
    item = Item(state=world.kl, code="2.customisations_agreed", stage=2)
    asked = lines.move(item, "ask_na", version=0, by=world.nodal, note="Nothing is customised.")
    lines.move(asked, "agree_na", version=asked.version, by=world.reviewer)
    assert progress_of([world.kl], since=today())[world.kl.pk].accepted_since == 0
    report = made(Asked("mpr", world.kl, "en", month=first_of(today())), world.head)
    [done] = [part for part in report.content["sections"] if part["key"] == "done"]
    assert [row[2] for row in done["tables"][0]["rows"]] == ["Not applicable"]
    page = world.client(world.reviewer).get(f"/phases/KL/compare/?from={show(today() - timedelta(days=1))}")
    assert page.context["moved"].accepted == 0


def test_the_dashboards_movement_leads_to_the_same_days(world: World) -> None:
    page = world.client(world.reviewer).get("/?since=02-11-2026").content.decode()
    assert f"/compare/?from=01-11-2026&amp;to={show(today())}" in page
