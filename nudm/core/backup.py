"""A backup: the database, every file that its rows name, and a manifest by which both can be checked.

A directory with `database.dump` (pg_dump's custom format) or `database.sqlite3`, `files/` under the names of
the storage, and `manifest.json`.
"""

import hashlib
import json
import os
import shutil
import tomllib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.apps import apps
from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.db.models import FileField
from django.utils import timezone

from nudm.core import databases
from nudm.core.errors import Refused
from nudm.core.heartbeats import beat

FORMAT = 2
MANIFEST = "manifest.json"
FILES = "files"
CHUNK = 1024 * 1024
# Files that are on their way at once: a storage across a network answers each one slowly, and many at a time.
AT_ONCE = 8
NAME = "%Y-%m-%d-%H%M%S"
# In a folder of backups every one of two days is kept, then the first of each day, for 35 days.
EACH, ALL = timedelta(days=2), timedelta(days=35)

Digest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `tables` are numbers of rows; `lost` are files that a row names and nobody
    has."""

    made_at: str
    version: str
    engine: str
    database: Digest
    migrations: list[list[str]]
    tables: dict[str, int]
    files: dict[str, Digest]
    lost: list[str] = field(default_factory=list)
    format: int = FORMAT

    @property
    def words(self) -> str:
        """How much it is."""
        size = sum(int(file["size"]) for file in self.files.values()) / 1_048_576
        rows = sum(self.tables.values())
        return f"{len(self.tables)} tables, {rows} rows, {len(self.files)} files ({size:.1f} MB)"


def take_into(folder: Path) -> tuple[Path, Manifest]:
    """One more backup in a folder of backups, named by its moment; the old ones are thinned out afterwards.

    Files that the last one holds unharmed are linked to, so that only new ones are read and stored.
    """
    there = _in(folder)
    target = folder / f"{timezone.localtime():{NAME}}"
    made = take(target, there[-1][1] if there else None)
    now, days = timezone.localtime(), set()
    for moment, path in _in(folder):
        age = now.replace(tzinfo=None) - moment
        if age > ALL or (age > EACH and moment.date() in days):
            shutil.rmtree(path)
        days.add(moment.date())
    return target, made


def take(target: Path, after: Path | None = None) -> Manifest:
    """Write a backup into the new directory `target` while others go on writing.

    All is written beside it and renamed at the end, so that half a backup never has its name. A file never
    changes under its name, so one that the backup `after` holds is linked to and not read again. Raises
    Refused when the directory is there already or the database cannot be copied.
    """
    if target.exists():
        raise Refused(f"{target} is there already. Name a directory that is not.")
    before = read(after).files if after else {}
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob("*.part-*"):
        if left.stat().st_mtime < datetime.now().timestamp() - 3600:
            shutil.rmtree(left)
    part = target.with_name(f"{target.name}.part-{os.getpid()}")
    part.mkdir(mode=0o700)
    try:
        made = _written(part, after, before)
        (part / MANIFEST).write_text(json.dumps(asdict(made), indent=1, sort_keys=True))
        os.sync()
        part.rename(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    if not made.lost:
        beat("backup", made.words)
    return made


def _written(part: Path, after: Path | None, before: dict[str, Digest]) -> Manifest:
    database = part / databases.file_name()
    with databases.copied(database) as ask:
        names = named_files(ask)
        migrations = sorted(list(pair) for pair in ask("SELECT app, name FROM django_migrations"))
        tables = databases.counts(ask)
    kept = FileSystemStorage(part / FILES)

    def fetch(name: str) -> Digest | None:
        path = Path(kept.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        earlier = after / FILES / name if after else path
        if name in before and earlier.exists() and digest(earlier) == before[name]:
            path.hardlink_to(earlier)
            return before[name]
        try:
            with default_storage.open(name, "rb") as source, path.open("wb") as copy:
                return _digested(_through(source.chunks(CHUNK), copy))
        except FileNotFoundError:
            path.unlink(missing_ok=True)
            return None

    found = dict(zip(names, many(fetch, names), strict=True))
    return Manifest(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        version=version(),
        engine=connection.vendor,
        database=digest(database),
        migrations=migrations,
        tables=tables,
        files={name: held for name, held in found.items() if held is not None},
        lost=[name for name, held in found.items() if held is None],
    )


def read(source: Path) -> Manifest:
    """The manifest of a backup. Raises Refused where there is none that this version can read."""
    try:
        held = json.loads((source / MANIFEST).read_text())
    except FileNotFoundError as error:
        raise Refused(f"{source} is no whole backup: it has no {MANIFEST}.") from error
    except ValueError as error:
        raise Refused(f"{source / MANIFEST} cannot be read: {error}") from error
    if held.get("format") != FORMAT:
        raise Refused(f"{source} has the format {held.get('format')}; this version reads {FORMAT}.")
    try:
        return Manifest(**held)
    except TypeError as error:
        raise Refused(f"{source / MANIFEST} cannot be read: {error}") from error


def named_files(ask: databases.Ask) -> list[str]:
    """The names of all files that a row of any model names."""
    there = set(connection.introspection.table_names())
    columns = {
        (model._meta.db_table, str(field.column))
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, FileField) and model._meta.db_table in there
    }
    q = databases.quoted
    return sorted(
        {name for table, column in columns for (name,) in ask(f"SELECT {q(column)} FROM {q(table)}") if name}
    )


def many(act: Callable[[str], Any], names: Iterable[str]) -> list[Any]:
    """What an act on each of many files gives, in their order; several are under way at once."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(act, names))


def digest(path: Path) -> Digest:
    """Size in bytes and SHA-256 of a file on this machine."""
    with path.open("rb") as file:
        return _digested(iter(lambda: file.read(CHUNK), b""))


def stored(name: str) -> Digest | None:
    """Size and SHA-256 of a file in the storage; None when it is not there."""
    try:
        with default_storage.open(name, "rb") as file:
            return _digested(file.chunks(CHUNK))
    except FileNotFoundError:
        return None


def version() -> str:
    """The version of the code."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def _in(folder: Path) -> list[tuple[datetime, Path]]:
    """The whole backups of a folder by their moment, oldest first."""
    found = []
    for path in folder.glob("20*") if folder.exists() else ():
        try:
            found.append((datetime.strptime(path.name, NAME), path))
        except ValueError:
            continue
    return sorted(found)


def _through(chunks: Iterable[bytes], copy: BinaryIO) -> Iterator[bytes]:
    for chunk in chunks:
        copy.write(chunk)
        yield chunk


def _digested(chunks: Iterable[bytes]) -> Digest:
    found, size = hashlib.sha256(), 0
    for chunk in chunks:
        found.update(chunk)
        size += len(chunk)
    return {"size": size, "sha256": found.hexdigest()}
