"""Each database copied whole while others write, put back, and its rows counted and digested."""

import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from glob import glob
from pathlib import Path
from typing import Any, Protocol

from django.db import OperationalError, connection, transaction
from psycopg2.extensions import make_dsn

from nudm.core.errors import Refused

Tally = dict[str, Any]

# Seconds to wait for somebody who still holds what is to be replaced.
PATIENCE = 5
IN_USE = "The database is in use. Stop web, worker and scheduler, then run the command again."


class Rows(Protocol):
    """The rows of a database at one moment."""

    def tables(self) -> list[str]: ...

    def texts(self, table: str) -> Iterator[str]:
        """Every row of a table as one text, in any order; equal rows have equal texts."""

    def column(self, table: str, column: str) -> list[str]: ...

    def roles(self) -> list[str]:
        """The database's roles that its tables name and a copy of it therefore needs."""


class Engine(Protocol):
    """One kind of database: how it is copied and put back."""

    name: str
    file: str

    def copy(self, target: Path) -> Any:
        """A context in which `target` holds a copy of the database; gives the Rows of that copy."""

    def rows(self) -> Any:
        """A context that gives the Rows of the database itself, as of one moment."""

    def roles(self) -> list[str]:
        """The roles that the server knows."""

    def put_back(self, source: Path) -> None:
        """Replace all that the database holds by the copy."""


def engine() -> Engine:
    """The one of the configured database."""
    return Postgres() if connection.vendor == "postgresql" else Sqlite()


def tally(rows: Rows) -> dict[str, Tally]:
    """For each table the number of its rows and a digest of them that does not depend on their order."""
    return {table: _tally(rows.texts(table)) for table in sorted(rows.tables())}


def _tally(texts: Iterable[str]) -> Tally:
    count = total = 0
    for text in texts:
        count += 1
        total += int.from_bytes(hashlib.sha256(text.encode()).digest())
    return {"rows": count, "digest": f"{total % 2**256:064x}"}


class Sqlite:
    """Copied by SQLite's own backup: one read that keeps nobody from writing."""

    name = "sqlite"
    file = "database.sqlite3"

    @contextmanager
    def copy(self, target: Path) -> Iterator["SqliteRows"]:
        with closing(sqlite3.connect(target)) as copy:
            with closing(_opened(_path())) as source:
                source.backup(copy, progress=_patience())
            # One file by itself, without a journal beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
            yield SqliteRows(copy)

    @contextmanager
    def rows(self) -> Iterator["SqliteRows"]:
        if not _path().exists():
            yield SqliteRows(sqlite3.connect(":memory:"))
            return
        with closing(_opened(_path())) as file:
            file.execute("BEGIN")
            yield SqliteRows(file)

    def roles(self) -> list[str]:
        return []

    def put_back(self, source: Path) -> None:
        connection.close()
        with closing(_opened(source)) as copy, closing(sqlite3.connect(_path(), timeout=0)) as target:
            copy.backup(target, progress=_patience())


class SqliteRows:
    def __init__(self, file: sqlite3.Connection) -> None:
        self.file = file

    def tables(self) -> list[str]:
        found = self.file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return [name for (name,) in found if not name.startswith("sqlite_")]

    def texts(self, table: str) -> Iterator[str]:
        return (repr(row) for row in self.file.execute(f"SELECT * FROM {_name(table)}"))

    def column(self, table: str, column: str) -> list[str]:
        return [value for (value,) in self.file.execute(f"SELECT {_name(column)} FROM {_name(table)}")]

    def roles(self) -> list[str]:
        return []


class Postgres:
    """Copied by pg_dump at a snapshot that the counting shares."""

    name = "postgresql"
    file = "database.dump"

    @contextmanager
    def copy(self, target: Path) -> Iterator["PostgresRows"]:
        with self.rows() as rows:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_export_snapshot()")
                snapshot = cursor.fetchone()[0]
            _client("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={target}")
            yield rows

    @contextmanager
    def rows(self) -> Iterator["PostgresRows"]:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            # Rows hidden from this role are an error, not a smaller number.
            cursor.execute("SET LOCAL row_security = off")
            yield PostgresRows()

    def roles(self) -> list[str]:
        return _values("SELECT rolname FROM pg_roles")

    def put_back(self, source: Path) -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
                for table in connection.introspection.table_names(cursor):
                    cursor.execute(f"DROP TABLE IF EXISTS {_name(table)} CASCADE")
        except OperationalError as error:
            raise Refused(IN_USE) from error
        connection.close()
        once = ("--single-transaction", "--clean", "--if-exists", "--no-owner")
        _client("pg_restore", *once, str(source))


class PostgresRows:
    def tables(self) -> list[str]:
        with connection.cursor() as cursor:
            return list(connection.introspection.table_names(cursor))

    def texts(self, table: str) -> Iterator[str]:
        with connection.chunked_cursor() as cursor:
            cursor.execute(f"SELECT each::text FROM {_name(table)} AS each")
            for (text,) in cursor:
                yield text

    def column(self, table: str, column: str) -> list[str]:
        return _values(f"SELECT {_name(column)} FROM {_name(table)}")

    def roles(self) -> list[str]:
        return _values(
            "SELECT DISTINCT rolname FROM pg_roles WHERE rolname !~ '^pg_' AND oid IN ("
            " SELECT unnest(polroles) FROM pg_policy UNION"
            " SELECT grantee FROM pg_class, aclexplode(relacl)"
            " WHERE relnamespace = current_schema()::regnamespace AND grantee <> relowner) ORDER BY 1"
        )


def _values(query: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [value for (value,) in cursor.fetchall()]


def _name(name: str) -> str:
    return connection.ops.quote_name(name)


def _path() -> Path:
    return Path(connection.settings_dict["NAME"])


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=20)


def _patience() -> Callable[[int, int, int], None]:
    """Told of each try of a copy: a locked file is otherwise tried for ever."""
    limit = time.monotonic() + PATIENCE

    def check(status: int, _remaining: int, _total: int) -> None:
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} and time.monotonic() > limit:
            raise Refused(IN_USE)

    return check


def _client(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL's client against the configured database. Raises Refused."""
    version = int(_values("SHOW server_version_num")[0]) // 10_000
    given = {name: value for name, value in connection.get_connection_params().items() if value}
    # The password goes by the environment: a command line is shown to everybody on the machine.
    secret = {"PGPASSWORD": given.pop("password")} if "password" in given else {}
    place = make_dsn(**{name: value for name, value in given.items() if isinstance(value, str | int)})
    command = [found(program, version), f"--dbname={place}", *arguments]
    done = subprocess.run(command, env=os.environ | secret, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"{program} failed: {done.stderr.strip()}")


def found(program: str, version: int) -> str:
    """The program of the server's own version: an older one cannot read it, a newer one's copies cannot be
    put back here."""
    for path in (*glob(f"/usr/lib/postgresql/{version}/bin/{program}"), shutil.which(program)):
        if path is None:
            continue
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
        if re.search(rf" {version}[.\s]", said):
            return path
    raise Refused(
        f"{program} of PostgreSQL {version} is not on this machine. "
        f"Install the package postgresql-client-{version}, then run the command again."
    )
