"""Workbooks of several sheets: what a person does not see is not read, what is seen is not lost."""

from typing import Any

import pytest

from nudm.core.errors import Refused
from tests.ulbs.sheets import book, lgd
from tests.world import World
from ulbs.actions.imports import look
from ulbs.importing.tables import Unreadable, sheets

HEADING = ["ULB code", "ULB name", "District", "PGR"]


def row(district: str, live: str = "Y") -> list[Any]:
    return [250001, "Alpha", district, live]


def test_a_hidden_sheet_is_left_out(world: World) -> None:
    data = book([HEADING, row("New", "N")], hidden={"old": [HEADING, row("Old")]})
    [line] = [line for line in look(data, state=world.kl, by=world.nodal).lines if line.values.get("code")]
    assert line.values["district"] == "New" and line.values["PGR"] is False


@pytest.mark.parametrize("heading", [HEADING, ["ULB cod", "ULB name", "Distrct", "PGR"]])
def test_two_sheets_with_the_headings_are_refused_by_their_names(world: World, heading: list[str]) -> None:
    data = book([["Kerala"]], [HEADING, row("A")], [heading, row("B")], [HEADING])
    with pytest.raises(Refused) as refused:
        look(data, state=world.kl, by=world.nodal)
    assert refused.value.code == "several"
    assert "have these headings: Sheet2, Sheet3. Put all rows into one sheet" in refused.value.message


def test_a_list_of_another_kind_beside_it_is_named_too(world: World) -> None:
    with pytest.raises(Refused, match="Sheet1, Sheet2"):
        look(book([HEADING, row("A")], lgd()), state=world.kl, by=world.nodal)


def test_more_sheets_than_are_read_are_refused() -> None:
    assert len(sheets(book(*[[["x"]]] * 20, hidden={"more": [["y"]]}))) == 20
    with pytest.raises(Unreadable) as error:
        sheets(book(*[[["x"]]] * 21))
    assert (error.value.word, error.value.told) == ("sheets", {"limit": 20})
