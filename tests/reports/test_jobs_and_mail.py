"""Promised work is done once, whatever dies; mail reaches whom it may, once."""

import subprocess
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from pypdf import PdfReader

from nudm.core import jobs, mail
from nudm.core.dates import today
from nudm.core.models import Job, Outbox
from reports import snapshot
from reports.actions import reports as actions
from reports.actions import schedules
from reports.actions.reports import Asked
from reports.models import Report
from states.actions import relieve
from tests.conftest import Peer
from tests.world import World, office_hours


def made(world: World, language: str = "en") -> Report:
    report, job = actions.ask(Asked("progress", world.kl, language), by=world.nodal)
    assert jobs.run(job.pk)
    report.refresh_from_db()
    return report


@pytest.mark.parametrize(("language", "words"), [("en", "Kerala"), ("hi", "केरल")])
def test_a_report_is_tagged_embeds_its_fonts_and_says_what_the_page_says(
    world: World, language: str, words: str
) -> None:
    world.accepted("2.processes_standardised")
    report = made(world, language)
    with report.file.open("rb") as file:
        pdf = PdfReader(file)
        root = pdf.trailer["/Root"]
        fonts = [font for page in pdf.pages for font in page["/Resources"]["/Font"].values()]
        text = shown_text(report.file.path)
    assert words in text
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == language
    assert fonts and all("+" in font.get_object()["/BaseFont"] for font in fonts)
    assert report.digest == snapshot.digest_of(report.content)
    met = world.client(world.nodal).get("/api/v1/states/KL/progress/").json()["stages"]
    assert [s["met"] for s in report.content["stages"]] == [s["met"] for s in met]


@pytest.mark.parametrize(("language", "words"), [("en", "National summary"), ("hi", "राष्ट्रीय सारांश")])
def test_the_national_summary_names_every_state_and_the_sums_of_their_towns(
    world: World, language: str, words: str
) -> None:
    report, job = actions.ask(Asked("national", None, language), by=world.reviewer)
    assert jobs.run(job.pk)
    report.refresh_from_db()
    text = shown_text(report.file.path)
    assert words in text
    assert [row["iso"] for row in report.content["rows"]] == ["KL", "MH"]
    assert report.content["live"] == [0, 2]


def test_due_reports_are_sent_by_one_command_and_only_once(world: World, smtp: Peer) -> None:
    post = world.kl_office.posts.get(kind="nodal_officer")
    rule = {"weekday": 0, "language": "hi"}
    schedules.subscribe(post, "progress", world.kl, rule, by=world.nodal)
    monday = today() - timedelta(days=today().weekday())
    for _again in range(2):
        call_command("send_due", "--today", monday.isoformat(), stdout=StringIO())
    call_command("send_due", "--today", (monday + timedelta(days=1)).isoformat(), stdout=StringIO())
    assert [to for to, _content in smtp.mails] == [world.nodal.email]


def test_a_report_keeps_its_content_when_the_job_runs_again(world: World) -> None:
    report = made(world)
    world.accepted("2.processes_standardised")
    Job.objects.update(status="running", lease_until=timezone.now() - timedelta(minutes=2))
    jobs.run(Job.objects.get().pk)
    again = Report.objects.get(pk=report.pk)
    assert (again.digest, again.made_at) == (report.digest, report.made_at)


def test_a_job_is_claimed_by_one_worker_only(world: World) -> None:
    _report, job = actions.ask(Asked("progress", world.kl, "en"), by=world.nodal)
    Job.objects.filter(pk=job.pk).update(status="running", lease_until=timezone.now() + timedelta(minutes=1))
    assert jobs.run(job.pk) is False
    assert jobs.due_jobs() == []
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert jobs.due_jobs() == [job.pk]


def shown_text(path: str) -> str:
    """The text as a reader's program extracts it."""
    return subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout


def weekly(world: World) -> list[int]:
    post = world.kl_office.posts.get(kind="nodal_officer")
    rule = {"weekday": office_hours().weekday(), "language": "en"}
    schedules.subscribe(post, "progress", world.kl, rule, by=world.nodal)
    for job_id in schedules.queue_due(office_hours()):
        jobs.run(job_id)
    return schedules.queue_mails(office_hours())


def test_a_weekly_report_arrives_once_at_a_real_peer(world: World, smtp: Peer) -> None:
    for _again in range(3):
        for outbox_id in weekly(world):
            mail.send(outbox_id)
    assert [to for to, _content in smtp.mails] == [world.nodal.email]
    assert b"application/pdf" in smtp.mails[0][1]
    assert Report.objects.count() == 1


def test_an_officer_relieved_before_the_mail_goes_out_gets_nothing(world: World, smtp: Peer) -> None:
    promised = weekly(world)
    relieve(world.nodal.appointments.get(), today())
    for outbox_id in promised:
        mail.send(outbox_id)
    assert smtp.mails == []
    assert Outbox.objects.get().status == "cancelled"


@pytest.mark.parametrize(
    ("answer", "status"), [("451 later", "queued"), ("550 no such mailbox", "failed"), ("250 ok", "sent")]
)
def test_the_peers_answer_decides_what_becomes_of_a_mail(
    world: World, smtp: Peer, answer: str, status: str
) -> None:
    smtp.answers = [answer]
    row = mail.post("k", "a@example.in", "s", "text\n.dot\n", kind="hold")
    mail.send(row.pk)
    row.refresh_from_db()
    assert row.status == status
    if status == "queued":
        Outbox.objects.update(next_at=timezone.now())
        mail.send(row.pk)
        assert len(smtp.mails) == 1
        assert b"\r\n.dot" in smtp.mails[0][1]


@pytest.mark.parametrize(("kind", "sent", "status"), [("hold", 0, "unknown"), ("retry", 1, "sent")])
def test_a_sender_that_died_on_the_wire_never_doubles_a_hold_mail(
    world: World, smtp: Peer, kind: str, sent: int, status: str
) -> None:
    row = mail.post("k", "a@example.in", "s", "t", kind=kind)
    Outbox.objects.update(status="delivering", lease_until=timezone.now() - timedelta(seconds=1), attempts=1)
    mail.send(row.pk)
    row.refresh_from_db()
    assert (len(smtp.mails), row.status) == (sent, status)


def test_an_unknown_mail_is_settled_by_a_person(world: World, smtp: Peer) -> None:
    row = mail.post("k", "a@example.in", "s", "t", kind="hold")
    Outbox.objects.update(status="unknown")
    mail.settle(row, arrived=False)
    mail.send(row.pk)
    assert len(smtp.mails) == 1


def test_the_embedded_mailbox_holds_each_mail_once_however_often_it_is_written(
    world: World, settings: Any
) -> None:
    row = mail.post("k", "a@example.in", "s", "t", kind="hold")
    for _again in range(3):
        mail.send(row.pk)
        Outbox.objects.update(status="delivering", lease_until=timezone.now() - timedelta(seconds=1))
    assert len(list((settings.VAR_DIR / "mail").iterdir())) == 1
