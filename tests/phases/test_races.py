"""Many at once on one line: one of them moves it."""

import contextlib
import threading
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections

from nudm.accounts.models import User
from nudm.core import scope
from nudm.core.dates import today
from nudm.core.errors import Conflict, Refused
from phases.actions import lines
from phases.models import Item, Step
from states import actions
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


@pytest.mark.django_db(transaction=True)
def test_officers_at_work_wait_for_each_other_and_never_in_a_circle(transactional_db: Any) -> None:
    """Lines, people, files and reports of one state at once: each action locks its own rows first, the
    state's row last, and what the log points at is no obstacle."""
    world = World()
    item = world.started("2.processes_standardised")
    letter = item.citations.get().evidence
    posts = [person.appointments.get().post for person in (world.nodal, world.unit)]
    others = [User.objects.create_user(f"other{n}@example.in", f"other{n}") for n in (0, 1)]
    faults: list[Exception] = []
    ready = threading.Barrier(6)

    def remark(turn: int) -> None:
        fresh = Item.objects.select_related("state").get(pk=item.pk)
        lines.save_remark(fresh, f"{turn} {threading.get_ident()}", version=fresh.version, by=world.agency)

    def change(n: int) -> Callable[[int], None]:
        def hand_over(turn: int) -> None:
            with contextlib.suppress(Refused):
                actions.hand_over(posts[n], others[(n + turn) % 2], today(), by=world.head)

        return hand_over

    def download(turn: int) -> None:
        actions.record("evidence.download", by=world.reviewer, state=world.kl, target=letter)

    def close(turn: int) -> None:
        with contextlib.suppress(Refused):
            lines.close_stage(world.kl, 1, by=world.reviewer)

    def run(act: Callable[[int], None]) -> None:
        ready.wait()
        try:
            for turn in range(10):
                with contextlib.suppress(Conflict), scope.national():
                    act(turn)
        except Exception as error:
            faults.append(error)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=run, args=(act,))
        for act in (remark, remark, change(0), change(1), download, close)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    call_command("verify_audit", stdout=StringIO())
