"""Set-up records as an officer fills them in, at random."""

import random
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import (
    BooleanField,
    DateField,
    DecimalField,
    ForeignKey,
    IntegerField,
    Model,
    URLField,
)
from django.forms import model_to_dict
from django.http import QueryDict

from nudm.core.dates import today
from phases.actions import records
from phases.forms import record_form, row_forms
from phases.records import KINDS
from tests.world import World


def save_record(world: World, dice: random.Random, slugs: Sequence[str] = tuple(KINDS)) -> None:
    """A record of one of these kinds: other facts, a letter, rows added, changed and taken away."""
    kind = KINDS[dice.choice(slugs)]
    row = records.record_for(world.kl, kind.slug)
    letter = world.letter(world.kl, world.nodal, "a record's letter")
    data = QueryDict(mutable=True)
    data.update(typed(world, dice, kind.model, kind.own_fields))
    data.update({"letter_number": "7/2026", "letter_date": str(today()), "document": str(letter.pk)})
    if kind.rows is not None:
        data.update(typed_rows(world, dice, kind.rows, list(row.rows.all()) if row.pk else []))
    form, rows = record_form(kind, data, row), row_forms(kind, data, row, spare=0)
    if form.is_valid() and (rows is None or rows.is_valid()):
        records.save_record(form, rows, version=row.version, by=world.nodal)


def typed_rows(
    world: World, dice: random.Random, model: type[Model], there: list[Any]
) -> dict[str, str | int]:
    """What the forms of a record's rows send: some of those that are there, changed or taken off, and a new
    one."""
    names = [f.name for f in model._meta.concrete_fields if f.name not in {"id", "record"}]
    given: dict[str, str | int] = {"rows-TOTAL_FORMS": len(there) + 1, "rows-INITIAL_FORMS": len(there)}
    for n, row in enumerate([*there, None]):
        kept = row is not None and dice.random() < 0.4
        values = model_to_dict(row, names) if kept else typed(world, dice, model, names)
        given |= {f"rows-{n}-{name}": str(value) for name, value in values.items() if value is not None}
        given |= {f"rows-{n}-id": row.pk} if row is not None else {}
        given |= {f"rows-{n}-DELETE": "on"} if row is not None and dice.random() < 0.25 else {}
    return given


def typed(world: World, dice: random.Random, model: type[Model], names: Iterable[str]) -> dict[str, str]:
    """What an officer may type into these fields; now and then one is left empty."""
    return {
        name: value_for(world, dice, model._meta.get_field(name)) for name in names if dice.random() > 0.1
    }


def value_for(world: World, dice: random.Random, field: Any) -> str:
    if isinstance(field, DateField):
        return str(today())
    if isinstance(field, ForeignKey):
        return str(world.agency_team.pk)
    if field.choices:
        return str(dice.choice([value for value, _label in field.flatchoices]))
    if isinstance(field, DecimalField):
        return f"{dice.randrange(1, 900_000)}.{dice.randrange(100):02}"
    if isinstance(field, IntegerField | BooleanField):
        return str(dice.randrange(1, 9))
    return (
        f"https://kl.example.in/{dice.randrange(99)}"
        if isinstance(field, URLField)
        else f"t{dice.randrange(9999)}"
    )
