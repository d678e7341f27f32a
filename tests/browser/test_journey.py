"""Kerala from nothing to the close of Stage 3, in a real browser, with a report at a real SMTP peer."""

import email
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from playwright.sync_api import Browser, Page

from nudm.accounts.models.sessions import SessionStore
from nudm.core import jobs, mail
from phases.catalogue import catalogue
from phases.models import Item
from phases.records import KINDS
from reports.actions import reports, schedules
from reports.actions.reports import Asked
from reports.demo.answers import demo_pdf
from tests.conftest import Peer
from tests.world import World, office_hours
from ulbs.actions.figures import BASELINE
from ulbs.forms.town import months
from ulbs.models import Ulb

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = "2026-10-01"


class Walk:
    """One browser with a page for each person."""

    def __init__(self, browser: Browser, base: str, path: Path) -> None:
        self.browser, self.base = browser, base
        self.letter = path / "order.pdf"
        self.letter.write_bytes(demo_pdf("Order 12/2026"))
        self.pages: dict[int, Page] = {}

    def as_(self, person: Any) -> Page:
        """The page of this person, signed in."""
        if person.pk not in self.pages:
            session = SessionStore()
            session[SESSION_KEY] = str(person.pk)
            session[BACKEND_SESSION_KEY] = "nudm.accounts.backends.EmailBackend"
            session[HASH_SESSION_KEY] = person.get_session_auth_hash()
            session.save()
            context = self.browser.new_context()
            name = django_settings.SESSION_COOKIE_NAME
            context.add_cookies([{"name": name, "value": str(session.session_key), "url": self.base}])
            self.pages[person.pk] = context.new_page()
            self.pages[person.pk].set_default_timeout(10_000)
        return self.pages[person.pk]

    def open(self, person: Any, path: str) -> Page:
        page = self.as_(person)
        answer = page.goto(self.base + path)
        assert answer is not None and answer.status == 200, (path, answer and answer.status)
        return page

    def upload(self, person: Any, words: str = "Order 12/2026") -> None:
        """A letter of one's own for the state's library."""
        self.letter.write_bytes(demo_pdf(words))
        page = self.open(person, "/phases/KL/evidence/")
        page.set_input_files("input[name=file]", str(self.letter))
        page.fill("input[name=title]", "Order")
        page.fill("input[name=letter_number]", "12/2026")
        page.fill("input[name=letter_date]", DAY)
        page.click("main button.btn")

    def fill_record(self, person: Any, slug: str) -> None:
        """Every field, and the first row where there are rows."""
        page = self.open(person, f"/phases/KL/records/{slug}/")
        for box in page.query_selector_all(
            "main fieldset input, main fieldset select, main fieldset textarea"
        ):
            name, kind = box.get_attribute("name") or "", box.get_attribute("type") or ""
            if re.match(r"rows-[1-9]", name) or kind in {"checkbox", "hidden"} or name in {"link", "agency"}:
                continue
            if box.evaluate("e => e.tagName") == "SELECT":
                values = box.evaluate("e => [...e.options].map(o => o.value).filter(v => v)")
                box.select_option(values[0])
            elif kind == "date":
                box.fill(DAY)
            elif kind == "number":
                box.fill("2")
            elif name.endswith("year"):
                box.fill("2026-27")
            else:
                box.fill("As ordered")
        page.click("main button.btn:last-of-type")
        assert page.is_visible(".b-complete"), (slug, page.inner_text("main"))

    def cite_and_save(self, person: Any, stage: int, code: str) -> None:
        page = self.open(person, f"/phases/KL/{stage}/{code}/")
        page.select_option("#lib", index=0)
        page.click("button[value=cite]")
        page.fill("#remark", f"Done for {code}")
        page.click("button[value=save]")

    def submit_ready(self, person: Any, stage: int) -> None:
        page = self.open(person, f"/phases/KL/{stage}/")
        page.click("text=Submit the chosen lines")

    def answer_all(self, person: Any, act: str, *, first_only: bool = False) -> None:
        page = self.open(person, "/phases/review/")
        if first_only:
            page.check("input[name=item] >> nth=0")
            page.select_option("select[name=reason]", "incomplete")
            page.fill("textarea[name=note]", "Page 3 is missing. Upload the whole order.")
        else:
            page.check("#all")
        page.click(f"button[value={act}]")

    def send(self, person: Any, path: str, values: dict[str, str], press: str) -> Page:
        """Fill a form as a person does, and press its button."""
        page = self.open(person, path)
        for name, value in values.items():
            box = page.locator(f"main [name={name}]").first
            if box.evaluate("e => e.tagName") == "SELECT":
                box.select_option(value)
            else:
                box.fill(value)
        page.locator(press).first.click()
        page.wait_for_load_state()
        assert not page.is_visible(".summary"), (path, page.inner_text("main"))
        return page

    def read_in(self, person: Any, rows: list[str], path: Path) -> None:
        """The LGD's export, read in and confirmed."""
        file = path / "lgd.csv"
        file.write_text("\n".join([HEADING, *rows]))
        page = self.open(person, "/ulbs/KL/import/")
        page.set_input_files("input[name=file]", str(file))
        page.click("text=Show what it would change")
        page.click("text=Write all of it to the register")
        assert page.is_visible("text=Written to the register"), page.inner_text("main")

    def confirm_on_a_phone(self, person: Any) -> None:
        """A town's clerk answers a fact on a narrow screen."""
        page = self.as_(person)
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto(self.base + "/")
        card = page.locator("#nodal_officer")
        card.locator("input[value=yes]").check()
        card.locator("textarea").fill("A. Officer, Revenue Inspector")
        card.locator("button.btn").click()
        assert page.is_visible("text=Saved."), page.inner_text("main")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360

    def baseline(self, person: Any, code: int) -> None:
        values = {f"b-{metric}": "20" for metric in BASELINE}
        self.send(person, f"/ulbs/KL/{code}/town/", values, "#baseline button.btn")

    def prepare(self, person: Any, code: int) -> None:
        """Everything of a module up to the training."""
        values = {"master_data": "validated"} | dict.fromkeys(
            ("configured_on", "uat_planned_on", "trained_on"), DAY
        )
        self.send(person, f"/ulbs/KL/{code}/PGR/", values, "main form[method=post] button.btn")

    def go_live(self, person: Any, code: int) -> None:
        values = {"uat_signed_on": DAY, "live_on": DAY, "live_url": "https://kl.example.in/pgr"}
        self.send(person, f"/ulbs/KL/{code}/PGR/", values, "main form[method=post] button.btn")

    def enter(self, person: Any, slug: str, values: dict[str, str], act: str = "save") -> None:
        path = f"/ulbs/KL/registers/{slug}/"
        self.send(person, path + ("new/" if act == "close" else ""), values, f"button[value={act}]")


HEADING = (
    "S.No.,Local Body Code,Local Body Version,Local Body Name (In English),Local Body Name (In Local),"
    "Localbody Type Code,Census 2011 Code,State Code,State Name (In English)"
)


def run_the_state(walk: Walk, nodal: Any, codes: list[int]) -> None:
    """What Stage 3 counts beside the towns: cadence, reviews, help desk, figures of three months."""
    cadence = {"every": "month", "chair": "Secretary", "since": DAY}
    walk.enter(nodal, "cadence", cadence)
    for n in (1, 2):
        review = {"title": f"Review {n}", "on": DAY, "minutes": "Reviewed."}
        walk.enter(nodal, "meeting", review, "close")
    desk = {"number": "1800", "hours": "9-18", "staff": "2", "since": DAY}
    walk.enter(nodal, "help_desk", desk)
    for month in months()[1:4]:
        name = f"{month:%Y-%m}"
        values = {"tickets": "10", "tickets_in_time": "9"}
        walk.send(nodal, f"/ulbs/KL/figures/?month={name}", values, "form:has([name=tickets]) button.btn")
    for code in codes:
        name = f"{months()[1]:%Y-%m}"
        path = f"/ulbs/KL/{code}/figures/?month={name}"
        walk.send(nodal, path, {"transactions": "30"}, "form:has([name=transactions]) button.btn")


def test_kerala_walks_from_nothing_to_the_close_of_stage_3(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path, smtp: Peer
) -> None:
    world = World()
    walk = Walk(browser, live_server.url, tmp_path)
    nodal, agency, reviewer = world.nodal, world.agency, world.reviewer
    pilot, rest = world.ulb.lgd_code, 299_001
    Ulb.objects.update(pilot=False)
    walk.send(
        nodal, f"/ulbs/KL/{pilot}/edit/", {"district": "Alappuzha"}, "main form[method=post] button.btn"
    )
    walk.read_in(nodal, [f"1,{rest},1,Beta Town,,7,,32,KERALA"], tmp_path)
    page = walk.open(nodal, f"/ulbs/KL/{pilot}/")
    page.check("input[name=pilot]")
    page.click("text=Save the plan")
    walk.send(nodal, "/ulbs/KL/batches/fill/", {"size": "30"}, "main form[method=post] button.btn")

    walk.upload(nodal)
    for slug in KINDS:
        walk.fill_record(nodal, slug)
    walk.upload(agency, "The agency's report")
    for stage in (1, 2, 3):
        for line in catalogue().lines(stage):
            if line.kind == "attested":
                walk.cite_and_save(agency if line.owner == "agency" else nodal, stage, line.code)
        walk.submit_ready(nodal, stage)
        if stage == 1:
            walk.answer_all(reviewer, "return", first_only=True)
            returned = Item.objects.get(status="returned")
            page = walk.open(nodal, returned.get_absolute_url())
            assert page.is_visible("text=Upload the whole order")
            page.fill("#remark", "The whole order is attached now")
            page.click("button[value=submit]")
        walk.answer_all(reviewer, "accept")
    shut = walk.open(reviewer, "/phases/KL/1/").inner_text(".gate")
    assert "shut" in shut and "Master data collection" in shut

    walk.confirm_on_a_phone(world.town)
    for code in (pilot, rest):
        walk.baseline(nodal, code)
        walk.prepare(nodal, code)
    officials = world.client(nodal).post(
        f"/ulbs/KL/{pilot}/town/", {"part": "officials", "version": 0, "answer": "yes", "who": "B. Clerk"}
    )
    assert officials.status_code == 302
    gate = "main table:has-text('Batch 1') tbody tr"
    assert "0 of 1" in walk.open(nodal, "/ulbs/KL/batches/1/").inner_text("main")
    walk.go_live(nodal, pilot)
    opened = walk.open(nodal, "/ulbs/KL/batches/").inner_text(gate)
    assert "open" in opened.lower(), opened
    walk.send(nodal, "/ulbs/KL/batches/1/", {"started_on": DAY}, "main form[method=post] button.btn")
    walk.go_live(nodal, rest)
    run_the_state(walk, nodal, [pilot, rest])
    for stage in (1, 2, 3):
        page = walk.open(reviewer, f"/phases/KL/{stage}/")
        page.click(f"text=Close Stage {stage}")
        assert page.is_visible(f"text=Stage {stage} is closed."), page.inner_text("main")
    page = walk.open(nodal, "/states/KL/")
    cards = page.inner_text(".steps")
    assert cards.count("Complete") == 3 and "Ongoing" in cards
    assert page.locator("dl.strip div:has-text('ULBs live') dd").first.inner_text().split()[0] == "2"
    same_everywhere(world, nodal)

    post = world.kl_office.posts.get(kind="nodal_officer")
    values = {"kind": "progress", "of": "KL", "to": str(post.pk), "weekday": str(office_hours().weekday())}
    walk.send(nodal, "/reports/schedules/", values, "form:has([name=weekday]) button.btn")
    for job_id in schedules.queue_due(office_hours()):
        jobs.run(job_id)
    for outbox_id in schedules.queue_mails(office_hours()):
        mail.send(outbox_id)
    [(to, content)] = smtp.mails
    assert to == nodal.email
    text = attached_text(content, tmp_path)
    live = page_figures(walk.open(nodal, "/states/KL/"))
    for figure in live:
        assert figure in text, (figure, text[:400])


def same_everywhere(world: World, nodal: Any) -> None:
    """The number of live ULBs in the API, in the matrix's file, and in the report's forms."""
    client = world.client(nodal)
    towns = client.get("/api/v1/ulbs/", {"state": "KL"}).json()["results"]
    assert sum(town["live_on"] is not None for town in towns) == 2
    sheet = client.get("/ulbs/KL/matrix/", {"format": "csv"})
    text = b"".join(sheet.streaming_content) if sheet.streaming else sheet.content
    assert text.decode("utf-8-sig").count("Live") >= 2
    report, job = reports.ask(Asked("brief", world.kl, "en"), by=nodal)
    assert jobs.run(job.pk)
    report.refresh_from_db()
    for form in ("csv", "txt"):
        assert re.search(r"Live.{0,3}2.{1,3}2", reports.written(report, form).decode()), form
    common = client.get("/api/v1/national/common/").json()["Data"][0]["metrics"]
    assert (common["status"], common["totalLiveUlbsCount"]) == ("Live", 2)


def page_figures(page: Page) -> list[str]:
    """The criteria met, as the cards of the state's page show them."""
    return re.findall(r"\d/\d", page.inner_text(".steps"))


def attached_text(content: bytes, path: Path) -> str:
    """The text of the PDF in a mail."""
    message = email.message_from_bytes(content)
    [part] = [p for p in message.walk() if p.get_content_type() == "application/pdf"]
    file = path / "report.pdf"
    file.write_bytes(part.get_payload(decode=True))  # type: ignore[arg-type]
    return subprocess.run(["pdftotext", str(file), "-"], capture_output=True, text=True, check=True).stdout
