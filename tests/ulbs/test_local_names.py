"""Local names: Hindi pages show those that Hindi's readers can read, and sort by what they show."""

import pytest
from django.utils import translation

from tests.world import World
from ulbs import matrix
from ulbs.actions import register
from ulbs.models import Deployment, Ulb
from ulbs.rules.asking import Asked
from ulbs.rules.names import in_devanagari

LOCAL = {"Beta": "ബീറ്റ", "Cox": "आगरा", "Delta": "", "Eta": "தமிழ்", "Fox": "ॲ", "Gnu": "ৰ"}


@pytest.fixture
def named(world: World) -> World:
    for ulb, (name, local) in zip(world.towns(len(LOCAL)), LOCAL.items(), strict=True):
        register.edit_details(ulb, {"name": name, "name_local": local}, version=0, by=world.nodal)
    return world


def test_a_name_in_another_script_is_not_shown_to_who_reads_hindi(named: World) -> None:
    towns = Ulb.objects.filter(state=named.kl).order_by("name")
    with translation.override("hi"):
        assert [ulb.label for ulb in towns] == ["Alpha", "Beta", "आगरा", "Delta", "Eta", "ॲ", "Gnu"]
    assert [in_devanagari(text) for text in ("", "अ", "a", "ਅ", "।")] == [False, True, False, False, True]


def test_a_hindi_list_is_sorted_by_what_it_shows(named: World) -> None:
    rows = Ulb.objects.filter(state=named.kl), Deployment.objects.filter(state=named.kl)
    with translation.override("hi"):
        names = {ulb.pk: ulb.label for ulb in rows[0]}
        shown = [names[pk] for pk in matrix.look(*rows, Asked()).keys]
        past = matrix.look(list(rows[0].select_related("batch")), list(rows[1]), Asked())
    latin = [name for name in shown if name.isascii()]
    assert latin == ["Alpha", "Beta", "Delta", "Eta", "Gnu"]
    assert {*shown[-2:]} == {"आगरा", "ॲ"} and sorted(names[pk] for pk in past.keys) == sorted(shown)


def test_the_page_of_the_ulb_shows_its_local_name_in_whatever_script(named: World) -> None:
    ulb = Ulb.objects.get(name="Beta")
    client = named.client(named.nodal)
    client.cookies["django_language"] = "hi"
    page = client.get(f"/ulbs/KL/{ulb.lgd_code}/").content.decode()
    assert "ബീറ്റ" in page and "<h1>Beta" in page.replace("\n", "")
    assert "ബീറ്റ" not in client.get("/ulbs/KL/").content.decode()
