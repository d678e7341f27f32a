"""What a stranger could still conclude: from refusals, reports and mails made for them, queries and time."""

import email
import email.policy
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nudm.core import jobs, mail
from nudm.core.dates import today
from nudm.core.models import Outbox
from phases.models import Closure
from reports.actions import notices, reminders, reports, schedules
from reports.actions.reports import TYPES, Asked
from reports.models import Notice, Report, Subscription
from tests.conftest import Peer
from tests.ulbs.sheets import lgd, text
from tests.walls.canaries import WORD, Canaries, text_of, words_in
from tests.walls.expectations import NATION, RULES
from tests.walls.scene import ABSENT, Scene
from tests.world import office_hours

FAR = 250101
NOWHERE = 250199
ROUNDS = 60
TIMED = ("ulbs:ulb", "ulbs:cell", "phases:download", "reports:report", "api_item", "api_ulb", "states:post")


@pytest.fixture
def scene(db: Any) -> Scene:
    made = Scene()
    Canaries(made, made.mh, made.neighbour).fill()
    return made


def sent(scene: Scene, far: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Acts of this state that name a row of the neighbour, or one that is nowhere."""
    row, code = scene.rows["MH" if far else "absent"], FAR if far else NOWHERE
    ulb = scene.far_ulb.pk if far else ABSENT
    yield "phases:item", {"act": "cite", "evidence": row["evidence"]}
    yield "phases:item", {"act": "uncite", "evidence": row["evidence"]}
    yield "phases:item", {"act": "grant", "asked": row["item"]}
    yield "phases:evidence", {"replaces": row["evidence"], "title": "x", "file": pdf()}
    yield "phases:record", {"document": row["evidence"], "version": 0}
    yield "phases:submit_many", {"item": row["item"], f"version_{row['item']}": 1}
    yield "phases:answer_many", {"item": row["item"], "act": "accept"}
    yield "ulbs:end", {"ended": "merged", "on": today(), "into": code, "after": ulb, "reason": "x"}
    yield "ulbs:ulb", {"batch": ulb, "in_scope": "on", "version": 0}
    yield "ulbs:batch", {"ulb": ulb, "act": "add"}
    yield "ulbs:plan", {"ulb": ulb, "act": "in", "batch": 1}
    yield "ulbs:change", {"u": code, "act": "x"}
    yield "ulbs:event_towns", {"ulb": ulb, "towns": code}
    yield "ulbs:new_entry", {"title": "x", "ulb": ulb, "severity": "minor", "opened_on": today()}
    yield "ulbs:town_links", {"act": "end", "link": 1 if far else ABSENT}
    yield "ulbs:tenants", {"tenant": 1 if far else ABSENT, "ulb": code, "act": "match"}
    yield "reports:ask", {"kind": "charge", "state": "KL", "post": row["post"], "language": "en"}
    yield "reports:ask", {"kind": "progress", "state": row["iso"], "language": "en"}
    yield "reports:schedules", {"kind": "progress", "of": row["iso"], "to": row["post"], "every": "week"}
    yield "reports:chain", {"designation_1": "x", "post_1": row["post"]}
    yield "reports:inbox", {"notice": row["item"]}
    yield "states:act_as", {"post": row["post"]}
    yield "api_evidence", {"replaces": row["evidence"]}
    yield "api_figures", {"state": "KL", "figures": [{"metric": "x", "value": "1", "ulb": code}]}
    yield "api_reports", {"kind": "progress", "state": row["iso"]}


def pdf() -> SimpleUploadedFile:
    return SimpleUploadedFile("a.pdf", b"%PDF-1.4", content_type="application/pdf")


def test_an_act_that_names_the_neighbours_row_is_refused_as_one_that_names_none(scene: Scene) -> None:
    for who in ("nodal", "agency", "came"):
        for (name, far), (_name, nowhere) in zip(sent(scene, True), sent(scene, False), strict=True):
            answers = []
            for data in (far, nowhere):
                with scene.undone():
                    response = scene.ask(who, "post", scene.url(name), data)
                    answers.append(response.status_code)
                    assert not WORD.search(text_of(response)), (who, name, data)
            assert answers[0] == answers[1] < 500, (who, name, answers)


def test_a_file_that_names_the_neighbours_towns_learns_nothing_of_them(scene: Scene) -> None:
    """Its codes are public; its names, tenants and plans are not."""
    for name, data in (
        ("ulbs:import", {"file": SimpleUploadedFile("lgd.csv", text(lgd()))}),
        ("ulbs:new", {"lgd_code": FAR, "name": "Omega", "type_code": 5}),
        ("ulbs:code", {"lgd_code": FAR, "code": FAR, "version": 0}),
    ):
        with scene.undone():
            response = scene.ask("nodal", "post", scene.url(name), data)
            assert not WORD.search(text_of(response)), name
            if response.status_code == 302:
                assert not WORD.search(text_of(scene.ask("nodal", "get", response["Location"]))), name


def test_a_neighbours_row_costs_as_many_queries_as_none(scene: Scene, record_property: Any) -> None:
    """Neither what is said nor what is asked of the database tells whether it is there."""
    asked = 0
    for name, rule in RULES.items():
        if not rule.parts or rule.get is None or rule.sees == NATION:
            continue
        for who in ("nodal", "town", "former"):
            seen = []
            for row in ("MH", "absent"):
                with scene.undone(), CaptureQueriesContext(connection) as queries:
                    status = scene.ask(who, "get", scene.url(name, row)).status_code
                seen.append((status, len(queries)))
                asked += 1
            assert seen[0] == seen[1], (who, name, seen)
    record_property("checks", asked)


@pytest.mark.walls
def test_a_neighbours_row_takes_as_long_as_none(scene: Scene) -> None:
    """Medians of requests in turns; noise is what two halves of the same requests differ by."""
    for name in TIMED:
        taken: dict[str, list[float]] = {"MH": [], "absent": []}
        for _round in range(ROUNDS):
            for row, times in taken.items():
                with scene.undone():
                    begun = time.perf_counter()
                    assert scene.ask("nodal", "get", scene.url(name, row)).status_code == 404
                    times.append(time.perf_counter() - begun)
        here, nowhere = (statistics.median(times) for times in taken.values())
        halves = taken["absent"]
        noise = abs(statistics.median(halves[::2]) - statistics.median(halves[1::2]))
        assert abs(here - nowhere) < max(4 * noise, nowhere / 10), (name, here, nowhere, noise)


@pytest.mark.walls
def test_reports_made_for_a_state_hold_nothing_of_its_neighbour(scene: Scene, record_property: Any) -> None:
    """Every kind, language and form; the neighbour's own holds its words."""
    for state in (scene.kl, scene.mh):
        Closure.objects.get_or_create(
            state=state, stage=1, defaults={"by": scene.reviewer, "saw": {}, "catalogue_version": "1"}
        )
    asked = 0
    for state, by, clean in ((scene.kl, scene.nodal, True), (scene.mh, scene.neighbour, False)):
        post = by.appointments.order_by("pk")[0].post
        for kind in Report.Kind:
            if kind in reports.NATIONAL:
                continue
            for language in ("en", "hi") if clean else ("en",):
                what = Asked(kind, state, language, month=today(), post=post, stage=1)
                report, job = reports.ask(what, by=by)
                assert jobs.run(job.pk), (kind, language)
                report.refresh_from_db()
                assert report.made_at, report.failed
                for form in TYPES:
                    found = set(WORD.findall(words_in(reports.written(report, form))))
                    assert not (found and clean), (kind, language, form, found)
                    asked += 1
                    assert clean or found or kind == Report.Kind.CERTIFICATE, (kind, form)
    record_property("checks", asked)


@pytest.mark.walls
def test_mails_to_a_state_hold_nothing_of_its_neighbour(scene: Scene, smtp: Peer) -> None:
    """Reports that fall due, reminders, the digest: each mail with its attachments, as it went out."""
    Subscription.objects.update(weekday=office_hours().weekday())
    Outbox.objects.all().delete()
    for job_id in schedules.queue_due(office_hours()):
        jobs.run(job_id)
    reminders.queue_reminders(today())
    for day in range(8):
        reminders.queue_reminders(today() + timedelta(days=day))
    Notice.objects.update(read_at=None)
    for outbox_id in [*schedules.queue_mails(office_hours()), *notices.queue_digests(today())]:
        mail.send(outbox_id)
    told: dict[str, set[str]] = {}
    for to, content in smtp.mails:
        message = email.message_from_bytes(content, policy=email.policy.default)
        parts = [part.get_payload(decode=True) or b"" for part in message.walk() if not part.is_multipart()]
        words = " ".join([str(message["Subject"]), *(words_in(part) for part in parts)])
        told.setdefault(to, set()).update(WORD.findall(words))
    assert scene.nodal.email in told and scene.neighbour.email in told
    assert told[scene.neighbour.email]
    home = {scene.nodal.email, scene.unit.email, scene.agency.email, scene.town.email, scene.came.email}
    assert {to: words for to, words in told.items() if to in home and words} == {}
