"""A downloaded sheet of figures that is read back: what a person changed is written, and nothing else."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.base import ContentFile

from nudm.core.tables import MEMORY
from tests.sheets import body
from tests.ulbs.sheets import book
from tests.world import World
from ulbs.actions.figures import BASELINE, Given, save_figures
from ulbs.catalogue import metrics
from ulbs.forms.town import months
from ulbs.importing.tables import remembered
from ulbs.models import Figure

MONTH = months()[1]
PAGE = "/ulbs/KL/figures/"
Rows = list[list[str]]


def download(client: Any, holds: str = "") -> tuple[Rows, Rows]:
    """The rows of a sheet and its memory."""
    asked = {"month": f"{MONTH:%Y-%m}", "format": "xlsx", "holds": holds}
    found, memory = remembered(body(client.get(PAGE, asked)))
    assert len(found) == 1 and memory is not None
    return found[0].rows, memory.rows


def read_back(client: Any, *sheets: Sequence[Sequence[str]], memory: Rows | None = None, **ticks: str) -> Any:
    data = book(*sheets, hidden={MEMORY: memory} if memory else {})
    return client.post(
        PAGE, {"part": "paste", "month": f"{MONTH:%Y-%m}", "file": ContentFile(data, "f.xlsx"), **ticks}
    )


def test_what_was_saved_since_is_written_over_when_it_is_ticked(world: World) -> None:
    client = world.client(world.nodal)
    give(world, tickets=999)
    rows, memory = download(client)
    give(world, tickets=1200)
    write(rows, 2, metrics()["tickets"].en, "1000")
    assert read_back(client, rows, memory=memory).status_code == 422
    assert read_back(client, rows, memory=memory, over="1").status_code == 302
    assert stored() == {(None, "tickets"): 1000}


def said(answer: Any) -> list[str]:
    """What the page that follows says."""
    return [str(message) for message in get_messages(answer.wsgi_request)][-1:]


def write(rows: Rows, n: int, heading: str, text: str) -> None:
    place = next(row.index(heading) for row in rows[:3] if heading in row)
    rows[n] += [""] * (place + 1 - len(rows[n]))
    rows[n][place] = text


def give(world: World, **values: int) -> None:
    save_figures(
        world.kl, [Given(name, Decimal(n), month=MONTH) for name, n in values.items()], by=world.nodal
    )


def stored() -> dict[tuple[int | None, str], int]:
    return {(f.ulb and f.ulb.lgd_code, f.metric): int(f.value) for f in Figure.objects.select_related("ulb")}


def test_a_sheet_that_nobody_changed_takes_nothing_back(world: World) -> None:
    client = world.client(world.nodal)
    give(world, tickets=999)
    rows, memory = download(client)
    give(world, tickets=1200, citizens=50)
    answer = read_back(client, rows, memory=memory)
    assert answer.status_code == 302 and stored() == {(None, "tickets"): 1200, (None, "citizens"): 50}
    assert said(answer) == ["No figure changed."]


def test_what_a_person_changed_is_written_beside_what_others_saved(world: World) -> None:
    client = world.client(world.nodal)
    world.live(world.ulb)
    give(world, tickets=999)
    rows, memory = download(client)
    give(world, tickets=1200)
    write(rows, 2, metrics()["citizens"].en, "70")
    write(rows, 3, metrics()["citizens"].en, "12")
    answer = read_back(client, rows, memory=memory)
    assert answer.status_code == 302 and said(answer) == ["2 figures changed."]
    assert stored() == {(None, "tickets"): 1200, (None, "citizens"): 70, (250001, "citizens"): 12}


def test_what_was_saved_since_is_not_written_over(world: World) -> None:
    client = world.client(world.nodal)
    give(world, tickets=999)
    rows, memory = download(client)
    give(world, tickets=1200, transactions=40)
    write(rows, 2, metrics()["tickets"].en, "1000")
    write(rows, 2, metrics()["transactions"].en, "30")
    write(rows, 2, metrics()["citizens"].en, "70")
    answer = read_back(client, rows, memory=memory)
    fix = (
        "was saved since. Download the sheet again and correct it there, or tick that it is written all the "
        "same."
    )
    assert answer.status_code == 422 and sorted(answer.context["paste_errors"]) == [
        "Row 3: Help desk tickets: the sheet held 999 when it was downloaded, you wrote 1000, and 1200 "
        + fix,
        "Row 3: Transactions: the sheet held nothing when it was downloaded, you wrote 30, and 40 " + fix,
    ]
    assert stored() == {(None, "tickets"): 1200, (None, "transactions"): 40}
    assert 'name="over"' in answer.content.decode()
    write(rows, 2, metrics()["tickets"].en, "1200.00")
    write(rows, 2, metrics()["transactions"].en, "40")
    assert said(read_back(client, rows, memory=memory)) == ["1 figure changed."]


@pytest.mark.parametrize("holds", ["baseline", "target"])
def test_baselines_and_targets_remember_too(world: World, holds: str) -> None:
    client = world.client(world.nodal)
    ulb = world.ulb.pk if holds == "baseline" else None
    name = BASELINE[0] if ulb else "citizens"

    def save(n: int) -> None:
        save_figures(world.kl, [Given(name, Decimal(n), ulb, holds)], by=world.nodal)

    save(10)
    rows, memory = download(client, holds)
    save(11)
    assert read_back(client, rows, memory=memory).status_code == 302
    assert set(stored().values()) == {11}
    rows = [[cell if cell != "10" else "12" for cell in row] for row in rows]
    assert read_back(client, rows, memory=memory).status_code == 422
    assert set(stored().values()) == {11}


def test_rows_in_another_order_and_of_another_month_are_known_by_what_they_are(world: World) -> None:
    client = world.client(world.nodal)
    [beta] = world.towns(1)
    for ulb in (world.ulb, beta):
        world.live(ulb)
    given = [Given("citizens", Decimal(n), pk, month=MONTH) for n, pk in ((5, world.ulb.pk), (6, beta.pk))]
    save_figures(world.kl, given, by=world.nodal)
    rows, memory = download(client)
    turned = [*rows[:2], *reversed(rows[2:])]
    assert said(read_back(client, turned, memory=memory)) == ["No figure changed."]
    other = [*rows[:2], *([*row[:2], f"{months()[2]:%m-%Y}", *row[3:]] for row in rows[2:])]
    assert said(read_back(client, other, memory=memory)) == ["2 figures changed."]


def test_a_sheet_without_a_memory_gives_every_figure(world: World) -> None:
    client = world.client(world.nodal)
    give(world, tickets=999)
    rows, _memory = download(client)
    give(world, tickets=1200)
    assert said(read_back(client, rows)) == ["1 figure changed."]
    assert stored() == {(None, "tickets"): 999}


@pytest.mark.parametrize(
    "wrong", [[["x"]], [["actual", "soon", "tickets"]], [["actual", "", "tickets"], ["KL", "", "?"]]]
)
def test_a_memory_that_was_changed_is_refused(world: World, wrong: Rows) -> None:
    client = world.client(world.nodal)
    rows, _memory = download(client)
    [words] = read_back(client, rows, memory=wrong).context["paste_errors"]
    assert words.startswith("The hidden sheet of the workbook") and "Download the sheet again" in words


def test_who_may_not_give_figures_may_not_read_an_unchanged_sheet_back(world: World) -> None:
    give(world, tickets=999)
    rows, memory = download(world.client(world.nodal))
    assert read_back(world.client(world.ministry), rows, memory=memory).status_code == 403


def test_all_sheets_with_headings_of_figures_are_read_and_hidden_ones_are_not(world: World) -> None:
    client = world.client(world.nodal)
    cover = [["Figures of Kerala", ""], ["by", "the PMU"]]
    one = [["LGD code", "Month", "Citizens registered"], ["KL", f"{MONTH:%m-%Y}", "5"]]
    two = [["LGD code", "Month", "Help desk tickets"], ["KL", f"{MONTH:%m-%Y}", "7"]]
    data = book(cover, one, two, hidden={"old": [two[0], ["KL", f"{MONTH:%m-%Y}", "1"]]})
    post = {"part": "paste", "month": f"{MONTH:%Y-%m}"}
    answer = client.post(PAGE, post | {"file": ContentFile(data, "f.xlsx")})
    assert said(answer) == ["2 figures changed."]
    assert stored() == {(None, "citizens"): 5, (None, "tickets"): 7}
    two[1][2] = "x"
    [words] = read_back(client, cover, one, two).context["paste_errors"]
    assert words.startswith("Sheet “Sheet3”, row 2: “x” for “Help desk tickets” is no number.")
    [words] = read_back(client, cover, cover).context["paste_errors"]
    assert words.startswith("No sheet of the workbook has headings of figures (Sheet1, Sheet2).")
    [words] = read_back(client, *[one] * 21).context["paste_errors"]
    assert words.startswith("The workbook has more than 20 sheets.")
