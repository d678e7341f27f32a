"""A town without an account answers by its link, and what is printed is whole."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.walk import Walk
from tests.world import World
from ulbs.actions import readiness
from ulbs.models import Readiness

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 360, "height": 740}


def test_a_town_answers_by_its_link_in_its_own_language(
    browser: Browser, live_server: Any, transactional_db: Any
) -> None:
    world = World()
    secret = readiness.make_link(world.ulb, address="https://x/", by=world.nodal)
    page = browser.new_context(viewport=PHONE).new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{live_server.url}/t/{secret}/")
    page.click("button[name=language][value=hi]")
    assert page.get_attribute("html", "lang") == "hi" and f"/t/{secret}/" in page.url
    page.check("#nodal_officer_yes")
    page.fill("#nodal_officer_who", "A. Officer, Revenue Inspector")
    page.click("#nodal_officer form button")
    page.wait_for_selector("#nodal_officer .b-met")
    row = Readiness.objects.get()
    assert row.via_link and row.who == "A. Officer, Revenue Inspector"
    page.context.clear_cookies()
    page.click("#nodal_officer details summary")
    page.fill("#nodal_officer_note", "Changed")
    page.click("#nodal_officer form button")
    page.click("main a.btn")
    assert page.is_visible("#nodal_officer") and Readiness.objects.get().note == ""
    page.click("#nodal_officer .note button >> nth=0")
    assert page.input_value("#nodal_officer_note") == "Changed"
    page.click("#nodal_officer form button:not([type=button])")
    page.wait_for_selector("text=Changed")
    assert Readiness.objects.get().note == "Changed"
    page.reload()
    assert page.locator("#nodal_officer .note").count() == 0


def test_every_row_of_the_matrix_and_every_month_of_the_figures_are_printed(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path
) -> None:
    world = World()
    towns = world.towns(40)
    for town in towns:
        world.live(town)
    walk = Walk(browser, live_server.url, tmp_path)
    for path, wanted in (
        ("/ulbs/KL/matrix/", {str(town.name) for town in towns}),
        ("/ulbs/KL/figures/", set()),
    ):
        page = walk.open(world.nodal, path)
        cells = {cell.strip() for cell in page.locator("thead th").all_inner_texts() if cell.strip()}
        wanted |= cells if "figures" in path else set()
        page.pdf(path=tmp_path / "printed.pdf", prefer_css_page_size=True)
        told = subprocess.run(
            ["pdftotext", "-layout", tmp_path / "printed.pdf", "-"],
            capture_output=True,
            text=True,
            check=True,
        )
        printed = re.sub(r"\s+", " ", told.stdout)
        assert wanted and not [words for words in wanted if words not in printed], path
