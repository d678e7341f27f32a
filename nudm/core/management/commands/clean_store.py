"""`manage.py clean_store [--dry-run]`: files in the store that no row names."""

from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import CommandParser

from nudm.core.commands import BaseCommand
from nudm.core.dates import show_time
from nudm.core.unnamed_files import unnamed_files


class Command(BaseCommand):
    help = (
        "Delete the files in the store that no row names and that are over a day old, such as those of "
        "uploads that were refused. Look at them first with --dry-run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="name them, delete nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        found = unnamed_files()
        for name, at in found:
            self.stdout.write(f"{name}  {show_time(at)}")
            if not options["dry_run"]:
                default_storage.delete(name)
        what = "would be deleted" if options["dry_run"] else "deleted"
        self.stdout.write(f"Files that no row names, over a day old: {len(found)} {what}.")
