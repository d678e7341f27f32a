"""A file that a town sends goes the same way as evidence: seen, waiting, refused, seen again."""

from io import StringIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client

from nudm.core.arrival import FileStatus, Refusal
from nudm.core.dates import show, today
from nudm.core.errors import Refused
from states.models import Entry
from tests.core.files import INFECTED, pdf, uploaded, work
from tests.world import World
from ulbs.actions import readiness
from ulbs.models import Fact, Readiness, TownFile

PAGE = "/ulbs/KL/250001/town/"
DATA = {"answer": True, "who": "B. Operator", "contact": "", "note": ""}


def sent(world: World, content: bytes) -> TownFile:
    file = uploaded("photo.pdf", content)
    row = readiness.answer(world.ulb, Fact.DATA_OPERATOR, DATA, version=0, file=file, by=world.town)
    assert row is not None
    return row


def test_a_clean_file_is_there_at_once_and_says_who_saw_it(world: World, scanner: str) -> None:
    row = sent(world, pdf())
    assert row.readable and row.scanner.startswith("ClamAV")
    assert world.client(world.nodal).get(f"/ulbs/files/{row.pk}/").status_code == 200


def test_what_the_scanner_finds_is_not_kept_and_the_town_is_told(world: World, scanner: str) -> None:
    form = {"part": "data_operator", "version": 0, "answer": "yes", "who": "B. Operator"}
    client = world.client(world.town)
    page = client.post(PAGE, form | {"file": uploaded("photo.pdf", INFECTED)}, follow=True).content.decode()
    row = TownFile.objects.get()
    assert (row.status, row.refusal, row.file.name) == (FileStatus.REFUSED, Refusal.INFECTED, "")
    assert row.finding and row.finding in page
    assert Readiness.objects.get().answer
    refused = world.client(world.nodal).get(f"/ulbs/files/{row.pk}/")
    assert refused.status_code == 422 and not default_storage.exists("towns")


def test_without_a_verdict_a_file_waits_and_nobody_reads_it(
    world: World, no_answer: None, settings: Any, _clamd: str
) -> None:
    row = sent(world, pdf())
    assert row.status == FileStatus.CHECKED
    for person in (world.town, world.nodal, world.reviewer):
        assert world.client(person).get(f"/ulbs/files/{row.pk}/").status_code == 422
    settings.CLAMAV_URL = _clamd
    work()
    assert TownFile.objects.get().readable
    assert Entry.objects.filter(verb="town.accepted", state=world.kl).count() == 1
    assert world.client(world.nodal).get(f"/ulbs/files/{row.pk}/").status_code == 200


def test_a_file_that_came_by_a_towns_link_is_scanned_too(
    world: World, no_answer: None, settings: Any, _clamd: str
) -> None:
    secret = readiness.make_link(world.ulb, address="http://testserver/t/", by=world.nodal)
    form = {"part": "data_operator", "version": 0, "answer": "yes", "who": "B. Operator"}
    answer = Client().post(f"/t/{secret}/", form | {"file": uploaded("photo.pdf", pdf())})
    assert answer.status_code == 302
    row = TownFile.objects.get()
    assert (row.by, row.status) == (None, FileStatus.CHECKED)
    settings.CLAMAV_URL = _clamd
    work()
    row.refresh_from_db()
    assert row.readable


def test_a_file_that_waits_and_is_bad_leaves_the_store(
    world: World, no_answer: None, settings: Any, _clamd: str
) -> None:
    row = sent(world, INFECTED)
    stored = row.file.name
    settings.CLAMAV_URL = _clamd
    work()
    work()
    row.refresh_from_db()
    assert (row.status, row.file.name) == (FileStatus.REFUSED, "")
    assert not default_storage.exists(stored)


def test_a_refused_file_leaves_the_answer_unsaved_too(world: World) -> None:
    with pytest.raises(Refused):
        sent(world, b"no pdf at all")
    assert not Readiness.objects.exists() and not TownFile.objects.exists()


def test_a_rescan_looks_at_the_files_of_towns_too(world: World, scanner: str, settings: Any) -> None:
    settings.CLAMAV_URL = ""
    row = sent(world, INFECTED)
    assert row.readable
    settings.CLAMAV_URL = scanner
    err = StringIO()
    with pytest.raises(CommandError):
        call_command("rescan", stdout=StringIO(), stderr=err)
    assert "Alpha (250001)" in err.getvalue()
    assert not TownFile.objects.get().readable


def test_a_file_that_is_beside_the_fact_already_is_named_and_kept_again_when_asked(world: World) -> None:
    first = sent(world, pdf())
    client = world.client(world.nodal)

    def send(name: str, **more: str) -> HttpResponse:
        version = Readiness.objects.get().version
        form = {"part": "data_operator", "version": version, "answer": "yes", "who": "C. Operator", **more}
        return client.post(PAGE, form | {"file": uploaded(name, pdf())}, follow=True)

    page = send("photo.pdf").content.decode()
    assert "This file was there already as “photo.pdf”; it was not stored twice." in page
    other, was = send("order.pdf"), Readiness.objects.get().version
    page = other.content.decode()
    assert other.status_code == 422 and f"as “photo.pdf”, since {show(today())}" in page
    assert 'name="again"' in page and "C. Operator" in page and TownFile.objects.get() == first
    assert send("order.pdf", again="1").status_code == 200
    assert sorted(TownFile.objects.values_list("name", flat=True)) == ["order.pdf", "photo.pdf"]
    assert Readiness.objects.get().version == was + 1
    # An order may stand beside several facts.
    data = DATA | {"who": "D. Officer"}
    file = uploaded("x.pdf", pdf())
    assert readiness.answer(world.ulb, Fact.NODAL_OFFICER, data, version=0, file=file, by=world.town)


def test_a_link_is_told_of_its_own_files_only(world: World) -> None:
    sent(world, pdf())
    secret = readiness.make_link(world.ulb, address="http://testserver/t/", by=world.nodal)
    form = {"part": "data_operator", "answer": "yes", "who": "C. Operator"}
    answers = [
        Client().post(f"/t/{secret}/", form | {"version": n, "file": uploaded(name, pdf())})
        for n, name in ((1, "mine.pdf"), (2, "mine.pdf"), (2, "other.pdf"))
    ]
    assert [answer.status_code for answer in answers] == [302, 302, 422]
    words = answers[2].content.decode()
    assert "as “mine.pdf”" in words and "photo.pdf" not in words
    assert TownFile.objects.filter(by=None).count() == 1
