"""Many ULBs are planned on one page: what is missing is asked once, what was chosen stays, and all of a
filter are changed only after a page that says what they lose."""

from typing import Any

import pytest
from django.urls import reverse

from tests.walls.forms import forms_of
from tests.world import World, day
from ulbs.actions import batches
from ulbs.models import Batch, Event, Ulb
from ulbs.rules.events import EventKind

URL = reverse("ulbs:plan", args=["KL"])
LACKING: tuple[tuple[dict[str, str], list[str]], ...] = (
    ({"act": "batch", "reason": "Order 7"}, ["batch"]),
    ({"act": "out", "batch": "1", "reason": "  "}, ["reason"]),
    ({"act": "", "batch": "1"}, ["act"]),
)


@pytest.mark.parametrize(("sent", "places"), LACKING)
def test_what_is_missing_is_asked_once_and_what_was_chosen_stays(
    world: World, sent: dict[str, str], places: list[str]
) -> None:
    towns = world.towns(6)
    batches.plan_batch(world.kl, 1, {}, by=world.nodal)
    ticked = [ulb.pk for ulb in towns[:4]]
    before = list(Ulb.objects.order_by("pk").values_list("version", flat=True))
    page = world.client(world.nodal).post(URL, sent | {"ulb": ticked, "seen": "2026-01-01T00:00:00+00:00"})
    assert page.status_code == 422
    assert [place for place, _words in page.context["errors"]] == places
    words = page.content.decode()
    assert words.count('role="alert"') == 1 and words.count(" checked") == len(ticked)
    assert f'href="#{places[0]}"' in words and 'value="2026-01-01T00:00:00+00:00"' in words
    for name in ("act", "batch"):
        if sent.get(name):
            assert f'<option value="{sent[name]}" selected>' in words
    assert f'value="{sent.get("reason", "")}"' in words
    assert list(Ulb.objects.order_by("pk").values_list("version", flat=True)) == before


def test_none_ticked_is_one_sentence_and_keeps_the_act(world: World) -> None:
    page = world.client(world.nodal).post(URL, {"act": "pilot"})
    assert page.status_code == 422 and len(page.context["errors"]) == 1 and page.context["act"] == "pilot"


def test_those_that_were_refused_stay_ticked_with_the_act_and_why(world: World) -> None:
    live, [town] = world.live(world.ulb), world.towns(1)
    client = world.client(world.nodal)
    key = "7b1f8f2e-6d51-4a43-9d1e-3f6a2d9b8c11"
    sent = {"ulb": [live.pk, town.pk], "act": "out", "reason": "Order 7", "form_key": key}
    first = client.post(URL, sent)
    # A second click is led to the same answer.
    assert first.status_code == 302 and client.post(URL, sent)["Location"] == first["Location"]
    page = client.get(first["Location"])
    assert [ulb for ulb, _words in page.context["refused"]] == [live]
    assert page.context["ticked"] == {live.pk} and page.context["reason"] == "Order 7"
    assert page.content.count(b" checked") == 1
    assert Ulb.objects.get(pk=town.pk).scope_reason == "Order 7"
    # A colleague's page of the same address shows nothing of it.
    assert "refused" not in world.client(world.unit).get(first["Location"]).context


@pytest.mark.by_hand
def test_all_of_a_filter_are_changed_after_a_page_that_says_what_they_lose(world: World) -> None:
    live = world.live(world.ulb)
    batch = Batch.objects.create(state=world.kl, number=1)
    world.towns(3, batch=batch)
    pilots, rest = world.towns(2), world.towns(4)
    Ulb.objects.filter(pk__in=[ulb.pk for ulb in pilots]).update(pilot=True)
    client = world.client(world.nodal)
    sent = {"all": "1", "act": "out", "reason": "Order 7"}
    page = client.post(URL, sent)
    assert page.status_code == 200 and not Ulb.objects.filter(in_scope=False).exists()
    assert page.context["lines"] == [
        "9 ULBs are changed.",
        "2 are pilots no longer.",
        "3 are taken out of their batch.",
        "1 ULB stays as it is: The ULB is live. Withdraw its modules with a reason first.",
    ]
    fields = dict(page.context["fields"])
    assert fields["confirmed"] == 10 and fields["reason"] == "Order 7"
    # Another number than the one that was confirmed is asked again.
    assert client.post(URL, fields | {"confirmed": 9}).status_code == 200
    assert not Ulb.objects.filter(in_scope=False).exists()
    first = client.post(URL, fields)
    assert first.status_code == 302 and client.post(URL, fields)["Location"] == first["Location"]
    assert Ulb.objects.filter(in_scope=False).count() == 9
    assert Ulb.objects.get(pk=live.pk).in_scope and len(rest) == 4


def test_what_would_change_nothing_is_not_offered(world: World) -> None:
    world.towns(2)
    page = world.client(world.nodal).post(f"{URL}?group=none", {"all": "1", "act": "in"})
    assert page.context["lines"] == ["0 ULBs are changed.", "2 ULBs are so already."]
    assert b'name="confirmed"' not in page.content


@pytest.mark.by_hand
def test_what_goes_over_is_told(world: World) -> None:
    for number in (1, 2):
        batches.plan_batch(world.kl, number, {}, by=world.nodal)
    world.towns(2, batch=Batch.objects.get(number=1))
    Ulb.objects.filter(batch__number=1).update(kind="greenfield")
    client = world.client(world.nodal)
    page = client.post(f"{URL}?group=b1", {"all": "1", "act": "batch", "batch": "2"})
    assert page.context["lines"][1:] == ["2 go over from another batch."]
    page = client.post(f"{URL}?group=b1", {"all": "1", "act": "brownfield"})
    assert page.context["lines"][1:] == ["2 were said to be of the other kind."]


@pytest.mark.by_hand
@pytest.mark.parametrize("act", ["add", "drop"])
def test_all_of_a_filter_take_part_after_a_page_in_between(world: World, act: str) -> None:
    towns = world.towns(3)
    session = Event.objects.create(
        state=world.kl, kind=EventKind.UAT.value, title="UAT", on=day(1), modules="PGR", made_by=world.nodal
    )
    url = reverse("ulbs:event_towns", args=["KL", "uat", session.pk])
    client: Any = world.client(world.nodal)
    client.post(url, {"act": "add", "ulb": [towns[0].pk]})
    page = client.post(url, {"all": act})
    assert page.status_code == 200 and session.towns.count() == 1
    assert (
        page.context["lines"]
        == {
            "add": ["3 more ULBs take part.", "1 takes part already."],
            "drop": [
                "1 ULB is taken off.",
                "The UAT that this session planned in them is planned no more.",
                "3 do not take part anyway.",
            ],
        }[act]
    )
    assert client.post(url, dict(page.context["fields"])).status_code == 302
    assert session.towns.count() == {"add": 4, "drop": 0}[act]


def test_the_page_in_between_sends_what_was_chosen(world: World) -> None:
    world.towns(2)
    client = world.client(world.nodal)
    [form] = [f for f in forms_of(client, URL) if "reason" in f.offered]
    page = client.post(URL, form.fields | {"all": "1", "act": "greenfield"})
    kept = dict(page.context["fields"])
    assert (kept["act"], kept["all"], kept["seen"]) == ("greenfield", "1", form.fields["seen"])
    assert kept["form_key"] != form.fields["form_key"]
