"""A whole export of the directory, the real one where NUDM_LGD_FILE names it, saved and damaged in many ways:
what can be read comes out row for row, all else is refused with its rows and columns."""

import csv
import io
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from bench.register import export
from tests.ulbs.sheets import book, text
from ulbs.actions.import_lgd import places
from ulbs.importing import lgd
from ulbs.importing.headings import find
from ulbs.importing.layouts import layouts
from ulbs.importing.lines import Plan
from ulbs.importing.tables import sheets
from ulbs.models import TYPE_LABELS

CODE, TYPE = "Local Body Code", "Localbody Type Code"
Rows = list[list[str]]


@pytest.fixture
def whole(db: Any) -> Rows:
    call_command("load_states", verbosity=0, stdout=StringIO())
    return list(csv.reader(io.StringIO(export().decode("utf-8-sig"))))


def read(data: bytes) -> Plan:
    plan = lgd.parse(find(sheets(data), layouts()), places(), TYPE_LABELS, None)
    lgd.compare(plan, {}, {})
    return plan


def told(plan: Plan) -> dict[Any, list[Any]]:
    return {line.key: [line.name, line.values] for line in plan.lines if line.result == "new"}


def faults(plan: Plan) -> dict[int, set[str]]:
    """The columns that are refused, by row of the file."""
    return {line.row: {fault[0] for fault in line.faults} for line in plan.lines if line.faults}


def with_cell(rows: Rows, n: int, column: int, value: str) -> Rows:
    return [
        [value if (k, c) == (n, column) else cell for c, cell in enumerate(row)] for k, row in enumerate(rows)
    ]


@pytest.mark.once
def test_a_whole_export_comes_out_row_for_row_however_it_was_saved(whole: Rows) -> None:
    heading, *body = whole
    right = told(read(text(whole)))
    assert len(right) == len(body) == 4814
    census = heading.index("Census 2011 Code")
    unpadded = [[cell.lstrip("0") if c == census else cell for c, cell in enumerate(row)] for row in body]
    grouped = [
        [f"'{row[1][:3]},{row[1][3:]}" if c == 1 else cell for c, cell in enumerate(row)] for row in body
    ]
    saved = {
        "semicolons": text(whole, delimiter=";"),
        "tabs, utf-16": text(whole, delimiter="\t", encoding="utf-16"),
        "headings broken and misspelt": text(
            [[name.replace(" ", "\n").replace("Version", "Verson") for name in heading], *body]
        ),
        "titles above, a total below": text(
            [["Local Government Directory"], [], *whole, ["", "Total", "4814"]]
        ),
        "codes written as numbers": text([heading, *grouped]),
        "lost zeros, in a workbook": book([heading, *unpadded]),
    }
    for how, data in saved.items():
        plan = read(data)
        assert faults(plan) == {}, how
        assert told(plan) == right, how


@pytest.mark.once
def test_a_damaged_export_is_refused_with_every_row_and_column(whole: Rows) -> None:
    heading, *body = whole
    code, kind = heading.index(CODE), heading.index(TYPE)
    last = len(whole)
    swapped = [[row[{code: kind, kind: code}.get(c, c)] for c in range(len(row))] for row in body]
    damaged = {
        "cut off": (text(whole)[: -len(text(whole[-1:])) + 8], {last}, None),
        "a row twice": (text([*whole, whole[7]]), set(), None),
        "a code twice": (text([*whole, [*whole[7][:3], "Elsewhere", *whole[7][4:]]]), {last + 1}, CODE),
        "columns changed places": (text([heading, *swapped]), set(range(2, last + 1)), CODE),
        "a formula": (text(with_cell(whole, 99, code, "=B2+1")), {100}, CODE),
        "a type that there is not": (text(with_cell(whole, 4000, kind, "99")), {4001}, TYPE),
    }
    for how, (data, rows, column) in damaged.items():
        found = faults(read(data))
        assert set(found) == rows, how
        assert column is None or all(column in columns for columns in found.values()), (how, found)
