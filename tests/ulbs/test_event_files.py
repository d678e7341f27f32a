"""Files of an event: photos and the presentation of a workshop, seen by the scanner as all others are."""

import os
import subprocess
import sys
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone

from nudm.core.arrival import FileStatus
from nudm.core.dates import show, today
from nudm.core.errors import NotAllowed, Refused
from states.models import Entry
from tests.core.files import INFECTED, pdf, uploaded, work
from tests.world import World, day
from ulbs.actions import event_files, events
from ulbs.models import Event, EventFile
from ulbs.rules.events import EventKind

HERE = Path(__file__).resolve().parents[2]
KICKOFF = {"title": "Kick-off", "on": day(1), "minutes": "All came"}


def workshop(world: World) -> Event:
    return events.save_event(world.kl, EventKind.KICKOFF, KICKOFF, towns=[world.ulb], by=world.nodal)


def place(event: Event, name: str, *more: int) -> str:
    return reverse(f"ulbs:{name}", args=["KL", event.kind, event.pk, *more])


def test_a_workshops_photo_is_added_before_and_after_its_close_and_read_by_all(world: World) -> None:
    event, client = workshop(world), world.client(world.nodal)
    assert client.post(place(event, "event_files"), {"file": uploaded("a.pdf", pdf())}).status_code == 302
    event = events.save_event(
        world.kl, EventKind.KICKOFF, {}, row=event, version=event.version, close=True, by=world.nodal
    )
    key = {"form_key": "7b1f8f2e-6d51-4a43-9d1e-3f6a2d9b8c12"}
    for _sent_twice in range(2):
        client.post(place(event, "event_files"), key | {"file": uploaded("b.pdf", pdf(2))})
    rows = list(EventFile.objects.all())
    assert [row.name for row in rows] == ["a.pdf", "b.pdf"]
    for who in ("nodal", "agency", "reviewer", "ministry"):
        answer = world.client(getattr(world, who)).get(place(event, "event_file", rows[0].pk))
        assert answer.status_code == 200 and "attachment" in answer["Content-Disposition"]
    for who in ("town", "neighbour"):
        assert (
            world.client(getattr(world, who)).get(place(event, "event_file", rows[0].pk)).status_code == 404
        )
    other = workshop(world)
    assert client.get(place(other, "event_file", rows[0].pk)).status_code == 404
    page = client.get(place(event, "entry")).content.decode()
    assert "a.pdf" in page and "b.pdf" in page


def test_a_file_that_the_event_has_already_is_named_and_kept_again_when_asked(world: World) -> None:
    event, client = workshop(world), world.client(world.nodal)
    address = place(event, "event_files")

    def send(name: str, **more: str) -> str:
        given = {"file": uploaded(name, pdf()), "form_key": str(uuid4()), **more}
        return client.post(address, given, follow=True).content.decode()

    tick = "Keep a file that is there already under the new name, too"
    assert tick not in send("a.pdf")
    same = send("a.pdf")
    assert "This file was there already as “a.pdf”; it was not stored twice." in same and tick not in same
    other = send("b.pdf")
    assert f"This file is there already as “a.pdf”, since {show(today())}." in other and tick in other
    assert [row.name for row in EventFile.objects.all()] == ["a.pdf"] and stored() == 1
    send("b.pdf", again="1")
    assert [row.name for row in EventFile.objects.all()] == ["a.pdf", "b.pdf"] and stored() == 2
    # Another event may show the same presentation.
    event_files.attach(workshop(world), uploaded("c.pdf", pdf()), by=world.nodal)


def stored() -> int:
    return len(default_storage.listdir("events/KL")[1])


def test_a_file_of_a_closed_event_stays_and_of_an_open_one_goes_with_a_trail(world: World) -> None:
    event = workshop(world)
    row = event_files.attach(event, uploaded("a.pdf", pdf()), by=world.nodal)
    name = row.file.name
    with pytest.raises(NotAllowed):
        event_files.remove(row, by=world.agency)
    event = events.save_event(
        world.kl, EventKind.KICKOFF, {}, row=event, version=event.version, close=True, by=world.nodal
    )
    with pytest.raises(Refused, match="Reopen"):
        event_files.remove(row, by=world.nodal)
    events.reopen_event(event, version=event.version, reason="Wrong photo", by=world.nodal)
    assert default_storage.exists(name)
    assert world.client(world.nodal).post(place(event, "remove_file", row.pk)).status_code == 302
    work()
    assert not EventFile.objects.exists() and not default_storage.exists(name)
    assert Entry.objects.filter(verb="event.file_remove").get().data["sha256"] == row.sha256


def test_with_an_event_that_was_entered_by_mistake_its_files_go(world: World) -> None:
    event = workshop(world)
    name = event_files.attach(event, uploaded("a.pdf", pdf()), by=world.nodal).file.name
    events.remove_event(event, version=event.version, by=world.nodal)
    work()
    assert not EventFile.objects.exists() and not default_storage.exists(name)


def test_nothing_chosen_and_nothing_good_are_refused_with_words(world: World) -> None:
    event, client = workshop(world), world.client(world.nodal)
    empty = client.post(place(event, "event_files"), {})
    assert empty.status_code == 422 and "Choose a file." in empty.content.decode()
    wrong = client.post(place(event, "event_files"), {"file": uploaded("a.pdf", b"no pdf")})
    assert wrong.status_code == 422 and not EventFile.objects.exists()


def test_what_the_scanner_finds_is_not_kept_and_does_not_count(world: World, scanner: str) -> None:
    values = KICKOFF | {"topic": "plans"}
    event = events.save_event(world.kl, EventKind.REVIEW, values, by=world.nodal)
    row = event_files.attach(event, uploaded("a.pdf", INFECTED), by=world.nodal)
    assert (row.status, row.file.name) == (FileStatus.REFUSED, "") and row.finding
    assert row.finding in world.client(world.nodal).get(place(event, "entry")).content.decode()
    with pytest.raises(Refused):
        events.save_event(
            world.kl, EventKind.REVIEW, {}, row=event, version=event.version, close=True, by=world.nodal
        )
    assert world.client(world.nodal).get(place(event, "event_file", row.pk)).status_code == 422


def test_without_a_verdict_a_file_waits(world: World, no_answer: None, settings: Any, _clamd: str) -> None:
    event = workshop(world)
    row = event_files.attach(event, uploaded("a.pdf", pdf()), by=world.nodal)
    assert row.waits
    assert world.client(world.nodal).get(place(event, "event_file", row.pk)).status_code == 422
    settings.CLAMAV_URL = _clamd
    work()
    assert world.client(world.nodal).get(place(event, "event_file", row.pk)).status_code == 200
    assert Entry.objects.filter(verb="event.file_accepted", state=world.kl).count() == 1


def test_plans_that_wait_for_the_scanner_are_not_reviewed_yet(world: World, no_answer: None) -> None:
    event = events.save_event(world.kl, EventKind.REVIEW, KICKOFF | {"topic": "plans"}, by=world.nodal)
    assert event_files.attach(event, uploaded("a.pdf", pdf()), by=world.nodal).waits
    with pytest.raises(Refused, match="once the virus scanner has seen it"):
        events.save_event(
            world.kl, EventKind.REVIEW, {}, row=event, version=event.version, close=True, by=world.nodal
        )


@pytest.mark.once
def test_a_worker_knows_what_is_written_when_any_file_moves_on(tmp_path: Any) -> None:
    words = (
        "import nudm.celery, django; django.setup();"
        "from django.apps import apps; from nudm.core import files;"
        "print(sorted(m._meta.label for m in apps.get_models()"
        " if issubclass(m, files.ArrivingFile) and m._meta.label not in files.TELL))"
    )
    place = {
        "DJANGO_SETTINGS_MODULE": "nudm.settings",
        "SECRET_KEY": "x",
        "DEBUG": "1",
        "VAR_DIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", words], cwd=HERE, env=os.environ | place, capture_output=True, check=False
    )
    assert (done.stdout.strip(), done.returncode) == (b"[]", 0), done.stderr


def test_a_past_day_names_the_files_that_had_come_by_then(world: World) -> None:
    event = workshop(world)
    row = event_files.attach(event, uploaded("a.pdf", pdf()), by=world.nodal)
    then = today()
    with time_machine.travel(timezone.make_aware(datetime.combine(then + timedelta(days=2), time(11)))):
        event_files.attach(event, uploaded("b.pdf", pdf(2)), by=world.nodal)
        event_files.remove(row, by=world.nodal)
        client = world.client(world.nodal)
        past = client.get(place(event, "entry"), {"as_on": f"{then:%d-%m-%Y}"}).content.decode()
        now = client.get(place(event, "entry")).content.decode()
    assert "a.pdf" in past and "taken away since" in past and "b.pdf" not in past
    assert "b.pdf" in now and "a.pdf" not in now
