"""A query that is asked often: its SQL is made once in a process, then only its values are filled in."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import QuerySet

# Stand where an id or a day will be; nobody has this id, and nothing happens on such a day.
SOME_ID = -9_007_199_254_740_991
SOME_DAYS = (date(9990, 1, 1), date(9991, 1, 1))


class Prepared:
    """`make` builds the query of values from an id and days, which it uses as values and nothing else."""

    def __init__(self, make: Callable[..., QuerySet[Any, Any]]) -> None:
        self.make = make
        self.sql: str = ""
        self.values: tuple[Any, ...] = ()

    def rows(self, pk: int, *days: date) -> list[dict[str, Any]]:
        """What it finds, as the database gives it: truth values of SQLite are numbers."""
        if not self.sql:
            query = self.make(SOME_ID, *SOME_DAYS[: len(days)]).query
            self.sql, self.values = query.sql_with_params()
        plain = connection.ops.adapt_datefield_value
        given = {SOME_ID: pk} | {plain(some): plain(day) for some, day in zip(SOME_DAYS, days, strict=False)}
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [given.get(value, value) for value in self.values])
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
