"""Whoever owns the tables can change a fact or cut the log off; `verify_audit` finds it by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Model

from nudm.core.dates import today
from nudm.core.models import Outbox
from phases.actions import lines
from phases.models import Item, Step
from states import anchors
from states.actions import record
from states.models import Entry, Past
from states.tasks import anchor_heads
from states.wrote import WROTE
from tests.guard import lifted
from tests.world import World
from ulbs.actions import rollout
from ulbs.models import Deployment, Ulb

pytestmark = pytest.mark.by_hand


def verify() -> str:
    """What the command says; `rc 1` before it where it ends with 1."""
    out = StringIO()
    try:
        call_command("verify_audit", stdout=out)
    except CommandError as error:
        return f"rc 1\n{out.getvalue()}{error}"
    return out.getvalue()


@pytest.fixture
def answered(world: World) -> Item:
    """A line with a remark, sent, returned with a note, and sent again."""
    item = world.submitted()
    words = {"note": "The seal is missing.", "reason": "not_signed"}
    item = lines.move(item, "return", version=item.version, by=world.reviewer, **words)
    return lines.move(item, "submit", version=item.version, by=world.nodal, remark="Sealed now.")


def change(row: Model, **values: Any) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(**values)


def test_what_was_done_by_acts_alone_is_found_whole(world: World, answered: Item) -> None:
    said = verify()
    assert "rc 1" not in said and "so is every fact" in said


def test_modules_that_are_planned_are_found_whole(world: World) -> None:
    edits = [rollout.Edit(world.ulb.pk, module, {"in_scope": True}, 0) for module in ("PGR", "PT")]
    rollout.save_cells(world.kl, edits, by=world.nodal)
    assert "rc 1" not in verify()
    past = Past.objects.filter(model="deployment").latest("pk")
    assert past.since == Entry.objects.get(verb="rollout.save").at, "the one leads to the other"


def test_a_line_of_the_log_carries_the_digest_of_what_the_act_wrote(world: World, answered: Item) -> None:
    entry = Entry.objects.filter(verb="item.submit", target_id=str(answered.pk)).latest("pk")
    step = Step.objects.filter(item=answered).latest("pk")
    past = Past.objects.filter(model="item", row=answered.pk).latest("pk")
    wrote = entry.data[WROTE]
    assert wrote["rows"]["phases.step"] == [[step.pk, step.pk]]
    assert [past.pk, past.pk] in wrote["rows"]["states.past"]
    assert len(wrote["digest"]) == 64


FORGED = {
    "a remark": lambda item: change(item, remark="Somebody else's words."),
    "a status": lambda item: change(item, status="accepted"),
    "a step's note": lambda item: change(Step.objects.filter(item=item).latest("pk"), note="never said"),
    "a step's remark": lambda item: change(
        Step.objects.filter(item=item).latest("pk"), saw={"remark": "x", "evidence": []}
    ),
    "a step taken away": lambda item: Step.objects.filter(item=item).latest("pk").delete(),
    "a past status": lambda item: _past(item, status="accepted"),
    "a past remark": lambda item: _past(item, remark="other"),
    "a past taken away": lambda item: Past.objects.filter(model="item", row=item.pk).earliest("pk").delete(),
    "a past made up": lambda item: Past.objects.create(
        model="item", row=item.pk, state=item.state, data={"status": "accepted"}
    ),
    "a fact and its past alike": lambda item: (
        change(item, remark="both"),
        _past(item, last=True, remark="both"),
    ),
    "a row made up": lambda item: Item.objects.create(
        state=item.state, code="2.processes_digitised", stage=2, status="accepted"
    ),
    "a module made up": lambda item: Deployment.objects.create(
        state=item.state, ulb=Ulb.objects.filter(state=item.state).earliest("pk"), module="PT"
    ),
    "a step made up": lambda item: Step.objects.create(
        item=item, state=item.state, move="accept", source="under_review", to="accepted", saw={}
    ),
    "a row taken away": lambda item: (Step.objects.filter(item=item).delete(), item.delete()),
}


def _past(item: Item, last: bool = False, **values: Any) -> None:
    lines_ = Past.objects.filter(model="item", row=item.pk).order_by("pk")
    line = lines_.last() if last else lines_.first()
    assert line is not None
    change(line, data=line.data | values)


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_fact_is_found_and_named(world: World, answered: Item, name: str) -> None:
    with lifted():
        FORGED[name](answered)
    said = verify()
    assert said.startswith("rc 1"), said
    named = ("phases.item", "phases.step", "states.past", "ulbs.deployment")
    assert any(label in said for label in named), said


def test_an_act_that_was_taken_back_leaves_nothing_that_the_next_one_would_claim(
    world: World, answered: Item
) -> None:
    item = world.started(state=world.mh)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        lines.save_remark(item, "half", version=item.version, by=world.neighbour)
        raise ZeroDivisionError
    lines.save_remark(item, "whole", version=item.version, by=world.neighbour)
    assert "rc 1" not in verify()


def test_lines_from_before_the_digests_are_said_to_be_so(world: World) -> None:
    item = world.started()
    Past.objects.create(model="item", row=item.pk, state=world.kl, data=Past.objects.latest("pk").data)
    newest = Past.objects.latest("pk").pk
    with lifted():
        for entry in Entry.objects.filter(**{f"data__{WROTE}__isnull": False}):
            entry.delete()
    assert newest and "have no digest in the log" in verify()


@contextmanager
def operators(settings: Any) -> Iterator[None]:
    settings.OPERATORS = ["operator@example.in"]
    yield


def cut(state: Any, left: int) -> None:
    """The last lines of a chain are gone, as only the owner of the tables can."""
    with lifted():
        Entry.objects.filter(state=state, number__gt=left).delete()


@pytest.mark.parametrize("of_no_state", [False, True])
@pytest.mark.parametrize("left", [0, 1])
def test_a_cut_tail_and_a_chain_that_is_gone_are_found_by_the_nights_heads(
    world: World, settings: Any, of_no_state: bool, left: int
) -> None:
    state = None if of_no_state else world.kl
    for _n in range(3):
        record("item.remark", by=world.nodal, state=state)
    with operators(settings):
        anchor_heads()
        anchor_heads()
    assert "rc 1" not in verify()
    assert len(anchors.file().read_text().splitlines()) == 1
    mail = Outbox.objects.get()
    assert mail.to == "operator@example.in" and anchors.head_of(state)["digest"] in mail.text
    cut(state, left)
    said = verify()
    assert said.startswith("rc 1") and f"{'IN' if of_no_state else 'KL'} {left + 1} is missing" in said


def test_a_chain_that_was_written_anew_after_the_night_is_found(world: World) -> None:
    before = Entry.objects.filter(state=world.kl).count()
    for _n in range(3):
        record("item.remark", by=world.nodal, state=world.kl)
    anchors.write(today())
    cut(world.kl, before + 1)
    for _n in range(4):
        record("item.return", by=world.nodal, state=world.kl)
    assert "written anew" in verify()
