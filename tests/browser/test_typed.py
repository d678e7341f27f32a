"""What is typed outlives the session, in every kind of form."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from nudm.accounts.models import Session
from phases.models import Item
from states.models import Entry
from tests.browser.walk import Walk
from tests.world import PASSWORD, World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LINE = "/phases/KL/2/2.processes_standardised/"


def sign_in_again(page: Page, email: str) -> None:
    page.wait_for_selector("[name=password]")
    page.fill("[name=username]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")


def test_after_the_session_has_ended_the_form_is_as_it_was(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path
) -> None:
    world = World()
    world.started("2.processes_standardised")
    walk = Walk(browser, live_server.url, tmp_path)
    for path, typed, saved in (
        (LINE, {"#remark": "A long remark, typed for an hour"}, "button[value=save]"),
        ("/ulbs/KL/250001/edit/", {"[name=name_local]": "अल्फा नगर"}, "main form[method=post] button.btn"),
        (
            "/ulbs/KL/registers/incidents/new/",
            {"[name=title]": "Server is slow"},
            "main form[method=post] button.btn",
        ),
    ):
        page = walk.open(world.nodal, path)
        for field, text in typed.items():
            page.fill(field, text)
        chosen = page.query_selector_all("main select[required]")
        for box in chosen:
            box.select_option(index=1)
        Session.objects.all().delete()
        page.click(saved)
        sign_in_again(page, world.nodal.email)
        page.wait_for_selector("text=Here is what you had typed")
        assert page.url == walk.base + path
        for field, text in typed.items():
            assert page.input_value(field) == text
        boxes = page.query_selector_all("main select[required]")
        assert len(boxes) == len(chosen) and all(box.input_value() for box in boxes)
    page = walk.open(world.nodal, LINE)
    assert not page.is_visible("text=Here is what you had typed")


def test_a_change_by_somebody_else_meanwhile_is_a_conflict_with_both_texts(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path
) -> None:
    world = World()
    item = world.started("2.processes_standardised")
    walk = Walk(browser, live_server.url, tmp_path)
    page = walk.open(world.nodal, LINE)
    page.fill("#remark", "mine")
    world.client(world.unit).post(LINE, {"act": "save", "version": item.version, "remark": "theirs"})
    Session.objects.all().delete()
    page.click("button[value=save]")
    sign_in_again(page, world.nodal.email)
    page.wait_for_selector("text=Here is what you had typed")
    page.click("button[value=save]")
    page.wait_for_selector("text=theirs")
    assert page.is_visible("text=mine") and Item.objects.get(pk=item.pk).remark == "theirs"


def test_somebody_else_in_the_same_tab_finds_nothing(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path
) -> None:
    world = World()
    world.started("2.processes_standardised")
    walk = Walk(browser, live_server.url, tmp_path)
    page = walk.open(world.nodal, LINE)
    page.fill("#remark", "for my eyes")
    Session.objects.all().delete()
    page.click("button[value=save]")
    sign_in_again(page, world.unit.email)
    page.wait_for_selector("#remark")
    assert page.input_value("#remark") == ""
    assert not Entry.objects.filter(verb="item.remark").exists()


def test_after_a_refusal_the_summary_is_read_first(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path
) -> None:
    world = World()
    page = Walk(browser, live_server.url, tmp_path).open(world.nodal, "/ulbs/KL/registers/incidents/new/")
    page.evaluate("document.querySelectorAll('main [required]').forEach(one => { one.required = false; })")
    page.click("main form[method=post] button.btn")
    page.wait_for_selector("main .summary[role=alert]")
    assert page.evaluate("document.activeElement.className") == "summary"
