"""One browser, a page for each person, and what they do in it."""

import re
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings as django_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from playwright.sync_api import Browser, Page

from nudm.accounts.models.sessions import SessionStore
from reports.demo.answers import demo_pdf
from ulbs.actions.figures import BASELINE
from ulbs.forms.town import months

# All that happened lies three finished months back: the figures of each of them count.
DAY = months()[3].isoformat()


HEADING = (
    "S.No.,Local Body Code,Local Body Version,Local Body Name (In English),Local Body Name (In Local),"
    "Localbody Type Code,Census 2011 Code,State Code,State Name (In English)"
)


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
        page.click("form[data-pieces] button.btn")

    def fill_record(self, person: Any, slug: str) -> None:
        """Every field, and the first row where there are rows."""
        page = self.open(person, f"/phases/KL/records/{slug}/")
        for box in page.query_selector_all(
            "main fieldset input, main fieldset select, main fieldset textarea"
        ):
            name, kind = box.get_attribute("name") or "", box.get_attribute("type") or ""
            left_out = kind in {"checkbox", "hidden"} or name in {"", "link", "agency"}
            if re.match(r"rows-[1-9]", name) or left_out:
                continue
            if box.evaluate("e => e.tagName") == "SELECT":
                values = box.evaluate("e => [...e.options].map(o => o.value).filter(v => v)")
                box.select_option(values[0])
            elif box.get_attribute("data-day"):
                box.fill(DAY)
            elif box.get_attribute("inputmode") in {"numeric", "decimal"}:
                box.fill("2")
            elif name.endswith("year"):
                box.fill("2026-27")
            else:
                box.fill("As ordered")
        page.click("main form[method=post] button.btn:last-of-type")
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
            elif box.get_attribute("type") == "checkbox":
                page.check(f"main [name={name}][value={value}]")
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

    def confirm_on_a_phone(self, person: Any, path: str, fact: str) -> None:
        """An office answers a fact about its ULB on a narrow screen."""
        page = self.as_(person)
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto(self.base + path)
        card = page.locator(f"#{fact}")
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
        values = {"master_data": "validated"} | dict.fromkeys(("configured_on", "trained_on"), DAY)
        # A plan is made for a day that is not over.
        values["uat_planned_on"] = date.today().isoformat()
        self.send(person, f"/ulbs/KL/{code}/PGR/", values, "main form[method=post] button.btn")

    def go_live(self, person: Any, code: int) -> None:
        values = {"uat_signed_on": DAY, "live_on": DAY, "live_url": "https://kl.example.in/pgr"}
        self.send(person, f"/ulbs/KL/{code}/PGR/", values, "main form[method=post] button.btn")

    def enter(self, person: Any, slug: str, values: dict[str, str], act: str = "save") -> None:
        path = f"/ulbs/KL/registers/{slug}/"
        self.send(person, path + ("new/" if act == "close" else ""), values, f"button[value={act}]")
