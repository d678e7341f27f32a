"""A backup put back: into an empty database and storage, counted, and every file compared."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from nudm.core import backup, databases, grants, mail
from nudm.core.backup import Manifest
from nudm.core.errors import Refused

SHOWN = 5


@dataclass(slots=True)
class Restored:
    """What was put back, what differs from the backup (in words), and what is left to do."""

    manifest: Manifest
    differences: list[str] = field(default_factory=list)
    doubtful_mails: int = 0
    migrations_to_run: int = 0


def put_back(source: Path, web: str, *, force: bool = False) -> Restored:
    """Put a backup back, build the rights of the web role `web` anew, and compare with the manifest.

    Nothing may write meanwhile. Raises Refused, before anything is changed, for a backup that is damaged or
    does not fit this code or database, for roles that are not right and cannot be repaired by this one, and,
    unless `force`, for a database that holds tables or a storage that holds other files under the same names.
    """
    manifest = backup.read(source)
    known = set(MigrationLoader(None).disk_migrations or ())
    _fits(manifest, known)
    _whole(source, manifest)
    tables = connection.introspection.table_names()
    if tables and not force:
        raise Refused(
            f"The database holds {len(tables)} tables. Give an empty one, or --force to replace all it holds."
        )
    if connection.vendor == "postgresql":
        grants.repair_roles(web)
    there = dict(zip(manifest.files, backup.many(backup.stored, manifest.files), strict=True))
    others = [name for name, found in there.items() if found not in (None, manifest.files[name])]
    if others and not force:
        raise Refused(
            f"The storage holds other files under {len(others)} of the same names ({_listed(others)}). "
            "Give an empty storage, or --force to replace them."
        )
    databases.put_back(source / databases.file_name())
    kept = FileSystemStorage(source / backup.FILES)
    backup.many(lambda name: _store(kept, name), others)
    backup.many(lambda name: _store(kept, name), [name for name, found in there.items() if found is None])
    done = Restored(manifest, _differences(manifest))
    done.doubtful_mails = mail.doubt(
        f"put back from the backup of {manifest.made_at}: it may have gone out since"
    )
    done.migrations_to_run = len(known - {(app, name) for app, name in manifest.migrations})
    if connection.vendor == "postgresql" and not done.migrations_to_run:
        grants.build(web)
    return done


def _fits(manifest: Manifest, known: set[tuple[str, str]]) -> None:
    if manifest.engine != connection.vendor:
        raise Refused(
            f"The backup is of {manifest.engine}; DATABASE_URL names a database of {connection.vendor}."
        )
    newer = [f"{app}.{name}" for app, name in manifest.migrations if (app, name) not in known]
    if newer:
        raise Refused(
            f"The backup was made by other code (version {manifest.version}): this code does not know the "
            f"migrations {_listed(newer)}. Put the code of that version in place first."
        )


def _whole(source: Path, manifest: Manifest) -> None:
    """Refuse a backup whose files are not those that were written."""
    kept = FileSystemStorage(source / backup.FILES)
    paths: dict[str, Any] = {str(source / databases.file_name()): manifest.database}
    paths |= {kept.path(name): held for name, held in manifest.files.items()}

    def damaged(name: str) -> bool:
        return not Path(name).exists() or backup.digest(Path(name)) != paths[name]

    bad = [Path(name).name for name, is_bad in zip(paths, backup.many(damaged, paths), strict=True) if is_bad]
    if bad:
        raise Refused(f"The backup is damaged: {_listed(bad)} differ from the manifest. Take another one.")


def _store(kept: FileSystemStorage, name: str) -> None:
    """Put one file where the storage had none of this name, or another one."""
    storage: Any = default_storage
    with kept.open(name, "rb") as file:
        if hasattr(storage, "bucket_name"):
            # One request a file: the storage's own way asks twice first whether the name is free.
            storage.connection.meta.client.put_object(Bucket=storage.bucket_name, Key=name, Body=file)
            return
        if storage.exists(name):
            storage.delete(name)
        put = storage.save(name, File(file, name))
    if put != name:
        raise Refused(f"The storage kept {name} under another name, {put}. Restore into an empty storage.")


def _differences(manifest: Manifest) -> list[str]:
    now = databases.counts(databases.ask)
    found = [
        f"{table}: {manifest.tables.get(table, 'no')} rows in the backup, {now.get(table, 'no')} here"
        for table in sorted(manifest.tables.keys() | now.keys())
        if manifest.tables.get(table) != now.get(table)
    ]
    files = zip(manifest.files.items(), backup.many(backup.stored, manifest.files), strict=True)
    return found + [f"file {name}: not the one of the backup" for (name, held), put in files if put != held]


def _listed(names: list[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
