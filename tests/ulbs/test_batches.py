"""Pilots and batches: rules, verbs and pages."""

from typing import Any

import pytest
from django.urls import reverse

from nudm.core.dates import today
from nudm.core.errors import Conflict, NotAllowed, Refused
from states.models import Entry
from tests.world import World, day
from ulbs.actions import batches, logs, register
from ulbs.models import Batch, Ulb
from ulbs.rules.pilots import Approach, Mix, fits, off, shares

INCIDENT: dict[str, Any] = {"title": "Down", "severity": "critical", "owner": "agency", "solution": ""}


@pytest.mark.parametrize(
    ("approach", "mix", "expected"),
    [
        (Approach.GREENFIELD, Mix(3, 0, 0), (True, 0)),
        (Approach.GREENFIELD, Mix(3, 2, 0), (False, 2)),
        (Approach.GREENFIELD, Mix(3, 0, 1), (False, 0)),
        (Approach.BROWNFIELD, Mix(1, 4, 0), (False, 1)),
        (Approach.BROWNFIELD, Mix(0, 4, 0), (True, 0)),
        (Approach.MIX, Mix(2, 2, 0), (True, 0)),
        (Approach.MIX, Mix(4, 0, 0), (False, 1)),
        (Approach.MIX, Mix(0, 0, 0), (False, 2)),
        (Approach.GREENFIELD, Mix(0, 0, 0), (False, 0)),
    ],
)
def test_pilots_are_what_the_approach_says(approach: Approach, mix: Mix, expected: tuple[bool, int]) -> None:
    assert (fits(approach, mix), off(approach, mix)) == expected


@pytest.mark.parametrize(
    ("count", "size", "expected"),
    [
        (0, 30, []),
        (1, 30, [1]),
        (30, 30, [30]),
        (40, 30, [40]),
        (44, 30, [22, 22]),
        (61, 30, [31, 30]),
        (100, 30, [34, 33, 33]),
        (5, 2, [2, 2, 1]),
    ],
)
def test_batches_are_even(count: int, size: int, expected: list[int]) -> None:
    assert shares(count, size) == expected
    assert sum(shares(count, size)) == count


def criticals(world: World, count: int) -> None:
    for _n in range(count):
        logs.save_incident(world.kl, INCIDENT | {"opened_on": day(1)}, by=world.agency)


def gate(world: World, batch: Batch) -> dict[str, bool]:
    return {check.name: check.open for check in batches.gates_of(world.kl)[batch.pk]}


def test_the_gate_opens_after_the_pilots_sign_off_and_shuts_with_three_open_criticals(world: World) -> None:
    batch = Batch.objects.create(state=world.kl, number=1)
    [town] = world.towns(1, batch=batch)
    world.live(town)
    assert gate(world, batch) == {"master_data": True, "uat": False, "training": True, "criticals": True}
    world.live(world.ulb)
    assert all(gate(world, batch).values())
    criticals(world, 2)
    assert gate(world, batch)["criticals"]
    criticals(world, 1)
    assert not gate(world, batch)["criticals"]
    client, url = world.client(world.nodal), reverse("ulbs:batch", args=["KL", 1])
    form = {"started_on": today(), "seen": batches.seen(batch)}
    page = client.post(url, form)
    assert page.status_code == 422 and page.context["form"].errors.keys() == {"started_on"}
    assert b"Open critical incidents: 3; there must be fewer than 3" in page.content
    assert client.post(url, form | {"override_reason": "Order of the Secretary"}).status_code == 302
    batch.refresh_from_db()
    assert (batch.started_on, batch.override_reason) == (today(), "Order of the Secretary")
    assert client.post(url, form | {"override_reason": "Too late"}).status_code == 409


def test_two_officers_on_one_batch_see_both_dates(world: World) -> None:
    batch = batches.plan_batch(world.kl, 1, {"planned_on": day(2)}, saw="", by=world.nodal)
    seen = batches.seen(batch)
    batches.plan_batch(world.kl, 1, {"planned_on": day(5)}, saw=seen, by=world.unit)
    with pytest.raises(Conflict) as conflict:
        batches.plan_batch(world.kl, 1, {"planned_on": day(8)}, saw=seen, by=world.nodal)
    assert conflict.value.mine.keys() == conflict.value.theirs.keys() == {"planned from"}
    with pytest.raises(Conflict):
        batches.plan_batch(world.kl, 1, {}, saw="", by=world.nodal)


def test_the_reason_for_a_shut_gate_stays_and_is_nobodys_to_write_over(world: World) -> None:
    reason = "Order 12/2026 of the Secretary"
    state, by = world.kl, world.nodal
    opened = batches.seen(batches.plan_batch(state, 3, {"planned_on": today()}, by=by))
    started = batches.plan_batch(
        state, 3, {"started_on": today(), "override_reason": reason}, saw=opened, by=by
    )
    kept = batches.seen(started)
    with pytest.raises(Refused):
        batches.plan_batch(state, 3, {"override_reason": " "}, saw=kept, by=by)
    batches.plan_batch(state, 3, {"override_reason": f"{reason}, no. 2"}, saw=kept, by=by)
    with pytest.raises(Conflict) as conflict:
        batches.plan_batch(state, 3, {"planned_until": today(), "override_reason": "x"}, saw=kept, by=by)
    assert f"{reason}, no. 2" in conflict.value.theirs.values()
    assert "x" in conflict.value.mine.values()
    [line] = Entry.objects.filter(verb="batch.plan").order_by("-pk")[:1]
    assert line.data["before"]["override_reason"] == reason
    assert line.data["after"]["override_reason"] == f"{reason}, no. 2"
    assert Batch.objects.get(number=3).override_reason == f"{reason}, no. 2"


@pytest.mark.by_hand
def test_many_ulbs_are_planned_at_once_with_an_answer_for_each(world: World) -> None:
    batch = Batch.objects.create(state=world.kl, number=1)
    live = world.live(world.ulb)
    towns = world.towns(3)
    register.update_ulb(towns[2], {"in_scope": False, "scope_reason": "Merger"}, version=0, by=world.nodal)
    answers = batches.plan_many(
        world.kl, [live, *towns, world.far_ulb], {"batch": batch, "pilot": False}, by=world.nodal
    )
    assert {a.ulb.pk: a.result for a in answers} == {
        live.pk: "refused",
        towns[0].pk: "saved",
        towns[1].pk: "saved",
        towns[2].pk: "refused",
    }
    assert set(batch.ulbs.all()) == {towns[0], towns[1]}
    again = batches.plan_many(world.kl, towns[:1], {"batch": batch, "pilot": False}, by=world.nodal)
    assert [a.result for a in again] == ["unchanged"]
    with pytest.raises(NotAllowed):
        batches.plan_many(world.kl, towns, {"pilot": True}, by=world.agency)


@pytest.mark.by_hand
def test_what_is_left_out_is_in_no_batch_and_no_pilot(world: World) -> None:
    batch = Batch.objects.create(state=world.kl, number=1)
    [town] = world.towns(1, batch=batch)
    changes = {"in_scope": False, "scope_reason": "Merger is announced"}
    batches.plan_many(world.kl, [town, world.ulb], changes, by=world.nodal)
    for ulb in (town, world.ulb):
        ulb.refresh_from_db()
        assert (ulb.in_scope, ulb.pilot, ulb.batch, ulb.scope_on) == (False, False, None, today())
    board = Ulb.objects.create(state=world.kl, lgd_code=299001, name="Board", type_code=8, pilot=True)
    register.set_cantonments(world.kl, in_scope=False, reason="", by=world.nodal)
    board.refresh_from_db()
    assert (board.in_scope, board.pilot, board.scope_reason) == (False, False, "Cantonment Board")


def test_the_page_says_how_many_are_not_planned_and_fills_batches(world: World) -> None:
    for n, town in enumerate(world.towns(7)):
        Ulb.objects.filter(pk=town.pk).update(district=f"D{n % 2}", population=1000 * n)
    client = world.client(world.nodal)
    url = reverse("ulbs:batches", args=["KL"])
    assert b"7 ULBs are neither pilots, nor in a batch, nor left out." in client.get(url).content
    answer = client.post(reverse("ulbs:fill_batches", args=["KL"]), {"order": "district", "size": 3})
    assert answer.status_code == 302
    first, second = Batch.objects.order_by("number")
    assert {ulb.district for ulb in first.ulbs.all()} == {"D0"} and second.ulbs.count() == 3
    page = client.get(url)
    assert page.context["counts"]["none"] == 0
    assert b"Every ULB is a pilot, in exactly one batch, or left out with a reason." in page.content
    answer = client.post(reverse("ulbs:fill_batches", args=["KL"]), {"order": "name", "size": 3})
    assert answer.status_code == 422
    page = client.get(reverse("ulbs:fill_batches", args=["KL"]))
    assert b"Every ULB in scope is a pilot or in a batch already." in page.content
    assert b'name="size"' not in page.content


@pytest.mark.by_hand
def test_a_batch_ends_when_all_that_is_in_it_is_live(world: World) -> None:
    batch = Batch.objects.create(state=world.kl, number=1, started_on=day(3))
    live, left, moved, late = world.towns(4, batch=batch)
    world.live(live)
    Ulb.objects.filter(pk=left.pk).update(in_scope=False, scope_reason="Merger")
    Ulb.objects.filter(pk=moved.pk).update(batch=Batch.objects.create(state=world.kl, number=2))
    client, url = world.client(world.nodal), reverse("ulbs:batch", args=["KL", 1])
    sent = {"started_on": day(3), "ended_on": today(), "seen": batches.seen(batch)}
    page = client.post(url, sent)
    assert page.status_code == 422 and page.context["form"].errors.keys() == {"ended_on"}
    assert b"1 ULB of this batch is not live." in page.content
    world.live(late)
    assert client.post(url, sent).status_code == 302
    # A town that comes in later does not shut the batch's page.
    Ulb.objects.filter(pk=moved.pk).update(batch=batch)
    batch.refresh_from_db()
    assert client.post(url, sent | {"seen": batches.seen(batch), "planned_on": day(9)}).status_code == 302


@pytest.mark.by_hand
def test_the_pilots_are_held_against_the_chosen_approach(world: World) -> None:
    client, url = world.client(world.ministry), reverse("ulbs:batches", args=["KL"])
    for approach, words in (
        ("greenfield", b"1 pilot does not say whether"),
        ("mix", b"A mix has both"),
        ("", b"Approach"),
        ("no such", b"Approach"),
    ):
        assert words in client.get(url, {"approach": approach}).content, approach
    Ulb.objects.filter(pk=world.ulb.pk).update(kind="greenfield")
    assert b"The pilots fit the approach." in client.get(url, {"approach": "greenfield"}).content


def test_the_plan_of_a_filter_or_of_ticked_ulbs_changes_and_each_refusal_is_told(world: World) -> None:
    live, towns = world.live(world.ulb), world.towns(120)
    batches.plan_batch(world.kl, 1, {}, by=world.nodal)
    client, url = world.client(world.nodal), reverse("ulbs:plan", args=["KL"])
    ticked = {"ulb": [towns[0].pk, live.pk], "act": "batch", "batch": "1"}
    page = client.post(url, ticked, follow=True)
    assert [str(message) for message in page.context["messages"]] == ["1 ULB was changed."]
    [(ulb, words)] = page.context["refused"]
    assert ulb == live and words.startswith("A pilot that is live since") and words in page.content.decode()
    client.post(f"{url}?group=none&q=Town+11", {"all": "1", "act": "pilot", "confirmed": 11})
    assert Ulb.objects.filter(pilot=True).count() == 1 + 11
    client.post(f"{url}?group=b1", {"all": "1", "act": "out", "reason": "Merger", "confirmed": 1})
    assert Ulb.objects.get(in_scope=False).scope_reason == "Merger"
    for form in ({"act": "pilot"}, {"ulb": towns[5].pk}, {"ulb": towns[5].pk, "act": "batch", "batch": "9"}):
        assert client.post(url, form).status_code == 422
    assert world.client(world.agency).post(url, {"all": "1", "act": "pilot"}).status_code == 403
    assert world.client(world.neighbour).post(url, {"all": "1", "act": "pilot"}).status_code == 404


@pytest.mark.by_hand
def test_a_batch_is_added_with_a_free_number_and_removed_until_it_starts(world: World) -> None:
    client = world.client(world.nodal)
    page = client.get(reverse("ulbs:new_batch", args=["KL"]))
    assert page.context["form"].initial == {"number": 1}
    assert client.post(reverse("ulbs:new_batch", args=["KL"]), {"number": 1}).status_code == 302
    sent = {"number": 1, "planned_on": "01-02-2030", "override_reason": "Order 7"}
    page = client.post(reverse("ulbs:new_batch", args=["KL"]), sent)
    assert page.status_code == 422 and page.context["form"].data["override_reason"] == "Order 7"
    assert page.context["form"].errors == {"number": ["Batch 1 is there already. The next free number is 2."]}
    [town] = world.towns(1, batch=Batch.objects.get())
    for who, status in (("agency", 403), ("reviewer", 403), ("town", 404), ("neighbour", 404)):
        url = reverse("ulbs:remove_batch", args=["KL", 1])
        assert world.client(getattr(world, who)).post(url).status_code == status
    assert client.post(reverse("ulbs:remove_batch", args=["KL", 1])).status_code == 302
    town.refresh_from_db()
    assert town.batch is None
    Batch.objects.create(state=world.kl, number=2, started_on=day(1))
    assert client.post(reverse("ulbs:remove_batch", args=["KL", 2])).status_code == 422


@pytest.mark.by_hand
def test_a_stale_page_removes_no_batch_that_a_colleague_has_filled_or_dated(world: World) -> None:
    client, url = world.client(world.nodal), reverse("ulbs:batch", args=["KL", 1])
    batch = Batch.objects.create(state=world.kl, number=1)
    [town] = world.towns(1)
    for change in (
        lambda: batches.plan_many(world.kl, [town], {"batch": batch}, by=world.unit),
        lambda: batches.plan_batch(world.kl, 1, {"planned_on": day(-9)}, by=world.unit),
    ):
        page = client.get(url)
        change()
        sent = {"seen": page.context["seen_whole"]}
        answer = client.post(reverse("ulbs:remove_batch", args=["KL", 1]), sent)
        assert answer.status_code == 409 and b"1 ULB is in it now" in answer.content
    sent = {"seen": client.get(url).context["seen_whole"]}
    assert client.post(reverse("ulbs:remove_batch", args=["KL", 1]), sent).status_code == 302
    town.refresh_from_db()
    assert town.batch is None and not Batch.objects.exists()
