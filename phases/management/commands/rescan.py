"""`manage.py rescan [--state KL] [--unscanned]`: all stored files by today's signatures."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from nudm.core import files, scanner
from nudm.core.arrival import WAITING, FileStatus
from nudm.core.commands import BaseCommand
from nudm.core.scanner import NoVerdict
from phases.models import Evidence
from ulbs.models import EventFile, TownFile


class Command(BaseCommand):
    help = (
        "Show every stored file to the scanner again. One in which it finds something can no longer be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--state", help="ISO code, for example KL")
        parser.add_argument("--unscanned", action="store_true", help="only those that were never scanned")

    def handle(self, *args: Any, **options: Any) -> None:
        self.count = self.found = 0
        waiting = [status.value for status in WAITING]
        for row in _rows(Evidence, waiting):
            files.promise_scan(row, by=row.uploaded_by)
        for model in (TownFile, EventFile):
            for row in _rows(model, waiting):
                files.promise_scan(row, by=row.by)
        if not scanner.configured():
            raise CommandError("No scanner is configured. Set CLAMAV_URL.")
        for model in (Evidence, TownFile, EventFile):
            rows = _rows(model, [FileStatus.ACCEPTED.value, FileStatus.REFUSED.value])
            if options["state"]:
                rows = rows.filter(state__iso=options["state"].upper())
            for row in (rows.filter(scanned_at=None) if options["unscanned"] else rows).iterator():
                self._see(row)
        self.stdout.write(f"{self.count} files were seen, something was found in {self.found}.")
        if self.found:
            raise CommandError("What was found can no longer be read. Return the lines that rest on it.")

    def _see(self, row: Any) -> None:
        try:
            name = files.rescan(row)
        except FileNotFoundError:
            name = "not in the store; restore it from a backup"
        except NoVerdict as error:
            raise CommandError(f"{self.count} files were seen, then: {error}. Run it again.") from error
        self.count += 1
        if name:
            self.found += 1
            self.stderr.write(f"{row.state.iso} {row.pk} {row}: {name}; {_where(row)}")


def _rows(model: Any, statuses: list[str]) -> Any:
    who = "uploaded_by" if model is Evidence else "by"
    rows = model.objects.filter(status__in=statuses).exclude(file="")
    return rows.select_related("state", who).order_by("pk")


def _where(row: Any) -> str:
    """Where a person finds what rests on the file."""
    if isinstance(row, TownFile):
        return f"sent by {row.ulb.name} ({row.ulb.lgd_code})"
    if isinstance(row, EventFile):
        return f"sent with {row.event} ({row.event.kind} {row.event_id})"
    codes = row.citations.values_list("item__code", flat=True)
    return f"cited on {', '.join(codes) or 'no line'}"
