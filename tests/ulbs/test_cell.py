"""One module in one ULB: its page, its conflicts, who may set what."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest

from states.past import told
from tests.world import World, day
from ulbs.actions import rollout
from ulbs.models import Deployment, Ulb
from ulbs.rules.cells import FIELDS_OF, PREPARES

ALPHA = "/ulbs/KL/250001/PGR/"


def test_the_cells_page_saves_what_differs_and_shows_what_changed(world: World) -> None:
    client = world.client(world.nodal)
    fields = {"version": 0, "in_scope": "on", "master_data": "collecting", "started_on": day(9).isoformat()}
    assert client.post(ALPHA, fields | {"form_key": str(uuid.uuid4())})["Location"] == ALPHA
    fields |= {"version": 1, "configured_on": day(2).isoformat(), "defects": "2"}
    assert client.post(ALPHA, fields).status_code == 302
    page = client.get(ALPHA).content.decode()
    assert "Master data: <del>Not started</del> → Collecting" in page
    assert "Defects: <del>0</del> → 2" in page
    assert page.count("nodal.kl, Nodal Officer") == 2
    [(first, entry), (_second, later)] = told(Deployment.objects.get())
    assert entry is not None and later is not None and entry.at == first.since < later.at
    assert Deployment.objects.get().changed_at == pytest.approx(later.at, abs=timedelta(seconds=5))


def test_what_is_refused_says_why_beside_the_field(world: World) -> None:
    answer = world.client(world.nodal).post(
        ALPHA,
        {"version": 0, "in_scope": "on", "live_on": day(1).isoformat(), "trained_on": day(-2).isoformat()},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(r'id="id_live_on_error">[^<]*needs “UAT signed off on” first', page)
    assert re.search(r'id="id_live_url_error">[^<]*is missing', page)
    ahead = day(-2).strftime("%d-%m-%Y")
    assert re.search(rf'id="id_trained_on_error">[^<]*“Trained on”: {ahead} lies in the future', page)
    assert f'value="{day(1).isoformat()}"' in page


@pytest.mark.parametrize("version", ["9" * 5000, "9" * 20, "x", "-1", "²", "1e3"])
def test_a_version_that_is_none_is_a_conflict_and_never_an_error(world: World, version: str) -> None:
    rollout.save_cell(world.ulb, "PGR", {"configured_on": day(8)}, version=0, by=world.unit)
    fields = {"version": version, "in_scope": "on", "configured_on": day(2).isoformat()}
    assert world.client(world.nodal).post(ALPHA, fields).status_code == 409


@pytest.mark.parametrize("seen", ["2026-13-45T10:00", "2026-11-01T10:00", "x", "9" * 5000])
def test_a_moment_that_is_none_ends_no_bulk_change(world: World, seen: str) -> None:
    client = world.client(world.nodal)
    sent = {"modules": ["PGR"], "configured_on": day(2).isoformat(), "seen": seen}
    assert client.post("/ulbs/KL/matrix/change/?u=250001", sent).status_code < 500
    plan = {"act": "greenfield", "ulb": [str(world.ulb.pk)], "seen": seen}
    assert client.post("/ulbs/KL/batches/towns/", plan).status_code < 500
    for page in ("9" * 5000, "0", "x"):
        assert client.get("/ulbs/KL/matrix/change/", {"pick": "page", "page": page}).status_code < 500


def test_a_conflict_shows_both_texts_and_the_next_save_decides(world: World) -> None:
    rollout.save_cell(world.ulb, "PGR", {"configured_on": day(8)}, version=0, by=world.unit)
    client = world.client(world.nodal)
    fields = {"version": 0, "in_scope": "on", "configured_on": day(2).isoformat()}
    answer = client.post(ALPHA, fields)
    page = answer.content.decode()
    assert answer.status_code == 409
    row = re.search(
        r'<th scope="row">Configured on</th><td [^>]*class="kept">([^<]+)</td><td [^>]*class="kept">([^<]+)',
        page,
    )
    assert row is not None
    assert row.groups() == (day(2).strftime("%d-%m-%Y"), day(8).strftime("%d-%m-%Y"))
    assert 'name="version" value="1"' in page and f'value="{day(2).isoformat()}"' in page
    assert client.post(ALPHA, fields | {"version": 1}).status_code == 302
    assert Deployment.objects.get().configured_on == day(2)


def test_a_cell_is_seen_by_those_who_see_its_ulb_and_set_by_those_who_may(world: World) -> None:
    world.live(world.ulb)
    offered = {
        world.nodal: FIELDS_OF["manage_ulbs"],
        # What the State/UT has validated is not theirs to say any more.
        world.agency: FIELDS_OF["update_rollout"] - PREPARES,
        world.town: FIELDS_OF["update_town"] - PREPARES,
        world.ministry: frozenset(),
        world.reviewer: frozenset(),
    }
    for person, fields in offered.items():
        client = world.client(person)
        page = client.get(ALPHA)
        names = set(re.findall(r'<(?:input|select)[^>]* name="(\w+)"', page.content.decode()))
        assert names & FIELDS_OF["manage_ulbs"] == fields, person
        same = {"version": 1, "in_scope": "on", "master_data": "validated"}
        status = client.post(ALPHA, same).status_code
        assert status == (403 if person in (world.ministry, world.reviewer) else 302), person
    assert world.client(world.neighbour).get(ALPHA).status_code == 404
    assert world.client(world.neighbour).post(ALPHA, {"version": 1}).status_code == 404
    assert world.client(world.town).get(f"/ulbs/KL/{world.towns(1)[0].lgd_code}/PGR/").status_code == 404
    assert world.client(world.nodal).get("/ulbs/KL/250001/NOPE/").status_code == 404
    assert world.client(world.nodal).get("/ulbs/MH/250001/PGR/").status_code == 404


def test_a_town_keeps_what_the_state_has_validated(world: World) -> None:
    """Its form does not offer it; a page from before sends back only what differs."""
    rollout.save_cell(world.ulb, "PGR", {"master_data": "validated"}, version=0, by=world.nodal)
    client = world.client(world.town)
    fields = {"version": 1, "master_data": "validated", "started_on": day(0).isoformat()}
    assert client.post(ALPHA, fields).status_code == 302
    answer = client.post(ALPHA, fields | {"master_data": "returned"})
    assert answer.status_code == 422
    assert Deployment.objects.get().master_data == "validated"


def test_the_day_and_the_status_of_master_data_go_together(world: World) -> None:
    def save(version: int, **changes: Any) -> Deployment:
        return rollout.save_cell(world.ulb, "PGR", changes, version=version, by=world.nodal)

    assert save(0, started_on=day(5)).master_data == "collecting"
    assert save(1, validated_on=day(3)).master_data == "validated"
    stored = Deployment.objects.get()
    assert (stored.master_data, stored.started_on, stored.validated_on) == ("validated", day(5), day(3))
    with pytest.raises(rollout.Refused):
        save(2, validated_on=None)
    assert save(2, master_data="not_started").started_on is None
    assert Ulb.objects.get(pk=world.ulb.pk).data_validated_on is None


def test_one_cell_named_twice_is_written_once(world: World) -> None:
    edits = [rollout.Edit(world.ulb.pk, "PGR", {"defects": n}) for n in (1, 2)]
    rollout.save_cells(world.kl, edits, by=world.nodal)
    assert Deployment.objects.get().defects == 2


@pytest.mark.by_hand
def test_a_ulb_that_ended_keeps_its_pages_without_a_form(world: World) -> None:
    world.live(world.ulb)
    Ulb.objects.filter(pk=world.ulb.pk).update(ended="dropped", ended_on=day(0))
    client = world.client(world.nodal)
    assert 'name="live_on"' not in client.get(ALPHA).content.decode()
    assert client.post(ALPHA, {"version": 1, "defects": 1, "in_scope": "on"}).status_code == 422


def test_what_is_not_sent_is_left_alone(world: World) -> None:
    world.live(world.ulb)
    before = Deployment.objects.get()
    answer = world.client(world.nodal).post(
        ALPHA, {"version": 1, "in_scope": "on", "master_data": "", "defects": ""}
    )
    after = Deployment.objects.get()
    assert answer.status_code == 302
    assert (after.version, after.live_on, after.master_data) == (1, before.live_on, "validated")
