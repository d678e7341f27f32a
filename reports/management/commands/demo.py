"""`manage.py demo`: a labelled demonstration programme; does nothing where people exist already."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction

from nudm.accounts.models import User
from nudm.core import scope
from nudm.core.commands import BaseCommand
from nudm.core.dates import today
from reports.actions import schedules
from reports.demo import people, story, towns
from reports.demo.year import YEAR, Year
from states.actions import rights_changed
from states.models import Post, State
from states.rules import PostKind, Role


class Command(BaseCommand):
    help = "Build the demonstration: 36 States/UTs at different points, with a year of history."

    @scope.national()
    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Set DEMO=1: demonstration accounts belong in a demonstration only.")
        if User.objects.exists():
            self.stdout.write("There are people already; the demonstration is left as it is.")
            return
        call_command("load_states", stdout=self.stdout)
        day = today()
        seats = people.Seats(day - timedelta(days=YEAR))
        seats.fill()
        nodal = PostKind.NODAL_OFFICER.value
        posts = Post.objects.filter(team__role=Role.STATE.value, kind=nodal).select_related("team__state")
        levels = {}
        for post in posts.order_by("team__state__lgd_code"):
            if post.team.state is not None:
                levels[post.team.state] = (level_of(post.team.state), post)
        reviewer = Post.objects.get(team__role=Role.CENTRE.value, kind=PostKind.REVIEWER.value)
        year = Year(day)
        story.tell(year, levels, reviewer, towns.FIRST_CODE)
        year.live_until(day)
        seats.open_town_office()
        _vacancy(day)
        _subscriptions()
        self.stdout.write("The demonstration is ready.")


def level_of(state: State) -> float:
    """How far a state has come: 0 to a little over 3, spread over the 36, the same each time."""
    fixed = {"KL": 1.72, "MH": 2.75, "PB": 3.15, "CH": 3.2, "LD": 0.5, "NL": 0.0, "MP": 2.6}
    return fixed.get(state.iso, ((state.lgd_code * 37) % 100) / 100 * 2.9)


def _vacancy(day: Any) -> None:
    """One nodal officer's post fell vacant three weeks ago."""
    post = Post.objects.get(team__state__iso="BR", kind=PostKind.NODAL_OFFICER.value)
    post.appointments.update(until=day - timedelta(days=21))
    rights_changed()


def _subscriptions() -> None:
    officer = User.objects.get(email="state.kl@demo.nudm")
    post = Post.objects.get(team__state__iso="KL", team__role=Role.STATE.value, kind="nodal_officer")
    rule = {"every": "week", "weekday": 0, "language": "en"}
    schedules.subscribe(post, "progress", post.team.state, rule, by=officer)
