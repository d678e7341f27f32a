"""Thousands of new rows in one statement: the database reads them itself from one JSON text."""

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import Model

AT_ONCE = 5000


def insert(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert rows given as `{attname: value}`, all with the same names; the new ids, in no order.

    What is not given takes the model's default. Values are such as JSON has: a date is its ISO text.
    Six times as fast as `bulk_create`, whose cost is in preparing each value in Python. Raises
    IntegrityError when a constraint says no.
    """
    made: list[int] = []
    left = iter(rows)
    while part := list(islice(left, AT_ONCE)):
        made += _insert(model, part)
    return made


def _insert(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    given = list(rows[0])
    empty = model()
    fixed = {
        str(field.column): field.get_db_prep_save(getattr(empty, field.attname), connection)
        for field in model._meta.concrete_fields
        if field.attname not in given and not field.primary_key
    }
    name = connection.ops.quote_name
    table = name(model._meta.db_table)
    if connection.vendor == "postgresql":
        values = [name(column) for column in given]
        source = f"json_populate_recordset(NULL::{table}, %s)"
    else:
        values = [f"json_extract(value, '$.{column}')" for column in given]
        source = "json_each(%s)"
    columns = ", ".join(name(column) for column in (*given, *fixed))
    wanted = ", ".join([*values, *("%s" for _column in fixed)])
    words = ["INSERT INTO", table, f"({columns})", "SELECT", wanted, "FROM", source, "RETURNING id"]
    with connection.cursor() as cursor:
        cursor.execute(" ".join(words), [*fixed.values(), json.dumps(rows, ensure_ascii=False)])
        return [pk for (pk,) in cursor.fetchall()]
