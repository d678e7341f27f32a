"""`manage.py backup [--out DIR | --into FOLDER]`: the database with all its files, while others write."""

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from nudm.core import backup
from nudm.core.commands import BaseCommand
from nudm.core.errors import Refused


class Command(BaseCommand):
    help = "Write the database, every file that its rows name and a manifest into a new directory."

    def add_arguments(self, parser: CommandParser) -> None:
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--out", type=Path, help="the new directory")
        where.add_argument(
            "--into",
            type=Path,
            default=Path(settings.VAR_DIR) / "backups",
            help="a folder of backups: one more, the old ones thinned out (default VAR_DIR/backups)",
        )
        parser.add_argument("--after", type=Path, help="an earlier backup: its files are linked, not copied")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        target = options["out"]
        try:
            if target is None:
                target, made = backup.take_into(options["into"])
            else:
                made = backup.take(target, options["after"])
        except Refused as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{target}: {made.words} in {time.monotonic() - began:.1f} s")
        if made.lost:
            raise CommandError(
                f"{len(made.lost)} files are named by a row but are not in the storage "
                f"({', '.join(made.lost[:5])}). The rest is in the backup. Find out who took them away."
            )
