"""A file of evidence on its way: seen, waiting, refused, seen again, removed; each with a trail."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.urls import reverse

from nudm.core import files as core_files
from nudm.core.arrival import FileStatus, Refusal
from nudm.core.errors import Refused
from nudm.core.models import Job
from nudm.core.receipts import new_key
from phases.actions import evidence, lines
from phases.models import Citation, Evidence, Item
from reports.demo.answers import demo_pdf
from states.models import Entry
from tests.core.files import INFECTED, pdf, uploaded, work
from tests.phases.arriving import CODE, cited, sent, stored
from tests.world import World, today


def test_a_clean_file_is_accepted_at_once_and_says_who_saw_it(world: World, scanner: str) -> None:
    row = sent(world, pdf())
    assert row.readable and row.scanned_at is not None and row.scanner.startswith("ClamAV")
    assert not Job.objects.exists()
    client = world.client(world.nodal)
    assert client.get(reverse("phases:download", args=[row.pk])).status_code == 200


def test_an_infected_file_is_not_kept_and_its_uploader_is_told(world: World, scanner: str) -> None:
    client, url = world.client(world.nodal), reverse("phases:evidence", args=["KL"])
    answer = client.post(url, {"file": uploaded("letter.pdf", INFECTED)}, follow=True)
    assert answer.status_code == 200
    row = Evidence.objects.get()
    assert (row.status, row.refusal, row.file.name) == (FileStatus.REFUSED, Refusal.INFECTED, "")
    text = answer.content.decode()
    assert text.count("Test-Marker") == 2, "in the message, and beside the file in the library"
    assert stored() == set()
    assert client.get(reverse("phases:download", args=[row.pk])).status_code == 422
    with pytest.raises(Refused, match="Test-Marker"):
        cited(world, row)
    logged = Entry.objects.get(verb="evidence.upload")
    assert (logged.target_id, logged.data["status"]) == (str(row.pk), "refused")


def test_an_infected_file_is_not_cited_by_page_or_api(world: World, scanner: str) -> None:
    item, client = world.started(), world.client(world.nodal)
    data = {"act": "upload", "file": uploaded("letter.pdf", INFECTED)}
    answer = client.post(item.get_absolute_url(), data, follow=True)
    assert "Test-Marker" in answer.content.decode()
    data = {"file": uploaded("letter.pdf", INFECTED)}
    answer = client.post(reverse("api_evidence", args=[item.pk]), data)
    assert (answer.status_code, answer.json()["code"]) == (422, "refused_file")
    assert "Test-Marker" in answer.json()["fields"]["file"][0]
    assert Citation.objects.count() == 1


def test_while_the_scanner_is_down_a_file_waits_and_nothing_rests_on_it(
    world: World, no_answer: None
) -> None:
    row = sent(world, pdf())
    assert (row.status, row.scanned_at) == (FileStatus.CHECKED, None)
    item, client = cited(world, row), world.client(world.nodal)
    for url in (item.get_absolute_url(), reverse("phases:evidence", args=["KL"])):
        page = client.get(url).content.decode()
        assert "Waiting for the scan" in page
        assert f'href="{reverse("phases:download", args=[row.pk])}"' not in page
    assert client.get(reverse("phases:download", args=[row.pk])).status_code == 422
    with pytest.raises(Refused) as refused:
        lines.move(item, "submit", version=item.version, by=world.nodal)
    assert "virus scanner" in refused.value.fields["evidence"][0]
    work()
    assert Evidence.objects.get().status == FileStatus.CHECKED


def test_a_waiting_file_is_scanned_when_the_scanner_is_back(
    world: World, no_answer: None, settings: Any, _clamd: str
) -> None:
    clean, bad = sent(world, pdf()), sent(world, INFECTED)
    item = cited(world, bad)
    for _try in range(40):
        work()
    assert set(Job.objects.values_list("status", flat=True)) == {"running"}, "waiting is no failure"
    settings.CLAMAV_URL = _clamd
    work()
    work()
    clean.refresh_from_db()
    bad.refresh_from_db()
    assert clean.readable and clean.scanner.startswith("ClamAV")
    assert (bad.status, bad.file.name) == (FileStatus.REFUSED, "")
    assert stored() == {clean.file.name}
    assert set(Job.objects.values_list("kind", "status")) == {("scan", "done"), ("forget", "done")}
    with pytest.raises(Refused) as refused:
        lines.move(item, "submit", version=item.version, by=world.nodal)
    assert "Test-Marker" in refused.value.fields["evidence"][0]
    evidence.uncite(item, bad, by=world.nodal)
    verbs = Entry.objects.filter(target="evidence").values_list("target_id", "verb")
    assert [verb for pk, verb in verbs.order_by("pk") if pk == str(clean.pk)] == [
        "evidence.upload",
        "evidence.scanned",
        "evidence.accepted",
    ]


def test_a_worker_that_dies_after_the_scan_does_not_ask_again(
    world: World, no_answer: None, settings: Any, _clamd: str
) -> None:
    row = sent(world, pdf())
    settings.CLAMAV_URL = _clamd
    core_files.scan(Job.objects.get())
    row.refresh_from_db()
    assert row.status == FileStatus.SCANNED and not row.readable
    settings.CLAMAV_URL = "tcp://127.0.0.1:1"
    work()
    row.refresh_from_db()
    assert row.readable


def test_without_a_scanner_files_are_accepted_after_the_checks_and_the_page_says_so(
    world: World, settings: Any
) -> None:
    settings.CLAMAV_URL = ""
    row = sent(world, pdf())
    assert row.readable and row.scanned_at is None
    page = world.client(world.nodal).get(reverse("phases:evidence", args=["KL"])).content.decode()
    assert "No virus scanner is configured" in page


def test_a_rescan_finds_what_was_not_known_and_keeps_the_file_for_a_person_to_decide(
    world: World, settings: Any, _clamd: str
) -> None:
    settings.CLAMAV_URL = ""
    with pytest.raises(CommandError, match="CLAMAV_URL"):
        call_command("rescan")
    row = sent(world, INFECTED)
    item = lines.move(cited(world, row), "submit", version=1, by=world.nodal)
    settings.CLAMAV_URL = _clamd
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError):
        call_command("rescan", "--unscanned", stdout=out, stderr=err)
    row.refresh_from_db()
    assert (row.status, stored()) == (FileStatus.REFUSED, {row.file.name})
    assert CODE in err.getvalue() and "found in 1" in out.getvalue()
    with pytest.raises(Refused) as refused:
        lines.move(item, "accept", version=item.version, by=world.reviewer)
    assert "Test-Marker" in refused.value.fields["evidence"][0]
    lines.move(item, "return", version=item.version, by=world.reviewer, note="infected", reason="other")


def test_a_stored_file_that_was_changed_is_found_and_comes_back_when_it_is_mended(
    world: World, scanner: str
) -> None:
    row = sent(world, pdf())
    path = Path(default_storage.path(row.file.name))
    whole = path.read_bytes()
    path.write_bytes(whole + b" ")
    with pytest.raises(CommandError):
        call_command("rescan", "--state", "KL", stdout=StringIO(), stderr=StringIO())
    row.refresh_from_db()
    assert (row.status, row.refusal) == (FileStatus.REFUSED, Refusal.CHANGED)
    assert "Upload it again" in row.explained
    path.write_bytes(whole)
    call_command("rescan", stdout=StringIO())
    row.refresh_from_db()
    assert row.readable and row.refusal == row.finding == ""


def test_a_file_that_the_store_has_lost_is_named_by_a_rescan(world: World, scanner: str) -> None:
    row, err = sent(world, pdf()), StringIO()
    default_storage.delete(row.file.name)
    with pytest.raises(CommandError):
        call_command("rescan", stdout=StringIO(), stderr=err)
    assert "restore it from a backup" in err.getvalue()


def test_a_rescan_that_loses_the_scanner_changes_nothing(world: World, scanner: str, settings: Any) -> None:
    row = sent(world, pdf())
    settings.CLAMAV_URL = "tcp://127.0.0.1:1"
    with pytest.raises(CommandError, match="does not answer"):
        call_command("rescan", stdout=StringIO())
    row.refresh_from_db()
    assert row.readable


def test_a_file_claimed_twice_is_shown_to_the_reviewer_and_never_across_states(world: World) -> None:
    words = "Also cited on"
    letter = world.letter(world.kl, world.nodal, "one letter")
    second = "2.customisations_agreed"
    for code in (CODE, second):
        evidence.cite(lines.item_for(world.kl, code), letter, by=world.nodal)
    item = Item.objects.get(state=world.kl, code=CODE)
    lines.move(item, "submit", version=item.version, by=world.nodal)
    there = world.letter(world.mh, world.neighbour, "one letter")
    assert there.sha256 == letter.sha256
    evidence.cite(lines.item_for(world.mh, CODE), there, by=world.neighbour)
    far = Item.objects.get(state=world.mh, code=CODE)
    lines.move(far, "submit", version=far.version, by=world.neighbour)
    reviewer = world.client(world.reviewer)
    page = reviewer.get(item.get_absolute_url()).content.decode()
    assert words in page and reverse("phases:item", args=["KL", 2, second]) in page
    assert words not in reviewer.get(far.get_absolute_url()).content.decode()
    queue = reviewer.get(reverse("phases:review")).content.decode()
    assert queue.count(words) == 1 and reverse("phases:item", args=["KL", 2, second]) in queue
    for person, url in ((world.nodal, item.get_absolute_url()), (world.neighbour, far.get_absolute_url())):
        assert words not in world.client(person).get(url).content.decode()


def test_the_same_file_under_a_second_letter_is_shown_with_that_letter(world: World) -> None:
    first = world.letter(world.kl, world.nodal, "first")
    file = uploaded("b.pdf", demo_pdf("first"))
    again = evidence.upload(world.kl, file, title="b", letter_number="7/2026", by=world.nodal)
    assert first.sha256 == again.sha256 and first.pk != again.pk
    file.seek(0)
    assert evidence.upload(world.kl, file, title="", by=world.nodal) in {first, again}
    file.seek(0)
    with pytest.raises(Refused) as refused:
        evidence.upload(world.kl, file, title="c", by=world.nodal)
    assert (refused.value.code, set(refused.value.fields)) == ("there_already", {"again"})
    assert any(f"“{row.title}”" in refused.value.message for row in (first, again))
    file.seek(0)
    other = evidence.upload(world.kl, file, title="c", letter_date=today(), again=True, by=world.nodal)
    assert other.title == "c" and Evidence.objects.filter(sha256=first.sha256).count() == 3
    item = cited(world, first)
    evidence.cite(lines.item_for(world.kl, "2.dashboards_ready"), again, by=world.nodal)
    lines.move(item, "submit", version=item.version, by=world.nodal)
    page = world.client(world.reviewer).get(item.get_absolute_url()).content.decode()
    assert "claimed under another letter" in page and "No. 7/2026" in page


def test_a_file_that_is_there_is_said_with_its_title_and_kept_again_when_asked(world: World) -> None:
    first = world.letter(world.kl, world.nodal, "first")
    client, place = world.client(world.nodal), reverse("phases:evidence", args=["KL"])
    assert 'name="again"' not in client.get(place).content.decode()
    sent = {"file": uploaded("b.pdf", demo_pdf("first")), "title": "Another title"}
    answer = client.post(place, sent)
    page = answer.content.decode()
    assert answer.status_code == 422 and first.title in page and 'name="again"' in page
    assert Evidence.objects.count() == 1
    sent["file"].seek(0)
    assert client.post(place, sent | {"again": "on"}).status_code == 302
    assert set(Evidence.objects.values_list("title", flat=True)) == {first.title, "Another title"}


def test_an_upload_that_is_refused_after_it_came_leaves_no_file_in_the_store(world: World) -> None:
    item = world.accepted("2.dashboards_ready")
    before = stored_files()
    sent = {"act": "upload", "file": uploaded("new.pdf", demo_pdf("new")), "form_key": new_key()}
    answer = world.client(world.nodal).post(item.get_absolute_url(), sent)
    assert answer.status_code == 422 and not Evidence.objects.filter(name="new.pdf").exists()
    assert stored_files() == before


def stored_files() -> set[str]:
    root = Path(default_storage.path(""))
    return {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()}
