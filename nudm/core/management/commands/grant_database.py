"""`manage.py grant_database`: the second wall, built by the owner of the tables after every `migrate`."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from nudm.core import grants, wall
from nudm.core.commands import BaseCommand
from nudm.core.errors import Refused
from nudm.core.management.sign_in import sign_in


class Command(BaseCommand):
    help = "Make or repair the rights and the policies of the database roles (PostgreSQL). Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            self.stdout.write("SQLite has no second wall; there is nothing to do.")
            return
        if loose := wall.undecided():
            raise CommandError(f"Say in nudm/core/wall.py who may touch: {', '.join(loose)}.")
        web = sign_in("WEB_DATABASE_URL", settings.WEB_DATABASE_URL)
        try:
            written = grants.build(web.role, web.password)
        except Refused as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"The role {web.role} is walled in; {written} policies are new.")
