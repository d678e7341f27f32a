"""An answer about the session, or a page of a proxy, is never taken for a broken line; what is typed is
never lost."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from nudm.accounts.models import Session
from nudm.core.bounds import REMARK
from phases.models import Evidence, Item
from states.models import Draft
from tests.browser.walk import Walk
from tests.core.test_pieces import letter
from tests.test_nginx import Proxy
from tests.world import PASSWORD, World
from tools.test import free_port

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LINE = "/phases/KL/2/2.processes_standardised/"


def sign_in(page: Page, email: str) -> None:
    page.fill("[name=username]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_selector("body[data-person]")


def beside(page: Page, address: str, email: str) -> None:
    """Sign in in another tab of the same browser, and come back."""
    other = page.context.new_page()
    other.goto(address)
    sign_in(other, email)
    other.close()
    page.evaluate("window.dispatchEvent(new Event('focus'))")


def send(page: Page, file: Path) -> None:
    page.fill("[name=title]", "Order of the department")
    page.set_input_files("[name=file]", str(file))
    page.click("form[data-pieces] button.btn")


@pytest.fixture
def big(tmp_path: Path) -> Path:
    file = tmp_path / "big.pdf"
    file.write_bytes(letter(1_000_000))
    return file


def test_a_file_sent_after_the_session_ended_asks_to_sign_in_and_then_goes_on(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path, big: Path
) -> None:
    world = World()
    walk = Walk(browser, live_server.url, tmp_path)
    page = walk.open(world.nodal, "/phases/KL/evidence/")
    Session.objects.all().delete()
    send(page, big)
    link = page.wait_for_selector("form[data-pieces] [role=status] a")
    assert link is not None and "The line is broken" not in page.inner_text("form[data-pieces]")
    beside(page, walk.base + "/accounts/login/", world.nodal.email)
    page.wait_for_selector("text=The file is in the library.")
    assert Evidence.objects.get().size == big.stat().st_size


def test_a_file_sent_after_signing_in_again_in_another_tab_goes_through(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path, big: Path
) -> None:
    world = World()
    walk = Walk(browser, live_server.url, tmp_path)
    page = walk.open(world.nodal, "/phases/KL/evidence/")
    page.context.clear_cookies()
    beside(page, walk.base + "/accounts/login/", world.nodal.email)
    send(page, big)
    page.wait_for_selector("text=The file is in the library.")


def test_a_page_of_a_proxy_is_named_and_the_file_goes_on_afterwards(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path, big: Path
) -> None:
    world = World()
    page = Walk(browser, live_server.url, tmp_path).open(world.nodal, "/phases/KL/evidence/")
    asked: list[str] = []

    def proxy(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) <= 2:
            route.fulfill(
                status=200 if len(asked) == 1 else 302,
                content_type="text/html",
                body="<h1>Log in to the Wi-Fi</h1>",
            )
        else:
            route.continue_()

    page.route("**/uploads/**", proxy)
    send(page, big)
    page.wait_for_selector("text=something on the way answered with a page of its own")
    assert len(asked) == 1
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.wait_for_timeout(300)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.wait_for_selector("text=The file is in the library.")


def test_a_draft_typed_after_the_session_ended_is_saved_once_signed_in_again(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path
) -> None:
    world = World()
    world.started("2.processes_standardised")
    walk = Walk(browser, live_server.url, tmp_path)
    page = walk.open(world.nodal, LINE)
    Session.objects.all().delete()
    page.fill("#remark", "typed after the end")
    page.wait_for_selector("[data-saved] a")
    assert "Not saved" in page.inner_text("[data-saved]")
    beside(page, walk.base + "/accounts/login/", world.nodal.email)
    page.wait_for_selector("text=Draft saved")
    assert Draft.objects.get().data == {"text": "typed after the end"}


def test_a_remark_that_is_too_long_is_counted_down_and_never_said_to_be_saved(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path
) -> None:
    world = World()
    world.started("2.processes_standardised")
    page = Walk(browser, live_server.url, tmp_path).open(world.nodal, LINE)
    page.fill("#remark", "क" * REMARK)
    page.wait_for_selector("text=0 letters left")
    page.wait_for_selector("text=Draft saved")
    assert Draft.objects.get().data == {"text": "क" * REMARK}
    page.fill("#remark", "क" * (REMARK + 7))
    page.wait_for_selector("text=7 letters too long")
    page.wait_for_selector("[data-saved]:has-text('Not saved')")
    assert "Draft saved" not in page.inner_text("[data-saved]")
    page.click("button[value=save]")
    page.wait_for_selector("main .summary[role=alert]:has-text('Not saved')")
    assert page.input_value("#remark") == "क" * (REMARK + 7)
    assert Item.objects.get().remark == ""


@pytest.mark.parametrize("status", [502, 0])
def test_what_is_typed_during_an_outage_is_offered_on_the_next_visit(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path, status: int
) -> None:
    world = World()
    world.started("2.processes_standardised")
    walk = Walk(browser, live_server.url, tmp_path)
    page = walk.open(world.nodal, LINE)

    def out(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
        elif status:
            route.fulfill(status=status, content_type="text/html", body="<h1>Bad Gateway</h1>")
        else:
            route.abort("connectionrefused")

    page.route("**/phases/**", out)
    page.fill("#remark", "typed during the outage")
    page.click("button[value=save]")
    page.wait_for_timeout(500)
    page.unroute("**/phases/**")
    other = page.context.new_page()
    other.goto(walk.base + LINE)
    other.wait_for_selector("text=It is kept on this device")
    assert other.input_value("#remark") == ""
    other.click("text=Put it back")
    assert other.input_value("#remark") == "typed during the outage"
    other.click("button[value=save]")
    other.wait_for_selector("text=Saved.")
    assert Item.objects.get().remark == "typed during the outage"
    other.goto(walk.base + LINE)
    other.wait_for_selector("#remark")
    assert not other.is_visible("text=It is kept on this device")


def test_the_page_of_the_proxy_leads_to_what_was_typed_during_an_outage(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path
) -> None:
    """The page, its headers and its script are those of the proxy whose web server is away."""
    world = World()
    world.started("2.processes_standardised")
    page = Walk(browser, live_server.url, tmp_path).open(world.nodal, LINE)
    (tmp_path / "nginx").mkdir()
    with Proxy(tmp_path / "nginx", "tls", f"127.0.0.1:{free_port()}").started() as proxy:

        def out(route: Route) -> None:
            path = route.request.url.removeprefix(live_server.url)
            status, headers, body = proxy.ask(path, data=b"x" if route.request.method == "POST" else None)
            route.fulfill(status=status, headers=dict(headers), body=body)

        page.route("**/phases/**", out)
        page.route("**/static-*", out)
        page.fill("#remark", "typed during the outage")
        page.click("button[value=save]")
        page.wait_for_selector("text=The tracker does not answer just now")
        links = page.locator("[data-kept] a:visible")
        links.first.wait_for()
        assert links.count() == 2
    page.unroute("**/phases/**")
    links.first.click()
    page.wait_for_selector("text=It is kept on this device")
    page.click("text=Put it back")
    assert page.input_value("#remark") == "typed during the outage"


def test_a_number_is_not_changed_by_the_wheel_and_is_read_as_it_is_written_in_india(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path
) -> None:
    world = World()
    page = Walk(browser, live_server.url, tmp_path).open(world.nodal, "/ulbs/KL/figures/")
    field = page.locator("[name=tickets]").first
    field.fill("1,20,000")
    field.hover()
    field.focus()
    page.mouse.wheel(0, 300)
    field.press("ArrowDown")
    assert field.input_value() == "1,20,000"
    assert page.locator("input[type=number]").count() == 0
