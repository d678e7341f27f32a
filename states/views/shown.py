"""The state that a page is about, and what the page's frame tells beside it."""

from collections.abc import Callable
from typing import Any

from django.db.models import Expression
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from states.access import visible
from states.models import State

# For a person, what to count; None where the frame tells them nothing.
Count = Callable[[Any], Expression | None]
_beside: dict[str, Count] = {}


def beside(count: Count) -> Count:
    """Register what the frame of every page tells: it is counted in the look for the page's state, and the
    request has it under the function's name."""
    _beside[count.__name__] = count
    return count


def state_for(request: HttpRequest, iso: str) -> State:
    """The state with this ISO code, and in the same query what the frame tells (`beside`).

    Raises Http404 for a state that does not exist for this person.
    """
    counts = {name: found for name, count in _beside.items() if (found := count(request.user)) is not None}
    states = visible(State, request.user).annotate(**counts)
    state: State = get_object_or_404(states, iso=iso.upper())
    for name in _beside:
        setattr(request, name, getattr(state, name, None) or 0)
    return state
