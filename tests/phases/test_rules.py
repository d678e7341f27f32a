"""The rules, in tables."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nudm.core.arrival import FileStatus, file_after
from nudm.core.ratio import Ratio
from phases.catalogue import catalogue
from phases.rules import MOVES, Claim, Party, Status, Truth, assess, both, measured, moves_from, party_of
from states.access import GRANTS
from ulbs.rules.counting import Limits

M, N, U, A = Truth.MET, Truth.NOT_MET, Truth.UNKNOWN, Truth.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([M, M], M),
        ([M, U], U),
        ([M, N], N),
        ([U, N], N),
        ([M, A], M),
        ([A, A], A),
        ([A, U], U),
        ([], U),
    ],
)
def test_and_has_three_values_and_drops_what_does_not_apply(parts: list[Truth], whole: Truth) -> None:
    assert both(parts) is whole


@pytest.mark.parametrize(
    ("ratio", "quorum", "truth"),
    [
        (Ratio(0, 0), "all", U),
        (Ratio(0, 0), "any", U),
        (None, "all", U),
        (Ratio(0, 3), "any", N),
        (Ratio(1, 3), "any", M),
        (Ratio(2, 3), "all", N),
        (Ratio(3, 3), "all", M),
    ],
)
def test_nothing_to_count_is_not_yet_known(ratio: Ratio | None, quorum: str, truth: Truth) -> None:
    assert measured(ratio, quorum, LIMITS) is truth


@pytest.mark.parametrize(
    ("code", "setting", "told", "truth"),
    [
        ("1.master_data_begun", {}, Ratio(3, 4), N),
        ("1.master_data_begun", {}, Ratio(4, 4), M),
        ("1.master_data_begun", {"pilots_begun": "any"}, Ratio(1, 4), M),
        ("3.other_master_data", {}, Ratio(1, 40), M),
        ("3.other_master_data", {"others_begun": 5}, Ratio(4, 40), N),
        ("3.other_master_data", {"others_begun": 5}, Ratio(5, 40), M),
        # Where there are fewer, all of them are enough.
        ("3.other_master_data", {"others_begun": 5}, Ratio(2, 2), M),
        ("3.other_master_data", {"others_begun": 5}, Ratio(0, 0), U),
    ],
)
def test_in_how_many_ulbs_master_data_must_have_begun_is_a_setting(
    code: str, setting: dict[str, Any], told: Ratio, truth: Truth
) -> None:
    counted = {catalogue().line(code).measure or "": told}
    assert assess(catalogue(), {}, counted, set(), Limits(**setting))[code] is truth


def test_a_line_is_with_exactly_one_party() -> None:
    for status, owner, handed in itertools.product(Status, ("state", "agency"), (True, False)):
        party = party_of(status, owner, handed=handed)
        assert (party is Party.AGENCY) <= (owner == "agency" and not handed)
        assert (party is Party.NOBODY) == (status in {Status.ACCEPTED, Status.NOT_APPLICABLE})
        assert (party is Party.CENTRE) == (status is Status.UNDER_REVIEW)


@given(
    status=st.sampled_from(list(Status)),
    role=st.sampled_from(list(GRANTS)),
    asks=st.sampled_from(list(Claim)),
    own=st.booleans(),
)
def test_every_offered_move_is_in_the_table_and_within_the_powers(
    status: Status, role: object, asks: Claim, own: bool
) -> None:
    powers = GRANTS[role]  # type: ignore[index]
    for move in moves_from(status, powers, asks=asks, submitted_by_me=own):
        assert move in MOVES and move.source is status and move.permission in powers
        assert not (own and status is Status.UNDER_REVIEW and move.permission == "review_item")


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.NOT_APPLICABLE])
def test_what_is_settled_is_not_reopened_in_a_closed_stage(status: Status) -> None:
    offered = {move.name for move in moves_from(status, {"review_item"})}
    assert "reopen" in offered and moves_from(status, {"review_item"}, closed=True) == ()


def everything(status: Status) -> dict[str, Status]:
    return {line.code: status for line in catalogue().lines() if line.kind == "attested"}


def measures(ratio: Ratio) -> dict[str, Ratio]:
    return {line.measure: ratio for line in catalogue().lines() if line.measure}


LIMITS = Limits()
RECORDS = {slug for line in catalogue().lines() for slug in line.record}


def test_all_accepted_and_counted_meets_every_criterion() -> None:
    truths = assess(catalogue(), everything(Status.ACCEPTED), measures(Ratio(5, 5)), RECORDS, LIMITS)
    assert all(truths[line.code] is M for line in catalogue().lines(section="criterion"))


def test_nothing_done_is_not_yet_known_and_meets_nothing() -> None:
    truths = assess(catalogue(), {}, measures(Ratio(0, 0)), set(), LIMITS)
    assert all(truths[line.code] is U for line in catalogue().lines(section="criterion"))


@pytest.mark.parametrize("code", sorted(everything(Status.ACCEPTED)))
def test_a_returned_line_unmeets_exactly_the_criteria_that_rest_on_it(code: str) -> None:
    book = catalogue()
    truths = assess(
        book, everything(Status.ACCEPTED) | {code: Status.RETURNED}, measures(Ratio(5, 5)), RECORDS, LIMITS
    )
    for criterion in book.lines(section="criterion"):
        rests = code in {line.code for line in book.leaves(criterion.code)}
        assert truths[criterion.code] is (N if rests else M)


def test_procurement_agreed_not_applicable_leaves_the_denominator() -> None:
    statuses = everything(Status.ACCEPTED) | {"1.infrastructure_procured": Status.NOT_APPLICABLE}
    truths = assess(catalogue(), statuses, measures(Ratio(5, 5)), RECORDS, LIMITS)
    assert truths["1.criterion_infrastructure"] is A


def test_a_vacant_nodal_post_turns_the_line_red_again() -> None:
    counted = measures(Ratio(5, 5)) | {"posts.nodal_officer": Ratio(0, 1)}
    truths = assess(catalogue(), everything(Status.ACCEPTED), counted, RECORDS, LIMITS)
    assert truths["1.nodal_officer_appointed"] is N


def test_stage_4_has_no_completion_criteria() -> None:
    assert list(catalogue().lines(4, "criterion")) == []


F = FileStatus


@pytest.mark.parametrize(
    ("status", "passed", "scanner", "after"),
    [
        (F.QUARANTINE, None, True, F.QUARANTINE),
        (F.QUARANTINE, None, False, F.QUARANTINE),
        (F.QUARANTINE, True, True, F.CHECKED),
        (F.QUARANTINE, True, False, F.CHECKED),
        (F.QUARANTINE, False, False, F.REFUSED),
        (F.CHECKED, None, True, F.CHECKED),
        (F.CHECKED, None, False, F.ACCEPTED),
        (F.CHECKED, True, True, F.SCANNED),
        (F.CHECKED, False, True, F.REFUSED),
        (F.SCANNED, None, True, F.ACCEPTED),
        (F.SCANNED, None, False, F.ACCEPTED),
        (F.SCANNED, False, True, F.REFUSED),
        (F.ACCEPTED, None, True, F.ACCEPTED),
        (F.ACCEPTED, True, True, F.ACCEPTED),
        (F.ACCEPTED, False, True, F.REFUSED),
        (F.REFUSED, None, True, F.REFUSED),
        (F.REFUSED, True, True, F.ACCEPTED),
    ],
)
def test_a_file_goes_on_only_by_a_verdict(
    status: FileStatus, passed: bool | None, scanner: bool, after: FileStatus
) -> None:
    assert file_after(status, passed, scanner=scanner) is after


def test_what_was_removed_stays_removed_and_no_verdict_accepts_nothing_while_there_is_a_scanner() -> None:
    for passed, scanner in itertools.product((None, True, False), (True, False)):
        assert file_after(F.REMOVED, passed, scanner=scanner) is F.REMOVED
    for status in (F.QUARANTINE, F.CHECKED, F.REFUSED):
        assert file_after(status, None, scanner=True) is status


@pytest.mark.parametrize(
    ("pilots", "towns", "truth"), [(1, 1, A), (3, 3, A), (2, 3, U), (0, 1, U), (0, 0, U)]
)
def test_where_every_ulb_is_a_pilot_nothing_is_asked_of_the_others(
    pilots: int, towns: int, truth: Truth
) -> None:
    counts = measures(Ratio(0, 0)) | {"pilot.identified": Ratio(pilots, towns)}
    truths = assess(catalogue(), {}, counts, set(), LIMITS)
    for code in ("3.other_master_data", "4.first_batch_live"):
        assert truths[code] is truth, code
    # What rests on other lines too is still to be done by them.
    assert truths["3.rollout_in_batches"] is U
    assert truths["3.pilots_live"] is U


def test_a_count_beside_a_recommendation_or_a_role_settles_nothing() -> None:
    beside = [*catalogue().lines(section="recommendation"), *catalogue().lines(section="role")]
    counted = {line.code: line.measure for line in beside if line.measure}
    assert counted == {
        "1.role_institutions": "posts.fellows",
        "1.tip_operator": "all.data_operator",
        "2.role_architecture": "reviews.design",
        "3.role_solution": "reviews.solution",
        "3.role_training": "events.training",
        "3.role_cadence": "cadence.centre",
        "3.role_change": "reviews.incidents",
        "3.role_adoption": "reviews.plans",
        "3.tip_calls": "feedback.calls",
        "3.tip_reverse_kt": "feedback.reverse_kt",
        "3.tip_trainers": "trainers.named",
        "4.role_usage": "reviews.usage",
        "4.role_citizens": "reviews.citizens",
    }
    truths = assess(catalogue(), {}, measures(Ratio(1, 1)), set(), LIMITS)
    assert not counted.keys() & truths.keys()
