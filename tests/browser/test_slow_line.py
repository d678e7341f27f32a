"""A large file over a line that breaks: the page goes on by itself, and sends no piece twice."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Route

from nudm.core import pieces
from phases.models import Evidence
from tests.browser.walk import Walk
from tests.core.test_pieces import letter
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_line_that_breaks_costs_one_piece(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path
) -> None:
    world = World()
    walk = Walk(browser, live_server.url, tmp_path)
    big = tmp_path / "big.pdf"
    big.write_bytes(letter(1_000_000))
    page = walk.open(world.nodal, "/phases/KL/evidence/")
    sent: list[int] = []

    def line(route: Route) -> None:
        at = int(route.request.headers.get("upload-offset", -1))
        sent.append(at)
        if at == pieces.PIECE and sent.count(at) == 1:
            route.abort("connectionreset")
        elif at == 2 * pieces.PIECE and sent.count(at) == 1:
            route.fetch()  # it arrives, and its answer is lost
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/uploads/*/", line)
    page.fill("[name=title]", "Order of the department")
    page.set_input_files("[name=file]", str(big))
    page.click("form[data-pieces] button.btn")
    page.wait_for_selector("text=The file is in the library.")
    row = Evidence.objects.get()
    assert row.title == "Order of the department" and row.file.read() == big.read_bytes()
    offsets = [at for at in sent if at >= 0]
    assert offsets == sorted(offsets) and offsets.count(2 * pieces.PIECE) == 1
    assert len(offsets) == row.size // pieces.PIECE + 2


def test_a_file_that_is_not_taken_is_refused_before_it_is_sent(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Path
) -> None:
    world = World()
    walk = Walk(browser, live_server.url, tmp_path)
    page_file = tmp_path / "page.html"
    page_file.write_text("x" * 400_000)
    page = walk.open(world.nodal, "/phases/KL/evidence/")
    page.set_input_files("[name=file]", str(page_file))
    page.fill("[name=title]", "x")
    page.click("form[data-pieces] button.btn")
    page.wait_for_selector("text=Files of this kind are not taken")
    assert not Evidence.objects.exists()
