"""Files in the store that no row names: what a refused or broken upload left there."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from nudm.core import backup, databases
from nudm.core.models import PartialFile

# The folders of the store that hold files of rows. What lies elsewhere is not of this system, and stays.
FOLDERS = ("evidence", "events", "towns", "reports", "pieces")
# A younger file may belong to a row that is being saved.
LEAST_AGE = timedelta(days=1)


def unnamed_files(*, least_age: timedelta = LEAST_AGE) -> list[tuple[str, datetime]]:
    """The files in FOLDERS that no row names, and when each was written; none younger than `least_age`.

    The store is read before the rows: a row that is saved meanwhile names its file in time. Raises
    ProgrammingError where rows are hidden from the role of the connection: their files would seem unnamed.
    """
    there = [name for folder in FOLDERS for name in _files_in(folder)]
    named, before = names_of_rows(), timezone.now() - least_age
    ages = [(name, default_storage.get_modified_time(name)) for name in there if name not in named]
    return sorted((name, at) for name, at in ages if at < before)


def names_of_rows() -> set[str]:
    """The names of all files that a row of any model names, those of uploads that are not whole included."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Rows hidden from this role are an error.
            cursor.execute("SET LOCAL row_security = off")
        names = set(backup.named_files(databases.ask))
        for parts in PartialFile.objects.values_list("parts", flat=True):
            names.update(parts)
    return names


def _files_in(folder: str) -> Iterator[str]:
    """The names of all files in a folder of the store and below it."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in files if name)
    for name in folders:
        yield from _files_in(f"{folder}/{name}")
