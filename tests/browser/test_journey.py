"""Kerala from nothing to the close of Stage 3, in a real browser, with a report at a real SMTP peer."""

import csv
import email
import re
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from nudm.core import jobs, mail
from nudm.core.dates import today
from phases.catalogue import catalogue
from phases.models import Item
from phases.records import KINDS
from reports.actions import reports, schedules
from reports.actions.reports import Asked
from tests.browser.walk import DAY, Walk
from tests.conftest import Peer
from tests.world import World, office_hours
from ulbs.forms.town import months
from ulbs.models import Ulb

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def run_the_state(walk: Walk, nodal: Any, codes: list[int]) -> None:
    """What Stage 3 counts beside the towns: cadence, reviews, help desk, figures of three months."""
    cadence = {"every": "month", "chair": "Secretary", "since": DAY}
    walk.enter(nodal, "cadence", cadence)
    # The cadence is kept when the last two reviews lie within a month of one another, and of today.
    for n in (1, 2):
        on = (today() - timedelta(days=20 * (2 - n))).isoformat()
        review = {"title": f"Review {n}", "on": on, "minutes": "Reviewed."}
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


def hold_events(walk: Walk, nodal: Any) -> None:
    """A UAT session with its participants and a training workshop, both held and closed."""
    of = {"modules": "PGR", "towns": "pilots"}
    uat = {"title": "UAT", "on": DAY, "participants": "Revenue: 4", "minutes": "Held."} | of
    walk.enter(nodal, "uat", uat, "close")
    training = {
        "title": "Training",
        "on": DAY,
        **of,
        "invited": "10",
        "attended": "9",
        "feedback_method": "calls",
        "feedback": "Understood.",
        "recording": "https://kl.example.in/recording",
    }
    walk.enter(nodal, "training", training, "close")


def follow_adoption(walk: Walk, nodal: Any, codes: list[int]) -> None:
    """Stage 4's tracking appears with a target, and is counted once the months are there."""
    counted = "main .card:has-text('Adoption tracking established')"
    assert "Counted: 0 of 0" in walk.open(nodal, "/phases/KL/4/").inner_text(counted)
    walk.send(nodal, "/ulbs/KL/figures/", {"t-transactions": "50"}, "form:has([value=targets]) button.btn")
    assert "Counted: 0 of 1" in walk.open(nodal, "/phases/KL/4/").inner_text(counted)
    for month in months()[2:4]:
        for code in codes:
            path = f"/ulbs/KL/{code}/figures/?month={month:%Y-%m}"
            walk.send(nodal, path, {"transactions": "20"}, "form:has([name=transactions]) button.btn")
    assert walk.open(nodal, "/phases/KL/4/").inner_text(counted).count("Counted: 1 of 1") == 2


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

    for fact in ("nodal_officer", "officials"):
        walk.confirm_on_a_phone(world.town, "/", fact)
    for code in (pilot, rest):
        walk.baseline(nodal, code)
        walk.prepare(nodal, code)
    hold_events(walk, nodal)
    gate = "main table:has-text('Batch 1') tbody tr"
    assert "0 of 1" in walk.open(nodal, "/ulbs/KL/batches/1/").inner_text("main")
    walk.go_live(nodal, pilot)
    opened = walk.open(nodal, "/ulbs/KL/batches/").inner_text(gate)
    assert "open" in opened.lower(), opened
    walk.send(nodal, "/ulbs/KL/batches/1/", {"started_on": DAY}, "main form[method=post] button.btn")
    live_everywhere(walk, world.client(nodal), nodal, (1, 2))
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
    same_everywhere(walk, world, nodal)
    follow_adoption(walk, nodal, [pilot, rest])

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


Figures = dict[str, tuple[int, int]]


def same_everywhere(walk: Walk, world: World, nodal: Any) -> None:
    """Criteria met and ULBs live are equal on screen, in the API, in the exports, in a report and its PDF."""
    client = world.client(nodal)
    shown = on_screen(walk.open(nodal, "/states/KL/"))
    assert shown == {"1": (5, 5), "2": (4, 4), "3": (5, 5), "live": (2, 2)}
    assert in_the_api(client) == shown
    report, job = reports.ask(Asked("brief", world.kl, "en"), by=nodal)
    assert jobs.run(job.pk)
    report.refresh_from_db()
    for form in ("csv", "pdf"):
        assert in_a_report(reports.written(report, form), form) == shown, form
    live_everywhere(walk, client, nodal, shown["live"])
    tracked = walk.open(nodal, "/ulbs/KL/figures/").inner_text("tr:has-text('Transactions') >> nth=0")
    given = client.get("/api/v1/figures/", {"state": "KL", "metric": "transactions"}).json()["results"]
    assert sum(float(row["value"]) for row in given if row["purpose"] == "actual") == 60
    assert "60" in tracked.split(), tracked


def live_everywhere(walk: Walk, client: Any, nodal: Any, live: tuple[int, int]) -> None:
    """How many ULBs are live, of how many: on the state's page, in the API, the lists, their files and the
    record of the national dashboard."""
    assert on_screen(walk.open(nodal, "/states/KL/"))["live"] == live
    assert in_the_api(client)["live"] == live
    assert exported(client, "/ulbs/KL/", "Live", bool) == live
    assert exported(client, "/ulbs/KL/matrix/", "Public grievance redressal", "Live".__eq__) == live
    assert "{} of {}".format(*live) in walk.open(nodal, "/ulbs/KL/matrix/").inner_text("tfoot")
    common = client.get("/api/v1/national/common/").json()["Data"][0]["metrics"]
    assert (common["status"], common["totalLiveUlbsCount"]) == ("Live", live[0])


def on_screen(page: Page) -> Figures:
    met = re.findall(r"Stage (\d)\s+(\d+)/(\d+) criteria met", page.inner_text(".steps"))
    live = page.locator("dl.strip div:has-text('ULBs live') dd").first.inner_text().split()
    return {n: (int(k), int(of)) for n, k, of in met} | {"live": (int(live[0]), int(live[-1]))}


def in_the_api(client: Any) -> Figures:
    stages = client.get("/api/v1/states/KL/progress/").json()["stages"]
    towns = client.get("/api/v1/ulbs/", {"state": "KL"}).json()
    live = sum(town["live_on"] is not None for town in towns["results"])
    met = {str(stage["number"]): (stage["met"], stage["total"]) for stage in stages if stage["total"]}
    return met | {"live": (live, towns["count"])}


def in_a_report(content: bytes, form: str) -> Figures:
    if form == "csv":
        rows = list(csv.reader(content.decode("utf-8-sig").splitlines()))
        met = {row[0]: (int(row[3]), int(row[4])) for row in rows if row and row[0] in {"1", "2", "3"}}
        [live] = [(int(row[1]), int(row[2])) for row in rows if row[:1] == ["Live"]]
        return met | {"live": live}
    command = ["pdftotext", "-layout", "-", "-"]
    text = subprocess.run(command, input=content, capture_output=True, check=True).stdout.decode()
    stages = re.findall(r"^\s+(\d)\s+\S.*Complete\s+(\d+)/(\d+)\s", text, re.MULTILINE)
    [(n, of)] = re.findall(r"^\s+Live\s+(\d+)/(\d+)\s", text, re.MULTILINE)
    return {k: (int(met), int(total)) for k, met, total in stages} | {"live": (int(n), int(of))}


def exported(client: Any, path: str, column: str, counts: Callable[[str], bool]) -> tuple[int, int]:
    """How many ULBs of a CSV export have in a column what counts, of all that it holds."""
    answer = client.get(path, {"format": "csv"})
    [_title, heading, *rows, _total] = csv.reader(answer.getvalue().decode("utf-8-sig").splitlines())
    return sum(counts(row[heading.index(column)]) for row in rows), len(rows)


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
