"""A file of evidence that is taken away: who may, what stays, what holds it."""

import threading
from functools import partial
from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from django.urls import reverse

from nudm.core import scope
from nudm.core.arrival import FileStatus
from nudm.core.errors import NotAllowed, Refused
from phases.actions import evidence, files, lines
from phases.catalogue import catalogue
from phases.models import Citation, Evidence, Item
from phases.rules import Status
from states.models import Entry
from tests.core.files import pdf, uploaded, work
from tests.phases.arriving import CODE, cited, sent, stored
from tests.world import World


@pytest.mark.by_hand
def test_a_removed_file_leaves_the_store_and_its_row_says_who_when_and_why(world: World) -> None:
    row = sent(world, pdf())
    item = cited(world, row)
    client = world.client(world.nodal)
    url = reverse("phases:remove", args=[row.pk])
    assert client.post(url, {"why": " "}).status_code == 422
    page = client.post(url, {"why": "shows a face"}, follow=True).content.decode()
    assert "shows a face" in page and world.nodal.label in page
    work()
    row.refresh_from_db()
    assert (row.status, row.removed_by, row.sha256) == (FileStatus.REMOVED, world.nodal, row.sha256)
    assert stored() == set() and not Citation.objects.filter(item=item).exists()
    assert client.get(reverse("phases:download", args=[row.pk])).status_code == 422
    entry = Entry.objects.get(verb="evidence.remove")
    assert (entry.actor, entry.data) == (world.nodal, {"sha256": row.sha256, "lines": [CODE]})
    client.post(url, {"why": "again"})
    row.refresh_from_db()
    assert row.removed_why == "shows a face"
    assert sent(world, pdf()).pk != row.pk, "the same file may come again, as a new row"
    with pytest.raises(Refused):
        evidence.upload(world.kl, uploaded("c.pdf", pdf(2)), title="c", replaces=row, by=world.nodal)


@pytest.mark.by_hand
def test_what_was_judged_or_a_record_names_cannot_be_removed(world: World) -> None:
    item = world.submitted(CODE)
    letter = Citation.objects.get(item=item).evidence
    for _status in (Status.UNDER_REVIEW, Status.ACCEPTED):
        with pytest.raises(Refused, match="stays"):
            files.remove(letter, why="no", by=world.nodal)
        item = Item.objects.select_related("state").get(pk=item.pk)
        if item.status == Status.UNDER_REVIEW:
            lines.move(item, "accept", version=item.version, by=world.reviewer)
    world.record(world.kl, "charter")
    record = import_module("phases.models").Record.objects.get(state=world.kl, kind="charter")
    named = sent(world, pdf(5))
    type(record).objects.filter(pk=record.pk).update(document=named)
    with pytest.raises(Refused, match="stays"):
        files.remove(named, why="no", by=world.nodal)
    page = world.client(world.nodal).get(reverse("phases:evidence", args=["KL"])).content.decode()
    assert reverse("phases:remove", args=[letter.pk]) not in page
    assert reverse("phases:remove", args=[named.pk]) not in page


def test_an_agency_removes_its_own_files_only_and_a_neighbour_none(world: World) -> None:
    office, own = sent(world, pdf()), sent(world, pdf(2), by=world.agency)
    with pytest.raises(NotAllowed):
        files.remove(office, why="x", by=world.agency)
    for stranger, error in ((world.neighbour, Http404), (world.reviewer, NotAllowed)):
        with pytest.raises(error):
            files.remove(own, why="x", by=stranger)
    files.remove(own, why="wrong scan", by=world.agency)
    files.remove(office, why="wrong scan", by=world.unit)
    assert set(Evidence.objects.values_list("status", flat=True)) == {"removed"}


def test_the_database_knows_no_removed_file_without_a_reason(world: World) -> None:
    row = sent(world, pdf())
    for wrong in ({"status": "removed"}, {"status": "gone"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Evidence.objects.filter(pk=row.pk).update(**wrong)


def test_only_an_accepted_file_is_offered_as_a_records_letter(world: World, no_answer: None) -> None:
    row = sent(world, pdf())
    page = reverse("phases:record", args=["KL", "mou"])
    client = world.client(world.nodal)
    assert f'<option value="{row.pk}">' not in client.get(page).content.decode()
    Evidence.objects.update(status="accepted")
    assert f'<option value="{row.pk}">' in client.get(page).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_line_that_is_submitted_while_its_file_is_removed_keeps_it_or_is_not_submitted(
    transactional_db: Any,
) -> None:
    world = World()
    codes = [line.code for line in catalogue().lines() if line.kind == "attested" and not line.record]
    for code in codes[:6]:
        letter = world.letter(world.kl, world.nodal, code)
        evidence.cite(lines.item_for(world.kl, code), letter, by=world.nodal)
        item = Item.objects.select_related("state").get(state=world.kl, code=code)
        at_once(
            partial(lines.move, item, "submit", version=item.version, by=world.nodal),
            partial(files.remove, letter, why="race", by=world.unit),
        )
        item.refresh_from_db()
        letter.refresh_from_db()
        assert (item.status == Status.UNDER_REVIEW) == letter.readable
        assert item.citations.count() == letter.readable


def at_once(*acts: Any) -> None:
    """Each in a thread of its own; a refusal is an answer."""
    ready = threading.Barrier(len(acts))

    def run(act: Any) -> None:
        ready.wait()
        try:
            with scope.of(act.keywords["by"]):
                act()
        except Refused:
            return
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
