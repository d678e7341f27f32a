"""Many at once on one line: one of them moves it."""

import threading
from typing import Any

import pytest
from django.db import connection

from nudm.core import scope
from nudm.core.errors import Refused
from phases.actions import lines
from phases.models import Item, Step
from tests.world import World


@pytest.mark.django_db(transaction=True)
def test_eight_acceptances_at_once_are_one(transactional_db: Any) -> None:
    world = World()
    for code in ("2.processes_standardised", "2.customisations_agreed", "2.dashboards_ready"):
        item = world.submitted(code)
        done: list[str] = []
        ready = threading.Barrier(8)

        def accept(item: Item = item, done: list[str] = done, ready: threading.Barrier = ready) -> None:
            ready.wait()
            try:
                with scope.of(world.reviewer):
                    lines.move(item, "accept", version=item.version, by=world.reviewer)
                done.append("moved")
            except Refused:
                done.append("refused")
            finally:
                connection.close()

        threads = [threading.Thread(target=accept) for _n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(done) == ["moved"] + ["refused"] * 7
        assert Step.objects.filter(item=item, move="accept").count() == 1
