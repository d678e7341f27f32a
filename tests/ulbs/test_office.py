"""The town office: five facts, a photo, master data; by post or by a link; and nothing of a neighbour."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404
from django.test import Client
from django.utils import timezone

from nudm.core.dates import show, today
from nudm.core.errors import Conflict, NotAllowed, Refused
from reports.demo.answers import demo_pdf
from tests.ulbs.office import PAGE, answer, link, page_by
from tests.ulbs.registered import TRAINING
from tests.world import World
from ulbs.actions import events, figures, readiness, rollout
from ulbs.forms.town import months
from ulbs.models import Batch, Deployment, Fact, TownFile, Ulb
from ulbs.rules.events import EventKind


def test_a_town_confirms_its_own_facts_and_the_state_may_help(world: World) -> None:
    answer(world, world.town)
    assert Ulb.objects.get(pk=world.ulb.pk).nodal_named
    answer(world, world.nodal, version=1, answer=False, who="")
    assert not Ulb.objects.get(pk=world.ulb.pk).nodal_named
    with pytest.raises(Conflict):
        answer(world, world.town, version=1)
    with pytest.raises(NotAllowed):
        answer(world, world.agency, version=2)
    with pytest.raises(Http404):
        answer(world, world.neighbour, version=2)


def test_a_yes_names_somebody_and_the_baseline_follows_from_its_figures(world: World) -> None:
    with pytest.raises(Refused):
        answer(world, world.town, who="  ")
    with pytest.raises(Refused):
        answer(world, world.town, fact=Fact.BASELINE)


def test_the_page_takes_a_fact_with_its_photo_and_keeps_what_was_typed(world: World) -> None:
    client = world.client(world.town)
    assert client.get("/").headers["Location"] == PAGE
    wrong = client.post(PAGE, {"part": "data_operator", "version": 0, "answer": "yes", "note": "since May"})
    assert wrong.status_code == 422 and "since May" in wrong.content.decode()
    file = SimpleUploadedFile("photo.pdf", demo_pdf("photo"), content_type="application/pdf")
    form = {"part": "data_operator", "version": 0, "answer": "yes", "who": "B. Operator", "file": file}
    assert client.post(PAGE, form).status_code == 302
    row = TownFile.objects.get()
    answer_ = client.get(f"/ulbs/files/{row.pk}/")
    assert answer_.status_code == 200 and answer_["Content-Security-Policy"].startswith("sandbox")
    assert "attachment" in answer_["Content-Disposition"]
    assert world.client(world.neighbour).get(f"/ulbs/files/{row.pk}/").status_code == 404


def test_a_town_says_how_far_its_master_data_is(world: World) -> None:
    rollout.save_cell(
        world.ulb, "PT", {"in_scope": True, "configured_on": None}, version=None, by=world.nodal
    )
    rollout.save_cell(world.ulb, "PT", {"master_data": "collecting"}, version=None, by=world.nodal)
    cell = Deployment.objects.get()
    form = {"part": "module-PT", "version": cell.version, "master_data": "submitted"}
    assert world.client(world.town).post(PAGE, form).status_code == 302
    cell.refresh_from_db()
    assert cell.master_data == "submitted"
    form = {"part": "module-PT", "version": cell.version, "master_data": "validated"}
    assert world.client(world.town).post(PAGE, form).status_code == 422


@pytest.mark.by_hand
def test_the_page_says_by_when_it_is_asked_and_what_is_late(world: World) -> None:
    batch = Batch.objects.create(state=world.kl, number=1, planned_on=today() + timedelta(days=20))
    Ulb.objects.filter(pk=world.ulb.pk).update(batch=batch, live_on=None)
    cell = Deployment.objects.filter(
        pk=Deployment.objects.create(state=world.kl, ulb=world.ulb, module="PGR").pk
    )
    assert f"Please answer by {show(today() + timedelta(days=20))}." in page_by(world)
    cell.update(uat_planned_on=today() + timedelta(days=5))
    assert f"Please answer by {show(today() + timedelta(days=5))}." in page_by(world)
    late = today() - timedelta(days=1)
    cell.update(uat_planned_on=late)
    assert f"It was asked for by {show(late)}: please answer now." in page_by(world)
    Ulb.objects.filter(pk=world.ulb.pk).update(live_on=late)
    page = page_by(world)
    assert "asked for by" not in page and "Please answer by" not in page


def due_of(world: World, person: Any, query: str = "") -> tuple[list[str], Any]:
    context = world.client(person).get(PAGE + query).context
    return [cell.module for cell in context["due"]], context["silent"]


def test_master_data_and_a_month_that_are_due_are_asked_for_at_the_top(world: World) -> None:
    for module, status in (("PGR", "collecting"), ("PT", "returned"), ("TL", "submitted")):
        rollout.save_cell(world.ulb, module, {"master_data": status}, version=None, by=world.nodal)
    assert due_of(world, world.town) == (["PT", "PGR"], None)
    page = world.client(world.town).get(PAGE).content.decode()
    assert 'href="#module-PT"' in page and "Thank you" not in page
    live = {"live_on": months()[2], "live_url": "https://kl.example.in/", "override_reason": "Live before"}
    rollout.save_cell(world.ulb, "TL", live, version=None, by=world.nodal)
    last = months()[1]
    assert due_of(world, world.town)[1] == last
    assert due_of(world, world.nodal, f"?as_on={show(today() - timedelta(days=1))}")[1] is None
    page = world.client(world.town).get(PAGE).content.decode()
    assert f"/ulbs/KL/250001/figures/?month={last:%Y-%m}" in page
    figures.save_figures(
        world.kl, [figures.Given("citizens", Decimal(5), world.ulb.pk, "actual", last)], by=world.town
    )
    assert due_of(world, world.town)[1] is None


def test_a_training_that_was_held_and_its_recording_are_shared_with_its_own_town(world: World) -> None:
    [other] = world.towns(1)
    far = "https://recordings.example.in/far"
    for towns, more in (
        ([world.ulb], {"title": "Own"}),
        ([other], {"title": "Of others", "recording": far}),
        ([world.ulb], {"title": "Still to come"}),
    ):
        events.save_event(
            world.kl,
            EventKind.TRAINING,
            TRAINING | more,
            towns=towns,
            close=more["title"] != "Still to come",
            by=world.agency,
        )
    secret = readiness.make_link(world.ulb, address="https://x/", by=world.nodal)
    by_link = Client().get(f"/t/{secret}/")
    for page in (world.client(world.town).get(PAGE), by_link):
        assert [event.title for event in page.context["trainings"]] == ["Own"]
        assert TRAINING["recording"] in page.content.decode() and far not in page.content.decode()
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        then = world.client(world.nodal).get(f"{PAGE}?as_on={show(today() - timedelta(days=2))}")
    assert [event.title for event in then.context["trainings"]] == ["Own"]


@pytest.mark.by_hand
def test_the_next_uat_session_is_told_and_not_one_that_has_passed(world: World) -> None:
    late, soon = today() - timedelta(days=30), today() + timedelta(days=6)
    for module, day in (("PGR", soon), ("PT", late), ("TL", late)):
        Deployment.objects.create(
            state=world.kl,
            ulb=world.ulb,
            module=module,
            uat_planned_on=day,
            uat_signed_on=late if module == "TL" else None,
        )
    uat = world.client(world.town).get(PAGE).context["uat"]
    assert uat.on == soon and uat.modules == str(Deployment(module="PGR").module_label)
    assert "asked for by" not in page_by(world)
    Deployment.objects.filter(module="PGR").update(uat_signed_on=today())
    assert f"was planned for {show(late)}; it is not signed off yet" in page_by(world)


def test_a_no_is_not_thanked_for_and_stays_asked(world: World) -> None:
    page = world.client(world.town).get(PAGE)
    for card in page.context["cards"]:
        yes = card.fact is not Fact.DATA_OPERATOR
        answer(world, world.town, card.fact, answer=yes, who="A. Officer" if yes else "")
    given = [figures.Given(code, Decimal(1), world.ulb.pk, "baseline") for code in figures.BASELINE]
    figures.save_figures(world.kl, given, by=world.town)
    page = world.client(world.town).get(PAGE)
    assert page.context["open"] == 0 and page.context["noes"] == [Fact.DATA_OPERATOR.label]
    assert "Thank you" not in page.content.decode() and 'class="gate open"' not in page.content.decode()
    answer(world, world.town, Fact.DATA_OPERATOR, version=1)
    assert "Thank you" in page_by(world) and 'class="gate open"' in page_by(world)


def test_what_the_state_has_validated_is_not_undone_by_a_town_or_an_agency(world: World) -> None:
    rollout.save_cell(world.ulb, "PGR", {"master_data": "validated"}, version=None, by=world.nodal)
    secret = link(world)
    for word in ("not_started", "collecting", "submitted"):
        for by in (world.town, world.agency):
            with pytest.raises(Refused):
                rollout.save_cell(world.ulb, "PGR", {"master_data": word}, version=None, by=by)
        form = {"part": "module-PGR", "version": 1, "master_data": word}
        assert world.client(None).post(f"/t/{secret}/", form).status_code == 422
    with pytest.raises(Refused):
        rollout.save_cell(
            world.ulb, "PGR", {"started_on": today() - timedelta(days=3)}, version=None, by=world.agency
        )
    assert Deployment.objects.get().validated_on == today()
    rollout.save_cell(world.ulb, "PGR", {"configured_on": today()}, version=None, by=world.agency)
    rollout.save_cell(world.ulb, "PGR", {"master_data": "returned"}, version=None, by=world.nodal)
    with pytest.raises(Refused):
        rollout.save_cell(world.ulb, "PGR", {"master_data": "not_started"}, version=None, by=world.town)
    rollout.save_cell(world.ulb, "PGR", {"master_data": "submitted"}, version=None, by=world.town)
