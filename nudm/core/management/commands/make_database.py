"""`manage.py make_database`: the roles and the database, by a superuser of the server, before `migrate`."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from nudm.core import grants
from nudm.core.commands import BaseCommand
from nudm.core.management.sign_in import sign_in


class Command(BaseCommand):
    help = (
        "Make or repair the owner of the tables, the web role and the database that OWNER_DATABASE_URL and "
        "WEB_DATABASE_URL name (PostgreSQL). Safe to run again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError(
                "DATABASE_URL names no PostgreSQL. SQLite needs no roles: run manage.py migrate."
            )
        owner = sign_in("OWNER_DATABASE_URL", settings.OWNER_DATABASE_URL, "nudm_owner")
        web = sign_in("WEB_DATABASE_URL", settings.WEB_DATABASE_URL)
        if not (owner.password and web.password):
            raise CommandError(
                "Set OWNER_DATABASE_PASSWORD and WEB_DATABASE_PASSWORD; each role needs its own."
            )
        if len({owner.role, web.role, connection.settings_dict["USER"]}) < 3:
            raise CommandError("The superuser, the owner of the tables and the web role must be three roles.")
        database = owner.database or "nudm"
        new = grants.make_database(owner.role, owner.password, database, web.role, web.password)
        self.stdout.write(
            f"The roles {owner.role} and {web.role} are right; the database {database} "
            f"{'is new' if new else 'was there'}. Now run manage.py migrate as {owner.role}."
        )
