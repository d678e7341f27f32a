"""Files come into the store whole or not at all, and go again when the row that names them was not saved."""

import logging
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage, default_storage
from django.db import transaction

# Where a file is until it is whole, and for how many seconds at most: then whoever wrote it is dead.
ARRIVING, LONGEST = ".arriving", 86_400

log = logging.getLogger(__name__)
_put: ContextVar[list[str] | None] = ContextVar("put", default=None)


class WholeFiles(FileSystemStorage):
    """The local folder. A file has its name when all of it is on the disk: a full disk or a killed process
    leaves nothing half under a name that a row could have."""

    def _save(self, name: str, content: Any) -> str:
        part = Path(self.path(ARRIVING)) / uuid.uuid4().hex
        part.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("xb") as file:
                for chunk in content.chunks():
                    file.write(chunk.encode() if isinstance(chunk, str) else chunk)
                file.flush()
                os.fsync(file.fileno())
            if self.file_permissions_mode is not None:
                part.chmod(self.file_permissions_mode)
            return self._named(part, name)
        finally:
            part.unlink(missing_ok=True)

    def _named(self, part: Path, name: str) -> str:
        """Give the file its name, or one beside it when another has it: of two at once each gets its own."""
        while True:
            path = Path(self.path(name))
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                path.hardlink_to(part)
            except FileExistsError:
                name = self.get_available_name(name)
            else:
                return name

    def forget_old(self) -> None:
        """Take away what a killed process left of a file."""
        for part in Path(self.path(ARRIVING)).glob("*"):
            if part.stat().st_mtime < time.time() - LONGEST:
                part.unlink(missing_ok=True)


def put(file: Any, name: str, content: Any) -> None:
    """Store the file of a row that is about to be saved (a `FieldFile`), within `unless_saved`."""
    file.save(name, content, save=False)
    mine = _put.get()
    if mine is not None:
        mine.append(file.name)


@contextmanager
def unless_saved() -> Iterator[None]:
    """Round a transaction: when it fails, its end included, the files that were put in it go again."""
    outer, mine = _put.get(), list[str]()
    token = _put.set(mine)
    try:
        yield
    except BaseException:
        for name in mine:
            _take_away(name)
        raise
    finally:
        _put.reset(token)
    if outer is not None:
        outer.extend(mine)


def take_back(file: Any) -> None:
    """Leave a file that was put by this transaction out of the store again, once the transaction is over."""
    name, file.name = file.name, ""
    transaction.on_commit(lambda: _take_away(name))


def _take_away(name: str) -> None:
    """A store that does not answer keeps the file, and the log its name: nobody is refused for that."""
    try:
        default_storage.delete(name)
    except Exception:
        log.exception("%s stays in the store without a row", name)
