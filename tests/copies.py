"""The world of the tests, built once a process by the real actions and then written again, row for row."""

import pickle
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import connection, transaction

from nudm.core.dates import today
from tests.world import World

_kept: dict[Any, tuple[bytes, list[tuple[str, Any]]]] = {}


def copy_of_the_world() -> World:
    """A `World` as if it had just been built. The permissions its teams hold are numbered anew after a flush,
    and its dates count from today: then it is built anew."""
    key = (today(), Permission.objects.order_by("pk").values_list("pk", flat=True).first())
    if key not in _kept:
        _kept[key] = _built()
    pickled, statements = _kept[key]
    with connection.cursor() as cursor:
        for statement, values in statements:
            cursor.execute(statement, values)
    world: World = pickle.loads(pickled)
    return world


def _built() -> tuple[bytes, list[tuple[str, Any]]]:
    """A world and the statements that write its rows; the database is left as it was."""
    models = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    statements: list[tuple[str, Any]] = []

    def noted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append((sql, params))
        return execute(sql, params, many, context)

    with transaction.atomic():
        there = {model: set(model._base_manager.values_list("pk", flat=True)) for model in models}
        pickled = pickle.dumps(World())
        made = {
            model: [row for row in model._base_manager.all() if row.pk not in there[model]]
            for model in models
        }
        transaction.set_rollback(True)
    with transaction.atomic():
        with connection.execute_wrapper(noted):
            for model, rows in made.items():
                if rows:
                    model._base_manager.bulk_create(rows)
        transaction.set_rollback(True)
    return pickled, [(sql, params) for sql, params in statements if sql.startswith("INSERT")]
