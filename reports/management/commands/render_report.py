"""`manage.py render_report --state KL --language hi --out FILE`: a PDF without asking anybody."""

from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from nudm.core import reading, scope
from nudm.core.as_on import read_day
from nudm.core.commands import BaseCommand
from nudm.core.dates import today
from nudm.core.earliest import EARLIEST
from nudm.core.errors import Refused
from reports import snapshot
from reports.documents.build import content_of
from reports.models import Report
from reports.pdf import render_pdf
from reports.periods import closing_day, first_of, is_closed
from states.models import State

KINDS = ["progress", "mpr", "brief", "annexure"]


def _day(text: str | None) -> date:
    try:
        return read_day(text or "") or today()
    except Refused as error:
        raise CommandError(error.message) from error


def _month(text: str | None) -> date:
    if not text:
        return first_of(today())
    try:
        month = reading.month(text)
    except reading.Unclear as error:
        raise CommandError(str(error)) from error
    if not EARLIEST <= month <= today():
        raise CommandError(f"No month {text} can be reported. Give one from 2000-01 to {today():%Y-%m}.")
    return month


class Command(BaseCommand):
    help = "Render a report of today's figures, or of a past day's, to a file; nothing is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--state", help="ISO code, for example KL")
        parser.add_argument("--national", action="store_true")
        parser.add_argument("--kind", choices=KINDS, help="progress by default")
        parser.add_argument("--month", help="MM-YYYY or YYYY-MM, for kind mpr; this month by default")
        parser.add_argument("--as-on", help="dd-mm-yyyy; today by default")
        parser.add_argument("--language", choices=["en", "hi"], default="en")
        parser.add_argument("--out", type=Path, required=True)

    @scope.national()
    def handle(self, *args: Any, **options: Any) -> None:
        if options["national"] == bool(options["state"]):
            raise CommandError("Give either --state KL or --national.")
        state = None
        if options["state"]:
            state = State.objects.filter(iso=options["state"].upper()).first()
            if state is None:
                raise CommandError(f"No State/UT has the code {options['state']}. Give one such as KL or MH.")
        if state is None and options["kind"]:
            raise CommandError("The national report is of one kind. Leave --kind away.")
        kind = "national" if state is None else options["kind"] or KINDS[0]
        report = Report(kind=kind, state=state, language=options["language"], as_on=_day(options["as_on"]))
        if kind == Report.Kind.MPR and options["as_on"]:
            raise CommandError("A monthly report has a day of its own. Leave --as-on away.")
        if kind != Report.Kind.MPR and options["month"]:
            raise CommandError(f"Only a monthly report (--kind mpr) has a month, {kind} has none.")
        if kind == Report.Kind.MPR:
            report.month = _month(options["month"])
            close = closing_day(report.month, settings.CLOSING_DAY)
            report.as_on = min(close, today())
            report.number = int(is_closed(report.month, settings.CLOSING_DAY, today()))
        content = content_of(report)
        options["out"].write_bytes(render_pdf(content, snapshot.digest_of(content)))
        self.stdout.write(f"{options['out']} is written.")
