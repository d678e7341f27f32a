"""The matrix by keyboard, and a change of many without a script."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.walk import Walk
from tests.ulbs.test_matrix import STEPS
from tests.world import World, day
from ulbs.actions import rollout
from ulbs.models import Deployment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MATRIX = "/ulbs/KL/matrix/"


def at(page: Page) -> str:
    """Where the focus is: the end of a link's address, or the value of a box."""
    return str(page.evaluate("document.activeElement.value || document.activeElement.getAttribute('href')"))


def three_towns(world: World) -> None:
    edits = [rollout.Edit(ulb.pk, module, {}) for ulb in world.towns(2) for module in ("PGR", "PT")]
    rollout.save_cells(world.kl, [*edits, rollout.Edit(world.ulb.pk, "PGR", {})], by=world.nodal)


def test_arrows_move_space_chooses_and_enter_opens(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path
) -> None:
    world = World()
    three_towns(world)
    page = Walk(browser, live_server.url, tmp_path).open(world.nodal, MATRIX)
    page.focus("table.grid tbody input >> nth=0")
    for key, place in (
        ("ArrowRight", "../250001/"),
        ("ArrowRight", "../250001/PGR/"),
        ("ArrowDown", "../260003/PGR/"),
        ("ArrowRight", "../260003/PT/"),
        ("ArrowRight", "../260003/PT/"),
        ("ArrowUp", "../250001/PT/"),
        ("ArrowUp", "../250001/PT/"),
        ("Home", "250001"),
        ("End", "../250001/PT/"),
        ("ArrowDown", "../260003/PT/"),
    ):
        page.keyboard.press(key)
        assert at(page) == place, key
    page.keyboard.press("Space")
    assert page.is_checked("input[name=u][value='260003']")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("!document.activeElement.closest('tbody')")
    page.keyboard.press("Tab")
    assert at(page) == "../260003/PT/"
    page.keyboard.press("Enter")
    page.wait_for_url("**/ulbs/KL/260003/PT/")


def test_every_step_is_legible_on_a_desktop_and_on_a_phone(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path
) -> None:
    world = World()
    edits = [rollout.Edit(u.pk, "PGR", step) for u, step in zip(world.towns(len(STEPS)), STEPS, strict=True)]
    rollout.save_cells(world.kl, edits, by=world.nodal)
    gone = {"withdrawn_on": day(1), "withdrawn_reason": "The contract ended"}
    rollout.save_cell(world.live(world.ulb), "PGR", gone, version=1, by=world.nodal)
    walk = Walk(browser, live_server.url, tmp_path)
    for language, width in (("en", 1366), ("hi", 360)):
        page = walk.as_(world.nodal)
        page.context.add_cookies([{"name": "django_language", "value": language, "url": walk.base}])
        page.set_viewport_size({"width": width, "height": 800})
        walk.open(world.nodal, MATRIX)
        assert page.locator(".grid td a").count() == len(STEPS) + 1
        assert [v["id"] for v in Axe().run(page).response["violations"]] == []
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def test_many_are_changed_by_keyboard_and_what_is_refused_stays(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path
) -> None:
    world = World()
    three_towns(world)
    rollout.save_cell(world.ulb, "PGR", {"uat_signed_on": day(9)}, version=1, by=world.nodal)
    page = Walk(browser, live_server.url, tmp_path).open(world.nodal, MATRIX)
    page.check("#all")
    page.click("text=Change the chosen ULBs")
    page.check("input[name=modules][value=PGR]")
    page.fill("input[name=live_on]", day(2).isoformat())
    page.fill("input[name=live_url]", "https://{code}.example.in/")
    page.click("text=Set this")
    assert page.is_visible("text=Saved: 1") and page.is_visible("text=Refused: 2")
    assert page.input_value("input[name=live_url]") == "https://{code}.example.in/"
    assert page.locator("input[name=u]:checked").count() == 2
    assert [v["id"] for v in Axe().run(page).response["violations"]] == []
    assert Deployment.objects.get(live_on=day(2)).live_url == "https://250001.example.in/"


def test_without_a_script_a_page_of_ulbs_is_changed(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path
) -> None:
    world = World()
    three_towns(world)
    walk = Walk(browser, live_server.url, tmp_path)
    cookies = walk.as_(world.agency).context.cookies()
    page = browser.new_context(java_script_enabled=False).new_page()
    page.context.add_cookies(cookies)
    page.goto(walk.base + MATRIX)
    assert not page.is_visible("text=Arrow keys")
    page.check("input[name=u] >> nth=1")
    page.click("text=Change the chosen ULBs")
    page.check("input[name=modules][value=PT]")
    page.fill("input[name=configured_on]", day(1).isoformat())
    page.click("text=Set this")
    assert page.is_visible("text=Saved: 1")
    page.click("text=Back to the matrix >> nth=0")
    assert page.is_visible("td >> text=Configured")
