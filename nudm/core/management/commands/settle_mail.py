"""`manage.py settle_mail`: mails whose fate is unknown; `settle_mail ID arrived|again` settles one."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from nudm.core import mail
from nudm.core.commands import BaseCommand
from nudm.core.models import Outbox


class Command(BaseCommand):
    help = "List the mails whose fate is unknown, or say of one that it arrived or is to be sent again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", type=int, nargs="?")
        parser.add_argument("fate", choices=["arrived", "again"], nargs="?")

    def handle(self, *args: Any, **options: Any) -> None:
        unknown = Outbox.objects.filter(status=Outbox.Status.UNKNOWN)
        if options["id"] is None:
            for each in unknown:
                self.stdout.write(f"{each.pk}  {each.to}  {each.subject}  {each.error}")
            return
        row = unknown.filter(pk=options["id"]).first()
        if row is None or options["fate"] is None:
            raise CommandError("Give the number of an unknown mail, and `arrived` or `again`.")
        mail.settle(row, arrived=options["fate"] == "arrived")
