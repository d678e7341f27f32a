"""The link of a town without an account: whom it lets in, until when, and what it never shows."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from nudm.core.dates import day_of, show, show_time, today
from nudm.core.errors import NotAllowed, Refused
from nudm.core.models import Outbox
from tests.ulbs.office import PAGE, answer, link, page_by, pdf_named
from tests.world import World
from ulbs.actions import readiness, register
from ulbs.models import Readiness, TownFile, TownLink, Ulb


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
