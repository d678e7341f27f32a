"""`manage.py report_key show|new|rotate`: the key that reports are signed with."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from nudm.core.commands import BaseCommand
from reports import signing
from reports.models import SigningKey


class Command(BaseCommand):
    help = "Show the public keys, make a key for the settings (new), or change the key in the file (rotate)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["show", "new", "rotate"])

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "new":
            self.stdout.write(f"REPORT_KEY={signing.fresh()}")
        elif options["act"] == "rotate":
            try:
                self.stdout.write(f"Reports are signed with {signing.rotate()} from now on.")
            except ValueError as error:
                raise CommandError(str(error)) from error
        else:
            for key in SigningKey.objects.all():
                self.stdout.write(f"{key.name}  {key.public}  since {key.since:%Y-%m-%d}")
