"""The catalogue is the deck, line by line."""

import tomllib
from collections import Counter
from dataclasses import replace

import pytest

from phases.catalogue import HERE, Catalogue, Text, catalogue, parse, problems
from phases.progress import MEASURES

SECTIONS = {
    "input": (6, 4, 2, 4),
    "outcome": (8, 7, 5, 2),
    "criterion": (5, 4, 5, 0),
    "role": (8, 8, 6, 3),
    "responsibility": (4, 7, 6, 4),
    "recommendation": (3, 4, 3, 0),
}


@pytest.mark.parametrize("section", SECTIONS)
def test_the_counts_are_the_decks(section: str) -> None:
    book = catalogue()
    counts = tuple(
        sum(line.parent is None for line in book.stage(number).section(section)) for number in (1, 2, 3, 4)
    )
    assert counts == SECTIONS[section]


def test_the_sub_items_are_the_decks() -> None:
    subs = Counter(line.section for line in catalogue().lines() if line.parent)
    assert subs == {"input": 3, "outcome": 2, "recommendation": 6}


def test_the_order_is_the_decks() -> None:
    for stage in catalogue().stages:
        for section in SECTIONS:
            numbers = [int(line.number) for line in stage.section(section) if line.parent is None]
            assert numbers == list(range(1, len(numbers) + 1))


def test_the_catalogue_is_sound() -> None:
    assert problems(catalogue(), MEASURES) == []


def broken(which: str, **changes: object) -> Catalogue:
    book = catalogue()
    stages = tuple(
        replace(
            stage,
            lines=tuple(replace(x, **changes) if x.code == which else x for x in stage.lines),  # type: ignore[arg-type]
        )
        for stage in book.stages
    )
    return Catalogue(book.version, book.digest, stages)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": "1.nodal_officer_appointed"}, "used twice"),
        ({"needs": ("1.not_there",)}, "not there"),
        ({"advises": ("9.nothing",)}, "not there"),
        ({"record": ("diary",)}, "unknown record"),
        ({"measure": "pilot.happiness"}, "unknown measure"),
        ({"kind": "guessed"}, "unknown kind"),
        ({"quorum": "most"}, "unknown kind, owner or quorum"),
        ({"kind": "measured", "measure": None}, "by nothing"),
        ({"kind": "implied"}, "by nothing"),
        ({"text": Text("MoU signed.", "MoU signed.")}, "missing in a language"),
        ({"needs": ("1.setup_formalised",)}, "rests on itself"),
    ],
)
def test_every_kind_of_fault_is_found(changes: dict[str, object], words: str) -> None:
    found = problems(broken("1.mou_signed", **changes), MEASURES)
    assert any(words in problem for problem in found), found


def test_a_stage_is_read_from_its_file_alone() -> None:
    data = tomllib.loads((HERE / "stage_3.toml").read_text(encoding="utf-8"))
    assert parse(data) == catalogue().stage(3)


def test_what_would_open_a_gate_is_the_leaves_of_the_graph() -> None:
    leaves = [line.code for line in catalogue().leaves("1.criterion_partner")]
    assert leaves == ["1.ia_team_mobilised", "1.requirement_analysis", "1.as_is_analysis"]
