"""The State/UT's own total of a figure of ULBs: it stands in place of their sum, wherever it is read."""

from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.http import Http404

from nudm.core.dates import today
from nudm.core.errors import NotAllowed, Refused
from nudm.core.ratio import Ratio
from reports.documents import mpr
from reports.documents.facts import facts_of
from tests.world import World
from ulbs import tally
from ulbs.actions.figures import Given, save_figures
from ulbs.catalogue import metrics
from ulbs.forms.town import months
from ulbs.models import Figure, Ulb
from ulbs.national import records
from ulbs.rules.months import (
    Reported,
    Share,
    added_up,
    reported,
    share_of,
    share_that_counts,
    value_that_counts,
)

MONTH, BEFORE = months()[1], months()[2]


@pytest.mark.parametrize(
    ("told", "value", "tellers"),
    [
        (Reported(30, 3), 30, 3),
        (Reported(30, 3, 50), 50, None),
        (Reported(own=50), 50, None),
        (Reported(30, 3, 0), 0, None),
    ],
)
def test_the_states_own_total_stands_in_place_of_the_sum(
    told: Reported, value: int, tellers: int | None
) -> None:
    assert (told.value, told.tellers) == (value, tellers)


BOTH_OWN, PART_OWN, NONE_OWN = (6, 10), (6, None), (None, None)


@pytest.mark.parametrize(
    ("own", "ulbs", "share"),
    [
        (BOTH_OWN, (3, 4), Share(6, 10, None)),
        (BOTH_OWN, (None, None), Share(6, 10, None)),
        (PART_OWN, (3, 4), Share(3, 4, 2)),
        ((None, 10), (3, 4), Share(3, 4, 2)),
        (NONE_OWN, (3, 4), Share(3, 4, 2)),
        (PART_OWN, (None, 4), None),
        ((None, 10), (3, None), None),
        (PART_OWN, (None, None), None),
        ((0, 0), (3, 4), Share(0, 0, None)),
    ],
)
def test_a_share_needs_both_from_the_same_teller(own: Any, ulbs: Any, share: Share | None) -> None:
    part, whole = (
        Reported(sum_ or 0, 0 if sum_ is None else 2, own_) for own_, sum_ in zip(own, ulbs, strict=True)
    )
    assert share_of(part, whole) == share
    assert share_of(part, None) is share_of(None, whole) is None


OWN, FULL, PART = Reported(1, 1, 7), Reported(8, 40), Reported(9, 3)


@pytest.mark.parametrize(
    ("given", "live", "value"),
    [
        ([OWN, PART], 40, 7),
        ([PART, OWN], 40, 7),
        ([OWN, FULL], 40, 8),
        ([FULL, OWN], 40, 7),
        ([OWN, PART], 3, 9),
        ([OWN, FULL, PART], 0, 7),
        ([OWN, PART, PART, PART], 40, 9),
    ],
)
def test_its_month_counts_as_reported_by_all_live_ulbs(given: list[Reported], live: int, value: int) -> None:
    assert value_that_counts({f"2026-{n:02d}-01": told for n, told in enumerate(given, 1)}, live, 3) == value


def test_a_month_without_a_share_does_not_take_the_place_of_one_that_has_it() -> None:
    parts = {"2026-09-01": Reported(3, 2), "2026-10-01": Reported(own=9)}
    wholes = {"2026-09-01": Reported(4, 2)}
    assert share_that_counts(parts, wholes, 2, 3) == Share(3, 4, 2)
    assert share_that_counts({"2026-10-01": Reported(own=9)}, wholes, 2, 3) is None
    assert share_that_counts({}, {}, 2, 3) is None


def test_names_of_counts_say_who_told_in_either_order() -> None:
    names = {"actual:citizens:2026-10-01:0": 50.0, "actual:citizens:2026-10-01:3": 30.0}
    found = {"citizens": {"2026-10-01": Reported(30, 3, 50)}}
    assert reported(names) == reported(dict(reversed(names.items()))) == found
    rows = [(True, 50), (False, 10), (False, 10), (False, 10)]
    assert added_up(("citizens", date(2026, 10, 1), own, Decimal(n)) for own, n in rows) == found


def give(world: World, ulb: Ulb | None = None, month: date = MONTH, by: Any = None, **values: Any) -> int:
    given = [
        Given(metric, None if value is None else Decimal(value), ulb and ulb.pk, "actual", month)
        for metric, value in values.items()
    ]
    return save_figures(world.kl, given, by=by or world.nodal)


def test_only_the_states_office_gives_it_only_of_a_month_and_its_part_is_not_more(world: World) -> None:
    world.live(world.ulb, on=MONTH)
    for by in (world.town, world.agency):
        with pytest.raises((NotAllowed, Http404)):
            give(world, by=by, citizens=5)
    with pytest.raises(Refused) as refused:
        save_figures(world.kl, [Given("transactions", Decimal(5), purpose="baseline")], by=world.nodal)
    assert refused.value.fields == {
        "0.ulb": ["The baseline of “Transactions” is given for each ULB. Name the ULB."]
    }
    give(world, world.ulb, transactions=5)
    assert give(world, transactions=10, transactions_digital=10) == 2
    with pytest.raises(Refused):
        give(world, transactions_digital=11)
    assert give(world, transactions=None, transactions_digital=None) == 2
    assert Figure.objects.count() == 1 and Ulb.objects.get(pk=world.ulb.pk).months_reported == 1


def test_a_target_is_of_adoption_and_of_a_share_at_most_all(world: World) -> None:
    wrong = [Given("employees", Decimal(5), purpose="target")]
    wrong.append(Given("transactions_digital", Decimal(101), purpose="target"))
    with pytest.raises(Refused) as refused:
        save_figures(world.kl, wrong, by=world.nodal)
    assert refused.value.fields.keys() == {"0.metric", "1.value"}


@pytest.mark.by_hand
def test_every_reader_has_the_states_total_and_never_both_added(world: World) -> None:
    towns = [world.live(ulb) for ulb in world.towns(2)]
    targets = {"citizens": 100, "transactions_digital": 50}
    given = [Given(metric, Decimal(n), purpose="target") for metric, n in targets.items()]
    save_figures(world.kl, given, by=world.nodal)
    for town in towns:
        give(world, town, citizens=40, transactions=100, transactions_digital=60, applications=10)
        give(world, town, applications_in_sla=9)

    def reached() -> list[Ratio]:
        both = (tally.tallies([world.kl.pk]), tally.tallies_on([world.kl.pk], today()))
        return [counted[world.kl.pk]["adoption.reached"] for counted in both]

    def told() -> list[Any]:
        rows = [records([world.kl], today(), as_on=day)[0]["metrics"] for day in (None, today())]
        return [(row["totalCitizensCount"], row["slaAchievement"]) for row in rows]

    assert reached() == [Ratio(1, 2)] * 2 and told() == [(80, 90.0)] * 2
    give(world, citizens=120, applications_in_sla=1)
    # The State/UT told what was within the service level, but not of how many: the ULBs told both.
    assert reached() == [Ratio(2, 2)] * 2 and told() == [(120, 90.0)] * 2
    give(world, applications=2, transactions=100, transactions_digital=40)
    assert reached() == [Ratio(1, 2)] * 2 and told() == [(120, 50.0)] * 2
    give(world, citizens=99, transactions_digital=None)
    assert reached() == [Ratio(1, 2)] * 2 and told() == [(99, 50.0)] * 2


def test_the_page_tells_whose_total_stands_and_what_the_ulbs_reported(world: World) -> None:
    client, town = world.client(world.nodal), world.live(world.ulb)
    give(world, town, transactions=1000, transactions_digital=600, citizens=70)
    page = client.get("/ulbs/KL/figures/")
    assert "own total" not in page.content.decode() and not page.context["totals_given"]
    give(world, transactions=2500, employees=30, tickets=4)
    for asked in ("", f"?as_on={today():%d-%m-%Y}"):
        page = client.get(f"/ulbs/KL/figures/{asked}")
        cells = {row["metric"].code: row["cells"][-2] for row in page.context["table"]}
        assert (cells["transactions"].value, cells["transactions"].own) == (2500, True)
        assert (cells["transactions_digital"].value, cells["transactions_digital"].share) == (600, 60)
        assert not cells["tickets"].own and not cells["citizens"].own
        own = [(o.metric.code, o.month, o.total, o.by, o.of_ulbs) for o in page.context["own_totals"]]
        assert own == [("transactions", MONTH, 2500, 1, 1000), ("employees", MONTH, 30, 0, 0)]
        words = unescape(page.content.decode())
        assert "ULBs: 60%" in words and "2,500*" in words and "* The State/UT's own total" in words
    words = client.get("/ulbs/KL/figures/").content.decode()
    assert '<details class="more" open>' in words and "1 ULB reported: 1,000" in words
    town_page = client.get("/ulbs/KL/250001/figures/")
    assert [row["cells"][-2].value for row in town_page.context["table"]] == [1000, 600, 70]


def test_the_page_takes_totals_and_says_a_wrong_one_where_it_stands(world: World) -> None:
    client, month = world.client(world.nodal), f"{MONTH:%Y-%m}"
    form = {"part": "month", "month": month, "tickets": "4", "transactions": "10"}
    refused = client.post("/ulbs/KL/figures/", form | {"transactions_digital": "11"})
    assert refused.status_code == 422 and list(refused.context["figures"].errors) == ["transactions_digital"]
    assert '<details class="more" open>' in refused.content.decode()
    assert client.post("/ulbs/KL/figures/", form).status_code == 302
    assert {(f.metric, f.ulb_id, f.source) for f in Figure.objects.all()} == {
        ("tickets", None, "typed"),
        ("transactions", None, "typed"),
    }
    figures = [{"metric": "citizens", "month": month, "value": "5"}]
    sent = {"state": "KL", "figures": figures}
    assert client.post("/api/v1/figures/", sent, content_type="application/json").json() == {"saved": 1}
    [row] = client.get("/api/v1/figures/", {"metric": "citizens"}).json()["results"]
    assert (row["ulb"], row["value"], row["source"]) == (None, "5.00", "api")


def test_the_monthly_report_has_it_and_holds_it_against_no_sum(world: World) -> None:
    town = world.live(world.ulb, on=BEFORE)
    give(world, town, BEFORE, transactions=40, employees=9)
    give(world, town, transactions=55, transactions_digital=11)
    give(world, transactions=100, employees=20)
    known = facts_of(world.kl, today())
    [told] = [part for part in mpr.sections(known, known, MONTH, "en") if part["key"] == "figures"]
    rows = {row[0]: row[1:] for row in told["tables"][0]["rows"]}
    assert rows["Transactions"] == [100, None, 40, None]
    assert rows["Digital transactions"] == [11, "ULBs: 20%", None, None]
    assert told["text"] == [
        f"Transactions, {MONTH:%m-%Y}: the State/UT's own total; 1 ULB reported, 55 in all.",
        f"{metrics()['employees'].en}, {MONTH:%m-%Y}: the State/UT's own total; no ULB reported it.",
    ]
    give(world, None, BEFORE, transactions=60)
    known = facts_of(world.kl, today())
    [told] = [part for part in mpr.sections(known, known, MONTH, "en") if part["key"] == "figures"]
    assert told["tables"][0]["rows"][0][1:] == [100, None, 60, 40]
    before = f"Transactions, {BEFORE:%m-%Y}: the State/UT's own total; 1 ULB reported, 40 in all."
    assert told["text"][1] == before
