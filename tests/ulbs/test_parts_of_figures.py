"""A part is not more than its whole, and a figure belongs to its level: typed, in a sheet and by the API."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile

from nudm.core.errors import Refused
from tests.world import World
from ulbs.actions.figures import Given, save_figures
from ulbs.forms.town import months
from ulbs.models import Figure, Ulb

MONTH = months()[1]
WORDS = "“Digital transactions” (900) is more than “Transactions” (10), of which it is a part."


def give(world: World, *told: tuple[str, int | None], **more: Any) -> int:
    more = {"ulb": world.ulb.pk, "purpose": "actual", "month": MONTH} | more
    given = [Given(code, None if value is None else Decimal(value), **more) for code, value in told]
    return save_figures(world.kl, given, by=world.nodal)


def refused(world: World, *told: tuple[str, int | None], **more: Any) -> dict[str, list[str]]:
    with pytest.raises(Refused) as error:
        give(world, *told, **more)
    return error.value.fields


def test_a_part_is_not_more_than_its_whole_whichever_comes_first(world: World) -> None:
    both = (("transactions", 10), ("transactions_digital", 900))
    assert refused(world, *both) == {"1.value": [f"{WORDS} Correct one of the two."]}
    assert refused(world, *both, purpose="baseline", month=None).keys() == {"1.value"}
    assert give(world, ("transactions", 900)) == 1
    assert give(world, ("transactions_digital", 900)) == 1
    assert refused(world, ("transactions", 10)).keys() == {"0.value"}
    assert refused(world, ("transactions_digital", 901)).keys() == {"0.value"}
    assert refused(world, ("transactions", 899)).keys() == {"0.value"}
    assert give(world, ("transactions", 10), ("transactions_digital", 10)) == 2
    shares = (("transactions", 10), ("transactions_digital", 90))
    assert give(world, *shares, month=None, ulb=None, purpose="target") == 2


def test_a_part_is_not_reported_without_its_whole_nor_left_alone(world: World) -> None:
    alone = "“Digital transactions” is a part of “Transactions”: give both for the month, or neither."
    assert refused(world, ("transactions_digital", 9)) == {"0.value": [alone]}
    give(world, ("transactions", 10), ("transactions_digital", 9))
    assert refused(world, ("transactions", None)) == {"0.value": [alone]}
    assert give(world, ("transactions", None), ("transactions_digital", None)) == 2
    assert refused(world, ("tickets_in_time", 9), ulb=None).keys() == {"0.value"}
    # Of figures of ULBs the State/UT may give one total (decision 22).
    assert give(world, ("transactions_digital", 9), ulb=None) == 1


@pytest.mark.parametrize("value", ["1e30", "99999999999999", "1234567890123.5", "1.239", "0.001"])
def test_a_figure_that_its_column_cannot_hold_is_refused_on_every_way(world: World, value: str) -> None:
    assert refused(world, ("citizens", value)).keys() == {"0.value"}  # type: ignore[arg-type]
    client, month = world.client(world.nodal), f"{MONTH:%m-%Y}"
    paste = {"part": "paste", "month": f"{MONTH:%Y-%m}", "paste": f"250001,citizens,{month},{value}"}
    answer = client.post("/ulbs/KL/figures/", paste)
    # A power of ten is no number of an officer's, however large; citizens are counted whole.
    page = answer.content.decode()
    assert answer.status_code == 422 and "Row 1" in page and "Citizens registered" in page
    row = {"ulb": 250001, "metric": "citizens", "month": f"{MONTH:%Y-%m}", "value": value}
    told = client.post("/api/v1/figures/", {"state": "KL", "figures": [row]}, content_type="application/json")
    assert told.status_code == 400 and "figures.0.value" in told.json()["fields"]
    assert not Figure.objects.exists()


@pytest.mark.by_hand
def test_a_ulb_that_ended_has_no_figures_of_a_month_after_it(world: World) -> None:
    Ulb.objects.filter(pk=world.ulb.pk).update(ended="dropped", ended_on=MONTH - timedelta(days=1))
    assert refused(world, ("citizens", 5)).keys() == {"0.month"}
    assert give(world, ("citizens", 5), month=months()[2]) == 1


def test_a_figure_belongs_to_its_level(world: World) -> None:
    assert refused(world, ("tickets", 10)) == {
        "0.ulb": ["“Help desk tickets” is a figure of the State/UT. Leave the ULB out."]
    }
    baseline = {"ulb": None, "purpose": "baseline", "month": None}
    assert refused(world, ("transactions", 10), **baseline).keys() == {"0.ulb"}
    assert give(world, ("tickets", 10), ulb=None) == 1


def test_page_sheet_and_api_say_it_where_it_stands(world: World) -> None:
    client, month = world.client(world.nodal), f"{MONTH:%Y-%m}"
    world.live(world.ulb)
    form = {"part": "month", "month": month, "transactions": "10", "transactions_digital": "900"}
    answer = client.post("/ulbs/KL/250001/figures/", form)
    assert answer.status_code == 422 and list(answer.context["figures"].errors) == ["transactions_digital"]
    sheet = ContentFile(b"LGD code;Transactions;Digital transactions\n250001;10;900\n", "october.csv")
    answer = client.post("/ulbs/KL/figures/", {"part": "paste", "month": month, "file": sheet})
    assert answer.status_code == 422 and f"Row 2: Digital transactions: {WORDS}" in answer.content.decode()
    rows = f"250001,transactions,{month},10\n250001,tickets,{month},4"
    answer = client.post("/ulbs/KL/figures/", {"part": "paste", "month": month, "paste": rows})
    assert answer.status_code == 422 and "Row 2: “Help desk tickets” is a figure" in answer.content.decode()
    figures = [{"ulb": 250001, "metric": "tickets", "month": month, "value": "10"}]
    sent = {"state": "KL", "figures": figures}
    answer = client.post("/api/v1/figures/", sent, content_type="application/json")
    assert answer.status_code == 422 and list(answer.json()["fields"]) == ["0.ulb"]
    assert not Figure.objects.exists()
