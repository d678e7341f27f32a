"""The verbs: what they refuse, what they keep."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.http import Http404

from nudm.core.dates import today
from nudm.core.errors import Conflict, NotAllowed, Refused
from phases.actions import due, evidence, lines
from phases.models import Citation, Item, Step
from phases.progress import progress_of
from phases.rules import Status
from reports.demo.answers import demo_pdf
from states import access
from states.actions import relieve
from tests.world import World

CODE = "2.processes_standardised"


def test_a_line_without_evidence_cannot_be_submitted(world: World) -> None:
    item = lines.save_remark(lines.item_for(world.kl, CODE), "done", version=0, by=world.nodal)
    with pytest.raises(Refused) as refused:
        lines.move(item, "submit", version=item.version, by=world.nodal)
    assert "evidence" in refused.value.fields
    assert Item.objects.get(pk=item.pk).status == Status.IN_PROGRESS


def test_a_line_whose_record_is_not_complete_cannot_be_submitted(world: World) -> None:
    item = lines.item_for(world.kl, "1.mou_signed")
    evidence.cite(item, world.letter(world.kl, world.nodal), by=world.nodal)
    row = Item.objects.get(state=world.kl, code="1.mou_signed")
    with pytest.raises(Refused) as refused:
        lines.move(row, "submit", version=row.version, by=world.nodal)
    assert "record" in refused.value.fields


def test_an_agency_uploads_evidence_but_cannot_submit(world: World) -> None:
    item = lines.item_for(world.kl, "2.platform_ready")
    evidence.cite(item, world.letter(world.kl, world.agency), by=world.agency)
    row = Item.objects.get(state=world.kl, code="2.platform_ready")
    with pytest.raises(NotAllowed):
        lines.move(row, "submit", version=row.version, by=world.agency)


def test_a_neighbours_line_does_not_exist(world: World) -> None:
    item = world.submitted()
    with pytest.raises(Http404):
        lines.move(item, "withdraw", version=item.version, by=world.neighbour)


@pytest.mark.by_hand
def test_who_submitted_may_not_accept_even_in_a_second_post(world: World) -> None:
    item = world.submitted()
    Item.objects.filter(pk=item.pk).update(submitted_by=world.reviewer)
    with pytest.raises(NotAllowed):
        lines.move(item, "accept", version=item.version, by=world.reviewer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Item.objects.filter(pk=item.pk).update(reviewed_by=world.reviewer)


def test_a_stale_version_is_a_conflict_that_keeps_both_texts(world: World) -> None:
    item = world.started()
    lines.save_remark(item, "theirs", version=item.version, by=world.unit)
    with pytest.raises(Conflict) as conflict:
        lines.save_remark(item, "mine", version=item.version, by=world.nodal)
    assert conflict.value.mine["remark"] == "mine"
    assert conflict.value.theirs["remark"] == "theirs"


def test_accepted_is_frozen_and_reopening_keeps_the_first_acceptance(world: World) -> None:
    item = world.accepted(CODE)
    first = item.first_accepted_at
    with pytest.raises(Refused):
        lines.save_remark(item, "later", version=item.version, by=world.nodal)
    with pytest.raises(Refused):
        evidence.cite(item, world.letter(world.kl, world.nodal, "another"), by=world.nodal)
    with pytest.raises(Refused):
        lines.move(item, "reopen", version=item.version, by=world.reviewer)
    item = lines.move(
        item, "reopen", version=item.version, by=world.reviewer, note="order withdrawn", reason="other"
    )
    assert item.status == Status.RETURNED
    assert item.first_accepted_at == first
    item = lines.move(item, "submit", version=item.version, by=world.nodal)
    item = lines.move(item, "accept", version=item.version, by=world.head)
    assert item.first_accepted_at == first


def test_history_keeps_the_catalogue_version_and_what_was_seen(world: World) -> None:
    item = world.accepted(CODE)
    steps = list(Step.objects.filter(item=item))
    assert [step.move for step in steps] == ["start", "submit", "accept"]
    assert all(step.catalogue_version == item.catalogue_version for step in steps)
    assert steps[-1].saw["evidence"][0][1] == Citation.objects.get(item=item).evidence.sha256


def test_not_applicable_is_asked_with_a_reason_and_agreed_by_the_centre(world: World) -> None:
    item = lines.item_for(world.kl, "1.infrastructure_procured")
    with pytest.raises(Refused):
        lines.move(item, "ask_na", version=0, by=world.nodal)
    item = lines.item_for(world.kl, "1.infrastructure_procured")
    item = lines.move(item, "ask_na", version=item.version, by=world.nodal, note="centrally hosted")
    with pytest.raises(Refused):
        lines.move(item, "accept", version=item.version, by=world.reviewer)
    item = lines.move(item, "agree_na", version=item.version, by=world.reviewer)
    assert item.status == Status.NOT_APPLICABLE
    assert progress_of([world.kl])[world.kl.pk].stages[0].total == 4


def test_an_extension_is_asked_for_and_granted_by_the_centre(world: World) -> None:
    item = world.started()
    due.ask(item, today() + timedelta(days=5), reason="", by=world.nodal)
    with pytest.raises(Refused):
        due.ask(item, today() + timedelta(days=9), reason="", by=world.nodal)
    asked = due.ask(item, today() + timedelta(days=9), reason="elections", by=world.nodal)
    item.refresh_from_db()
    assert item.due == today() + timedelta(days=5)
    with pytest.raises(NotAllowed):
        due.answer(asked, grant=True, by=world.nodal)
    answered = due.answer(asked, grant=True, by=world.reviewer)
    item.refresh_from_db()
    assert (item.due, answered.granted_by) == (today() + timedelta(days=9), world.reviewer)


def test_the_same_file_is_kept_once_and_cited_on_many_lines(world: World) -> None:
    letter = world.letter(world.kl, world.nodal)
    again = world.letter(world.kl, world.nodal)
    assert letter == again
    for code in (CODE, "2.customisations_agreed"):
        evidence.cite(lines.item_for(world.kl, code), letter, by=world.nodal)
    assert Citation.objects.filter(evidence=letter).count() == 2


def test_a_new_version_reaches_open_lines_and_leaves_judged_ones(world: World) -> None:
    judged = world.accepted(CODE)
    old = Citation.objects.get(item=judged).evidence
    open_line = lines.item_for(world.kl, "2.customisations_agreed")
    evidence.cite(open_line, old, by=world.nodal)
    file = SimpleUploadedFile("new.pdf", demo_pdf("new"), content_type="application/pdf")
    new = evidence.upload(world.kl, file, title="new", replaces=old, by=world.nodal)
    assert Citation.objects.get(item=judged).evidence == old
    assert Citation.objects.get(item__code="2.customisations_agreed").evidence == new


def test_a_shut_gate_cannot_be_closed_and_stage_4_never(world: World) -> None:
    with pytest.raises(Refused):
        lines.close_stage(world.kl, 1, by=world.reviewer)
    with pytest.raises(Refused):
        lines.close_stage(world.kl, 4, by=world.reviewer)
    with pytest.raises(NotAllowed):
        lines.close_stage(world.kl, 1, by=world.nodal)


def test_an_officer_relieved_today_can_do_nothing_more(world: World, django_user_model: Any) -> None:
    from_post = access.held_posts(world.nodal)[0]
    item = world.started()
    relieve(from_post.appointments.get(), today())
    fresh = django_user_model.objects.get(pk=world.nodal.pk)
    with pytest.raises(Http404):
        lines.move(item, "submit", version=item.version, by=fresh)
