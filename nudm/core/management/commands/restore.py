"""`manage.py restore DIR [--force]`: put a backup back, count every table and compare every file."""

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from nudm.core import restore
from nudm.core.commands import BaseCommand
from nudm.core.errors import Refused
from nudm.core.management.sign_in import sign_in


class Command(BaseCommand):
    help = "Put a backup into the empty database and storage of this configuration, and compare."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dir", type=Path)
        parser.add_argument(
            "--force",
            action="store_true",
            help="replace all that the database holds, and files of the same names",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        try:
            web = sign_in("WEB_DATABASE_URL", settings.WEB_DATABASE_URL)
            done = restore.put_back(options["dir"], web.role, force=options["force"])
        except Refused as error:
            raise CommandError(error.message) from error
        was = done.manifest
        if options["verbosity"] > 1:
            for table, rows in sorted(was.tables.items()):
                self.stdout.write(f"{rows:>10}  {table}")
        for words in done.differences:
            self.stderr.write(words)
        self.stdout.write(
            f"{was.words} as of {was.made_at}: "
            f"{len(done.differences)} differences, in {time.monotonic() - began:.1f} s"
        )
        if done.migrations_to_run:
            self.stdout.write(
                f"{done.migrations_to_run} migrations are newer than the backup: run manage.py migrate, then "
                "manage.py grant_database."
            )
        if done.doubtful_mails:
            self.stdout.write(
                f"{done.doubtful_mails} mails may have gone out since: see manage.py settle_mail."
            )
        if was.lost:
            self.stdout.write(
                f"{len(was.lost)} files were missing when the backup was made: {', '.join(was.lost[:5])}"
            )
        if done.differences:
            raise CommandError("What was put back is not what was backed up.")
