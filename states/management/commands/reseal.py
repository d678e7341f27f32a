"""`manage.py reseal`: after a change of SECRET_KEY."""

from typing import Any

from nudm.accounts.actions import reseal
from nudm.core import scope
from nudm.core.commands import BaseCommand


class Command(BaseCommand):
    help = "Seals the secrets of authenticator apps under the present SECRET_KEY; then the former one may go."

    @scope.national()
    def handle(self, *args: Any, **options: Any) -> None:
        sealed, lost = reseal()
        self.stdout.write(f"{sealed} secrets are sealed under the present key.")
        if lost:
            self.stdout.write(
                f"{len(lost)} could not be opened by any key of the settings. These people sign in with a "
                "recovery code, or whoever appoints them takes the app off their account on the page of the "
                "post (manage.py forget_code EMAIL where nobody else can); then they set it up anew:"
            )
            for person in lost:
                self.stdout.write(f"  {person.email}")
