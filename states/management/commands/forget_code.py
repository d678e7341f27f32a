"""`manage.py forget_code EMAIL`: for the day when nobody else can help."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from nudm.accounts.models import User
from nudm.core import scope
from nudm.core.addresses import cleaned
from nudm.core.commands import BaseCommand
from states import actions


class Command(BaseCommand):
    help = "Takes the authenticator app off an account whose holder has lost it and nobody may appoint."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    @scope.national()
    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(email__iexact=cleaned(options["email"])).first()
        if person is None:
            raise CommandError(f"No account has the address {options['email']}.")
        actions.forget_code_of(person)
        self.stdout.write(f"Done. At the next sign-in of {person.email} no code is asked.")
