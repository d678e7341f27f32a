"""The national dashboard is remembered: for whom, until when, and without the token of its forms."""

import re

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from nudm.core.dates import today
from phases.progress import progress_of
from states import access
from states.actions import add_post, appoint, relieve, rights_changed
from states.rules import PostKind
from tests.memory import forget
from tests.walls.scene import again
from tests.world import World

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def page(client: object, path: str = "/") -> str:
    answer = client.get(path)  # type: ignore[attr-defined]
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_second_look_asks_for_session_person_and_versions_only(world: World) -> None:
    client = world.client(world.ministry)
    page(client)
    with CaptureQueriesContext(connection) as queries:
        page(client)
    asked = [query["sql"] for query in queries if "SELECT" in query["sql"]]
    assert len(asked) == 2


def test_each_answer_has_a_token_of_its_own_that_a_form_may_send(world: World) -> None:
    client = world.client(world.ministry)
    client.handler.enforce_csrf_checks = True
    first, second = (TOKEN.findall(page(client)) for _look in range(2))
    assert len(set(first)) == len(set(second)) == 1 and first[0] != second[0]
    assert TOKEN.sub("", page(client)) == TOKEN.sub("", page(client))
    for token in (first[0], second[0], "x" * 64):
        answer = client.post("/language/", {"language": "hi", "csrfmiddlewaretoken": token})
        assert answer.status_code == (403 if token.startswith("xx") else 302)


def test_nobody_is_shown_what_is_remembered_for_another(world: World) -> None:
    reader, reviewer = world.client(world.ministry), world.client(world.reviewer)
    assert 'href="/phases/review/"' not in page(reader)
    assert 'href="/phases/review/"' in page(reviewer)
    assert f'data-person="{world.reviewer.pk}"' in page(reviewer)
    assert f'data-person="{world.ministry.pk}"' in page(reader)
    assert 'href="/phases/review/"' not in page(reader)


def test_a_change_of_facts_or_of_ones_name_shows_at_the_next_look(world: World) -> None:
    client = world.client(world.reviewer)
    before = page(client)
    world.submitted()
    assert '<span class="pill">1</span>' in page(client) and '<span class="pill">' not in before
    second = appoint(add_post(world.centre_team, PostKind.REVIEWER, "Two"), world.reviewer, world.start)
    assert "<summary>reviewer</summary>" in page(client)
    type(world.reviewer).objects.filter(pk=world.reviewer.pk).update(name="Another Name")
    assert "Another Name" in page(client)
    relieve(second, today())
    assert "Another Name" not in page(client)


def test_what_is_told_once_is_told_once(world: World) -> None:
    client = world.client(world.reviewer)
    item = world.submitted()
    page(client)
    answer = {"act": "accept", "version": item.version, "form_key": ""}
    assert client.post(item.get_absolute_url(), answer).status_code == 302
    assert "Saved." in page(client)
    assert "Saved." not in page(client)


def test_what_a_transaction_took_back_is_not_remembered(world: World) -> None:
    post = world.nodal.appointments.get().post
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        relieve(post.appointments.get(), today())
        assert access.held_posts(again(world.nodal)) == ()
        raise ZeroDivisionError
    assert access.held_posts(again(world.nodal)) == (post,)
    rights_changed()
    assert access.held_posts(again(world.nodal)) == (post,)


def test_a_state_is_counted_alone_as_among_others(world: World) -> None:
    world.accepted("2.processes_standardised")
    for n, ulb in enumerate(world.towns(6, pilots=2, batch=world.batch(1, started_on=world.start))):
        if n % 2:
            world.live(ulb)
    for since in (None, world.start, today()):
        for state in (world.kl, world.mh):
            forget()
            alone = progress_of([state], since=since)[state.pk]
            among = progress_of([world.kl, world.mh], since=since)[state.pk]
            assert alone.tallies == among.tallies
            assert alone.stages == among.stages


@pytest.mark.parametrize("since", ["11/30/2026", "31-02-2026", "x", "01-01-2099"])
def test_since_when_is_asked_by_a_day_and_what_is_none_is_refused_in_words(world: World, since: str) -> None:
    answer = world.client(world.reviewer).get("/", {"since": since})
    assert answer.status_code == 422
    assert "Write it as 05-11-2026" in (page := answer.content.decode()) or "lies in the future" in page
    assert world.client(world.reviewer).get("/", {"since": "१-११-२०२६"}).status_code == 200
