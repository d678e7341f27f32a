"""Every form cleans and bounds its texts, and gives numbers, days and addresses to the one reader."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.forms.models import fields_for_model

from nudm.core import bounds
from nudm.core.forms import (
    AddressField,
    AmountField,
    Bounded,
    WholeField,
    bound_attributes,
    formfield,
    is_long,
    is_secret,
    most_of,
)
from nudm.core.widgets import DayField, DayInput
from phases.forms import record_form, row_forms
from phases.records import KINDS
from states.models import State
from ulbs.models import ActionPoint, Ulb
from ulbs.registers import REGISTERS

pytestmark = pytest.mark.once
MODULES = (
    "nudm.accounts.forms", "states.forms", "ulbs.forms.cells", "ulbs.forms.entries", "ulbs.forms.imports",
    "ulbs.forms.register", "ulbs.forms.town", "phases.forms", "reports.forms",
)  # fmt: skip


def classes() -> list[type[forms.BaseForm]]:
    found = [
        value
        for name in MODULES
        for value in vars(importlib.import_module(name)).values()
        if isinstance(value, type) and issubclass(value, forms.BaseForm) and value.__module__ == name
    ]
    assert len(found) > 30
    return found


def fields() -> Iterator[tuple[str, forms.Field]]:
    """Each field that a form has, those made of models included."""
    for made in classes():
        yield from ((f"{made.__name__}.{name}", field) for name, field in made.base_fields.items())  # type: ignore[attr-defined]
    for slug, kind in KINDS.items():
        record = record_form(kind, None, kind.model(state=State(pk=1)))
        yield from ((f"{slug}.{name}", field) for name, field in record.fields.items())
        rows = row_forms(kind, None, kind.model(state=State(pk=1)), spare=1)
        if rows is not None:
            yield from ((f"{slug}.rows.{name}", field) for name, field in rows.forms[0].fields.items())
    for model in (*(register.model for register in REGISTERS.values()), ActionPoint, Ulb):
        made_of = fields_for_model(model, formfield_callback=formfield)
        yield from ((f"{model.__name__}.{name}", field) for name, field in made_of.items())


@pytest.mark.django_db
def test_every_number_day_and_address_is_read_by_the_one_reader_and_typed_as_text() -> None:
    seen: dict[str, int] = {}
    for name, field in fields():
        assert not isinstance(field.widget, forms.NumberInput), name
        if isinstance(field, forms.DateField):
            assert isinstance(field, DayField) and isinstance(field.widget, DayInput), name
        if isinstance(field, forms.IntegerField):
            assert isinstance(field, WholeField | AmountField), name
            assert field.widget.attrs["inputmode"] in {"numeric", "decimal"}, name
        if isinstance(field, forms.EmailField):
            assert isinstance(field, AddressField), name
        seen[type(field).__name__] = seen.get(type(field).__name__, 0) + 1
    assert min(seen[kind] for kind in ("DayField", "WholeField", "AmountField", "AddressField")) > 0


@pytest.mark.django_db
def test_every_text_has_a_bound_and_the_page_counts_a_long_one_down() -> None:
    for name, field in fields():
        if not isinstance(field, forms.CharField) or is_secret(field):
            continue
        assert most_of(field) <= bounds.PASTE, name
        if is_long(field):
            assert bound_attributes(field)["data-most"] == most_of(field), name
            assert bound_attributes(field)["maxlength"] is False, name


# Forms of passwords only, and the form of signing in, whose address is cleaned by itself.
OTHERS = {"SignInForm", "FirstPasswordForm", "PasswordForm"}


def test_every_form_of_the_project_derives_from_the_one_that_bounds_its_texts() -> None:
    assert {made.__name__ for made in classes() if not issubclass(made, Bounded)} == OTHERS


class Sample(Bounded, forms.Form):
    title = forms.CharField(max_length=10, required=False)
    free = forms.CharField(required=False)
    text = forms.CharField(widget=forms.Textarea, required=False)


@pytest.mark.parametrize(("name", "most"), [("title", 10), ("free", bounds.LINE), ("text", bounds.REMARK)])
def test_a_text_over_its_bound_is_refused_and_one_at_it_is_taken(name: str, most: int) -> None:
    assert Sample({name: "क" * most}).is_valid()
    form = Sample({name: "क" * (most + 1)})
    assert not form.is_valid() and list(form.errors) == [name]


def test_a_field_of_one_line_holds_one_line_and_a_long_one_keeps_its_lines() -> None:
    form = Sample({"title": "a\x0bb\nc", "text": "a\nb"})
    assert form.is_valid()
    assert form.cleaned_data["title"] == "a b c" and form.cleaned_data["text"] == "a\nb"


@pytest.mark.parametrize(
    ("field", "typed", "value"),
    [
        (WholeField(), "१,२०,०००", 120000),
        (AmountField(), "1,20,000.50", 120000.5),
        (AddressField(), " Office@Town.GOV.in\u200b", "office@town.gov.in"),
        (AddressField(), "office @ town . in", "office@town.in"),
        (AddressField(), "office@डेटामेल.भारत", "office@xn--c2bd4bq2d9bd.xn--h2brj9c"),
    ],
)
def test_a_field_reads_what_people_type(field: Any, typed: str, value: Any) -> None:
    assert field.clean(typed) == value


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        (WholeField(), "12.5"),
        (WholeField(), "12,5"),
        (AmountField(), "1.20.000"),
        (AddressField(), "नगर@town.in"),
        # Two words are never joined to one address.
        (AddressField(), "ram kumar@town.in"),
        (AddressField(), "a@town.in b@town.in"),
    ],
)
def test_a_field_refuses_what_is_not_certain(field: Any, typed: str) -> None:
    with pytest.raises(forms.ValidationError):
        field.clean(typed)
