"""A backup put back: into an empty database, compared row by row and file by file."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.db.migrations.loader import MigrationLoader

from nudm.core import backup, dumps, mail
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


def put_back(source: Path, *, force: bool = False) -> Restored:
    """Put a backup back and compare every table and every file with what its manifest says.

    Nothing may write meanwhile. Raises Refused, before anything is changed, for a backup that is
    damaged or does not fit this code or database, and, unless `force`, for a database that holds
    tables or a storage that holds other files under the same names.
    """
    engine = dumps.engine()
    manifest = backup.read(source)
    _fits(manifest, engine, known := _known_migrations())
    _whole(source, manifest, engine)
    with engine.rows() as rows:
        tables = rows.tables()
        lacking = sorted(set(manifest.roles) - set(engine.roles()))
    if lacking:
        raise Refused(
            f"The database server lacks the roles {_listed(lacking)}. Create them, then run this again."
        )
    if tables and not force:
        raise Refused(
            f"The database holds {len(tables)} tables. Give an empty one, or --force to replace all it holds."
        )
    there = {name: backup.stored(name) for name in manifest.files}
    others = [name for name, found in there.items() if found not in (None, manifest.files[name])]
    if others and not force:
        raise Refused(
            f"The storage holds other files under {len(others)} of the same names ({_listed(others)}). "
            "Give an empty storage, or --force to replace them."
        )
    engine.put_back(source / engine.file)
    kept = FileSystemStorage(source / backup.FILES)
    for name, found in there.items():
        if found != manifest.files[name]:
            _store(kept, name, replace=found is not None)
    done = Restored(manifest, _differences(manifest, engine))
    done.doubtful_mails = mail.doubt(
        f"put back from the backup of {manifest.made_at}: it may have gone out since"
    )
    done.migrations_to_run = len(known - {(app, name) for app, name in manifest.migrations})
    return done


def _fits(manifest: Manifest, engine: dumps.Engine, known: set[tuple[str, str]]) -> None:
    if manifest.engine != engine.name:
        raise Refused(f"The backup is of {manifest.engine}; DATABASE_URL names a database of {engine.name}.")
    newer = [f"{app}.{name}" for app, name in manifest.migrations if (app, name) not in known]
    if newer:
        raise Refused(
            f"The backup was made by other code (version {manifest.version}): this code does not know the "
            f"migrations {_listed(newer)}. Put the code of that version in place first."
        )


def _known_migrations() -> set[tuple[str, str]]:
    return set(MigrationLoader(None).disk_migrations or ())


def _whole(source: Path, manifest: Manifest, engine: dumps.Engine) -> None:
    """Refuse a backup whose files are not those that were written."""
    kept = FileSystemStorage(source / backup.FILES)
    paths: dict[Path, Any] = {source / engine.file: manifest.database}
    paths |= {Path(kept.path(name)): held for name, held in manifest.files.items()}
    damaged = [
        path.name for path, held in paths.items() if not path.exists() or backup.fingerprint(path) != held
    ]
    if damaged:
        raise Refused(
            f"The backup is damaged: {_listed(damaged)} differ from the manifest. Take another one."
        )


def _store(kept: FileSystemStorage, name: str, *, replace: bool) -> None:
    if replace:
        default_storage.delete(name)
    with kept.open(name, "rb") as file:
        put = default_storage.save(name, File(file, name))
    if put != name:
        raise Refused(f"The storage kept {name} under another name, {put}. Restore into an empty storage.")


def _differences(manifest: Manifest, engine: dumps.Engine) -> list[str]:
    with engine.rows() as rows:
        now = dumps.tally(rows)
    found = []
    for table in sorted(manifest.tables.keys() | now.keys()):
        was, put = manifest.tables.get(table), now.get(table)
        if was != put:
            found.append(f"{table}: {_words(was)} in the backup, {_words(put)} in the database")
    wrong = [name for name, held in manifest.files.items() if backup.stored(name) != held]
    return found + [f"file {name}: not the one of the backup" for name in wrong]


def _words(tally: dumps.Tally | None) -> str:
    return f"{tally['rows']} rows ({tally['digest'][:12]})" if tally else "nothing"


def _listed(names: list[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
