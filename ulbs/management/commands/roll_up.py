"""`manage.py roll_up`: after an upgrade, and after a change of the threshold `live_when`."""

from typing import Any

from nudm.core import scope
from nudm.core.commands import BaseCommand
from states.models import State
from ulbs.actions.rollout import count_again


class Command(BaseCommand):
    help = (
        "Counts anew, of all ULBs, what their modules add up to, and notes events that have happened. "
        "Safe to run again."
    )

    @scope.national()
    def handle(self, *args: Any, **options: Any) -> None:
        changed = sum(count_again(state) for state in State.objects.order_by("pk"))
        self.stdout.write(f"{changed} ULBs add up to something else now.")
