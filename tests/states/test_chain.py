"""The chain of the audit log, without a database."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from states.chain import START, Broken, Row, digest_of, unbroken

AT = datetime(2026, 11, 24, 8, 30, 0, 5, tzinfo=UTC)


def line(previous: str, number: int, **changes: Any) -> dict[str, Any]:
    content = {
        "number": number,
        "at": AT + timedelta(minutes=number),
        "actor_id": 3,
        "post_id": 4,
        "state_id": 32,
        "verb": "item.remark",
        "target": "item",
        "target_id": "12",
        "data": {"code": "2.processes_standardised", "of": ["b", "a"]},
    } | changes
    return content | {"digest": digest_of(previous, content)}


def lines(count: int) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for number in range(1, count + 1):
        made.append(line(made[-1]["digest"] if made else START, number))
    return made


def fault(rows: list[Row], *, archived: bool = False) -> tuple[str, int] | None:
    try:
        list(unbroken(rows, archived=archived))
    except Broken as error:
        return error.fault, error.number
    return None


def test_the_digest_is_the_one_that_was_printed_on_paper() -> None:
    """It never changes: what is on paper is compared with what the log gives next year."""
    digest = "ce3785eafe7ac6fa13fcb94e59eab3ceeb0a62cff4c959d8feeb484ced5916a8"
    assert line(START, 1)["digest"] == digest


def test_the_digest_does_not_depend_on_the_order_of_names_or_on_the_time_zone() -> None:
    one = line(START, 1)
    ist = timezone(timedelta(hours=5, minutes=30))
    same = line(START, 1, at=one["at"].astimezone(ist), data=dict(reversed(one["data"].items())))
    assert same["digest"] == one["digest"]


@pytest.mark.parametrize(
    "change",
    [
        {"at": AT},
        {"actor_id": None},
        {"post_id": 5},
        {"state_id": 27},
        {"verb": "item.accept"},
        {"target": "ulb"},
        {"target_id": "13"},
        {"data": {"of": ["a", "b"]}},
        {"number": 2},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_digest_covers_everything(change: dict[str, Any]) -> None:
    assert line(START, **{"number": 1} | change)["digest"] != line(START, 1)["digest"]
    assert line("1" * 64, 1)["digest"] != line(START, 1)["digest"]


def test_an_unbroken_chain_is_given_whole() -> None:
    assert list(unbroken(lines(5))) == lines(5)
    assert list(unbroken([])) == []


@pytest.mark.parametrize("place", range(5))
def test_a_changed_line_is_told(place: int) -> None:
    rows = lines(5)
    rows[place] |= {"verb": "item.accept"}
    assert fault(rows) == ("changed", place + 1)


@pytest.mark.parametrize("place", range(4))
def test_a_missing_line_is_told(place: int) -> None:
    rows = lines(5)
    del rows[place]
    assert fault(rows) == ("missing", place + 1)


@pytest.mark.parametrize("before", [True, False])
def test_of_two_lines_with_one_number_the_one_that_does_not_follow_was_inserted(before: bool) -> None:
    rows = lines(5)
    forged = line("f" * 64, 3, verb="item.accept")
    rows.insert(2 if before else 3, forged)
    with pytest.raises(Broken) as told:
        list(unbroken(rows))
    assert (told.value.fault, told.value.row) == ("inserted", forged)


def test_a_line_without_a_number_was_inserted() -> None:
    assert fault([line(START, 0), *lines(3)]) == ("inserted", 0)


def test_a_chain_whose_oldest_lines_are_archived_begins_with_the_first_that_is_left() -> None:
    assert fault(lines(5)[2:], archived=True) is None
    assert fault(lines(5)[2:]) == ("missing", 1)
    rows = lines(5)[2:]
    rows[1] |= {"verb": "item.accept"}
    assert fault(rows, archived=True) == ("changed", 4)
