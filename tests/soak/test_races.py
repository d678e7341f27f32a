"""Eight officers on one line at the same moment, round after round: one of them moves it."""

import contextlib
import threading
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from nudm.core import scope
from nudm.core.errors import Refused
from phases.actions import lines
from phases.models import Item, Step
from states.models import Entry
from tests.soak.plant import often
from tests.world import World

# What eight do at once, in turn: each move leads to the state that the next one starts from.
ROUND = (
    ("accept", "reviewer", {}),
    ("reopen", "reviewer", {"reason": "other", "note": "look again"}),
    ("submit", "nodal", {}),
    ("return", "reviewer", {"reason": "illegible", "note": "scan again"}),
    ("submit", "nodal", {}),
    ("withdraw", "nodal", {}),
    ("submit", "nodal", {}),
)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_a_thousand_rounds_of_eight_at_once_have_one_effect_each(
    transactional_db: Any, record_property: Any
) -> None:
    rounds = often("SOAK_ROUNDS", 1000)
    world = World()
    item = world.submitted("2.processes_standardised")
    start, end = threading.Barrier(9), threading.Barrier(9)
    task: dict[str, Any] = {}
    won: list[str] = []
    faults: list[BaseException] = []

    def officer() -> None:
        for _round in range(rounds):
            start.wait()
            try:
                with scope.of(task["by"]):
                    lines.move(
                        task["item"], task["name"], version=task["version"], by=task["by"], **task["more"]
                    )
                won.append(task["name"])
            except Refused:
                pass
            except BaseException as error:
                faults.append(error)
            end.wait()
        connection.close()

    threads = [threading.Thread(target=officer) for _officer in range(8)]
    for thread in threads:
        thread.start()
    doubled = 0
    for n in range(rounds):
        name, who, more = ROUND[n % len(ROUND)]
        row = Item.objects.select_related("state").get(pk=item.pk)
        task.update(item=row, name=name, version=row.version, by=getattr(world, who), more=more)
        steps, entries, before = Step.objects.count(), Entry.objects.count(), len(won)
        start.wait()
        end.wait()
        moved = Item.objects.get(pk=item.pk).version - row.version
        effects = (len(won) - before, moved, Step.objects.count() - steps, Entry.objects.count() - entries)
        doubled += effects != (1, 1, 1, 1)
    for thread in threads:
        thread.join()
    with contextlib.redirect_stdout(StringIO()):
        call_command("verify_audit", stdout=StringIO())
    record_property("told", f"{rounds} rounds of 8 threads: {doubled} without exactly one effect")
    assert faults == [] and doubled == 0
