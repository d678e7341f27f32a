"""Rows that were stored before their texts were cleaned: brought to the form in which they are compared.

For migrations, which call it once for each app. Nothing is cut: a text that would not fit its column, or
would be the same as that of another row where each may stand once, stays as it is and is named on the
screen.
"""

import sys
from collections.abc import Callable, Collection
from typing import Any

from django.db import IntegrityError, models, transaction

from nudm.core.addresses import address
from nudm.core.text import line, long

# Told which rows of a model were cleaned, by id.
Then = Callable[[Any, Any, Collection[int]], None]


def clean_rows(app: str, *left: str, then: Then | None = None) -> Callable[[Any, Any], None]:
    """The step of a migration that cleans the texts of an app's rows, those of the models `left` out
    excepted; `then` is called with the migration's models, each model of the app and the ids of its rows in
    which a text changed, those of its parents' columns included."""

    def clean(apps: Any, schema_editor: Any) -> None:
        kinds = list(apps.get_app_config(app).get_models())
        changed = {
            model: _clean(model, schema_editor.connection.alias) if model.__name__ not in left else set()
            for model in kinds
        }
        if then is None:
            return
        for model in kinds:
            parents = model._meta.get_parent_list()
            ids = set(changed[model]).union(*(changed.get(parent, set()) for parent in parents))
            if ids:
                then(apps, model, ids)

    return clean


def _clean(model: Any, alias: str) -> set[int]:
    """Clean the rows of a model; the ids of those that changed."""
    fields = [
        field
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not isinstance(field, models.FileField)
        and not field.choices
    ]
    done: set[int] = set()
    if not fields:
        return done
    rows = model._base_manager.using(alias)
    for pk, *held in rows.order_by("pk").values_list("pk", *(field.name for field in fields)).iterator(2000):
        changed = {
            field.name: text
            for field, value in zip(fields, held, strict=True)
            if value and (text := _cleaned(field, value)) != value
        }
        if not changed:
            continue
        try:
            with transaction.atomic(using=alias):
                rows.filter(pk=pk).update(**changed)
            done.add(pk)
        except IntegrityError:
            _tell(model, pk, sorted(changed), "another row has the same; join or correct the two")
    return done


def _cleaned(field: Any, value: str) -> str:
    """The text as its door would store it today; as it is where that does not fit."""
    try:
        text = _by_kind(field)(value)
    except ValueError:
        return value
    return text if text and (field.max_length is None or len(text) <= field.max_length) else value


def _by_kind(field: Any) -> Callable[[str], str]:
    if isinstance(field, models.EmailField):
        return address
    return line if isinstance(field, models.CharField) else long


def _tell(model: Any, pk: Any, names: list[str], why: str) -> None:
    sys.stderr.write(f"{model._meta.label} {pk}, {', '.join(names)}: not cleaned; {why}.\n")
