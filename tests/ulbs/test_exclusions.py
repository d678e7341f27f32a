"""What leaves a count after Stage 1 was closed: asked, agreed, refused, corrected; gates passed shut."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from nudm.core.dates import today
from nudm.core.errors import NotAllowed, Refused
from phases.actions import lines
from phases.models import Closure
from phases.progress import progress_of
from states import actions
from states.actions import touch
from states.models import Past
from states.past import keep
from states.rules import PostKind
from states.wrote import taken
from tests.ulbs.sheets import KERALA, lgd, text
from tests.world import World
from ulbs.actions import agreeing, batches, exclusions, imports, register, rollout
from ulbs.models import Batch, Deployment, Exclusion, Override, Ulb

LONG_AGO = timedelta(days=20)


@pytest.fixture
def closed(world: World) -> World:
    """Stage 1 is closed; three pilots, four ULBs in a batch that has begun, five in one that has not."""
    first = world.batch(1, started_on=today() - timedelta(days=9))
    second = world.batch(2)
    world.towns(3, pilots=3)
    world.towns(4, batch=first)
    world.towns(5, batch=second)
    Past.objects.filter(state=world.kl).update(since=timezone.now() - LONG_AGO)
    close(world)
    touch(world.kl)
    # An event of the deck that this noted was written by no act.
    taken(world.kl.pk)
    return world


def close(world: World) -> None:
    made = Closure.objects.create(state=world.kl, stage=1, by=world.reviewer, saw={}, catalogue_version="1")
    keep([made])


def town(world: World, **where: Any) -> Ulb:
    found = Ulb.objects.filter(state=world.kl, ended="", **where).select_related("state", "batch")
    return found.order_by("pk")[0]


def tallies(world: World, day: Any = None) -> dict[str, Any]:
    return dict(progress_of([world.kl], as_on=day)[world.kl.pk].tallies)


OUT = {"in_scope": False, "scope_reason": "Under the cantonment"}
# What each act changes, which ULB it is done to, and the counts that it leaves.
WAYS = [
    (OUT, {"pilot": False, "batch__number": 2}, {"all.live", "rest.live"}),
    (OUT, {"pilot": True}, {"all.live", "pilot.live"}),
    ({"pilot": False}, {"pilot": True}, {"pilot.live"}),
    ({"pilot": True, "batch": None}, {"batch__number": 2}, {"rest.live"}),
    ({"batch": None}, {"batch__number": 1}, set()),
]


@pytest.mark.parametrize(("changes", "which", "measures"), WAYS)
@pytest.mark.parametrize("door", ["one", "many"])
def test_what_leaves_a_count_waits_for_the_centre(
    closed: World, changes: dict[str, Any], which: dict[str, Any], measures: set[str], door: str
) -> None:
    before, ulb = tallies(closed), town(closed, **which)

    def act(reason: str) -> None:
        if door == "one":
            register.update_ulb(ulb, changes, version=ulb.version, reason=reason, by=closed.nodal)
            return
        [answer] = batches.plan_many(closed.kl, [ulb], changes, reason=reason, by=closed.nodal)
        if answer.result == "refused":
            raise Refused(answer.words)

    if "scope_reason" not in changes:
        with pytest.raises(Refused, match="reason"):
            act("")
    act("G.O. 12")
    assert tallies(closed) == before
    [row] = Exclusion.objects.all()
    assert row.status == "asked"
    with pytest.raises(NotAllowed):
        agreeing.agree(row, by=closed.nodal)
    agreeing.agree(row, by=closed.reviewer)
    after = tallies(closed)
    for name in measures:
        assert after[name].of == before[name].of - 1
        assert after[name].out == 1
    assert tallies(closed, today()) == after
    if not measures:
        assert after["first_batch.live"].out == 1


def test_a_refusal_and_a_withdrawal_leave_the_count(closed: World) -> None:
    before, ulb = tallies(closed), town(closed, pilot=True)
    register.update_ulb(ulb, {"pilot": False}, version=ulb.version, reason="x", by=closed.nodal)
    row = Exclusion.objects.get()
    with pytest.raises(Refused):
        exclusions.refuse(row, note=" ", by=closed.reviewer)
    exclusions.refuse(row, note="It stays.", by=closed.reviewer)
    ulb.refresh_from_db()
    register.update_ulb(ulb, {"pilot": False}, version=ulb.version, reason="x", by=closed.nodal)
    ulb.refresh_from_db()
    with pytest.raises(Refused, match="was asked"):
        register.update_ulb(ulb, {"pilot": False}, version=ulb.version, reason="x", by=closed.nodal)
    exclusions.withdraw(Exclusion.objects.get(status="asked"), by=closed.nodal)
    assert tallies(closed) == before
    assert Ulb.objects.get(pk=ulb.pk).pilot


def test_a_drop_waits_and_a_merger_is_counted_beside(closed: World) -> None:
    before, ulb = tallies(closed), town(closed, batch__number=2)
    register.drop(ulb, on=today(), reason="G.O.", by=closed.nodal)
    assert tallies(closed) == before
    other = town(closed, batch__number=1)
    register.succeed([ulb], [other], on=today(), reason="G.O.", by=closed.nodal)
    found = tallies(closed)["all.live"]
    assert (found.of, found.corrected) == (before["all.live"].of - 1, 1)


def test_what_was_entered_within_the_hour_is_taken_back_alone(closed: World) -> None:
    ulb = town(closed, batch__number=2)
    changes = {"batch": Batch.objects.get(number=1)}
    register.update_ulb(ulb, changes, version=ulb.version, reason="By mistake", by=closed.nodal)
    ulb = town(closed, pk=ulb.pk)
    assert ulb.batch is not None
    assert ulb.batch.number == 1
    back = {"batch": Batch.objects.get(number=2)}
    register.update_ulb(ulb, back, version=ulb.version, by=closed.nodal)
    ulb = town(closed, pk=ulb.pk)
    assert ulb.batch is not None
    assert ulb.batch.number == 2
    assert [row.status for row in Exclusion.objects.all()] == ["corrected"]


def test_a_module_leaves_only_with_agreement(closed: World) -> None:
    ulb = town(closed, pilot=True)
    rollout.save_cell(ulb, "PT", {"in_scope": True}, version=None, by=closed.nodal)
    closed.live(ulb)
    Past.objects.filter(model="deployment").update(since=timezone.now() - LONG_AGO)
    before = tallies(closed)
    for module, changes in (
        ("PT", {"in_scope": False}),
        ("PGR", {"live_on": None}),
        ("PGR", {"withdrawn_on": today()}),
    ):
        with pytest.raises(Refused):
            rollout.save_cell(ulb, module, changes, version=None, by=closed.nodal)
    changes = {"in_scope": False, "withdrawn_reason": "Not wanted"}
    cell = rollout.save_cell(ulb, "PT", changes, version=None, by=closed.nodal)
    assert cell.in_scope
    assert tallies(closed) == before
    agreeing.agree(Exclusion.objects.get(), by=closed.reviewer)
    assert not Deployment.objects.get(ulb=ulb, module="PT").in_scope
    assert tallies(closed)["pilot.master_data_validated"].n == before["pilot.master_data_validated"].n + 1


def test_before_stage_1_is_closed_the_state_plans_alone(world: World) -> None:
    ulb = world.towns(2, pilots=1)[0]
    register.update_ulb(ulb, OUT, version=ulb.version, by=world.nodal)
    assert not Ulb.objects.get(pk=ulb.pk).in_scope
    assert not Exclusion.objects.exists()


def test_taking_in_again_restores_the_batch_and_the_pilot_mark(world: World) -> None:
    batch = world.batch(1)
    world.towns(1, batch=batch)
    for ulb in (town(world, pilot=True), town(world, batch=batch)):
        plan = (ulb.pilot, ulb.batch_id)
        register.update_ulb(ulb, OUT, version=ulb.version, by=world.nodal)
        left = town(world, pk=ulb.pk)
        assert (left.pilot, left.batch_id) == (False, None)
        register.update_ulb(left, {"in_scope": True}, version=left.version, by=world.nodal)
        back = town(world, pk=ulb.pk)
        assert (back.pilot, back.batch_id) == plan


def test_the_gate_is_asked_of_each_ulb_that_enters_a_begun_batch(closed: World) -> None:
    ulb, begun = town(closed, batch__number=2), Batch.objects.get(number=1)
    with pytest.raises(Refused, match="master data"):
        register.update_ulb(ulb, {"batch": begun}, version=ulb.version, by=closed.nodal)
    [answer] = batches.plan_many(closed.kl, [ulb], {"batch": begun}, by=closed.nodal)
    assert answer.result == "refused"
    register.update_ulb(ulb, {"batch": begun}, version=ulb.version, reason="Urgent", by=closed.nodal)
    row = Override.objects.get()
    assert (row.gate, row.ulb_id, row.reason, row.by) == ("entry", ulb.pk, "Urgent", closed.nodal)


def test_the_gate_is_asked_of_each_go_live(closed: World) -> None:
    ulb, day = town(closed, batch__number=2), today() - timedelta(days=1)
    changes = {"uat_signed_on": day, "live_on": day, "live_url": "https://kl.example.in/"}
    with pytest.raises(Refused, match="has not begun"):
        rollout.save_cell(ulb, "PGR", changes, version=None, by=closed.nodal)
    why = changes | {"override_reason": "Ordered by the court"}
    rollout.save_cell(ulb, "PGR", why, version=None, by=closed.nodal)
    row = Override.objects.get()
    assert (row.gate, row.module, row.shut, row.by) == ("live", "PGR", "not_begun,uat", closed.nodal)
    pilot = town(closed, pilot=True)
    rollout.save_cell(pilot, "PGR", changes, version=None, by=closed.nodal)
    assert Override.objects.count() == 1


def test_a_batch_that_began_stays_begun(closed: World) -> None:
    with pytest.raises(Refused, match="began on"):
        batches.plan_batch(closed.kl, 1, {"started_on": None}, by=closed.nodal)


def test_the_pages_list_what_waits_and_what_left(closed: World) -> None:
    client, url = closed.client(closed.nodal), reverse("ulbs:plan", args=["KL"])
    ulb = town(closed, batch__number=2)
    data = {"act": "out", "reason": "Flooded", "ulb": [ulb.pk]}
    page = client.post(url, data, follow=True).content.decode()
    assert "waits for the centre" in page
    for person, address in (
        (closed.nodal, reverse("ulbs:exclusions", args=["KL"])),
        (closed.reviewer, reverse("ulbs:exclusions_national")),
    ):
        page = closed.client(person).get(address).content.decode()
        assert "Flooded" in page
    row = Exclusion.objects.get()
    address = reverse("ulbs:answer_exclusion", args=["KL", row.pk])
    answered = closed.client(closed.reviewer).post(address, {"act": "agree", "note": "Yes"}, follow=True)
    assert "has left the count" in answered.content.decode()
    address = reverse("ulbs:exclusions", args=["KL"])
    client = closed.client(closed.nodal)
    past = client.get(address, {"as_on": f"{today() - timedelta(days=1):%d-%m-%Y}"})
    assert "Flooded" not in past.content.decode()
    past = client.get(address, {"as_on": f"{today():%d-%m-%Y}"})
    assert "Flooded" in past.content.decode()


def test_the_api_answers_that_the_centre_is_asked(closed: World) -> None:
    ulb = town(closed, pilot=True)
    closed.live(ulb)
    Past.objects.filter(model="deployment").update(since=timezone.now() - LONG_AGO)
    cell = Deployment.objects.get(ulb=ulb)
    url = reverse("api_milestones", args=[ulb.lgd_code])
    body = {"module": "PGR", "version": cell.version, "live_on": None}
    client = closed.client(closed.nodal)
    assert client.post(url, body, content_type="application/json").status_code == 422
    body["withdrawn_reason"] = "Contract ended"
    found = client.post(url, body, content_type="application/json")
    assert (found.status_code, found.json()["live_on"]) == (202, cell.live_on.isoformat())


def test_a_merger_keeps_the_earliest_days_and_says_first_how_the_counts_change(closed: World) -> None:
    first, second = town(closed, pilot=True), town(closed, batch__number=2)
    closed.live(first, on=today() - timedelta(days=6))
    closed.live(second, "PT", on=today() - timedelta(days=3))
    third = town(closed, batch__number=1)
    assert tallies(closed)["all.live"].n == 2
    client = closed.client(closed.nodal)
    url = reverse("ulbs:end", args=["KL", first.lgd_code])
    data = {
        "after": str(third.lgd_code),
        "together": str(second.lgd_code),
        "on": f"{today():%d-%m-%Y}",
        "reason": "G.O. 7",
    }
    asked = client.post(url, data)
    assert asked.status_code == 200
    lines = asked.context["lines"]
    assert [(now, after) for _label, now, after in lines] == [(13, 11), (4, 4), (2, 1)]
    assert tallies(closed)["all.live"].n == 2
    assert client.post(url, data | {"confirmed": "1"}).status_code == 302
    after = town(closed, pk=third.pk)
    assert (after.live_on, after.pilot, after.modules_live) == (today() - timedelta(days=6), True, 2)
    found = tallies(closed)["all.live"]
    assert (found.n, found.of, found.corrected) == (1, 11, 2)


def test_not_started_by_mistake_keeps_the_days_of_before(world: World) -> None:
    day = today() - timedelta(days=20)
    changes = {"master_data": "validated", "started_on": day, "validated_on": day}
    rollout.save_cell(world.ulb, "PGR", changes, version=None, by=world.nodal)
    for status, days in (("not_started", None), ("validated", day)):
        cell = rollout.save_cell(world.ulb, "PGR", {"master_data": status}, version=None, by=world.nodal)
        assert (cell.started_on, cell.validated_on) == (days, days)


def test_once_the_closing_is_undone_the_state_plans_alone_again(closed: World) -> None:
    lines.undo_closure(closed.kl, 1, by=closed.reviewer, reason="Closed by mistake")
    ulb = town(closed, pilot=True)
    register.update_ulb(ulb, {"pilot": False}, version=ulb.version, by=closed.nodal)
    assert not Ulb.objects.get(pk=ulb.pk).pilot


def test_a_pilot_without_a_priority_module_shows_nothing(world: World) -> None:
    pilots = [world.ulb, *world.towns(1, pilots=1)]
    for pilot, module in zip(pilots, ("PGR", "TL"), strict=True):
        world.live(pilot, module)
    for day in (None, today()):
        assert tallies(world, day)["pilot.live"].n == 2
    world.record(world.kl, "modules")
    rollout.count_again(world.kl)
    for day in (None, today()):
        found = tallies(world, day)
        assert (found["pilot.live"].n, found["pilot.live"].of, found["all.live"].n) == (1, 2, 2)
    rollout.save_cell(pilots[1], "MCOLLECT", {"in_scope": True}, version=None, by=world.nodal)
    assert tallies(world)["pilot.live"].n == 2


SHEET = ["LGD code", "Pilot", "In scope", "Reason", "Batch"]


def test_a_sheet_says_where_to_ask_and_changes_no_count(closed: World) -> None:
    ulb, begun = town(closed, batch__number=2), town(closed, batch__number=1)
    for code, cells, word in (
        (ulb.lgd_code, ["", "N", "Flooded", ""], "agreement"),
        (begun.lgd_code, ["", "", "", "2"], "agreement"),
        (ulb.lgd_code, ["", "", "", "1"], "gate"),
    ):
        data = text([SHEET, [code, *cells]])
        made = imports.read_in(data, "s.csv", state=closed.kl, kind="rollout", by=closed.nodal)
        assert [told[2] for line in made.preview for told in line["faults"]] == [word]


@pytest.mark.parametrize("minutes", [10, 90])
def test_a_file_is_taken_back_within_the_hour_only(closed: World, minutes: int) -> None:
    of = tallies(closed)["all.live"].of
    data = text(lgd((1, 250_205, 1, "Nagar", "", 5, "", *KERALA)))
    made = imports.read_in(data, "r.csv", state=closed.kl, by=closed.nodal)
    made = imports.confirm(made, by=closed.nodal)
    assert tallies(closed)["all.live"].of == of + 1
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False):
        if minutes > 60:
            with pytest.raises(Refused, match="more than an hour ago"):
                imports.undo(made, by=closed.nodal)
            return
        imports.undo(made, by=closed.nodal)
    found = tallies(closed)["all.live"]
    assert (found.of, found.corrected) == (of, 1)
    [row] = Exclusion.objects.all()
    assert (row.what, row.status, row.ulb, row.lgd_code) == ("file", "corrected", None, 250_205)


def test_who_holds_a_post_of_both_sides_asks_as_well(closed: World) -> None:
    post = actions.add_post(closed.centre_team, PostKind.REVIEWER, "Second reviewer")
    actions.appoint(post, closed.nodal, closed.start)
    before, ulb = tallies(closed), town(closed, pilot=True)
    register.update_ulb(ulb, {"pilot": False}, version=ulb.version, reason="x", by=closed.nodal)
    [row] = Exclusion.objects.all()
    assert (row.status, tallies(closed)) == ("asked", before)
    with pytest.raises(NotAllowed):
        agreeing.agree(row, by=closed.nodal)


def test_what_is_in_a_count_again_is_not_told_beside_it(closed: World) -> None:
    ulb = town(closed, pilot=True)
    for changes in ({"pilot": False}, {"pilot": True}):
        ulb = town(closed, pk=ulb.pk)
        register.update_ulb(ulb, changes, version=ulb.version, reason="x", by=closed.nodal)
        agreeing.agree(Exclusion.objects.get(status="asked"), by=closed.reviewer)
        Past.objects.filter(state=closed.kl).update(since=timezone.now() - LONG_AGO)
    assert tallies(closed)["pilot.live"].out == tallies(closed, today())["pilot.live"].out == 0


@pytest.mark.parametrize(
    ("gone", "back"),
    [
        ({"withdrawn_on": today(), "withdrawn_reason": "x"}, {"withdrawn_on": None, "withdrawn_reason": ""}),
        ({"live_on": None, "withdrawn_reason": "x"}, {"live_on": today()}),
    ],
)
def test_a_module_that_is_counted_again_is_not_told_beside_it(
    closed: World, gone: dict[str, Any], back: dict[str, Any]
) -> None:
    ulb = closed.live(town(closed, pilot=True))
    Past.objects.filter(state=closed.kl).update(since=timezone.now() - LONG_AGO)
    rollout.save_cell(ulb, "PGR", gone, version=None, by=closed.nodal)
    agreeing.agree(Exclusion.objects.get(), by=closed.reviewer)
    assert tallies(closed)["metrics.tracked"].out == 1
    rollout.save_cell(ulb, "PGR", {"configured_on": today()}, version=None, by=closed.nodal)
    assert tallies(closed)["metrics.tracked"].out == 1
    rollout.save_cell(ulb, "PGR", back, version=None, by=closed.nodal)
    assert tallies(closed)["metrics.tracked"].out == tallies(closed, today())["metrics.tracked"].out == 0


@pytest.mark.parametrize("way", ["left out", "dropped"])
def test_a_batch_that_began_without_a_ulb_takes_it_back_only_through_its_gate(world: World, way: str) -> None:
    """All on one day: the late ULB leaves, the gate opens, the batch begins, and the ULB comes back."""
    ready, late = (town(world, pk=ulb.pk) for ulb in world.towns(2, batch=world.batch(1)))
    world.live(world.ulb, on=today())
    data = {"master_data": "validated", "trained_on": today()}
    rollout.save_cell(ready, "PGR", data, version=None, by=world.nodal)
    if way == "dropped":
        register.drop(late, on=today(), reason="x", by=world.nodal)
    else:
        register.update_ulb(late, OUT, version=late.version, by=world.nodal)
    batches.plan_batch(world.kl, 1, {"started_on": today()}, by=world.nodal)
    late = Ulb.objects.select_related("state", "batch").get(pk=late.pk)
    if way == "dropped":
        register.reinstate(late, by=world.nodal)
    else:
        register.update_ulb(late, {"in_scope": True}, version=late.version, by=world.nodal)
    late = town(world, pk=late.pk)
    assert late.counts and late.batch is None and not Override.objects.exists()


@pytest.mark.parametrize("way", ["left out", "dropped"])
def test_a_ulb_that_left_a_begun_batch_comes_back_into_it(world: World, way: str) -> None:
    batch = world.batch(1, started_on=today())
    late = town(world, pk=world.towns(1, batch=batch)[0].pk)
    if way == "dropped":
        register.drop(late, on=today(), reason="x", by=world.nodal)
        register.reinstate(Ulb.objects.get(pk=late.pk), by=world.nodal)
    else:
        row = register.update_ulb(late, OUT, version=late.version, by=world.nodal)
        register.update_ulb(row, {"in_scope": True}, version=row.version, by=world.nodal)
    assert town(world, pk=late.pk).batch == batch


@pytest.mark.by_hand
def test_a_row_of_the_past_is_shown_whatever_module_and_reason_the_catalogue_has_today(world: World) -> None:
    made = Override.objects.create(
        state=world.kl,
        gate=Override.Gate.GO_LIVE,
        ulb=world.ulb,
        module="FORMER",
        shut="former_reason",
        reason="Order 7",
        by=world.nodal,
    )
    assert (made.module_label, made.shut_words) == ("FORMER", "former_reason")
    for url in ("/ulbs/exclusions/", "/ulbs/KL/exclusions/"):
        assert "FORMER" in world.client(world.nodal).get(url).content.decode()


def test_a_ulb_that_comes_back_after_its_file_was_taken_back_is_not_told_beside_the_count(
    closed: World,
) -> None:
    before, ulb = tallies(closed)["all.live"], town(closed, batch__number=2)
    register.update_ulb(ulb, OUT, version=ulb.version, by=closed.nodal)
    agreeing.agree(Exclusion.objects.get(), by=closed.reviewer)
    data = text([["LGD code", "In scope"], [ulb.lgd_code, "Y"]])
    made = imports.read_in(data, "back.csv", state=closed.kl, kind="rollout", by=closed.nodal)
    imports.confirm(made, by=closed.nodal)
    imports.undo(made, by=closed.nodal)
    assert tallies(closed)["all.live"].corrected == 1
    row = Ulb.objects.select_related("state").get(pk=ulb.pk)
    register.update_ulb(row, {"in_scope": True}, version=row.version, by=closed.nodal)
    assert tallies(closed)["all.live"] == tallies(closed, today())["all.live"] == before
