"""`manage.py grant_database`: the second wall, built by the owner of the tables after every `migrate`."""

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from nudm.core import grants, wall


class Command(BaseCommand):
    help = "Make the database roles, their rights and the policies (PostgreSQL). Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            self.stdout.write("SQLite has no second wall; there is nothing to do.")
            return
        if loose := wall.undecided():
            raise CommandError(f"Say in nudm/core/wall.py who may touch: {', '.join(loose)}.")
        address = urlsplit(settings.WEB_DATABASE_URL)
        web = unquote(address.username or "nudm_web")
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", web):
            raise CommandError("Name the web role with small letters, digits and underscores.")
        written = grants.build(web, unquote(address.password or ""))
        self.stdout.write(f"The role {web} is walled in; {written} policies are new.")
