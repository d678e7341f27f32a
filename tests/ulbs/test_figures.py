"""Monthly figures: whose they are, when they freeze, what Stage 4 reads of them."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.http import Http404

from nudm.core.dates import show, today
from nudm.core.errors import NotAllowed, Refused
from nudm.core.ratio import Ratio
from states.models import State
from tests.world import World
from ulbs import tally
from ulbs.actions.figures import BASELINE, Given, save_figures
from ulbs.catalogue import metrics
from ulbs.forms.town import months
from ulbs.importing.tables import sheets
from ulbs.models import Figure, HelpDesk, Ulb
from ulbs.national import records
from ulbs.rules.common import status_of
from ulbs.rules.counting import Limits, measures_of

MONTH = months()[1]


def give(world: World, by: Any, metric: str = "transactions", value: int | None = 5, **more: Any) -> int:
    more = {"ulb": world.ulb.pk, "month": MONTH} | more
    number = None if value is None else Decimal(value)
    return save_figures(world.kl, [Given(metric, number, **more)], by=by)


def baseline(world: World, by: Any, value: int = 7) -> int:
    rows = [Given(code, Decimal(value), world.ulb.pk, "baseline") for code in BASELINE]
    return save_figures(world.kl, rows, by=by)


def test_a_town_gives_its_own_figures_and_the_state_all(world: World) -> None:
    world.live(world.ulb)
    assert give(world, world.town) == 1
    assert give(world, world.nodal) == 0
    assert give(world, world.nodal, value=6) == 1
    assert Ulb.objects.get(pk=world.ulb.pk).months_reported == 1
    assert give(world, world.nodal, value=None) == 1
    assert Ulb.objects.get(pk=world.ulb.pk).months_reported == 0
    for by, more in ((world.town, {"ulb": None}), (world.agency, {}), (world.town, {"purpose": "target"})):
        with pytest.raises((NotAllowed, Http404)):
            give(world, by, **{"month": None if "purpose" in more else MONTH, **more})


def test_wrong_figures_are_refused_whole_each_with_its_place(world: World) -> None:
    later = date(today().year + 1, 1, 1)
    rows = [
        Given("transactions", Decimal(5), world.ulb.pk, "actual", MONTH),
        Given("guesses", Decimal(5), world.ulb.pk, "actual", MONTH),
        Given("citizens", Decimal(-5), world.ulb.pk, "actual", MONTH),
        Given("citizens", Decimal(5), world.ulb.pk, "actual", later),
        Given("citizens", Decimal(5), world.far_ulb.pk, "actual", MONTH),
        Given("citizens", Decimal(5), world.ulb.pk, "target", None),
    ]
    with pytest.raises(Refused) as refused:
        save_figures(world.kl, rows, by=world.nodal)
    assert set(refused.value.fields) == {"1.metric", "2.value", "3.month", "4.ulb", "5.ulb"}
    assert not Figure.objects.exists()


def test_a_baseline_is_frozen_at_go_live(world: World) -> None:
    baseline(world, world.town)
    assert Ulb.objects.get(pk=world.ulb.pk).baseline_given
    world.live(world.ulb)
    assert baseline(world, world.nodal) == 0
    with pytest.raises(Refused, match="cannot be taken"):
        baseline(world, world.nodal, value=8)


def test_a_missing_baseline_may_be_given_after_go_live_once_and_the_page_says_so(world: World) -> None:
    missing = BASELINE[1:]
    save_figures(world.kl, [Given(BASELINE[0], Decimal(3), world.ulb.pk, "baseline")], by=world.nodal)
    world.live(world.ulb, on=world.start)
    client, page = world.client(world.nodal), "/ulbs/KL/250001/town/"
    shown = client.get(page)
    assert [metric.code for metric in shown.context["baseline_open"]] == list(missing)
    assert f'name="b-{BASELINE[0]}"' not in shown.content.decode()
    form = {"part": "baseline", "seen": shown.context["baseline_seen"], **{f"b-{m}": "9" for m in missing}}
    assert client.post(page, form).status_code == 302
    assert Ulb.objects.get(pk=world.ulb.pk).baseline_given
    shown = client.get(page)
    assert "Save the baseline" not in shown.content.decode() and not shown.context["baseline_open"]
    assert f"given after go-live, {show(today())}" in shown.content.decode()
    assert client.post(page, {"part": "baseline", "b-pendency": "10"}).status_code == 422
    give(world, world.nodal)
    for counted_ in (tally.tallies([world.kl.pk]), tally.tallies_on([world.kl.pk], today())):
        assert counted_[world.kl.pk]["metrics.tracked"] == Ratio(1, 1)


def counted(values: dict[str, float]) -> dict[str, Ratio]:
    return measures_of([], values, Limits(), date(2026, 11, 1))


@pytest.mark.parametrize(
    ("values", "measure", "ratio"),
    [
        ({}, "adoption.tracked", Ratio(0, 0)),
        ({}, "adoption.reached", Ratio(0, 0)),
        ({}, "help_desk.effective", Ratio(0, 3)),
        ({"target:citizens": 10, "actual:citizens:2026-10-01:1": 10}, "adoption.reached", Ratio(1, 1)),
        ({"target:citizens": 10, "actual:citizens:2026-10-01:1": 9}, "adoption.reached", Ratio(0, 1)),
        (
            {
                "target:citizens": 10,
                "actual:citizens:2026-09-01:1": 99,
                "actual:citizens:2026-10-01:1": 9,
            },
            "adoption.reached",
            Ratio(0, 1),
        ),
        (
            {
                "target:transactions_digital": 60,
                "actual:transactions_digital:2026-10-01:1": 6,
                "actual:transactions:2026-10-01:1": 10,
            },
            "adoption.reached",
            Ratio(1, 1),
        ),
        (
            {
                "target:transactions_digital": 60,
                "actual:transactions_digital:2026-10-01:1": 0,
                "actual:transactions:2026-10-01:1": 0,
            },
            "adoption.reached",
            Ratio(0, 1),
        ),
        ({"target:pendency": 5, "actual:pendency:2026-10-01:1": 4}, "adoption.reached", Ratio(1, 1)),
        (
            {"target:citizens": 1, **{f"actual:citizens:2026-{n:02d}-01:1": 1 for n in (7, 8, 10)}},
            "adoption.tracked",
            Ratio(1, 1),
        ),
    ],
)
def test_what_stage_four_reads_at_the_edges(values: dict[str, float], measure: str, ratio: Ratio) -> None:
    assert counted(values)[measure] == ratio


@pytest.mark.by_hand
def test_a_help_desk_shows_itself_in_the_measures(world: World) -> None:
    HelpDesk.objects.create(state=world.kl, number="1800", hours="9-18", since=world.start)
    for month in months()[1:4]:
        give(world, world.nodal, "tickets", 10, ulb=None, month=month)
        give(world, world.nodal, "tickets_in_time", 9, ulb=None, month=month)
    assert tally.tallies([world.kl.pk])[world.kl.pk]["help_desk.effective"] == Ratio(3, 3)


def test_the_pages_take_figures_targets_and_pasted_rows(world: World) -> None:
    client = world.client(world.nodal)
    world.live(world.ulb)
    month = f"{MONTH:%Y-%m}"
    assert "Alpha" in client.get(f"/ulbs/KL/figures/?month={month}").content.decode()
    client.post("/ulbs/KL/figures/", {"part": "targets", "t-citizens": "10"})
    client.post("/ulbs/KL/figures/", {"part": "month", "month": month, "tickets": "4"})
    rows = f"LGD code,figure,month,value\n250001,citizens,{month},12\n250001,transactions,{month},40"
    assert client.post("/ulbs/KL/figures/", {"part": "paste", "paste": rows}).status_code == 302
    bad = client.post("/ulbs/KL/figures/", {"part": "paste", "paste": rows + "\n250101,citizens,2026-13,x"})
    assert bad.status_code == 422 and "Row 4" in bad.content.decode()
    assert Figure.objects.count() == 4
    assert "Every live ULB has reported" in client.get(f"/ulbs/KL/figures/?month={month}").content.decode()
    town = world.client(world.town)
    form = {"part": "month", "month": month, "citizens": "13"}
    assert town.post("/ulbs/KL/250001/figures/", form).status_code == 302
    assert Figure.objects.get(metric="citizens", purpose="actual").value == 13
    assert town.get("/ulbs/KL/figures/").status_code == 404


def test_a_months_sheet_is_downloaded_filled_in_and_read_back_whole(world: World) -> None:
    client, month = world.client(world.nodal), f"{MONTH:%Y-%m}"
    world.live(world.ulb)
    given = client.get("/ulbs/KL/figures/", {"month": month, "format": "xlsx"})
    [title, heading, _own, row] = sheets(b"".join(given.streaming_content))[0].rows
    assert f"{MONTH:%m-%Y}" in title[0] and row[:2] == ["250001", "Alpha"]
    row[heading.index("Citizens registered")] = "1,200"

    def send(*rows: list[str]) -> Any:
        text = "\n".join(";".join(cells) for cells in (title, heading, *rows))
        form = {"part": "paste", "month": month, "file": ContentFile(text.encode(), "october.csv")}
        return client.post("/ulbs/KL/figures/", form)

    assert send(row, ["", "Beta", month, "5"]).status_code == 422
    refused = send(row, ["250101", "Neighbour", month, "5"])
    assert refused.status_code == 422 and "Row 4: “250101”" in refused.content.decode()
    assert not Figure.objects.exists()
    assert send(row, ["Total", "", "", "5"]).status_code == 302
    [figure] = Figure.objects.all()
    assert (figure.metric, figure.month, figure.value, figure.source) == ("citizens", MONTH, 1200, "imported")


def test_the_api_writes_all_or_none(world: World) -> None:
    client = world.client(world.nodal)
    month = f"{MONTH:%Y-%m}"
    rows = [{"ulb": 250001, "metric": "citizens", "month": month, "value": "5"}]
    sent = client.post("/api/v1/figures/", {"state": "KL", "figures": rows}, content_type="application/json")
    assert (sent.status_code, sent.json()) == (200, {"saved": 1})
    rows.append({"ulb": 250101, "metric": "citizens", "month": month, "value": "5"})
    sent = client.post("/api/v1/figures/", {"state": "KL", "figures": rows}, content_type="application/json")
    assert sent.status_code == 422 and "1.ulb" in sent.json()["fields"]
    assert client.get("/api/v1/figures/", {"state": "KL"}).json()["count"] == 1
    assert client.get("/api/v1/figures/", {"colour": "red"}).status_code == 400
    assert world.client(world.neighbour).get("/api/v1/figures/").json()["count"] == 0


@pytest.mark.parametrize(
    ("live", "begun", "status"), [(0, 0, "OnBoarded"), (0, 3, "UnderImplementation"), (1, 3, "Live")]
)
def test_the_national_dashboards_three_statuses(live: int, begun: int, status: str) -> None:
    assert status_of(live=live, begun=begun) == status


def test_the_national_record_counts_live_ulbs_by_module(world: World) -> None:
    world.live(world.ulb)
    world.live(world.ulb, "BND")
    give(world, world.nodal, "citizens", 40)
    give(world, world.nodal, "applications", 10)
    give(world, world.nodal, "applications_in_sla", 9)
    answer = world.client(world.reviewer).get("/api/v1/national/common/").json()
    kerala = next(row for row in answer["Data"] if row["state"] == "Kerala")
    told = kerala["metrics"]
    assert (kerala["module"], kerala["date"]) == ("COMMON", today().strftime("%d-%m-%Y"))
    assert (told["status"], told["totalUlbCount"], told["totalLiveUlbsCount"]) == ("Live", 1, 1)
    buckets = {b["name"]: b["value"] for b in told["liveUlbsCount"][0]["buckets"]}
    assert buckets == {"PGR": 1, "BIRTH": 1, "DEATH": 1}
    assert (told["totalCitizensCount"], told["slaAchievement"]) == (40, 90.0)
    own = world.client(world.nodal).get("/api/v1/national/common/").json()
    assert [row["state"] for row in own["Data"]] == ["Kerala"]
    tomorrow = (today() + timedelta(days=1)).strftime("%d-%m-%Y")
    for query in ({"date": tomorrow}, {"date": "1-1-26"}, {"batch": "0"}, {"x": "1"}):
        assert world.client(world.nodal).get("/api/v1/national/common/", query).status_code == 400


def test_the_national_record_is_counted_on_the_day_that_it_is_dated(world: World) -> None:
    """Whoever fills a missed day in sends that day's counts, not today's."""
    client, url = world.client(world.nodal), "/api/v1/national/common/"
    world.live(world.ulb)
    now, then = show(today()), show(today() - timedelta(days=30))
    for query, live in (({"date": then}, 0), ({"as_on": then}, 0), ({"date": now}, 1), ({"as_on": now}, 1)):
        [row] = client.get(url, query).json()["Data"]
        assert (row["date"], row["metrics"]["totalLiveUlbsCount"]) == (query.popitem()[1], live)
    assert client.get(url, {"date": then, "as_on": then}).status_code == 200
    for query in ({"date": then, "as_on": now}, {"date": now, "as_on": then}, {"date": "01-01-0206"}):
        answer = client.get(url, query)
        assert answer.status_code == 400 and answer.json()["fields"].keys() == {"date"}, query


def test_a_state_without_ulbs_has_a_record(db: Any) -> None:
    state = State.objects.create(lgd_code=31, iso="LD", name="Lakshadweep", kind="ut", column=0, row=0)
    [row] = records([state], today())
    assert row["metrics"]["status"] == "OnBoarded" and row["metrics"]["totalUlbCount"] == 0


def test_every_metric_is_named_in_both_languages() -> None:
    for metric in metrics().values():
        assert metric.en and metric.hi and metric.level in {"state", "ulb"}
        assert metric.of is None or metric.of in metrics()


@pytest.mark.parametrize("month", ["2019-01", "13-2026", "x", "01-01-2099"])
def test_figures_sent_for_a_month_that_is_not_asked_for_are_saved_for_none(world: World, month: str) -> None:
    answer = world.client(world.nodal).post("/ulbs/KL/250001/figures/", {"month": month, "tickets": "5"})
    assert answer.status_code == 422 and "Choose one of these" in answer.content.decode()
    assert not Figure.objects.exists()
