"""The audit log is only added to, its chain shows what was done to it, and the centre reads it."""

import threading
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from nudm.core import scope
from states import access
from states.actions import record, seal
from states.chain import FIELDS, START, digest_of, plain
from states.models import Entry, State
from states.verify import head_of
from tests.guard import lifted
from tests.world import World


def verified(*heads: str, archived: bool = False) -> str:
    out = StringIO()
    call_command("verify_audit", head=list(heads), archived=archived, stdout=out)
    return out.getvalue()


def told(world: World, count: int = 6) -> list[Entry]:
    """So many lines in Kerala's chain, after those of its people."""
    return [record("item.remark", by=world.nodal, state=world.kl, n=n) for n in range(count)]


def test_the_database_refuses_to_change_a_line_or_to_take_it_away(world: World) -> None:
    line = told(world, 1)[0]
    acts = ["UPDATE states_entry SET verb = 'x'", "DELETE FROM states_entry"]
    if connection.vendor == "postgresql":
        acts += ["TRUNCATE states_entry", "TRUNCATE states_state CASCADE"]
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
    for act in acts:
        with pytest.raises(DatabaseError, match="only added to"), transaction.atomic():
            connection.cursor().execute(act)
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.filter(pk=line.pk).update(actor=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        line.delete()
    line.refresh_from_db()
    assert line.verb == "item.remark"


def test_every_line_follows_from_the_one_before(world: World) -> None:
    told(world)
    for state in (world.kl, world.mh, None):
        digest = START
        rows = list(Entry.objects.filter(state=state).order_by("number").values("digest", *FIELDS))
        assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))
        for row in rows:
            assert row["digest"] == digest_of(digest, row)
            digest = row["digest"]
        assert head_of(state)["digest"] == digest
    assert "every one as it was written" in verified()


def test_what_a_database_would_write_in_its_own_way_is_kept_as_text(world: World) -> None:
    data = {"n": 1, "share": 1e22, "half": 0.5, "list": [(1, 2.0)], "of": {2: "x", 10: None}, "हिन्दी": "\x1f"}
    line = record("item.remark", state=world.kl, **data)
    line.refresh_from_db()
    assert line.data == plain(data)
    assert (line.data["half"], line.data["share"], line.data["of"]) == (
        "0.5",
        "1e+22",
        {"2": "x", "10": None},
    )
    verified()


@pytest.mark.parametrize(
    "change",
    [
        {"verb": "item.accept"},
        {"actor": None},
        {"data": {"n": 9}},
        {"target_id": "7"},
        {"digest": START},
        {"at": timezone.now() - timedelta(days=1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_line_is_named(world: World, change: dict[str, Any]) -> None:
    line = told(world)[2]
    with lifted():
        Entry.objects.filter(pk=line.pk).update(**change)
    with pytest.raises(CommandError, match=rf"KL {line.number} \(row {line.pk}: .* was changed"):
        verified()


def test_a_line_taken_out_of_the_middle_is_named(world: World) -> None:
    line = told(world)[2]
    with lifted():
        line.delete()
    with pytest.raises(CommandError, match=f"KL {line.number} is missing: KL {line.number + 1} "):
        verified()


@pytest.mark.parametrize("number", [0, 8])
def test_a_line_put_in_is_named(world: World, number: int) -> None:
    told(world)
    last = head_of(world.kl)["number"]
    with lifted():
        Entry.objects.create(state=world.kl, number=number and last + 1, digest="f" * 64, verb="item.accept")
    fault = "KL 0 .* was inserted" if number == 0 else f"KL {last + 1} .* was changed"
    with pytest.raises(CommandError, match=fault):
        verified()


def test_a_cut_tail_is_found_by_a_head_from_paper(world: World) -> None:
    lines = told(world)
    head = head_of(world.kl)["digest"]
    assert head == lines[-1].digest
    told(world, 2)
    verified(head, head[:12], f"{head[:16].upper()} {head[16:]}")
    with lifted():
        Entry.objects.filter(state=world.kl, number__gte=lines[-1].number).delete()
    verified()
    with pytest.raises(CommandError, match=f"{head} is in no chain"):
        verified(head)
    with pytest.raises(CommandError, match="at least 12 digits"):
        verified(head[:11])


def test_a_chain_written_anew_is_found_by_a_head_from_paper(world: World) -> None:
    lines = told(world)
    head = head_of(world.kl)["digest"]
    with lifted():
        rewrite(lines[2], verb="item.accept")
    verified()
    with pytest.raises(CommandError, match="is in no chain"):
        verified(head)


def rewrite(line: Entry, **changes: Any) -> None:
    """What somebody with the owner's password can do: change a line and all digests after it."""
    Entry.objects.filter(pk=line.pk).update(**changes)
    rows = Entry.objects.filter(state=line.state).order_by("number")
    digest = START
    for row in rows:
        digest = digest_of(digest, {name: getattr(row, name) for name in FIELDS})
        Entry.objects.filter(pk=row.pk).update(digest=digest)


@pytest.mark.parametrize("way", ["cut", "rewritten"])
def test_a_seal_in_the_nations_chain_speaks_for_every_states(world: World, way: str) -> None:
    lines = told(world)
    national = seal()
    assert national.data["heads"]["KL"] == [lines[-1].number, lines[-1].digest]
    assert set(national.data["heads"]) == {"KL", "MH"}
    assert head_of(None) == {"chain": "IN", "number": national.number, "digest": national.digest}
    told(world, 2)
    verified(national.digest)
    with lifted():
        if way == "cut":
            Entry.objects.filter(state=world.kl, number__gte=lines[-1].number).delete()
        else:
            rewrite(lines[2], verb="item.accept")
    fault = (
        f"KL {lines[-1].number} is missing"
        if way == "cut"
        else rf"KL {lines[-1].number} .* after it was sealed"
    )
    with pytest.raises(CommandError, match=fault):
        verified()


def test_after_the_oldest_lines_were_archived_the_rest_is_verified_still(world: World) -> None:
    lines = told(world)
    with lifted():
        Entry.objects.filter(state=world.kl, number__lt=lines[2].number).delete()
    with pytest.raises(CommandError, match="KL 1 is missing"):
        verified()
    assert "every one as it was written" in verified(lines[-1].digest, archived=True)
    with lifted():
        Entry.objects.filter(pk=lines[4].pk).update(verb="item.accept")
    with pytest.raises(CommandError, match="was changed"):
        verified(archived=True)


def test_a_line_costs_one_query_more_than_itself(world: World) -> None:
    access.standing(world.nodal)
    with CaptureQueriesContext(connection) as queries:
        record("item.remark", by=world.nodal, state=world.kl)
    assert len(queries) == 2


@pytest.mark.django_db(transaction=True)
def test_many_at_once_leave_unbroken_chains(transactional_db: Any) -> None:
    """Eight at a time on two states and on no state, alone and in actions that hold a state's row first."""
    world = World()
    begun = Entry.objects.count()
    chains: list[State | None] = [world.kl, world.mh, None, world.kl]

    def write(n: int) -> None:
        for turn in range(12):
            state = chains[(n + turn) % 4]
            with scope.national(), transaction.atomic():
                if state is not None and turn % 2:
                    State.objects.select_for_update(no_key=True).get(pk=state.pk)
                record("item.remark", by=world.nodal, state=state, n=n, turn=turn)

    faults = at_once(write)
    assert faults == []
    assert Entry.objects.count() == begun + 96
    verified()


@pytest.mark.django_db(transaction=True)
def test_a_line_that_is_rolled_back_leaves_no_gap(transactional_db: Any) -> None:
    world = World()

    def write(n: int) -> None:
        for turn in range(8):
            with scope.national(), transaction.atomic():
                record("item.remark", state=world.kl, n=n, turn=turn)
                transaction.set_rollback((n + turn) % 2 == 0)

    assert at_once(write) == []
    assert Entry.objects.filter(state=world.kl, verb="item.remark").count() == 32
    verified()


def at_once(act: Callable[[int], None]) -> list[Exception]:
    """Eight threads do it together; what went wrong."""
    ready, faults = threading.Barrier(8), []

    def run(n: int) -> None:
        ready.wait()
        try:
            act(n)
        except Exception as error:
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults
