"""A closed stage shows what it was closed on, stages close in order, and a closure can be undone."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from django.utils.translation import override

from nudm.core import jobs
from nudm.core.dates import today
from nudm.core.errors import NotAllowed, Refused
from phases.actions import lines
from phases.models import Closure, Item
from reports import snapshot
from reports.actions import reports
from reports.actions.reports import Asked
from states.models import Entry
from tests.phases.staged import close, meet, stage_of
from tests.world import World
from ulbs.actions import rollout

pytestmark = pytest.mark.django_db


def test_a_pilot_that_loses_its_validated_data_does_not_open_a_closed_stage(world: World) -> None:
    close(world, 1, 2)
    before = stage_of(world, 2)
    cell = world.ulb.deployments.get(module="PGR")
    rollout.save_cell(world.ulb, "PGR", {"master_data": "returned"}, version=cell.version, by=world.nodal)
    after = stage_of(world, 2)
    assert (before.status, before.met, before.total, before.slipped) == ("complete", 4, 4, ())
    assert (after.status, after.met, after.total) == ("complete", 4, 4)
    assert (after.closed_on, after.closed_met, after.closed_total) == (today(), 4, 4)
    assert [one.line.code for one in after.slipped] == ["2.criterion_master_data"]
    words = "Since closing: 1 criterion no longer holds, because Master data for pilot ULBs collected"
    assert after.warning.startswith(words) and "0 of 1" in after.warning
    assert {truth.value for _line, truth in after.criteria} == {"met"}
    for path in ("/states/KL/", "/phases/KL/2/", "/"):
        assert words in world.client(world.reviewer).get(path).content.decode(), path
    told = world.client(world.nodal).get("/api/v1/states/KL/progress/").json()["stages"][1]
    assert (told["status"], told["met"], told["total"]) == ("complete", 4, 4)
    assert (told["closed_met"], told["closed_total"]) == (4, 4)
    slipped = told["slipped"][0]
    assert slipped["code"] == "2.criterion_master_data" and "0 of 1" in slipped["reason"]
    frozen = snapshot.of_state(world.kl, "en")["stages"][1]
    assert (frozen["met"], frozen["total"]) == (4, 4) and frozen["warning"] == after.warning
    row = snapshot.of_nation([world.kl], "en")["rows"][0]["stages"][1]
    assert (row["met"], row["total"], row["slipped"]) == (4, 4, 1)
    report, job = reports.ask(Asked("mpr", world.kl, "hi", month=today().replace(day=1)), by=world.nodal)
    jobs.run(job.pk)
    report.refresh_from_db()
    with override("hi"):
        said = stage_of(world, 2).warning
    assert "1 में से 0" in said and report.content["sections"][0]["text"] == [said]
    assert "1 में से 0" in reports.written(report, "csv").decode()


def test_a_closed_stage_offers_to_reopen_nothing_on_page_and_api(world: World) -> None:
    meet(world, 1, 2)
    client = world.client(world.reviewer)
    code = Item.objects.filter(state=world.kl, stage=1, status="accepted")[0].code
    page, api = f"/phases/KL/1/{code}/", f"/api/v1/states/KL/items/{code}/"
    assert 'value="reopen"' in client.get(page).content.decode()
    assert "reopen" in client.get(api).json()["moves"]
    lines.close_stage(world.kl, 1, by=world.reviewer)
    assert 'value="reopen"' not in client.get(page).content.decode()
    assert client.get(api).json()["moves"] == []


def test_stages_close_in_order_and_the_refusal_names_the_first(world: World) -> None:
    meet(world, 1, 2)
    assert stage_of(world, 2).gate_open
    with pytest.raises(Refused, match="Close Stage 1 first"):
        lines.close_stage(world.kl, 2, by=world.reviewer)
    page = world.client(world.reviewer).get("/phases/KL/2/").content.decode()
    assert "Stage 1 is not closed yet" in page and "/phases/KL/2/close/" not in page
    lines.close_stage(world.kl, 1, by=world.reviewer)
    assert "/phases/KL/2/close/" in world.client(world.reviewer).get("/phases/KL/2/").content.decode()
    lines.close_stage(world.kl, 2, by=world.reviewer)
    assert stage_of(world, 2).status == "complete"


def test_a_closure_is_undone_by_the_centre_with_a_reason_and_kept(world: World) -> None:
    close(world, 1, 2)
    client = world.client(world.reviewer)
    with pytest.raises(NotAllowed):
        lines.undo_closure(world.kl, 2, by=world.nodal, reason="We ask for it.")
    with pytest.raises(Refused, match="Say why"):
        lines.undo_closure(world.kl, 2, by=world.reviewer, reason="  ")
    with pytest.raises(Refused, match="Stage 2 was closed after it"):
        lines.undo_closure(world.kl, 1, by=world.reviewer, reason="The charter was withdrawn.")
    page = client.get("/phases/KL/2/")
    given = {"reason": "The UAT participants were wrong.", "form_key": page.context["form_key"]}
    assert client.post("/phases/KL/2/undo/", given).status_code == 302
    seen = stage_of(world, 2)
    assert (seen.status, seen.closed_on, seen.closed_met) == ("in_progress", None, None)
    assert [one.reason for one in seen.undone] == ["The UAT participants were wrong."]
    assert "The UAT participants were wrong." in client.get("/phases/KL/2/").content.decode()
    told = world.client(world.nodal).get("/api/v1/states/KL/progress/").json()["stages"][1]
    assert told["undone"][0]["reason"] == "The UAT participants were wrong." and told["closed_on"] is None
    entry = Entry.objects.get(verb="stage.undo")
    assert entry.actor == world.reviewer and entry.data["stage"] == 2
    with pytest.raises(Refused, match="not closed"):
        lines.undo_closure(world.kl, 2, by=world.reviewer, reason="Once more.")
    lines.close_stage(world.kl, 2, by=world.reviewer)
    again = stage_of(world, 2)
    assert again.status == "complete" and len(again.undone) == 1
    assert Closure.objects.filter(state=world.kl, stage=2).count() == 2


def test_a_past_day_still_shows_the_stage_closed(world: World) -> None:
    close(world, 1)
    closed = today()
    with time_machine.travel(timezone.now() + timedelta(days=3), tick=False):
        lines.undo_closure(world.kl, 1, by=world.reviewer, reason="The order was quashed.")
        assert stage_of(world, 1).closed_on is None
        assert stage_of(world, 1, as_on=closed).status == "complete"
        assert stage_of(world, 1, as_on=closed).undone == ()
        assert stage_of(world, 1, as_on=closed + timedelta(days=2)).status == "complete"
        assert stage_of(world, 1, as_on=today()).undone == stage_of(world, 1).undone != ()


def test_the_certificate_of_an_undone_closure_is_withdrawn_everywhere(world: World) -> None:
    close(world, 1)
    asked = Asked("certificate", world.kl, "en", stage=1)
    report, job = reports.ask(asked, by=world.nodal)
    jobs.run(job.pk)
    report.refresh_from_db()
    client = world.client(world.nodal)
    assert "withdrawn" not in client.get(f"/verify/{report.code}/").content.decode()
    lines.undo_closure(world.kl, 1, by=world.reviewer, reason="The order was quashed.")
    words = "This certificate is withdrawn: the closure of Stage 1 was undone on"
    assert words in client.get(f"/verify/{report.code}/").content.decode()
    assert words in client.get(f"/reports/{report.pk}/").content.decode()
    assert "withdrawn on" in client.get("/reports/").content.decode()
    assert client.get("/api/v1/reports/").json()["results"][0]["withdrawn_at"]
    with pytest.raises(Refused, match="not closed"):
        reports.ask(asked, by=world.nodal)
    lines.close_stage(world.kl, 1, by=world.reviewer)
    newer, job = reports.ask(asked, by=world.nodal)
    jobs.run(job.pk)
    newer.refresh_from_db()
    assert newer.pk != report.pk and newer.code != report.code
    assert "withdrawn" not in client.get(f"/verify/{newer.code}/").content.decode()
    assert words in client.get(f"/verify/{report.code}/").content.decode()
