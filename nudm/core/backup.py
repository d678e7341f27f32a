"""A backup: the database, every file that its rows name, and a manifest by which both can be checked."""

import hashlib
import json
import os
import shutil
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.apps import apps
from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.db.models import FileField

from nudm.core import dumps
from nudm.core.errors import Refused

FORMAT = 1
MANIFEST = "manifest.json"
FILES = "files"
CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `lost` are files that a row names and the storage did not have."""

    made_at: str
    version: str
    engine: str
    database: dict[str, Any]
    migrations: list[list[str]]
    roles: list[str]
    tables: dict[str, dumps.Tally]
    files: dict[str, dict[str, Any]]
    lost: list[str] = field(default_factory=list)
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(int(table["rows"]) for table in self.tables.values())

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(int(file["size"]) for file in self.files.values())


def take(target: Path, after: Path | None = None) -> Manifest:
    """Write a backup into the new directory `target` while others go on writing.

    All is written beside it and renamed at the end, so that half a backup never has its name. A file
    never changes under its name, so one that the backup `after` holds is linked to and not read again.
    Raises Refused when the directory is there already or the database cannot be copied.
    """
    if target.exists():
        raise Refused(f"{target} is there already. Name a directory that is not.")
    part = target.with_name(f"{target.name}.part-{os.getpid()}")
    before = Before(after, read(after).files) if after else Before(part, {})
    part.parent.mkdir(parents=True, exist_ok=True)
    part.mkdir(mode=0o700)
    try:
        made = _written(part, before)
        (part / MANIFEST).write_text(json.dumps(asdict(made), indent=1, sort_keys=True))
        os.sync()
        part.rename(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return made


@dataclass(frozen=True, slots=True)
class Before:
    """The files of an earlier backup."""

    folder: Path
    files: dict[str, dict[str, Any]]

    def link(self, name: str, target: Path) -> dict[str, Any] | None:
        """Link to the file when the earlier backup still holds it unharmed; None when it does not."""
        path, held = self.folder / FILES / name, self.files.get(name)
        if held is None or not path.exists() or fingerprint(path) != held:
            return None
        target.hardlink_to(path)
        return held


def _written(part: Path, before: Before) -> Manifest:
    engine = dumps.engine()
    database = part / engine.file
    with engine.copy(database) as rows:
        names = named_files(rows)
        held = {
            "migrations": migrations_of(rows),
            "roles": rows.roles(),
            "tables": dumps.tally(rows),
        }
    files: dict[str, dict[str, Any]] = {}
    lost = []
    kept = FileSystemStorage(part / FILES)
    for name in names:
        try:
            path = Path(kept.path(name))
            path.parent.mkdir(parents=True, exist_ok=True)
            files[name] = before.link(name, path) or _fetched(name, path)
        except FileNotFoundError:
            lost.append(name)
    return Manifest(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        version=version(),
        engine=engine.name,
        database=fingerprint(database),
        files=files,
        lost=lost,
        **held,
    )


def read(source: Path) -> Manifest:
    """The manifest of a backup. Raises Refused where there is none that this version can read."""
    try:
        held = json.loads((source / MANIFEST).read_text())
        manifest = Manifest(**held)
    except FileNotFoundError as error:
        raise Refused(f"{source} is no whole backup: it has no {MANIFEST}.") from error
    except (ValueError, TypeError) as error:
        raise Refused(f"{source / MANIFEST} cannot be read: {error}") from error
    if manifest.format != FORMAT:
        raise Refused(f"{source} has the format {manifest.format}; this version reads {FORMAT}.")
    return manifest


def named_files(rows: dumps.Rows) -> list[str]:
    """The names of all files that a row of any model names."""
    there = set(rows.tables())
    columns = {
        (model._meta.db_table, str(field.column))
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, FileField) and model._meta.db_table in there
    }
    return sorted({name for table, column in columns for name in rows.column(table, column) if name})


def migrations_of(rows: dumps.Rows) -> list[list[str]]:
    """App and name of every migration that the database has had."""
    table = "django_migrations"
    pairs = zip(rows.column(table, "app"), rows.column(table, "name"), strict=True)
    return sorted([app, name] for app, name in pairs)


def fingerprint(path: Path) -> dict[str, Any]:
    """Size in bytes and SHA-256 of a file on this machine."""
    with path.open("rb") as file:
        return _digested(iter(lambda: file.read(CHUNK), b""))


def stored(name: str) -> dict[str, Any] | None:
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


def _fetched(name: str, target: Path) -> dict[str, Any]:
    with default_storage.open(name, "rb") as source, target.open("wb") as copy:
        return _digested(_through(source.chunks(CHUNK), copy))


def _through(chunks: Iterable[bytes], copy: BinaryIO) -> Iterator[bytes]:
    for chunk in chunks:
        copy.write(chunk)
        yield chunk


def _digested(chunks: Iterable[bytes]) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
    return {"size": size, "sha256": digest.hexdigest()}
