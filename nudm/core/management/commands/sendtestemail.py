"""`manage.py sendtestemail ADDRESS`: the first mail of an installation."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import sendtestemail

from nudm.core.commands import BaseCommand


class Command(BaseCommand, sendtestemail.Command):
    """Django's own, which says in words what the mail server refuses."""

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            super().handle(*args, **options)
        except OSError as error:
            # Errors of smtplib are among these.
            server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
            raise CommandError(
                f"The mail server {server} did not take the mail: {error}. "
                "Look at EMAIL_URL and EMAIL_PASSWORD."
            ) from error
