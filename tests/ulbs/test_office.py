"""The town office: five facts, a photo, master data; by post or by a link; and nothing of a neighbour."""

import re
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from nudm.core.dates import day_of, show, show_time, today
from nudm.core.errors import Conflict, NotAllowed, Refused
from nudm.core.models import Outbox
from reports.demo.answers import demo_pdf
from tests.ulbs.registered import TRAINING
from tests.world import World
from ulbs.actions import events, figures, readiness, register, rollout
from ulbs.forms.town import months
from ulbs.models import Batch, Deployment, Fact, Readiness, TownFile, TownLink, Ulb
from ulbs.rules.events import EventKind

PAGE = "/ulbs/KL/250001/town/"


def answer(
    world: World, by: Any, fact: Fact = Fact.NODAL_OFFICER, version: int = 0, **more: Any
) -> Readiness:
    values = {"answer": True, "who": "A. Officer, Revenue Inspector"} | more
    return readiness.confirm(world.ulb, fact, **values, version=version, by=by)


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


def link(world: World, **more: Any) -> str:
    return readiness.make_link(world.ulb, address="http://testserver/t/", by=world.nodal, **more)


def test_a_link_opens_one_town_to_somebody_without_an_account(world: World) -> None:
    secret = link(world, to="office@alpha.example.in")
    mailed = Outbox.objects.get()
    assert mailed.text.count(secret) == 2 and "Do not pass it on" in mailed.text and " / " in mailed.subject
    visitor = world.client(None)
    page = visitor.get(f"/t/{secret}/")
    assert page.status_code == 200 and page["Referrer-Policy"] == "same-origin"
    form = {"part": "nodal_officer", "version": 0, "answer": "yes", "who": "C. Clerk"}
    assert visitor.post(f"/t/{secret}/", form).status_code == 302
    row = Readiness.objects.get()
    assert row.via_link and row.by is None
    for url in (PAGE, "/ulbs/KL/", "/states/KL/", "/ulbs/KL/250001/figures/"):
        assert visitor.get(url).status_code == 302, url
    assert secret not in str(list(TownLink.objects.values()))


def test_a_wrong_an_ended_and_an_old_link_are_the_same_page(world: World) -> None:
    ended, old = link(world), link(world)
    readiness.revoke_link(TownLink.objects.earliest("pk"), by=world.nodal)
    TownLink.objects.filter(revoked_at=None).update(expires_at=timezone.now() - timedelta(seconds=1))
    visitor = world.client(None)
    pages = [visitor.get(f"/t/{secret}/") for secret in (ended, old, "x" * 43)]
    assert {page.status_code for page in pages} == {404}
    bodies = {re.sub(r"csrf.*?>", "", page.content.decode()) for page in pages}
    assert len(bodies) >= 1 and all("not valid" in body for body in bodies)
    for who in (world.agency, world.town):
        with pytest.raises(NotAllowed):
            readiness.make_link(world.ulb, address="", by=who)


def test_a_wrong_address_stays_in_its_field_and_nothing_is_made(world: World) -> None:
    url = reverse("ulbs:town_links", args=["KL", 250001])
    page = world.client(world.nodal).post(url, {"to": "office@town"})
    assert page.status_code == 422 and not TownLink.objects.exists()
    words = page.content.decode()
    assert words.count("Give an e-mail address such as office@town.gov.in, or none.") == 1
    assert 'value="office@town" aria-invalid="true"' in words and 'href="#link_to"' in words
    # The plan beside it still goes to its own page.
    assert f'method="post" action="{world.ulb.get_absolute_url()}"' in words


def test_links_are_not_tried_out(world: World, settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"town_link": [60, 10**9]}
    visitor = world.client(None)
    codes = [visitor.get(f"/t/{n}/").status_code for n in range(70)]
    assert codes[0] == 404 and codes[-1] == 429


def test_the_state_makes_and_ends_a_link_on_the_page(world: World) -> None:
    client = world.client(world.nodal)
    page = client.post("/ulbs/KL/250001/links/", {"to": ""}).content.decode()
    secret = re.search(r"/t/([\w-]{43})/", page)
    assert secret and world.client(None).get(f"/t/{secret[1]}/").status_code == 200
    client.post("/ulbs/KL/250001/links/", {"act": "end", "link": TownLink.objects.get().pk})
    assert world.client(None).get(f"/t/{secret[1]}/").status_code == 404


def pdf_named(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, demo_pdf(name), content_type="application/pdf")


def page_by(world: World, secret: str = "") -> str:
    client = world.client(None if secret else world.town)
    return " ".join(client.get(f"/t/{secret}/" if secret else PAGE).content.decode().split())


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


@pytest.mark.by_hand
def test_a_link_says_until_when_it_is_valid_and_lists_what_came_by_it(world: World) -> None:
    Ulb.objects.filter(pk=world.ulb.pk).update(batch=None, live_on=None)
    own = {"part": "data_team", "version": 0, "answer": "yes", "who": "A", "file": pdf_named("own.pdf")}
    assert world.client(world.town).post(PAGE, own).status_code == 302
    secret = link(world)
    row = TownLink.objects.get()
    page = page_by(world, secret)
    assert f"This link is valid until {show_time(row.expires_at)}." in page
    assert f"Please answer by {show(day_of(row.expires_at))}." in page and "own.pdf" not in page
    form = {"part": "data_operator", "version": 0, "answer": "no", "who": "B. Operator"}
    world.client(None).post(f"/t/{secret}/", form | {"file": pdf_named("sent.pdf")})
    page = page_by(world, secret)
    assert "sent.pdf" in page and "/ulbs/files/" not in page and ">No</span>" in page


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


def test_an_answer_that_comes_twice_over_a_bad_line_is_saved_once(world: World) -> None:
    secret = link(world)
    form = {"part": "data_team", "version": 0, "answer": "yes", "who": "A. Clerk"}
    for _send in range(2):
        sent = world.client(None).post(f"/t/{secret}/", form | {"file": pdf_named("twice.pdf")})
        assert sent.status_code == 302
    assert Readiness.objects.get().version == 1 and TownFile.objects.get().name == "twice.pdf"
    assert world.client(None).post(f"/t/{secret}/", form | {"who": "B. Clerk"}).status_code == 409
    assert Readiness.objects.get().who == "A. Clerk"


def test_a_ulb_that_has_ended_is_asked_nothing_and_its_links_are_over(world: World) -> None:
    secret = link(world)
    register.drop(world.ulb, on=today(), reason="Merged by order", by=world.nodal)
    assert world.client(None).get(f"/t/{secret}/").status_code == 404
    page = world.client(world.nodal).get(PAGE).content.decode()
    assert "Nothing more is asked of this ULB." in page and '<form method="post" action="/ulbs/' not in page
    for act in (lambda: answer(world, world.nodal), lambda: link(world)):
        world.ulb.refresh_from_db()
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "ended"


def test_a_link_form_that_is_sent_twice_shows_the_same_link_while_it_is_valid(world: World) -> None:
    form = {"to": "office@alpha.example.in", "form_key": str(uuid.uuid4())}
    pages = [world.client(world.nodal).post("/ulbs/KL/250001/links/", form) for _send in range(2)]
    found = [re.search(r"/t/([\w-]{43})/", page.content.decode()) for page in pages]
    assert found[0] and found[1] and found[0][1] == found[1][1]
    assert TownLink.objects.count() == 1 and Outbox.objects.count() == 1
    assert world.client(None).get(f"/t/{found[0][1]}/").status_code == 200
    assert readiness.link_of_form(world.ulb, uuid.uuid4(), by=world.nodal) is None
    with pytest.raises(NotAllowed):
        readiness.link_of_form(world.ulb, uuid.UUID(form["form_key"]), by=world.agency)
    readiness.revoke_link(TownLink.objects.get(), by=world.nodal)
    assert world.client(world.nodal).post("/ulbs/KL/250001/links/", form).status_code == 302


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
