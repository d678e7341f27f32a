"""`manage.py rescan [--state KL] [--unscanned]`: the files of the library by today's signatures."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from nudm.core import scanner
from nudm.core.scanner import NoVerdict
from phases.actions import files
from phases.models import Evidence
from phases.rules import WAITING, FileStatus


class Command(BaseCommand):
    help = (
        "Show every stored file to the scanner again. One in which it finds something can no longer be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--state", help="ISO code, for example KL")
        parser.add_argument("--unscanned", action="store_true", help="only those that were never scanned")

    def handle(self, *args: Any, **options: Any) -> None:
        waiting = [status.value for status in WAITING]
        for row in Evidence.objects.filter(status__in=waiting).select_related("uploaded_by"):
            files.promise_scan(row)
        if not scanner.configured():
            raise CommandError("No scanner is configured. Set CLAMAV_URL.")
        seen = [FileStatus.ACCEPTED.value, FileStatus.REFUSED.value]
        rows = (
            Evidence.objects.filter(status__in=seen).exclude(file="").select_related("state").order_by("pk")
        )
        if options["state"]:
            rows = rows.filter(state__iso=options["state"].upper())
        if options["unscanned"]:
            rows = rows.filter(scanned_at=None)
        count = found = 0
        for row in rows.iterator():
            try:
                name = files.rescan(row)
            except FileNotFoundError:
                name = "not in the store; restore it from a backup"
            except NoVerdict as error:
                raise CommandError(f"{count} files were seen, then: {error}. Run it again.") from error
            count += 1
            if name:
                found += 1
                lines = ", ".join(row.citations.values_list("item__code", flat=True)) or "no line"
                self.stderr.write(f"{row.state.iso} {row.pk} {row.title}: {name}; cited on {lines}")
        self.stdout.write(f"{count} files were seen, something was found in {found}.")
        if found:
            raise CommandError("What was found can no longer be read. Return the lines that rest on it.")
