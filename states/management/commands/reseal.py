"""`manage.py reseal`: after a change of SECRET_KEY."""

from typing import Any

from django.core.management.base import BaseCommand

from nudm.accounts.actions import reseal
from nudm.core import scope


class Command(BaseCommand):
    help = "Seals the secrets of authenticator apps under the present SECRET_KEY; then the former one may go."

    @scope.national()
    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{reseal()} secrets are sealed under the present key.")
