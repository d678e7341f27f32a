"""Each kind of database copied whole while others write, and put back, by its own programs."""

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from glob import glob
from pathlib import Path
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg2.extensions import make_dsn

from nudm.core.errors import Refused

# Asks the copy, as of its moment.
Ask = Callable[[str], list[tuple[Any, ...]]]

# Seconds to wait for somebody who still holds what is to be replaced.
PATIENCE = 5
IN_USE = "The database is in use. Stop web, worker and beat, then run the command again."
# What `grant_database` builds anew: so a copy can be put back whatever roles the server has.
RIGHTS = re.compile(r"^\d+; \d+ \d+ (?:ACL|DEFAULT ACL|POLICY|ROW SECURITY|COMMENT \S+ POLICY) ")


def file_name() -> str:
    """The name of the database's copy in a backup."""
    return "database.dump" if connection.vendor == "postgresql" else "database.sqlite3"


def copied(target: Path) -> Any:
    """A context in which `target` holds a copy of the database; gives the Ask of that very moment."""
    return _dumped(target) if connection.vendor == "postgresql" else _sqlite_copied(target)


def put_back(source: Path) -> None:
    """Replace all that the database holds by the copy. Raises Refused while somebody uses it."""
    (_loaded if connection.vendor == "postgresql" else _sqlite_put_back)(source)


def ask(query: str) -> list[tuple[Any, ...]]:
    """The rows of a query to the database itself."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def counts(ask: Ask) -> dict[str, int]:
    """The number of rows of each table."""
    names = connection.introspection.table_names()
    return {name: int(ask(f"SELECT count(*) FROM {quoted(name)}")[0][0]) for name in sorted(names)}


def quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))


@contextmanager
def _dumped(target: Path) -> Iterator[Ask]:
    """By pg_dump, at a snapshot that the questions share. Rows hidden from this role are an error."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SET LOCAL row_security = off")
        snapshot = ask("SELECT pg_export_snapshot()")[0][0]
        _client("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={target}")
        yield ask


def _loaded(source: Path) -> None:
    """By pg_restore, in one transaction, without rights and policies."""
    listed = _client("pg_restore", "--list", str(source), connect=False)
    contents = source.with_name(f"{source.name}.{os.getpid()}.list")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f"DROP TABLE IF EXISTS {quoted(table)} CASCADE")
    except OperationalError as error:
        raise Refused(IN_USE) from error
    connection.close()
    contents.write_text("".join(f"{line}\n" for line in listed.splitlines() if not RIGHTS.match(line)))
    try:
        once = ("--single-transaction", "--clean", "--if-exists", "--no-owner", "--no-acl")
        _client("pg_restore", *once, f"--use-list={contents}", str(source))
    finally:
        contents.unlink()


@contextmanager
def _sqlite_copied(target: Path) -> Iterator[Ask]:
    """By SQLite's own backup: one read that keeps nobody from writing."""
    with closing(sqlite3.connect(target)) as copy:
        with closing(sqlite3.connect(_sqlite(), timeout=20)) as source:
            source.backup(copy)
        # One file by itself, without a journal beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
        yield lambda query: copy.execute(query).fetchall()


def _sqlite_put_back(source: Path) -> None:
    connection.close()
    with (
        closing(sqlite3.connect(source)) as copy,
        closing(sqlite3.connect(_sqlite(), timeout=PATIENCE)) as target,
    ):
        try:
            # A locked file is otherwise tried for ever.
            target.execute("BEGIN EXCLUSIVE")
            target.rollback()
        except sqlite3.OperationalError as error:
            raise Refused(IN_USE) from error
        copy.backup(target)


def _sqlite() -> Path:
    return Path(connection.settings_dict["NAME"])


def _client(program: str, *arguments: str, connect: bool = True) -> str:
    """What a program of PostgreSQL's client says, run against the configured database. Raises Refused."""
    version = int(ask("SHOW server_version_num")[0][0]) // 10_000
    given = {name: value for name, value in connection.get_connection_params().items() if value}
    # The password goes by the environment: a command line is shown to everybody on the machine.
    secret = {"PGPASSWORD": given.pop("password")} if "password" in given else {}
    place = make_dsn(**{name: value for name, value in given.items() if isinstance(value, str | int)})
    command = [found(program, version), *([f"--dbname={place}"] if connect else []), *arguments]
    done = subprocess.run(command, env=os.environ | secret, capture_output=True, text=True, check=False)
    if done.returncode:
        next_ = " Run it as the owner of the tables." if "permission denied" in done.stderr else ""
        raise Refused(f"{program} failed: {done.stderr.strip()}{next_}")
    return done.stdout


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
