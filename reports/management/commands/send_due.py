"""`manage.py send_due [--today DATE]`: make and send what falls due."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from nudm.core import jobs, mail
from nudm.core.dates import today
from reports import actions


class Command(BaseCommand):
    help = "Make and mail the reports that fall due, here and now. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--today", type=date.fromisoformat, default=None, help="YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        day = options["today"] or today()
        for job_id in actions.queue_due(day):
            jobs.run(job_id)
        promised = actions.queue_mails(day)
        for outbox_id in promised:
            mail.send(outbox_id)
        self.stdout.write(f"{day:%d-%m-%Y}: {len(promised)} mails are promised or sent.")
