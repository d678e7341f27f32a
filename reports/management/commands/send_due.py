"""`manage.py send_due [--today DATE]`: make and send what falls due."""

from datetime import datetime, time
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from nudm.core import jobs, mail
from nudm.core.commands import BaseCommand, day
from nudm.core.dates import today
from reports.actions import schedules


class Command(BaseCommand):
    help = "Make and mail the reports that fall due, here and now. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--today", type=day, default=None, help="DD-MM-YYYY or YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        on = options["today"] or today()
        late = timezone.make_aware(datetime.combine(on, time(23, 59)))
        moment = timezone.now() if options["today"] is None else late
        for job_id in schedules.queue_due(moment):
            jobs.run(job_id)
        promised = schedules.queue_mails(moment)
        for outbox_id in promised:
            mail.send(outbox_id)
        self.stdout.write(f"{on:%d-%m-%Y}: {len(promised)} mails are promised or sent.")
