"""The language that a person chose is the account's: for the next sign-in, for mails, for error pages."""

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.utils.translation import override

from nudm.core import broken
from states.models import State, by_label
from tests.accounts.signing import sign_in
from tests.world import World


def test_the_switch_changes_the_account_and_the_next_sign_in_keeps_it(world: World) -> None:
    client = Client()
    sign_in(client, world.nodal.email)
    client.post("/language/", {"language": "hi", "next": "/"})
    world.nodal.refresh_from_db()
    assert world.nodal.language == "hi"
    again = Client()
    again.cookies.load({settings.LANGUAGE_COOKIE_NAME: "en"})
    answer = sign_in(again, world.nodal.email)
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == "hi"
    assert '<html lang="hi">' in again.get("/accounts/me/").content.decode()


def test_a_language_that_does_not_exist_and_a_look_change_nothing(world: World) -> None:
    client = world.client(world.nodal)
    client.post("/language/", {"language": "xx"})
    client.get("/language/?language=hi")
    world.nodal.refresh_from_db()
    assert world.nodal.language == "en"
    assert Client().post("/language/", {"language": "hi"}).status_code == 302


def test_the_first_sign_in_takes_the_language_of_its_page(world: World) -> None:
    client = Client()
    client.post("/language/", {"language": "hi"})
    sign_in(client, world.unit.email)
    world.unit.refresh_from_db()
    assert world.unit.language == "hi"


@pytest.mark.parametrize("language", ["en", "hi"])
def test_the_page_of_an_error_says_which_language_it_speaks(language: str, rf: RequestFactory) -> None:
    with override(language):
        answer = broken.page(rf.get("/"))
    assert answer.status_code == 500
    assert f'<html lang="{language}">' in answer.content.decode()


def test_states_stand_in_the_order_of_the_names_that_are_read(world: World) -> None:
    State.objects.filter(pk=world.kl.pk).update(name_hi="स केरल")
    State.objects.filter(pk=world.mh.pk).update(name_hi="अ महाराष्ट्र")
    with override("en"):
        assert [state.iso for state in by_label(State.objects.all())] == ["KL", "MH"]
    with override("hi"):
        assert [state.iso for state in by_label(State.objects.all())] == ["MH", "KL"]
    client = world.client(world.reviewer)
    client.post("/language/", {"language": "hi"})
    for url in ("/", "/reports/", "/reports/schedules/", "/reports/holidays/IN/"):
        page = client.get(url, follow=True).content.decode()
        assert 0 < page.find("अ महाराष्ट्र") < page.find("स केरल"), url
