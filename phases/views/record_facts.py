"""What a set-up record says, in words: as it is stored, and as a submission kept it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from nudm.core import tables
from nudm.core.money import indian
from phases.records import KINDS


def facts_in_words(row: Any, names: Iterable[str]) -> list[tuple[str, str]]:
    """What a record or one of its rows says, field by field: what it is called, and the value."""
    return [(_label(row, name), _value(row, name)) for name in names]


def _label(row: Any, name: str) -> str:
    return str(capfirst(row._meta.get_field(name).verbose_name))


def _value(row: Any, name: str) -> str:
    display = getattr(row, f"get_{name}_display", None)
    value = display() if display is not None else getattr(row, name)
    if isinstance(value, Decimal):
        value = indian(value)
    return tables.words(value if isinstance(value, (date, bool)) or value is None else str(value)) or "–"


@dataclass(frozen=True, slots=True)
class FactChange:
    """A fact of a record that differs between two submissions."""

    label: str
    before: str
    after: str


def submitted_facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the records said when an item was submitted, in the reader's language: `(label, value)`; the
    facts of a row are named with its number, and those of one of several records with its name."""
    found: list[tuple[str, str]] = []
    for slug, said in facts.items():
        kind = KINDS.get(slug)
        if kind is None:
            continue
        of_record = _of_row(kind.model, {name: value for name, value in said.items() if name != "rows"})
        for number, row in enumerate(said.get("rows", ()), 1):
            for label, value in _of_row(kind.rows, row):
                words = _("Row %(n)s: %(label)s") % {"n": number, "label": label}
                of_record.append((words, value))
        if len(facts) > 1:
            of_record = [
                (_("%(record)s: %(label)s") % {"record": kind.title, "label": label}, value)
                for label, value in of_record
            ]
        found += of_record
    return found


def _of_row(model: Any, said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Fields that the model no longer has are left out."""
    fields = {field.name: field for field in model._meta.concrete_fields}
    row, found = model(), []
    for name, value in said.items():
        if name not in fields:
            continue
        if isinstance(value, list):
            title, digest = value
            value = f"{title} (SHA-256 {digest[:12]})"
        if fields[name].is_relation:
            found.append((_label(row, name), str(value or "–")))
            continue
        setattr(row, name, fields[name].to_python(value))
        found.append((_label(row, name), _value(row, name)))
    return found


def changed_facts(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FactChange, ...]:
    """The facts that differ between two submissions, those that came or went included. What the earlier one
    did not keep, the letter's file in the first years, cannot be compared."""
    after = {
        slug: {name: value for name, value in said.items() if name != "document" or name in before[slug]}
        if slug in before
        else said
        for slug, said in after.items()
    }
    old, new = dict(submitted_facts(before)), dict(submitted_facts(after))
    return tuple(
        FactChange(label, old.get(label, "–"), new.get(label, "–"))
        for label in dict.fromkeys([*new, *old])
        if old.get(label, "–") != new.get(label, "–")
    )
