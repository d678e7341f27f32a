"""The pages of imports under axe, in both languages and on a phone; a file read in without JavaScript."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from playwright.sync_api import Browser, BrowserContext

from tests.ulbs.sheets import changed, lgd, text
from tests.world import World
from ulbs.actions import imports
from ulbs.models import Ulb

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def signed_in(context: BrowserContext, world: World, person: Any, base: str) -> BrowserContext:
    """The browser of a person who has signed in."""
    name = django_settings.SESSION_COOKIE_NAME
    key = world.client(person).cookies[name].value
    context.add_cookies([{"name": name, "value": key, "url": base}])
    return context


def test_no_page_of_imports_has_an_axe_violation_nor_overflows_a_phone(
    browser: Browser, live_server: Any, transactional_db: Any
) -> None:
    world = World()
    names = [("stateName", "code", "name"), ("Kerala", "kl.alfa", "Alfa"), ("Kerala", "kl.depot", "Depot")]

    def read(rows: Any, state: Any = world.kl) -> Any:
        return imports.read_in(text(rows), "register-of-october.csv", state=state, by=world.reviewer)

    made = [
        read(lgd()),
        read(lgd(*(changed(n, type=99, code="") for n in range(4)))),
        imports.confirm(read(names), by=world.nodal),
        read(names),
    ]
    national = read(lgd(), state=None)
    pages = [(world.nodal, url) for url in ("/ulbs/KL/", "/ulbs/KL/import/", "/ulbs/KL/tenants/")]
    pages += [(world.nodal, one.get_absolute_url()) for one in made]
    pages += [(world.reviewer, "/ulbs/import/"), (world.reviewer, national.get_absolute_url())]
    found: list[str] = []
    for person, url in pages:
        for language, width in (("en", 1366), ("hi", 360)):
            context = browser.new_context(viewport={"width": width, "height": 800})
            page = signed_in(context, world, person, live_server.url).new_page()
            context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
            answer = page.goto(live_server.url + url)
            assert answer is not None and answer.status == 200, url
            seen = Axe().run(page).response["violations"]
            found += [f"{url} {language}: {v['id']} {v['nodes'][0]['html'][:120]}" for v in seen]
            wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
            found += [f"{url} {language}: overflows at {width}"] if wide else []
            context.close()
    assert found == []


def test_a_file_is_read_in_without_javascript(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Any
) -> None:
    world = World()
    file = tmp_path / "lgd.csv"
    file.write_bytes(text(lgd()))
    context = browser.new_context(java_script_enabled=False)
    page = signed_in(context, world, world.nodal, live_server.url).new_page()
    page.goto(f"{live_server.url}/ulbs/KL/import/")
    page.set_input_files("input[type=file]", file)
    page.click("form[enctype] button")
    page.click("button[value=confirm]")
    assert page.is_visible("button[value=undo]")
    assert Ulb.objects.filter(state=world.kl).count() == 4
