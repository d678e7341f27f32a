"""Somebody saved first: the page tells it in the reader's language, the answer first, only what differs."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from nudm.core.errors import Conflict
from tests.world import World, day
from ulbs.actions import batches, readiness, register, rollout
from ulbs.models import Fact, Ulb

TOWN = reverse("ulbs:town", args=["KL", 250001])


def hindi(client: Client) -> Client:
    client.cookies["django_language"] = "hi"
    return client


def test_two_answers_to_a_fact_show_the_answer_first_and_leave_out_what_is_equal(world: World) -> None:
    fact = Fact.NODAL_OFFICER
    readiness.confirm(world.ulb, fact, answer=False, note="Same", version=0, by=world.nodal)
    sent = {"part": fact.value, "version": 0, "answer": "yes", "who": "Officer", "note": "Same"}
    page = hindi(world.client(world.town)).post(TOWN, sent)
    assert page.status_code == 409
    with translation.override("hi"):
        yes, no = translation.gettext("Yes"), translation.gettext("No")
    told = page.context["both"]
    assert [row[1:] for row in told] == [(yes, no), ("Officer", "–")]
    words = page.content.decode()
    for raw in ("contact", '"row">who', '"row">note'):
        assert raw not in words, raw


def test_a_plan_that_another_saved_first_is_told_in_words_and_stays_in_the_form(world: World) -> None:
    batches.plan_batch(world.kl, 3, {}, by=world.nodal)
    [town] = world.towns(1)
    register.update_ulb(town, {"kind": "greenfield"}, version=0, by=world.nodal)
    url = reverse("ulbs:ulb", args=["KL", town.lgd_code])
    batch = town.state.batches.get(number=3).pk
    sent = {"kind": "brownfield", "in_scope": "on", "batch": batch, "scope_reason": ""}
    client = hindi(world.client(world.unit))
    page = client.post(url, sent | {"version": 0})
    assert page.status_code == 409
    with translation.override("hi"):
        kinds = [str(dict(Ulb.Kind.choices)[kind]) for kind in ("brownfield", "greenfield")]
        label = translation.gettext("Batch")
    told = page.context["both"]
    assert told[0][1:] == tuple(kinds) and told[1][0] == label and len(told) == 2
    # What was typed stands in the form under the version that is stored: the next save decides.
    assert page.context["ulb"].kind == "greenfield" and page.context["plan"]["kind"].value() == "brownfield"
    assert client.post(url, sent | {"version": page.context["ulb"].version}).status_code == 302
    town.refresh_from_db()
    assert (town.kind, town.batch_id) == ("brownfield", batch)


@pytest.mark.parametrize("language", ["en", "hi"])
def test_a_module_says_its_master_data_and_its_days_in_words(world: World, language: str) -> None:
    rollout.save_cell(world.ulb, "PGR", {"configured_on": day(3)}, version=0, by=world.nodal)
    sent: dict[str, Any] = {"master_data": "submitted", "configured_on": day(3), "trained_on": day(2)}
    with translation.override(language), pytest.raises(Conflict) as conflict:
        rollout.save_cell(world.ulb, "PGR", sent, version=0, by=world.unit)
    told = {name: (mine, theirs) for name, mine, theirs in conflict.value.both}
    assert len(told) == 2 and "master_data" not in told
    assert f"{day(2):%d-%m-%Y}" in told[list(told)[1]][0] and told[list(told)[1]][1] == "–"
    # A program reads the columns' names.
    assert conflict.value.theirs["configured_on"] == day(3)


def test_a_code_is_told_as_it_is_written_and_a_no_is_said(world: World) -> None:
    [town] = world.towns(1)
    register.update_ulb(town, {"kind": "greenfield"}, version=0, by=world.nodal)
    for changes, expected in (({"in_scope": False}, ("No", "Yes")), ({"lgd_code": 800001}, ("800001",))):
        with pytest.raises(Conflict) as conflict:
            register.locked(town, 0, changes)
        assert conflict.value.both[0][1:][: len(expected)] == expected
