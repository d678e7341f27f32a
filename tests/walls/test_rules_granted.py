"""What a team is granted, and what the rules of the apps and the database make of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import Http404

from nudm.core import scope, wall
from nudm.core.dates import today
from nudm.core.errors import NotAllowed, Refused
from nudm.core.models import Outbox
from reports.actions import deliveries
from reports.actions.reports import Asked, ask
from states import access, actions
from states.models import State, StateGroupObjectPermission
from states.rules import Role, asked_to_confirm
from tests.walls.scene import again
from tests.world import World
from ulbs.actions.rollout import Edit, save_cells
from ulbs.models import Deployment, Ulb


def test_a_team_is_granted_what_its_role_may_and_nothing_that_it_had_before(world: World) -> None:
    rows = StateGroupObjectPermission.objects.filter(group=world.agency_team.group)
    kept = set(rows.values_list("pk", flat=True))
    access.grant(world.agency_team, State.objects.all())
    assert rows.count() == 2 * len(access.GRANTS[Role.AGENCY])
    assert kept < set(rows.values_list("pk", flat=True))
    assert set(access.served_states(world.agency_team)) == {world.kl, world.mh}
    access.grant(world.agency_team, State.objects.filter(pk=world.mh.pk))
    assert set(access.served_states(world.agency_team)) == {world.mh}
    assert set(access.served_states(world.kl_office)) == {world.kl}
    assert {row.permission.codename for row in rows} == access.GRANTS[Role.AGENCY]
    assert StateGroupObjectPermission.objects.filter(group=world.kl_office.group).exists()


def test_a_town_changes_cells_of_its_own_ulb_and_nobody_changes_nothing(world: World) -> None:
    def result(who: Any, *ulbs: Ulb, state: State = world.kl) -> Any:
        edits = [Edit(ulb.pk, "PGR", {"started_on": world.start}, None) for ulb in ulbs]
        try:
            return [answer.result for answer in save_cells(state, edits, by=who)]
        except (Http404, NotAllowed) as error:
            return type(error)

    second = world.towns(1)[0]
    assert result(world.town, world.ulb) == ["saved"]
    assert result(world.town, world.ulb, second) is Http404
    assert result(world.ministry, world.ulb) is NotAllowed
    assert result(world.neighbour, world.ulb) is Http404
    assert result(world.agency, second) == ["saved"]
    assert result(world.nodal) == []
    assert result(world.ministry) is result(world.town) is NotAllowed
    assert Deployment.objects.count() == 2
    office = StateGroupObjectPermission.objects.filter(group=world.kl_office.group)
    office.filter(permission__codename="update_rollout").delete()
    actions.rights_changed()
    assert result(again(world.nodal), world.towns(1)[0]) == ["saved"]


def test_a_report_is_for_those_who_see_what_it_is_of(world: World) -> None:
    def asked(who: Any, kind: str, state: State | None) -> Any:
        try:
            return bool(ask(Asked(kind, state, "en"), by=who)[0])
        except (Http404, NotAllowed, Refused) as error:
            return type(error)

    assert asked(world.nodal, "progress", world.kl) is True
    assert asked(world.nodal, "progress", world.mh) is Http404
    assert asked(world.town, "progress", world.kl) is Http404
    for kind in ("national", "review"):
        assert asked(world.ministry, kind, None) is True
        assert asked(world.nodal, kind, None) is NotAllowed
        assert asked(world.head, kind, world.kl) is Refused
    assert asked(world.head, "progress", None) is Refused
    assert asked(None, "progress", world.mh) is asked(None, "national", None) is True
    assert asked(None, "national", world.kl) is Refused


def test_mails_are_shown_to_those_who_manage_the_people(world: World) -> None:
    rows = {
        name: Outbox.objects.create(key=key, kind="hold", to="a@example.in", tenant=tenant, subject="s")
        for name, key, tenant in (
            ("kl", "report:1", world.kl.pk),
            ("mh", "report:2", world.mh.pk),
            ("in", "report:3", None),
            ("other", "digest:4", world.kl.pk),
        )
    }
    Outbox.objects.filter(pk=rows["mh"].pk).update(status="sent")
    assert list(deliveries.rows_for(world.head)) == [rows["in"], rows["mh"], rows["kl"]]
    assert list(deliveries.rows_for(world.head, "sent")) == [rows["mh"]]
    assert list(deliveries.rows_for(world.head, "none")) == [rows["in"], rows["mh"], rows["kl"]]
    assert list(deliveries.rows_for(world.nodal)) == [rows["kl"]]
    assert list(deliveries.rows_for(world.agency)) == []
    assert deliveries.one_for(world.nodal, rows["kl"].pk) == rows["kl"]
    for name in ("mh", "in", "other"):
        with pytest.raises(Http404):
            deliveries.one_for(world.nodal, rows[name].pk)


def test_the_database_is_asked_for_what_a_person_reaches(world: World) -> None:
    for person, role, states in (
        (world.nodal, wall.STATE, (world.kl.pk,)),
        (world.agency, wall.STATE, (world.kl.pk,)),
        (world.town, wall.STATE, (world.kl.pk,)),
        (world.nobody, wall.STATE, ()),
    ):
        assert access.reach(again(person)) == scope.Reach(role, states, person.pk)
    assert (
        access.reach(again(world.reviewer)).role == access.reach(again(world.ministry)).role == wall.NATIONAL
    )


def test_a_standing_names_what_is_to_be_confirmed_and_nothing_else(world: World) -> None:
    asked = asked_to_confirm(today())
    held = world.nodal.appointments.get()
    rows, found = type(held).objects.filter(pk=held.pk), {}
    for start, confirmed in ((0, None), (-1, None), (-1, -1), (-1, 0)):
        on = None if confirmed is None else asked + timedelta(days=confirmed)
        rows.update(start=asked + timedelta(days=start), confirmed_on=on)
        actions.rights_changed()
        found[start, confirmed] = access.standing(again(world.nodal)).unconfirmed
    assert found == {(0, None): (), (-1, None): (held.pk,), (-1, -1): (held.pk,), (-1, 0): ()}
    rows.update(start=asked - timedelta(days=1), confirmed_on=None)
    assert set(access.unconfirmed_on(today())) == {*rows}
    rows.update(confirmed_on=asked)
    assert not access.unconfirmed_on(today()).exists()
    rows.update(start=asked, confirmed_on=None)
    assert not access.unconfirmed_on(today()).exists()
