"""`manage.py seat_head EMAIL NAME`: the first person, who appoints all others."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from nudm.core import scope
from nudm.core.commands import BaseCommand
from nudm.core.dates import today
from nudm.core.errors import Refused
from states import actions
from states.models import Post
from states.rules import PostKind, Role


class Command(BaseCommand):
    help = "Appoint the head of the centre from today; the first password is set by link."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name")

    @scope.national()
    def handle(self, *args: Any, **options: Any) -> None:
        post = Post.objects.filter(team__role=Role.CENTRE.value, kind=PostKind.HEAD.value).first()
        if post is None:
            raise CommandError("Run manage.py load_states first.")
        try:
            actions.appoint(post, actions.person_for(options["email"], options["name"]), today())
        except Refused as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{options['email']} is the head of the centre from today.")
