"""A year of random acts, lived through day by day, and what was seen at the end of each."""

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

import time_machine
from django.utils import timezone

from nudm.core.dates import today
from nudm.core.errors import Refused
from tests.world import World

Act = Callable[[World, random.Random], Any]


def live_through(
    world: World,
    seed: int,
    days: list[int],
    *,
    acts: Sequence[Act],
    at_once: int,
    see: Callable[[], Any],
    once: Callable[[World], None] = lambda world: None,
) -> dict[date, Any]:
    """So many acts on each of these days, and what is to be seen then; `once` when two thirds are over."""
    dice, done, snapshots = random.Random(seed), 0, {}
    start = timezone.make_aware(datetime.combine(today(), time(23, 10)))
    for n in days:
        with time_machine.travel(start + timedelta(days=n), tick=False):
            for _turn in range(at_once):
                try:
                    dice.choice(acts)(world, dice)
                    done += 1
                except Refused:
                    continue
            if n == days[2 * len(days) // 3]:
                once(world)
            snapshots[today()] = see()
    assert done > len(days) * at_once / 3
    return snapshots


@contextmanager
def long_after(seen: Sequence[Any]) -> Iterator[None]:
    """Over a year later, when most days have ended otherwise than the one before."""
    changed = sum(a != b for a, b in itertools.pairwise(seen))
    assert changed > len(seen) * 0.7
    with time_machine.travel(timezone.now() + timedelta(days=500), tick=False):
        yield


def differing(replayed: Any, held_then: Any, where: str = "") -> list[str]:
    """Where two snapshots differ; empty when they are the same."""
    if isinstance(replayed, dict) and isinstance(held_then, dict) and replayed.keys() == held_then.keys():
        pairs: Any = [(key, replayed[key], held_then[key]) for key in replayed]
    elif isinstance(replayed, (list, tuple)) and len(replayed) == len(held_then):
        pairs = [(n, a, b) for n, (a, b) in enumerate(zip(replayed, held_then, strict=True))]
    else:
        return [] if replayed == held_then else [f"{where}: {replayed!r:.300} for {held_then!r:.300}"]
    return [line for key, a, b in pairs for line in differing(a, b, f"{where}/{key}")]
