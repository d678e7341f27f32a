"""Where a register has no ULB in scope, as in Lakshadweep, what counts ULBs is agreed not applicable."""

import pytest

from nudm.core.errors import NotAllowed, Refused
from phases.actions import lines
from phases.catalogue import catalogue
from phases.models import Item
from phases.progress import progress_of
from phases.rules import Party, Truth
from tests.phases.staged import accept, stage_of
from tests.phases.test_clocks import ago, clock
from tests.world import World, day
from ulbs.actions import register
from ulbs.models import Ulb

pytestmark = pytest.mark.django_db
COUNTED = [
    line.code for line in catalogue().lines() if line.counts_ulbs and line.section in {"outcome", "criterion"}
]


@pytest.fixture
def empty(world: World) -> World:
    """Nobody's register but that of the first State/UT has lost its one ULB."""
    register.drop(
        Ulb.objects.select_related("state").get(pk=world.ulb.pk),
        on=world.start,
        reason="G.O.",
        by=world.nodal,
    )
    return world


def ask(world: World, code: str) -> Item:
    item = lines.item_for(world.kl, code)
    return lines.move(item, "ask_na", version=item.version, note="There is no ULB.", by=world.nodal)


def agree(world: World, code: str) -> Item:
    item = ask(world, code)
    return lines.move(item, "agree_na", version=item.version, by=world.reviewer)


def test_what_counts_ulbs_is_not_applicable_once_both_say_so(empty: World) -> None:
    for code in COUNTED:
        before = progress_of([empty.kl])[empty.kl.pk].truths[code]
        assert before is Truth.UNKNOWN, "nothing is met by nothing"
        ask(empty, code)
        assert progress_of([empty.kl])[empty.kl.pk].truths[code] is Truth.UNKNOWN
        item = Item.objects.select_related("state").get(code=code)
        lines.move(item, "agree_na", version=item.version, by=empty.reviewer)
    truths = progress_of([empty.kl])[empty.kl.pk].truths
    for code in COUNTED:
        own = Truth.UNKNOWN if catalogue().line(code).needs else Truth.NOT_APPLICABLE
        assert truths[code] is own, code


def test_its_stages_can_be_closed(empty: World) -> None:
    for stage, codes in ((1, ("1.pilots_identified", "1.master_data_begun")), (2, COUNTED)):
        accept(empty, stage)
        for code in codes:
            if catalogue().line(code).stage == stage:
                agree(empty, code)
        lines.close_stage(empty.kl, stage, by=empty.reviewer)
    seen = stage_of(empty, 2)
    assert (seen.status, seen.met, seen.total) == ("complete", 3, 3)
    register.create_ulb(empty.kl, {"name": "First", "type_code": 7}, by=empty.nodal)
    seen = stage_of(empty, 2)
    assert (seen.status, seen.met, seen.total) == ("complete", 3, 3)
    assert "2.criterion_master_data" in {one.line.code for one in seen.slipped}
    assert "Since closing" in seen.warning


def test_a_ulb_that_comes_into_scope_is_counted_again(empty: World) -> None:
    agree(empty, "1.master_data_begun")
    ulb = register.create_ulb(empty.kl, {"name": "First", "type_code": 7}, by=empty.nodal)
    register.update_ulb(ulb, {"pilot": True}, version=0, by=empty.nodal)
    seen = progress_of([empty.kl])[empty.kl.pk]
    assert seen.truths["1.master_data_begun"] is Truth.NOT_MET
    with pytest.raises(Refused, match="not one that a person attests"):
        ask(empty, "3.pilots_live")


def test_its_days_run_from_the_day_on_which_a_ulb_came_into_scope(world: World) -> None:
    row = Ulb.objects.select_related("state").get(pk=world.ulb.pk)
    with ago(25):
        register.drop(row, on=world.start, reason="G.O.", by=world.nodal)
        agree(world, "1.master_data_begun")
    assert clock(world, "1.master_data_begun").party is Party.NOBODY
    with ago(10):
        ulb = register.create_ulb(world.kl, {"name": "First", "type_code": 7}, by=world.nodal)
        register.update_ulb(ulb, {"pilot": True}, version=0, by=world.nodal)
    found = clock(world, "1.master_data_begun")
    assert (found.party, found.since, found.days) == (Party.TOWN, day(10), 5 + 10)
    assert clock(world, "1.master_data_begun", day(15)).party is Party.NOBODY


def test_what_was_agreed_waits_only_for_what_the_line_rests_on(empty: World) -> None:
    agree(empty, "2.uat_participants")
    agree(empty, "2.criterion_uat_ready")
    seen = progress_of([empty.kl])[empty.kl.pk]
    assert seen.truths["2.criterion_uat_ready"] is Truth.UNKNOWN
    waits = {b.line.code for b in seen.stages[1].blockers if b.criterion.code == "2.criterion_uat_ready"}
    assert waits == {"2.platform_ready"}
    assert seen.clocks["2.criterion_uat_ready"].party is Party.NOBODY


def test_where_there_are_ulbs_nobody_asks(world: World) -> None:
    with pytest.raises(Refused, match="not one that a person attests"):
        ask(world, "1.master_data_begun")
    assert world.client(world.nodal).get("/phases/KL/1/1.master_data_begun/").status_code == 404


def test_only_what_fits_a_count_is_offered_and_taken(empty: World) -> None:
    code = "1.master_data_begun"
    with pytest.raises(NotAllowed):
        item = lines.item_for(empty.kl, code)
        lines.move(item, "ask_na", version=0, note="None", by=empty.agency)
    with pytest.raises(Refused):
        lines.move(lines.item_for(empty.kl, code), "start", version=0, by=empty.nodal)
    with pytest.raises(Refused):
        lines.save_remark(lines.item_for(empty.kl, code), "x", version=0, by=empty.nodal)
    client = empty.client(empty.nodal)
    page = client.get(f"/phases/KL/1/{code}/")
    assert "The register has no ULB in scope" in page.content.decode()
    assert f"/phases/KL/1/{code}/" in client.get("/phases/KL/1/").content.decode()
    sent = {"act": "ask_na", "note": "No ULB.", "version": 0, "form_key": page.context["form_key"]}
    assert client.post(f"/phases/KL/1/{code}/", sent).status_code == 302
    assert "No ULB." in empty.client(empty.reviewer).get(f"/phases/KL/1/{code}/").content.decode()
    assert code in empty.client(empty.reviewer).get("/phases/review/").content.decode()
