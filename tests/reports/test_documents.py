"""Every form of a report says the same; a closed month is corrected by a new version; papers are checked."""

import io
import json
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.management import call_command
from docx import Document
from pypdf import PdfReader

from nudm.core import jobs
from nudm.core.dates import show, today
from nudm.core.errors import NotAllowed, Refused
from nudm.core.templatetags.ui import moment
from reports import signing, snapshot
from reports.actions import reports as actions
from reports.actions.papers import check, fits
from reports.actions.reports import Asked
from reports.documents import mpr
from reports.documents.facts import facts_of
from reports.models import Notice, Report
from reports.pdf import render_pdf
from reports.periods import closing_day, first_of, is_closed, month_before, next_month
from states.access import grant
from states.models import Entry, State
from states.past import keep
from tests.ulbs.registered import MEETING
from tests.world import World
from ulbs.actions import events, rollout
from ulbs.actions.figures import Given, save_figures
from ulbs.catalogue import metrics
from ulbs.models import Ulb
from ulbs.rules.events import EventKind

KINDS = ["mpr", "brief", "annexure", "progress"]


def made(asked: Asked, by: Any) -> Report:
    report, job = actions.ask(asked, by=by)
    assert jobs.run(job.pk)
    report.refresh_from_db()
    assert report.made_at is not None, report.failed
    return report


def this_month() -> date:
    return first_of(today())


@pytest.fixture
def busy(world: World) -> World:
    """A state with towns, modules and a formula for a name."""
    towns = world.towns(12)
    Ulb.objects.filter(pk=towns[0].pk).update(name="=HYPERLINK(1)")
    keep(Ulb.objects.filter(state=world.kl))
    for ulb in [world.ulb, *towns[1:4]]:
        world.live(ulb)
    edits = [rollout.Edit(ulb.pk, "PT", {"master_data": "collecting"}) for ulb in towns]
    rollout.save_cells(world.kl, edits, by=world.nodal)
    world.accepted("2.processes_standardised")
    return world


def test_no_name_becomes_a_formula_in_a_workbook_or_a_csv(busy: World) -> None:
    report = made(Asked("annexure", busy.kl, "en"), busy.nodal)
    with ZipFile(io.BytesIO(actions.written(report, "xlsx"))) as book:
        sheets = "".join(book.read(n).decode() for n in book.namelist() if n.startswith("xl/worksheets"))
    assert "<f>" not in sheets
    assert "'=HYPERLINK" in actions.written(report, "csv").decode("utf-8-sig")


def test_the_frozen_json_is_inside_the_pdf_and_has_the_printed_hash(busy: World) -> None:
    report = made(Asked("brief", busy.kl, "en"), busy.nodal)
    pdf = PdfReader(io.BytesIO(actions.written(report, "pdf")))
    [(name, [content])] = list(pdf.attachments.items())
    assert name == f"{report.code}.json"
    assert snapshot.digest_of(json.loads(content)) == report.digest
    assert report.digest in "".join(page.extract_text() for page in pdf.pages).replace("\n", "")


def test_a_paper_is_checked_by_anybody_and_a_changed_digit_fails(busy: World) -> None:
    report = made(Asked("brief", busy.kl, "en"), busy.nodal)
    visitor = busy.client(None)
    page = visitor.get(f"/verify/{report.code}/")
    assert page.status_code == 200 and "made here" in page.content.decode()
    wrong = ("1" if report.code[0] != "1" else "2") + report.code[1:]
    assert visitor.get(f"/verify/{wrong}/").status_code == 404
    assert fits(report, actions.written(report, "pdf"))
    text = json.dumps(report.content, indent=3).encode()
    assert fits(report, text)
    assert not fits(report, re.sub(rb"(\d)", lambda m: b"9" if m[1] != b"9" else b"8", text, count=1))
    verdict = check(report.code.lower())
    assert verdict is not None and verdict.signed
    signing.rotate()
    assert signing.holds(report.digest, report.signature, report.signed_with)
    assert not signing.holds(report.digest[::-1], report.signature, report.signed_with)


def test_the_public_page_reveals_nothing_of_the_content(busy: World) -> None:
    report = made(Asked("annexure", busy.kl, "en"), busy.nodal)
    text = busy.client(None).get(f"/verify/{report.code}/").content.decode()
    assert "Town 1" not in text and busy.nodal.email not in text and busy.nodal.name not in text


def test_a_closed_month_is_corrected_by_a_new_version_that_names_the_old(busy: World) -> None:
    month = month_before(month_before(this_month()))
    first = made(Asked("mpr", busy.kl, "en", month=month), busy.nodal)
    again, _job = actions.ask(Asked("mpr", busy.kl, "en", month=month), by=busy.nodal)
    assert again.pk == first.pk and first.as_on == closing_day(month, 5)
    second = made(Asked("mpr", busy.kl, "en", month=month, reason="Beta was left out"), busy.nodal)
    assert (second.number, second.supersedes) == (2, first)
    assert first.code in json.dumps(second.content)
    verdict = check(first.code)
    assert verdict is not None and verdict.newer == second.code


def test_the_mpr_sets_each_figure_of_the_month_beside_the_month_before(world: World) -> None:
    month, past = month_before(this_month()), month_before(month_before(this_month()))
    # Months from the go-live on count.
    world.live(world.ulb, "PGR", on=past)
    reported = [("transactions", past, 40), ("transactions", month, 55), ("citizens", past, 7)]
    given = [Given(code, Decimal(n), world.ulb.pk, "actual", when) for code, when, n in reported]
    save_figures(world.kl, given, by=world.nodal)
    known = facts_of(world.kl, today())
    [told] = [part for part in mpr.sections(known, known, month, "en") if part["key"] == "figures"]
    rows = {row[0]: row[1:] for row in told["tables"][0]["rows"]}
    assert rows[metrics()["transactions"].in_("en")] == [55, None, 40, 15]
    # Nothing was reported of the citizens this month: that is no fall by seven.
    assert rows[metrics()["citizens"].in_("en")] == [None, None, 7, None]


def test_the_change_of_towns_says_from_which_day_it_counts(busy: World) -> None:
    report = made(Asked("brief", busy.kl, "en"), busy.nodal)
    before = report.as_on - timedelta(days=30)
    assert f"less as known on {show(before)}" in json.dumps(report.content)


def test_a_note_sheet_stands_upright_and_only_its_annexure_lies_across(busy: World) -> None:
    report = made(Asked("mpr", busy.kl, "en", month=month_before(this_month())), busy.nodal)
    note = Document(io.BytesIO(actions.written(report, "docx")))
    sides = [(round(page.page_width.mm), round(page.page_height.mm)) for page in note.sections]
    assert sides == [(210, 297), (297, 210)]
    assert note.paragraphs[0].text == f"Subject: {report.content['title']}"
    assert note.paragraphs[1].text == f"As on: {show(report.as_on)}"


def test_a_message_tells_the_sums_of_what_is_too_long_for_it(busy: World) -> None:
    for n in range(20):
        busy._state(40 + n, f"X{n % 10}" if n < 10 else f"Y{n % 10}", f"State {n}", f"राज्य {n}", "state")
    grant(busy.centre_team, State.objects.all())
    text = actions.written(made(Asked("national", None, "en"), busy.head), "txt").decode()
    assert "Stage 1 complete: 0 / 22" in text and "ULBs live: 4 / 14" in text and "State 1" not in text
    assert "The report itself has all 22 lines." in text


@pytest.mark.parametrize(("who", "kind", "of"), [("head", "national", "IN"), ("nodal", "progress", "KL")])
def test_the_page_offers_a_report_that_there_is(busy: World, who: str, kind: str, of: str) -> None:
    client = busy.client(getattr(busy, who))
    ask = client.get("/reports/").context["ask"]
    assert ask["kind"].value() == kind and ask.fields["state"].choices[0][0] == of
    plan = client.get("/reports/schedules/").context["form"]
    assert plan["kind"].value() == kind and plan.fields["of"].choices[0][0] == of


def test_a_correction_names_the_older_paper_where_it_is_checked_and_on_its_own_page(busy: World) -> None:
    month = month_before(month_before(this_month()))
    first = made(Asked("mpr", busy.kl, "en", month=month), busy.nodal)
    second = made(Asked("mpr", busy.kl, "en", month=month, reason="Beta was left out"), busy.nodal)
    words = f"takes the place of version 1, made {moment(first.made_at)}, code {first.code}"
    public = busy.client(None).get(f"/verify/{second.code}/").content.decode()
    assert words in public and "Beta was left out" not in public
    assert words in busy.client(busy.nodal).get(f"/reports/{second.pk}/").content.decode()
    assert "takes the place of" not in busy.client(None).get(f"/verify/{first.code}/").content.decode()


def test_a_month_to_come_and_an_open_stage_have_no_report(world: World) -> None:
    with pytest.raises(Refused):
        actions.ask(Asked("mpr", world.kl, "en", month=next_month(this_month())), by=world.nodal)
    with pytest.raises(Refused):
        actions.ask(Asked("certificate", world.kl, "en", stage=1), by=world.nodal)
    with pytest.raises(NotAllowed):
        actions.ask(Asked("review", None, "en"), by=world.nodal)


@pytest.mark.parametrize(
    ("day", "closed"), [(date(2026, 11, 5), False), (date(2026, 11, 6), True), (date(2027, 1, 1), True)]
)
def test_a_month_closes_at_the_end_of_its_day(day: date, closed: bool) -> None:
    assert is_closed(date(2026, 10, 1), 5, day) is closed


def test_a_charge_report_lists_the_open_desk_and_the_holders(busy: World) -> None:
    post = busy.kl_office.posts.get(kind="nodal_officer")
    busy.submitted("2.customisations_agreed")
    report = made(Asked("charge", busy.kl, "en", post=post), busy.nodal)
    text = json.dumps(report.content, ensure_ascii=False)
    assert busy.nodal.label in text and "S2-O3" in text
    with pytest.raises(Refused):
        other = busy.mh_office.posts.get(kind="nodal_officer")
        actions.ask(Asked("charge", busy.kl, "en", post=other), by=busy.nodal)


def test_the_national_note_ranks_peers_by_what_moved(busy: World) -> None:
    report = made(Asked("review", None, "hi"), busy.reviewer)
    ranks = next(part for part in report.content["sections"] if part["key"] == "movement")["tables"][0][
        "rows"
    ]
    assert [row[2] for row in ranks] == ["महाराष्ट्र", "केरल"]
    assert [(row[1] is None, row[-1] == "0.0") for row in ranks] == [(True, True), (False, False)]


def test_who_asked_finds_the_report_in_the_inbox_and_may_stop_it(world: World) -> None:
    report, job = actions.ask(Asked("brief", world.kl, "en"), by=world.nodal)
    with pytest.raises(NotAllowed):
        actions.cancel(report, by=world.unit)
    actions.cancel(report, by=world.nodal)
    jobs.run(job.pk)
    report.refresh_from_db()
    assert report.made_at is None and "Stopped" in report.failed
    other = made(Asked("brief", world.kl, "hi"), world.nodal)
    assert Notice.objects.get().url == f"/reports/{other.pk}/"


def test_a_neighbours_words_are_in_no_form_of_a_report(busy: World) -> None:
    Ulb.objects.filter(pk=busy.far_ulb.pk).update(name="Canary Town")
    keep(Ulb.objects.filter(pk=busy.far_ulb.pk))
    for kind in KINDS:
        month = this_month() if kind == "mpr" else None
        report = made(Asked(kind, busy.kl, "en", month=month), busy.nodal)
        for form in actions.TYPES:
            assert b"Canary" not in actions.written(report, form)


def test_the_report_of_yesterday_says_what_was_known_yesterday(busy: World) -> None:
    month = month_before(this_month())
    if is_closed(month, 5, today()):
        report = made(Asked("mpr", busy.kl, "en", month=month), busy.nodal)
        rollout_part = next(part for part in report.content["sections"] if part["key"] == "rollout")
        assert rollout_part["tables"][0]["rows"][-1][1][0] == 0
    assert timedelta(0) < today() - month


@pytest.mark.parametrize("language", ["en", "hi"])
@pytest.mark.parametrize("kind", ["progress", "brief", "national", "review"])
def test_every_report_prints_how_far_the_audit_log_has_come(busy: World, kind: str, language: str) -> None:
    """With it a log that was cut off or written anew afterwards is found out."""
    state = None if kind in {"national", "review"} else busy.kl
    report = made(Asked(kind, state, language), busy.reviewer)
    head = report.content["audit"]
    line = Entry.objects.get(state=state, number=head["number"])
    assert line.digest == head["digest"]
    assert line.verb == "report.ask"
    assert state or Entry.objects.filter(verb="audit.seal", number__lt=line.number).exists()
    with report.file.open("rb") as file:
        text = "".join(page.extract_text() for page in PdfReader(file).pages)
    printed = text.replace("\n", "").replace(" ", "")
    assert f"{head['number']}:{head['digest']}" in printed and report.digest in printed
    document = Document(io.BytesIO(actions.written(report, "docx")))
    assert any(head["digest"] in paragraph.text for paragraph in document.paragraphs)
    call_command("verify_audit", head=[head["digest"]], stdout=io.StringIO())


def test_a_report_frozen_before_the_chain_is_rendered_as_it_was(busy: World) -> None:
    report = made(Asked("brief", busy.kl, "en"), busy.nodal)
    del report.content["audit"]
    assert b"%PDF" in render_pdf(report.content, report.digest)
    assert actions.written(report, "docx")


def test_the_monthly_report_lists_what_was_held_and_not_what_was_only_planned(world: World) -> None:
    for title, close in (("Held", True), ("Never closed", False)):
        values = MEETING | {"title": title, "on": today()}
        events.save_event(world.kl, EventKind.MEETING, values, close=close, by=world.nodal)
    known = facts_of(world.kl, today())
    told = str([p for p in mpr.sections(known, known, first_of(today()), "en") if p["key"] == "events"])
    assert "Held" in told and "Never closed" not in told
