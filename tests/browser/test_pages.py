"""Every page under axe, in both languages and on a phone; and without JavaScript."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from phases.models import Closure
from reports.actions import reports as actions
from reports.actions.reports import Asked
from states.actions import serve
from states.past import keep
from tests.browser.walk import Walk
from tests.world import World, day
from ulbs.actions import events
from ulbs.models import Batch
from ulbs.rules.events import EventKind

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NATIONAL = [
    "/",
    "/compare/",
    "/phases/review/",
    "/reports/",
    "/reports/deliveries/",
    "/reports/failures/",
    "/reports/holidays/IN/",
    "/states/people/",
    "/states/people/audit/",
    "/styleguide/",
    "/ulbs/calendar/?when=held",
]
OWN = [
    "/states/KL/",
    "/phases/KL/1/",
    "/phases/KL/2/",
    "/phases/KL/4/",
    "/phases/KL/2/2.processes_standardised/",
    "/phases/KL/2/2.customisations_agreed/",
    "/phases/KL/compare/",
    "/phases/KL/evidence/",
    "/phases/KL/records/",
    "/phases/KL/records/finance/",
    "/ulbs/KL/",
    "/ulbs/KL/250001/",
    "/ulbs/KL/matrix/",
    "/ulbs/KL/matrix/?columns=SV&module=PGR&step=live&how=below",
    "/ulbs/KL/matrix/change/?u=250001",
    "/ulbs/KL/250001/PGR/",
    "/ulbs/KL/250001/edit/",
    "/ulbs/KL/250001/end/",
    "/ulbs/KL/new/",
    "/ulbs/KL/batches/?approach=greenfield",
    "/ulbs/KL/batches/towns/",
    "/ulbs/KL/batches/fill/",
    "/ulbs/KL/batches/1/",
    "/ulbs/KL/figures/",
    "/ulbs/KL/import/",
    "/ulbs/KL/registers/",
    "/ulbs/KL/registers/incidents/",
    "/ulbs/KL/registers/incidents/new/",
    "/ulbs/KL/registers/help_desk/",
    "/ulbs/KL/registers/uat/new/",
    "/reports/",
    "/reports/schedules/",
    "/reports/inbox/",
    "/accounts/me/",
    "/accounts/me/code/",
    "/states/confirm/",
]

# What a narrow screen has to push sideways: the page, tables of rows, tabs. Grids may, if their names stand.
PUSHED = """() => [
  ...[...document.querySelectorAll('html, main, .bar nav, .tabs, .scroll:not(.stand)')]
    .filter(box => box.scrollWidth > box.clientWidth),
  ...[...document.querySelectorAll(':is(.stand, .sheet) tbody th')]
    .filter(name => getComputedStyle(name).position !== 'sticky'),
].map(one => one.outerHTML.slice(0, 120))"""


def test_no_page_has_an_axe_violation_nor_pushes_anything_sideways_on_a_phone(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Any
) -> None:
    world = World()
    world.submitted("2.customisations_agreed")
    world.started("2.processes_standardised")
    world.towns(2, batch=Batch.objects.create(state=world.kl, number=1))
    meeting = {"title": "Review", "on": day(9), "minutes": "Well", "attended": 5}
    events.save_event(world.kl, EventKind.MEETING, meeting, close=True, by=world.nodal)
    held = events.save_event(world.kl, EventKind.MEETING, meeting | {"on": day(2)}, by=world.nodal)
    point = {"text": "Send the list", "owner": "agency", "due": day(1), "taken": "", "done_on": None}
    events.save_point(held, point, by=world.nodal)
    plan = {"title": "UAT", "on": day(-3), "modules": "PGR"}
    uat = events.save_event(world.kl, EventKind.UAT, plan, towns=[world.ulb], by=world.agency)
    seen = {"title": "Of incidents", "on": day(4), "topic": "incidents", "minutes": "Seen"}
    review = events.save_event(world.kl, EventKind.REVIEW, seen, by=world.reviewer)
    registers = [
        f"uat/{uat.pk}/",
        f"uat/{uat.pk}/towns/",
        f"meeting/{held.pk}/",
        f"meeting/{held.pk}/points/",
        f"review/{review.pk}/",
    ]
    walk = Walk(browser, live_server.url, tmp_path)
    found: list[str] = []
    post = world.kl_office.posts.first()
    pages = [(world.reviewer, url) for url in [*NATIONAL, f"/states/people/posts/{post.pk}/"]]
    pages += [(world.nodal, url) for url in OWN]
    pages += [(world.nodal, f"/ulbs/KL/registers/{path}") for path in registers]
    pages += [(world.reviewer, f"/ulbs/KL/registers/meeting/{held.pk}/")]
    pages += [(world.nodal, f"/states/people/teams/{world.kl_office.pk}/posts/")]
    report, _job = actions.ask(Asked("progress", world.kl, "en"), by=world.nodal)
    pages += [(world.nodal, f"/reports/{report.pk}/"), (world.nobody, "/"), (world.town, "/ulbs/KL/250001/")]
    serve(world.agency_team, [world.kl, world.mh])
    pages += [(world.agency, "/")]
    for person, url in pages:
        for language, width in (("en", 1366), ("hi", 360)):
            page = walk.as_(person)
            page.context.add_cookies([{"name": "django_language", "value": language, "url": walk.base}])
            page.set_viewport_size({"width": width, "height": 800})
            walk.open(person, url)
            seen = Axe().run(page).response["violations"]
            found += [f"{url} {language}: {v['id']} {v['nodes'][0]['html'][:120]}" for v in seen]
            wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
            found += [f"{url} {language}: overflows at {width}"] if wide else []
            page.set_viewport_size({"width": 360, "height": 800})
            found += [f"{url} {language}: {box} is pushed sideways" for box in page.evaluate(PUSHED)]
    page = browser.new_context().new_page()
    for url in ("/accounts/login/", "/accounts/reset/", "/accounts/reset/sent/", "/accounts/reset/x/y/"):
        page.goto(walk.base + url)
        found += [f"{url}: {v['id']}" for v in Axe().run(page).response["violations"]]
    page = walk.as_(world.nodal)
    # Away from the report's page, which asks for itself again while the report is made.
    page.goto("about:blank")
    for url, status in (("/states/MH/", 404), ("/phases/review/", 403)):
        answer = page.goto(walk.base + url)
        assert answer is not None and answer.status == status
        found += [f"{url}: {v['id']}" for v in Axe().run(page).response["violations"]]
    stale = walk.open(world.nodal, "/phases/KL/2/2.processes_standardised/")
    world.client(world.unit).post(
        "/phases/KL/2/2.processes_standardised/",
        {"act": "save", "version": stale.input_value("input[name=version] >> nth=0"), "remark": "first"},
    )
    stale.fill("#remark", "second")
    stale.click("button[value=save]")
    assert stale.is_visible("text=second") and stale.is_visible("text=first")
    found += [f"conflict: {v['id']}" for v in Axe().run(stale).response["violations"]]
    assert found == []


def test_a_line_is_submitted_without_javascript(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Any
) -> None:
    world = World()
    world.started("2.processes_standardised")
    walk = Walk(browser, live_server.url, tmp_path)
    cookies = walk.as_(world.nodal).context.cookies()
    page = browser.new_context(java_script_enabled=False).new_page()
    page.context.add_cookies(cookies)
    page.goto(f"{walk.base}/phases/KL/2/2.processes_standardised/")
    page.click("button[value=submit]")
    assert page.is_visible(".b-under_review")


def test_what_is_typed_is_kept_as_a_draft(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Any
) -> None:
    world = World()
    world.started("2.processes_standardised")
    walk = Walk(browser, live_server.url, tmp_path)
    url = "/phases/KL/2/2.processes_standardised/"
    page = walk.open(world.nodal, url)
    page.fill("#remark", "half a sentence")
    page.wait_for_selector("text=Draft saved")
    assert walk.open(world.nodal, url).input_value("#remark") == "half a sentence"
    assert "half a sentence" not in walk.open(world.reviewer, url).content()


def test_what_does_not_go_with_a_report_is_not_offered_beside_it(
    browser: Browser, live_server: Any, transactional_db: Any, tmp_path: Any
) -> None:
    world = World()
    for state in (world.kl, world.mh):
        keep(
            [Closure.objects.create(state=state, stage=1 if state == world.kl else 2, by=world.head, saw={})]
        )
    page = Walk(browser, live_server.url, tmp_path).open(world.reviewer, "/reports/")

    def offered(name: str) -> list[str]:
        box = page.locator(f"main [name={name}]")
        choices: list[str] = box.evaluate("e => [...e.options].filter(o => !o.disabled).map(o => o.value)")
        return choices if box.is_visible() else []

    places = {state.iso for state in (world.kl, world.mh)}
    asked = ("month", "stage", "post", "as_on", "reason")
    shown = {"mpr": {"month", "reason"}, "certificate": {"stage"}, "charge": {"post", "as_on"}}
    for kind in offered("kind"):
        page.select_option("#id_kind", kind)
        assert {name for name in asked if page.is_visible(f"#id_{name}")} == shown.get(kind, {"as_on"}), kind
        national = kind in {"national", "review"}
        assert set(offered("state")) == ({"IN"} if national else places), kind
    page.select_option("#id_kind", "certificate")
    for iso, stages in (("KL", ["", "1"]), ("MH", ["", "2"])):
        page.select_option("#id_state", iso)
        assert offered("stage") == stages
    page.select_option("#id_stage", "2")
    page.click("text=Make the report")
    assert page.is_visible("h1:has-text('Stage completion certificate')")
