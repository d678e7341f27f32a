"""The same pages in turn, A B A B: as the owner of the tables without any scope, whom no policy binds; and as
the web role within the person's."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from io import StringIO
from typing import Any

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from bench import national
from nudm.core import scope

PAIRS, WARM = 30, 2
PAGES = (
    ("ministry", "/"),
    ("nodal", "/states/UP/"),
    ("nodal", "/phases/UP/3/"),
    ("nodal", "/ulbs/UP/"),
    ("nodal", "/ulbs/UP/matrix/"),
)
OWNER, SCOPE = connections["default"], scope.of


@contextmanager
def behind_the_wall(web: Any) -> Iterator[None]:
    connections["default"] = web
    try:
        yield
    finally:
        connections["default"] = OWNER


@contextmanager
def without_it() -> Iterator[None]:
    scope.of = lambda person: nullcontext()
    try:
        yield
    finally:
        scope.of = SCOPE


def main() -> None:
    """Build the national set and print one line for each page."""
    settings.ALLOWED_HOSTS = ["*"]
    call_command("migrate", verbosity=0)
    call_command("grant_database", stdout=StringIO())
    people = national.build()
    web = OWNER.copy()
    web.settings_dict = {**OWNER.settings_dict, "USER": "nudm_web", "PASSWORD": "x"}
    for who, address in PAGES:
        client = people.client(who)
        for title, before in (("remembered", None), ("after a change", people.touch)):
            free, walled = in_turn(client, address, before, without_it, lambda: behind_the_wall(web))
            ratio = f"{free:.1f} ms without, {walled:.1f} ms with: {walled / free:.2f} times"
            print(f"{who} {address}, {title}: {ratio}", flush=True)


def in_turn(client: Any, address: str, before: Any, *ways: Callable[[], Any]) -> tuple[float, float]:
    """Medians in milliseconds; who goes first alternates."""
    times: list[list[float]] = [[], []]
    for pair in range(PAIRS + WARM):
        for which in ((0, 1), (1, 0))[pair % 2]:
            if before is not None:
                before()
            with ways[which]():
                began = time.perf_counter()
                answer = client.get(address)
                took = (time.perf_counter() - began) * 1000
            assert answer.status_code == 200 and len(answer.content) > 2000
            if pair >= WARM:
                times[which].append(took)
    return statistics.median(times[0]), statistics.median(times[1])


if __name__ == "__main__":
    main()
