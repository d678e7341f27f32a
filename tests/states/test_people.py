"""Posts and who holds them: the calendar decides."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from nudm.core.counts import gather
from nudm.core.dates import today
from nudm.core.errors import Refused
from nudm.core.ratio import Ratio
from states import access, actions, drafts, tally
from states.models import Draft, Entry, State
from states.rules import PostKind
from tests.world import World


def again(person: Any) -> Any:
    """The person as the next request finds them."""
    return type(person).objects.get(pk=person.pk)


def test_handing_over_moves_drafts_and_ends_access_that_day(world: World) -> None:
    post = access.held_posts(world.nodal)[0]
    drafts.save_draft(post, "item:x:1", {"text": "half"})
    successor = actions.person_for("next@example.in", "Next")
    actions.hand_over(post, successor, today(), by=world.head)
    assert access.powers(again(world.nodal), world.kl) == frozenset()
    assert "submit_item" in access.powers(again(successor), world.kl)
    assert drafts.draft_on(access.held_posts(again(successor))[0], "item:x:1") == Draft.objects.get()
    assert {"post.relieve", "post.appoint"} <= set(Entry.objects.values_list("verb", flat=True))


def test_a_post_has_one_holder_a_day(world: World) -> None:
    post = access.held_posts(world.nodal)[0]
    with pytest.raises(Refused, match="holds this post since"):
        actions.appoint(post, world.nobody, today(), by=world.head)


def test_nobody_is_relieved_before_the_day_of_appointment(world: World) -> None:
    appointment = world.nodal.appointments.get()
    with pytest.raises(Refused, match="lies before"):
        actions.relieve(appointment, world.start - timedelta(days=1), by=world.head)


def test_a_vacant_nodal_post_is_counted(world: World) -> None:
    def counted() -> Ratio:
        ids = [world.kl.pk]
        return tally.measures_of(gather(ids, tally.counts(ids))[world.kl.pk])["posts.nodal_officer"]

    assert counted() == Ratio(1, 1)
    actions.relieve(world.nodal.appointments.get(), today(), by=world.head)
    assert counted() == Ratio(0, 1)


def test_a_person_in_two_posts_acts_by_the_chosen_one(world: World) -> None:
    second = actions.add_post(world.mh_office, PostKind.FELLOW, "Fellow")
    actions.appoint(second, world.nodal, world.start, by=world.head)
    person = again(world.nodal)
    assert len(access.held_posts(person)) == 2
    assert access.visible(State, person).count() == 2
    client = world.client(person)
    client.post("/states/act-as/", {"post": second.pk})
    assert client.get("/states/KL/").status_code == 404
    assert client.get("/states/MH/").status_code == 200
    client.post("/states/act-as/", {"post": ""})
    assert client.get("/states/KL/").status_code == 200


def test_an_agency_loses_a_state_it_no_longer_serves(world: World) -> None:
    assert "attach_evidence" in access.powers(world.agency, world.kl)
    actions.serve(world.agency_team, [world.mh], by=world.head)
    assert access.powers(again(world.agency), world.kl) == frozenset()
    assert "attach_evidence" in access.powers(again(world.agency), world.mh)


def test_a_people_page_shows_the_error_beside_the_field_and_keeps_what_was_typed(world: World) -> None:
    post = access.held_posts(world.nodal)[0]
    answer = world.client(world.head).post(
        f"/states/people/posts/{post.pk}/", {"act": "relieve", "on": str(world.start - timedelta(days=9))}
    )
    assert answer.status_code == 422
    assert "lies before the day of appointment" in answer.content.decode()
    assert str(world.start - timedelta(days=9)) in answer.content.decode()


@pytest.mark.by_hand
def test_the_people_page_lists_offices_by_the_names_that_the_reader_sees(world: World) -> None:
    for state, name_hi in ((world.kl, "महा-क"), (world.mh, "केरल-ख")):
        State.objects.filter(pk=state.pk).update(name_hi=name_hi)
    client = world.client(world.head)
    client.cookies.load({settings.LANGUAGE_COOKIE_NAME: "hi"})
    page = client.get("/states/people/").content.decode()
    places = [page.index(team.name_hi) for team in (world.mh_office, world.kl_office)]
    assert places == sorted(places)
