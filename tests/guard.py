"""What only the owner of the tables can do: take the guard off the audit log for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'states_entry'"


@contextmanager
def lifted() -> Iterator[None]:
    """Within it, lines of the log can be changed and taken away."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE states_entry DISABLE TRIGGER USER")
            yield
            cursor.execute("ALTER TABLE states_entry ENABLE TRIGGER USER")
            return
        cursor.execute(TRIGGERS)
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        for _name, sql in triggers:
            cursor.execute(sql)
