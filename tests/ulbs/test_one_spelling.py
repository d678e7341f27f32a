"""ड़ as one sign or as two, a joiner, a mark that nobody sees: one name, found and sorted alike."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.utils.translation import override

from nudm.accounts.models import User
from nudm.core.cleaning import clean_rows
from phases.models import Item, Mou, Record
from states.facts import Facts
from states.past import keep_changed
from tests.world import PASSWORD, World, keep
from ulbs.importing import cells
from ulbs.models import Ulb

ONE, TWO = "रामग\u095c", "रामग\u0921\u093c"

# Rows are written as they were before their doors cleaned them.
pytestmark = pytest.mark.by_hand


@pytest.fixture
def world(db: Any) -> World:
    return World()


def clean(*names: str) -> None:
    editor = SimpleNamespace(connection=connection)
    for name in names:
        clean_rows(name, "Entry", "Past", then=keep_changed)(apps, editor)


def found(world: World, address: str, query: str) -> bool:
    page = world.client(world.nodal).get(address, {"q": query}).content.decode()
    return str(world.ulb.lgd_code) in page


@pytest.mark.parametrize("stored", [ONE, TWO, "\u200d" + ONE, "राम\u200cग\u095c"])
@pytest.mark.parametrize("typed", [ONE, TWO, "\u200bरामग\u095c\u200e"])
def test_a_town_is_found_however_its_name_is_stored_and_typed(world: World, stored: str, typed: str) -> None:
    Ulb.objects.filter(pk=world.ulb.pk).update(name_local=stored)
    clean("ulbs")
    assert found(world, "/ulbs/KL/", typed)
    assert not found(world, "/ulbs/KL/", "रामगढ")


@pytest.mark.parametrize(
    ("stored", "typed"),
    [("मुम्बई", "मुंबई"), ("अंबाला", "अम्बाला"), ("बड़ागाँव", "बडागांव"), ("चंडीगढ", "चण्डीगढ़"), ("गङ्गापुर", "गंगापुर")],
)
def test_a_town_is_found_by_each_spelling_of_its_hindi_name(world: World, stored: str, typed: str) -> None:
    Ulb.objects.filter(pk=world.ulb.pk).update(name_local=stored)
    for address in ("/ulbs/KL/", "/ulbs/KL/batches/towns/"):
        assert found(world, address, typed), address
        assert found(world, address, stored), address
        assert not found(world, address, "ठाणे"), address


def test_a_name_with_nukta_stands_among_its_letters_and_a_leading_joiner_hides_no_name(world: World) -> None:
    towns = Ulb.objects.filter(pk=world.ulb.pk)
    towns.update(name_local="\u200d\u095cबग")
    with override("hi"):
        assert towns.get().label == "\u200d\u095cबग"
        clean("ulbs")
        assert towns.get().label == "ड\u093cबग"
    assert "ड" < towns.get().name_local < "ढ"


def test_what_an_upgrade_cleaned_is_no_forged_fact(world: World) -> None:
    """Kept rows that were stored before their texts were cleaned, a record with columns of its parent too."""
    item = world.started()
    world.record(world.kl, "mou")
    mou = Mou.objects.get(state=world.kl)
    for row, name in ((item, "remark"), (world.ulb, "name_local"), (mou, "letter_number")):
        setattr(row, name, TWO + "\u200b")
        row.save(update_fields=[name])
        keep([row] if row is not mou else [mou, Record.objects.get(pk=mou.pk)])
    clean("phases", "ulbs")
    stored = (Item.objects.get(pk=item.pk).remark, Ulb.objects.get(pk=world.ulb.pk).name_local)
    assert {*stored, Mou.objects.get(pk=mou.pk).letter_number} == {TWO}
    assert [fault for fault in Facts().faults() if "changed by no act" in fault] == []


def test_a_cell_of_a_sheet_is_the_same_name(world: World) -> None:
    assert cells.tidy(ONE) == cells.tidy(TWO) == cells.tidy(f"\u200f{ONE} ")


def test_an_account_with_a_mark_in_its_address_can_sign_in_once_it_is_cleaned(
    world: World, capsys: Any
) -> None:
    User.objects.filter(pk=world.nodal.pk).update(email="nodal\u200b@town.in")
    User.objects.filter(pk=world.unit.pk).update(email="Unit@town.in")
    User.objects.filter(pk=world.reviewer.pk).update(email="\u200eunit@town.in")
    clean("accounts")
    for typed in ("nodal@town.in", "\u200bNODAL@town.in\u202c", " nodal@\u00adtown.in "):
        answer = Client().post("/accounts/login/", {"username": typed, "password": PASSWORD})
        assert answer.status_code == 302, ascii(typed)
    # Two that would be one are left for a person to settle.
    assert "unit@town.in" in User.objects.get(pk=world.unit.pk).email.lower()
    assert f"accounts.User {world.reviewer.pk}, email: not cleaned" in capsys.readouterr().err
    clean("accounts", "states", "phases", "reports")


def test_a_new_account_is_never_made_with_one(world: World) -> None:
    person = User.objects.create_user(email="\u200bOffice@Town.in\u202c", name="A\x0bB")
    assert (person.email, person.name) == ("office@town.in", "A B")
    assert User.objects.get_by_natural_key("OFFICE@town.in\u200e") == person
