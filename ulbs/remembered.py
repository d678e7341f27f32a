"""What a process remembers of the lists of a state's ULBs, and how it is mended where one of them moved
(docs/decisions/0018-what-moved-no-ulb.md, 0020-which-ulbs-moved.md)."""

from array import array
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from math import isqrt
from typing import TypeVar

from django.core.cache import cache
from django.db.models import QuerySet
from django.utils.translation import get_language

from states.models import State
from states.told import Stamp, moved_since, stamp_of
from ulbs import matrix as of
from ulbs.models import Deployment, Ulb
from ulbs.parts import EVERY, Span, renewed, span_of
from ulbs.rules.asking import Asked

Made = TypeVar("Made")
KEPT_SECONDS = 24 * 3600


def look(state: State, ulbs: QuerySet[Ulb], cells: QuerySet[Deployment], asked: Asked) -> of.Look:
    """`matrix.look`, made anew only where what it rests on has moved: the order mostly on the ULBs alone, the
    totals on their modules too, whatever the order is."""
    bare = replace(asked, columns=())
    keys = _remembered(
        state,
        ("keys", bare),
        lambda: of.keys_of(ulbs, cells, asked),
        lambda kept, moved: _placed(state, kept, moved, asked),
        still=not asked.rests_on_cells,
    )
    bare = replace(bare, sort="name")
    return of.Look(keys, of.summed(_in_parts(state, bare, lambda span: of.counted(ulbs, cells, bare, span))))


def choices(state: State) -> of.Choices:
    """What there is to choose from in a state, made anew only where its ULBs or their modules moved."""

    def again(kept: of.Chosen, moved: Collection[int]) -> of.Chosen | None:
        span = span_of(moved)
        towns, planned = of.chosen_from(state, span)
        # What is planned is told beside a ULB: not where they are gone.
        return (renewed(kept[0], span, towns), planned) if towns else None

    towns, planned = _remembered(state, "choices", lambda: of.chosen_from(state, EVERY), again)
    return of.choices_of(set().union(*towns.values()), planned)


def _in_parts(state: State, what: object, count: Callable[[Span], dict[int, Made]]) -> dict[int, Made]:
    """What `count` gives by part of the ULBs, counted anew only for parts in which one moved."""

    def again(kept: dict[int, Made], moved: Collection[int]) -> dict[int, Made]:
        span = span_of(moved)
        return renewed(kept, span, count(span))

    return _remembered(state, ("parts", what), lambda: count(EVERY), again)


def _remembered(
    state: State,
    what: object,
    make: Callable[[], Made],
    mend: Callable[[Made, frozenset[int]], Made | None],
    *,
    still: bool = False,
) -> Made:
    """What `make` gives, until the state's ULBs move, or their modules but for what is `still` then. Where it
    is known which ULBs moved, `mend` makes it true of them, or gives None where it cannot. It must not depend
    on more than `what`, these and the language: whoever may see a state's list sees all of its ULBs."""
    name = sha256(repr(what).encode()).hexdigest()
    key, now = f"look:{state.pk}:{get_language()}:{name}", (state.towns_version, stamp_of(state))
    kept: tuple[tuple[int, Stamp], Made] | None = cache.get(key)
    if kept is not None and kept[0] == now:
        return kept[1]
    found: Made | None = None
    if kept is not None and still and kept[0][0] == state.towns_version:
        found = kept[1]
    elif kept is not None and (moved := moved_since(state, kept[0][1])):
        found = mend(kept[1], moved)
    if found is None:
        found = make()
    cache.set(key, (now, found), KEPT_SECONDS)
    return found


def _placed(state: State, kept: Sequence[int], moved: Collection[int], asked: Asked) -> Sequence[int] | None:
    """The keys that were kept, with those that moved where they belong now, if they still do. It is the
    database that compares: with some of the keys, then with all between two of these. They are asked for
    by nothing but their keys: SQLite would look at all ULBs of the state.

    Two queries; None where something moved between the read of the state and the second of them.
    """
    keys, rows = array("q", kept), of.wanted(Ulb.objects.all(), Deployment.objects.all(), asked)
    for pk in moved:
        with suppress(ValueError):
            keys.remove(pk)
    step = isqrt(len(keys)) + 1
    place, near = 0, dict[int, None]()
    for pk in rows.filter(pk__in=[*keys[::step], *moved]).values_list("pk", flat=True):
        if pk in moved:
            near |= dict.fromkeys(keys[max(place - step, 0) : place])
        else:
            place += step
    before: int | None = None
    around = rows.filter(pk__in=[*near, *moved])
    for pk, version in around.values_list("pk", "state__facts_version"):
        if version != state.facts_version:
            return None
        if pk in moved:
            keys.insert(keys.index(before) + 1 if before is not None else 0, pk)
        before = pk
    return keys
