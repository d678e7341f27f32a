"""Every route × method × person × own row, neighbour's row, no row; every answer against one table.

A quick slice runs with the suite, all of it with `make walls`.
"""

from typing import Any

import pytest
from django.db import connection

from tests.walls.expectations import (
    METHODS,
    PEOPLE,
    PUBLIC,
    QUICK,
    ROWS,
    RULES,
    allowed,
    routes,
)
from tests.walls.scene import Scene

REFUSALS = {401, 403, 404, 405}


@pytest.fixture
def scene(db: Any) -> Scene:
    return Scene()


def rows_of(name: str) -> tuple[str, ...]:
    """The rows that a route can point at; an empty word where its address names none."""
    parts = RULES[name].parts
    if parts in ((), ("token",), ("national_import",)):
        return ("",)
    return ROWS if {"ulb", "file"} & set(parts) else tuple(row for row in ROWS if row != "other")


def leaks_of(scene: Scene, who: str, methods: tuple[str, ...], rows: set[str]) -> tuple[int, list[str]]:
    """How much was asked, and what was answered otherwise than the table says."""
    asked, wrong, untouched = 0, [], scene.fingerprint()
    for name in RULES:
        for row in rows_of(name):
            if row not in rows:
                continue
            for method in methods if " " not in name else ("post",):
                expected = allowed(name, method, who, row)
                with scene.undone():
                    said = scene.said(name, row or "KL") if method == "post" else None
                    response = scene.ask(who, method, scene.url(name, row or "KL"), said)
                    quiet = not expected <= REFUSALS or scene.fingerprint() == untouched
                scene.close(response)
                asked += 1
                if response.status_code not in expected or not quiet:
                    got = f"{response.status_code}{'' if quiet else ' and something was written'}"
                    wrong.append(f"{who} {method} {name} {row}: {got}, not {sorted(expected)}")
    return asked, wrong


def test_every_route_has_a_rule_and_every_rule_a_route() -> None:
    ruled = {name.split()[0] for name in RULES}
    assert ruled | PUBLIC.keys() == set(routes())
    assert not ruled & PUBLIC.keys()


@pytest.mark.parametrize("who", QUICK)
def test_who_may_read_and_act_where(scene: Scene, who: str, record_property: Any) -> None:
    """The slice of every run: at home and next door, reading on SQLite and acting on PostgreSQL, whose own
    wall has a word in it."""
    method = "post" if connection.vendor == "postgresql" else "get"
    asked, wrong = leaks_of(scene, who, (method,), {"", "KL", "other", "MH"})
    record_property("checks", asked)
    assert not wrong, "\n".join(wrong)
    assert asked > 150


@pytest.mark.walls
@pytest.mark.parametrize("who", PEOPLE)
def test_the_whole_matrix(scene: Scene, who: str, record_property: Any) -> None:
    asked, wrong = leaks_of(scene, who, METHODS, {"", *ROWS})
    record_property("checks", asked)
    assert not wrong, "\n".join(wrong)
    assert asked > 1_000
