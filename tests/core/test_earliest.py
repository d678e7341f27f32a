"""A year such as 0206 is a slip of the hand: no form, no sheet and no program dates anything so early."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile

import phases.forms
import reports.forms
import states.forms
import ulbs.forms.cells
import ulbs.forms.entries
import ulbs.forms.register
from nudm.core.errors import Refused
from nudm.core.forms import formfield
from nudm.core.widgets import not_too_early
from phases.actions.evidence import upload
from phases.models import Evidence
from tests.world import World
from ulbs.actions.figures import Given, save_figures
from ulbs.actions.rollout import save_cell
from ulbs.models import Deployment
from ulbs.registers import REGISTERS

MODULES = (phases.forms, reports.forms, states.forms, ulbs.forms.cells, ulbs.forms.register)
SLIP, FIRST = date(206, 4, 15), date(2000, 1, 1)


def days() -> Iterator[tuple[str, forms.DateField]]:
    for module in MODULES:
        for name, form in vars(module).items():
            for field in getattr(form, "base_fields", {}).values():
                if isinstance(field, forms.DateField):
                    yield f"{module.__name__}.{name}", field


def test_every_day_of_a_form_is_read_alike() -> None:
    found = list(days())
    assert len(found) > 10
    assert [name for name, field in found if not_too_early not in field.validators] == []
    for _name, field in found:
        with pytest.raises(forms.ValidationError, match="15-04-206 lies before the year 2000"):
            field.clean("15-04-0206")
        assert field.clean("01-01-2000") == FIRST


def test_the_registers_are_no_exception() -> None:
    found = [
        ulbs.forms.entries._field(register, name, field, [])
        for register in REGISTERS.values()
        for name, field in forms.fields_for_model(register.model, formfield_callback=formfield).items()
        if isinstance(field, forms.DateField)
    ]
    assert found and all(not_too_early in field.validators for field in found)


def test_a_cells_page_and_the_form_of_many_say_so(world: World) -> None:
    client = world.client(world.nodal)
    typed = {"configured_on": "15-04-0206"}
    one = client.post("/ulbs/KL/250001/PGR/", typed | {"version": 0})
    many = client.post("/ulbs/KL/matrix/change/", typed | {"u": [250001], "modules": ["PGR"]})
    for answer in (one, many):
        assert answer.status_code == 422 and "lies before the year 2000" in answer.content.decode()
    assert not Deployment.objects.exists()


def test_evidence_and_months_are_not_older_either(world: World) -> None:
    file = SimpleUploadedFile("letter.pdf", b"%PDF-1.4 a letter")
    with pytest.raises(Refused) as letter:
        upload(world.kl, file, title="A letter", letter_date=SLIP, by=world.nodal)
    assert letter.value.fields.keys() == {"letter_date"} and not Evidence.objects.exists()
    for month, fields in ((date(206, 4, 1), {"0.month"}), (FIRST, set())):
        try:
            save_figures(world.kl, [Given("tickets", Decimal(1), month=month)], by=world.nodal)
        except Refused as error:
            assert error.fields.keys() == fields
        else:
            assert not fields


def test_a_program_is_told_so_too(world: World) -> None:
    with pytest.raises(Refused) as cell:
        save_cell(world.ulb, "PGR", {"configured_on": SLIP}, version=None, by=world.nodal)
    assert cell.value.fields == {"configured_on": ["15-04-206 lies before the year 2000. Correct the year."]}
    row = {"module": "PGR", "uat_planned_on": SLIP.isoformat(), "version": 0}
    client = world.client(world.nodal)
    sent = client.post("/api/v1/ulbs/250001/milestones/", row, content_type="application/json")
    assert set(sent.json()["fields"]) == {"uat_planned_on"} and "2000" in str(sent.json()["fields"])
    assert 400 <= sent.status_code < 500 and not Deployment.objects.exists()
