"""Kerala from nothing to the close of Stage 3, in a real browser, with a report at a real SMTP peer."""

import email
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, Page

from nudm.core import jobs, mail
from nudm.core.dates import today
from phases.catalogue import catalogue
from phases.models import Item
from phases.records import KINDS
from reports import actions
from reports.demo.answers import demo_pdf
from tests.conftest import Peer
from tests.world import World
from ulbs.rules import MilestoneKind

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

    def reach(self, person: Any, code: int, kinds: list[MilestoneKind]) -> None:
        page = self.open(person, f"/ulbs/KL/{code}/")
        for kind in kinds:
            page.fill(f"input[name={kind.value}]", DAY)
        page.click("text=Save the dates")
        assert page.is_visible("text=Saved."), page.inner_text("main")


def test_kerala_walks_from_nothing_to_the_close_of_stage_3(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path, smtp: Peer
) -> None:
    world = World()
    pilot = world.ulb
    pilot.pilot = False
    pilot.save()
    rest = world.towns(1)[0]
    walk = Walk(browser, live_server.url, tmp_path)
    nodal, agency, reviewer = world.nodal, world.agency, world.reviewer

    walk.upload(nodal)
    for slug in KINDS:
        walk.fill_record(nodal, slug)
    page = walk.open(nodal, f"/ulbs/KL/{pilot.lgd_code}/")
    page.check("input[name=pilot]")
    page.click("text=Save the plan")
    page = walk.open(nodal, "/ulbs/KL/")
    page.fill("input[name=number]", "1")
    page.fill("input[name=started_on]", DAY)
    page.click("text=Save the batch")
    page = walk.open(nodal, f"/ulbs/KL/{rest.lgd_code}/")
    page.select_option("select[name=batch]", label="Batch 1")
    page.click("text=Save the plan")

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
    walk.reach(nodal, pilot.lgd_code, list(MilestoneKind))
    walk.reach(nodal, rest.lgd_code, list(MilestoneKind))
    for stage in (1, 2, 3):
        page = walk.open(reviewer, f"/phases/KL/{stage}/")
        page.click(f"text=Close Stage {stage}")
        assert page.is_visible(f"text=Stage {stage} is closed."), page.inner_text("main")
    page = walk.open(nodal, "/states/KL/")
    cards = page.inner_text(".steps")
    assert cards.count("Complete") == 3 and "Ongoing" in cards

    post = world.kl_office.posts.get(kind="nodal_officer")
    page = walk.open(nodal, "/reports/")
    page.click("text=Send one every week")
    page.select_option("select[name=weekday]", str(today().weekday()))
    page.select_option("select[name=post]", str(post.pk))
    page.click("main details button")
    for job_id in actions.queue_due(today()):
        jobs.run(job_id)
    for outbox_id in actions.queue_mails(today()):
        mail.send(outbox_id)
    [(to, content)] = smtp.mails
    assert to == nodal.email
    text = attached_text(content, tmp_path)
    live = page_figures(walk.open(nodal, "/states/KL/"))
    for figure in live:
        assert figure in text, (figure, text[:400])


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
