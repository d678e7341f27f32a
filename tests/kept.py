"""What the tables hold is what the past says that they hold, and what the lists of ULBs are remembered to be:
no action forgets `keep`, and none that moves ULBs says that it does not."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from nudm.core.dates import today
from states.models import State
from states.past import as_on_all
from states.wrote import Note
from tests.ulbs.listed import remember, untrue

KEPT: list[type[Any]] = [model for model in apps.get_models() if getattr(model, "kept", False)]


@pytest.fixture(autouse=True)
def _nothing_is_forgotten(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a test of the actions; one that writes to the tables by hand is marked `by_hand`."""
    watched = "world" in request.fixturenames and request.node.get_closest_marker("by_hand") is None
    if watched:
        request.getfixturevalue("world")
        remember("KL", "MH")
    yield
    if watched:
        lost = forgotten() + [f"remembered although it moved: {one}" for one in untrue("KL", "MH")]
        lost += [f"{label} {pk} is covered by no line of the log" for label, pk in left_over()]
        assert not lost, "\n".join(lost)


def left_over() -> list[tuple[str, int]]:
    """What acts wrote and no line of the log took: `verify_audit` would call it forged. As each test is one
    transaction, it is still waiting."""
    notes = [waiting[1] for waiting in connection.run_on_commit if isinstance(waiting[1], Note)]
    return [key for note in notes for key in note.rows]


def forgotten() -> list[str]:
    """The rows that differ from the last line about them: forgotten by an action, or written by hand."""
    ever = today() + timedelta(days=40_000)
    known = as_on_all(KEPT, list(State.objects.values_list("pk", flat=True)), ever)
    found = []
    for model in KEPT:
        names = [field.attname for field in model._meta.concrete_fields]
        then = {row.pk: [getattr(row, name) for name in names] for row in known[model]}
        now = {row.pk: [getattr(row, name) for name in names] for row in model._default_manager.all()}
        for pk in sorted(then.keys() ^ now.keys()):
            found.append(f"{model.__name__} {pk} is {'gone' if pk in then else 'new'}, which was not kept")
        for pk in sorted(then.keys() & now.keys()):
            pairs = zip(names, then[pk], now[pk], strict=True)
            differing = {name: (kept, stands) for name, kept, stands in pairs if kept != stands}
            if differing:
                found.append(f"{model.__name__} {pk}, kept and stored: {differing}")
    return found
