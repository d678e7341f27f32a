"""The rules of access one by one, without a request: quick enough to be asked of every mutant."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from nudm.core.dates import today
from nudm.core.errors import NotAllowed
from nudm.core.models import Job, Outbox
from phases.models import Item
from phases.rules import MOVES, Claim, Status, moves_from
from reports.models import Report
from states import access, actions
from states.models import Counter, Past, Post, State, StateGroupObjectPermission, Team
from states.rules import NATIONAL, POSTS_OF, PostKind, Role
from tests.walls.scene import again
from tests.world import World
from ulbs.actions import import_lgd, import_rollout, import_tenants
from ulbs.actions.rollout import settable
from ulbs.models import Figure, Import, Readiness, Ulb
from ulbs.rules.cells import BUILDS, CLAIMS, DECIDES, PREPARES
from ulbs.rules.registers import WRITES

SIDES = {
    "submit_item": {"submit", "ask_na", "withdraw", "hand_back"},
    "review_item": {"accept", "agree_na", "return", "reopen"},
    "update_checklist": {"start", "hand_over"},
}
FROM = {
    Status.NOT_STARTED: {"start", "ask_na"},
    Status.IN_PROGRESS: {"submit", "ask_na"},
    Status.RETURNED: {"submit", "ask_na"},
    Status.ACCEPTED: {"reopen"},
    Status.NOT_APPLICABLE: {"reopen"},
}
REVIEWING = {
    Claim.MET: {"withdraw", "accept", "return"},
    Claim.NOT_APPLICABLE: {"withdraw", "agree_na", "return"},
}


def test_a_line_is_moved_by_the_power_of_its_side_and_by_no_other() -> None:
    everything = set().union(*SIDES.values())
    for status, asks, own, handed in product(Status, Claim, (True, False), (None, True, False)):
        from_here = REVIEWING[asks] if status is Status.UNDER_REVIEW else FROM[status]
        if status in {Status.IN_PROGRESS, Status.RETURNED} and handed is not None:
            from_here = from_here | {"hand_back" if handed else "hand_over"}
        for power in access.PERMISSIONS:
            right = from_here & SIDES.get(power, set())
            if own and status is Status.UNDER_REVIEW and power == "review_item":
                right = set()
            moves = moves_from(status, {power}, asks=asks, submitted_by_me=own, handed=handed)
            assert {m.name for m in moves} == right, (status, asks, own, handed, power)
        assert moves_from(status, (), asks=asks, handed=handed) == ()
    assert {move.name for move in MOVES} == everything
    assert {m.name for m in moves_from(Status.UNDER_REVIEW, {"review_item"})} == {"accept", "return"}
    explained = {"ask_na", "return", "reopen", "hand_back"}
    needs = {m.name: (m.needs_evidence, m.needs_reason) for m in MOVES}
    assert {name for name, (letter, _why) in needs.items() if letter} == {"submit"}
    assert {name for name, (_letter, why) in needs.items() if why} == explained
    assert all(letter == (m.name == "submit") for m in MOVES for letter in (m.needs_evidence,))
    assert all(why == (m.name in explained) for m in MOVES for why in (m.needs_reason,))


def test_the_tables_say_whose_each_register_file_post_and_field_is() -> None:
    assert {kind for kind, power in WRITES.items() if power == "update_rollout"} == {
        *("training", "uat", "incidents", "trainers")
    }
    assert {kind for kind, power in WRITES.items() if power == "record_review"} == {"review"}
    assert {kind for kind, power in WRITES.items() if power == "manage_ulbs"} == {
        *("kickoff", "meeting", "campaign", "help_desk", "cadence", "policy")
    }
    assert import_lgd.PERMISSION == import_tenants.PERMISSION == "manage_register"
    assert import_rollout.PERMISSION == "manage_ulbs"
    assert {Role.CENTRE, Role.MINISTRY} == NATIONAL
    assert {role: [kind.value for kind in kinds] for role, kinds in POSTS_OF.items()} == {
        Role.CENTRE: ["head", "reviewer"],
        Role.MINISTRY: ["viewer"],
        Role.STATE: ["nodal_officer", "programme_unit", "fellow", "dtl"],
        Role.AGENCY: ["member"],
        Role.TOWN: ["nodal_officer"],
    }
    held = {
        frozenset({"view_state", "review_item"}): frozenset(),
        frozenset({"update_town"}): PREPARES,
        frozenset({"update_rollout", "update_town"}): BUILDS,
        frozenset({"manage_ulbs", "update_rollout"}): DECIDES,
    }
    assert {powers: settable(powers) for powers in held} == held
    assert {"master_data", "started_on"} == PREPARES
    assert {
        *("configured_on", "uat_planned_on", "defects", "enhancements", "clarifications", "trained_on")
    } == BUILDS - PREPARES
    assert {
        *("in_scope", "validated_on", "uat_signed_on", "live_on", "live_url"),
        *("withdrawn_on", "withdrawn_reason", "override_reason"),
    } == DECIDES - BUILDS
    assert PREPARES < BUILDS < DECIDES
    assert {word.value for word in CLAIMS} == {"not_started", "collecting", "submitted"}


def test_somebody_without_a_standing_account_holds_nothing(world: World) -> None:
    world.nodal.is_active = False
    for who in (None, AnonymousUser(), object(), world.nodal, world.nobody):
        assert access.standing(who) == access.NOBODY
        assert not access.visible(State, who).exists()
        assert access.held_posts(who) == ()
        assert access.acting_post(who) is None
        assert not access.is_national(who)
        assert access.post_for(who, world.kl) is None


@pytest.mark.parametrize(("start", "until", "held"), [
    (0, None, True), (1, None, False), (-5, 0, False), (-5, 1, True), (-5, -1, False),
])  # fmt: skip
def test_an_appointment_counts_from_its_first_day_to_the_day_before_its_end(
    world: World, start: int, until: int | None, held: bool
) -> None:
    post = actions.add_post(world.kl_office, PostKind.FELLOW, "F")
    made = actions.appoint(post, world.nobody, today() + timedelta(days=start))
    type(made).objects.filter(pk=made.pk).update(until=None if until is None else today() + timedelta(until))
    person = again(world.nobody)
    assert ("view_state" in access.powers(person, world.kl)) == held
    assert [row.post for row in access.appointments_on(today()).filter(person=person)] == [post] * held


def test_a_person_acts_by_all_posts_or_by_the_chosen_one_while_it_is_held(world: World) -> None:
    second = actions.add_post(world.mh_office, PostKind.FELLOW, "Fellow")
    actions.appoint(second, world.nodal, world.start)
    person = again(world.nodal)
    first = access.held_posts(person)[0]
    assert set(access.standing(person).states()) == {world.kl.pk, world.mh.pk}
    assert access.acting_post(person) is None
    assert (access.post_for(person, world.mh), access.post_for(person, world.kl)) == (second, first)
    assert access.post_for(person, None) is None
    person.acting_post_id = second.pk
    assert access.standing(person).states() == [world.mh.pk]
    assert access.held_posts(person) == (first, second)
    assert access.acting_post(person) == second == access.post_for(person, world.kl)
    person.acting_post_id = world.neighbour.appointments.get().post_id
    assert access.acting_post(person) is None
    assert set(access.standing(person).states()) == {world.kl.pk, world.mh.pk}


def test_a_post_without_a_state_of_its_own_acts_on_those_it_serves(world: World) -> None:
    post = world.agency.appointments.get().post
    assert access.post_for(world.agency, world.kl) == post
    assert access.post_for(world.neighbour, world.kl) is None
    home = actions.add_post(world.kl_office, PostKind.FELLOW, "F")
    actions.appoint(home, world.agency, world.start)
    assert access.post_for(again(world.agency), world.kl) == home
    assert access.post_for(again(world.agency), world.mh) == post


def test_powers_are_looked_up_once_and_again_after_a_change(world: World) -> None:
    person = again(world.nodal)
    access.standing(person)
    with CaptureQueriesContext(connection) as queries:
        access.powers(person, world.kl)
        access.visible(State, person)
    assert len(queries) == 0
    with CaptureQueriesContext(connection) as queries:
        access.standing(again(world.nodal))
    assert len(queries) == 2
    StateGroupObjectPermission.objects.filter(group=world.kl_office.group).delete()
    assert "view_state" in access.powers(again(world.nodal), world.kl)
    actions.rights_changed()
    assert access.powers(again(world.nodal), world.kl) == frozenset()
    assert "view_state" in access.powers(person, world.kl)
    access.forget(person)
    assert access.powers(person, world.kl) == frozenset()
    access.forget(person)
    access.forget(person)


def test_the_version_of_rights_is_peoples_own(world: World) -> None:
    Counter.objects.all().delete()
    Counter.objects.create(name="aaa", value=7)
    actions.rights_changed()
    access.standing(again(world.nodal))
    StateGroupObjectPermission.objects.filter(group=world.kl_office.group).delete()
    actions.rights_changed()
    assert access.powers(again(world.nodal), world.kl) == frozenset()


def test_two_persons_of_different_posts_never_share_what_is_remembered(world: World) -> None:
    assert access.standing(again(world.nodal)).states() == [world.kl.pk]
    assert access.standing(again(world.neighbour)).states() == [world.mh.pk]
    assert access.standing(again(world.nodal)).roles == {Role.STATE}
    assert access.standing(again(world.head)).roles == {Role.CENTRE}


def test_powers_are_those_of_the_state_asked_for(world: World) -> None:
    for state in (world.kl, world.kl.pk):
        assert access.powers(world.nodal, state) == access.GRANTS[Role.STATE]
    assert access.powers(world.nodal, world.mh) == access.powers(world.nodal, None) == frozenset()
    held = access.standing(world.agency)
    assert held.states() == held.states("attach_evidence") == [world.kl.pk]
    assert held.states("submit_item") == []
    assert [access.is_national(who) for who in (world.head, world.ministry, world.nodal, world.town)] == [
        *(True, True, False, False)
    ]
    assert access.standing(world.town).ulb_codes == {world.ulb.lgd_code}
    assert access.standing(world.nodal).ulb_codes == frozenset()


def test_a_code_on_another_team_makes_no_town_of_it(world: World) -> None:
    Team.objects.filter(pk=world.kl_office.pk).update(ulb_code=world.far_ulb.lgd_code)
    actions.rights_changed()
    assert access.standing(again(world.nodal)).ulb_codes == frozenset()


def test_rows_exist_for_those_who_see_the_state_and_a_town_sees_its_own(world: World) -> None:
    second = world.towns(1)[0]
    everybody = (world.head, world.ministry, world.nodal, world.agency, world.town, world.neighbour)
    seen = [set(access.visible(Ulb, who)) for who in everybody]
    kl, mh = {world.ulb, second}, {world.far_ulb}
    assert seen == [kl | mh, kl | mh, kl, kl, {world.ulb}, mh]
    assert [access.visible(State, who).count() for who in everybody] == [2, 2, 1, 1, 0, 1]
    assert not access.visible(Outbox, world.head).exists()
    Job.objects.create(kind="x", key="x")
    assert not access.visible(Job, world.head).exists()


def test_rows_without_a_state_exist_for_national_teams_only(world: World) -> None:
    Report.objects.create(key="in", kind="national", language="en", period="p", as_on=today())
    Item.objects.create(state=world.kl, code="2.processes_standardised", stage=2)
    for who, there in ((world.head, True), (world.ministry, True), (world.nodal, False), (world.town, False)):
        assert access.visible(Report, who).exists() == there
        assert access.visible(Team, who).filter(state=None).exists() == there
    assert "IS NULL" not in str(access.visible(Item, world.head).query)


def allowed(who: Any, permission: str, row: Any) -> Any:
    """True, or the way in which it is refused."""
    try:
        access.require(who, permission, row)
    except (Http404, NotAllowed) as error:
        return type(error)
    return True


def test_an_act_needs_the_row_first_and_then_the_power(world: World) -> None:
    with pytest.raises(ValueError, match="unknown permission"):
        access.require(world.head, "do_anything", world.kl)
    for row in (world.kl, world.ulb, Item(state=world.kl), Readiness(state=world.kl, ulb=world.ulb)):
        assert allowed(world.nodal, "manage_ulbs", row) is True
        assert allowed(world.agency, "manage_ulbs", row) is NotAllowed
        assert allowed(world.ministry, "manage_ulbs", row) is NotAllowed
        assert allowed(world.neighbour, "manage_ulbs", row) is Http404
        assert allowed(world.nobody, "view_state", row) is Http404
    readiness = Readiness(state=world.kl, ulb=world.ulb)
    for row in (readiness, world.ulb):
        assert allowed(world.town, "update_town", row) is True
    assert allowed(world.town, "manage_ulbs", world.ulb) is NotAllowed
    loose = Figure(state=world.kl)
    for row in (world.towns(1)[0], world.far_ulb, world.kl, Item(state=world.kl), loose):
        assert allowed(world.town, "update_town", row) is Http404


def test_an_act_on_the_nation_is_the_centres(world: World) -> None:
    nation = Import(state=None)
    assert allowed(world.head, "manage_register", nation) is True
    assert allowed(world.head, "submit_item", nation) is NotAllowed
    assert allowed(world.ministry, "manage_register", nation) is NotAllowed
    assert allowed(world.ministry, "view_state", nation) is True
    assert allowed(world.nodal, "manage_register", nation) is Http404
    assert allowed(world.head, "view_state", Past(state=None)) is Http404
    assert allowed(world.head, "manage_people", Post(team=world.centre_team)) is True


def test_both_posts_of_a_person_count_on_the_nation(world: World) -> None:
    actions.appoint(actions.add_post(world.kl_office, PostKind.FELLOW, "F"), world.ministry, world.start)
    assert allowed(again(world.ministry), "manage_register", Import(state=None)) is True
