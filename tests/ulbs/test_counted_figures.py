"""Figures of the ULBs that count, from their go-live on; what looks impossible is asked first."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from nudm.core.dates import today
from nudm.core.errors import Refused
from phases.progress import progress_of
from reports.documents.facts import facts_of
from tests.world import World
from ulbs.actions import register
from ulbs.actions.figures import Given, save_figures
from ulbs.forms.town import months
from ulbs.models import Figure, Ulb
from ulbs.national import records
from ulbs.past import sums_on

MONTH, BEFORE = months()[1], months()[2]


def give(world: World, ulb: Ulb | None, metric: str, value: int, month: Any = MONTH, **how: Any) -> int:
    given = [Given(metric, Decimal(value), ulb.pk if ulb else None, "actual", month)]
    return save_figures(world.kl, given, by=world.nodal, **how)


def told(world: World) -> dict[str, int]:
    """How many citizens each place says that the State/UT has, now and for today as a past day."""
    now, then = (records([world.kl], today(), as_on=day)[0] for day in (None, today()))
    client = world.client(world.nodal)
    page = client.get(reverse("ulbs:figures", args=["KL"])).context["table"]
    line = next((row for row in page if row["metric"].code == "citizens"), None)
    cell = line["cells"][-2] if line else None
    report = facts_of(world.kl, today()).figure("citizens", MONTH)
    kept = sums_on(world.kl, today())[0].get("citizens", {}).get(f"{MONTH}")
    return {
        "record": now["metrics"]["totalCitizensCount"],
        "record of the day": then["metrics"]["totalCitizensCount"],
        "page": cell.value if cell else 0,
        "report": int(report.value) if report else 0,
        "page of the day": int(kept.value) if kept else 0,
    }


def test_every_place_counts_the_figures_of_the_same_ulbs(world: World) -> None:
    other, silent = world.towns(2)
    for ulb in (world.ulb, other):
        world.live(ulb, on=MONTH)
        give(world, ulb, "citizens", 100)
    give(world, silent, "citizens", 999_999)
    give(world, world.ulb, "citizens", 7_000, BEFORE)
    assert set(told(world).values()) == {200}
    world.live(silent, on=MONTH)
    assert set(told(world).values()) == {1_000_199}
    silent = Ulb.objects.select_related("state").get(pk=silent.pk)
    register.succeed([silent], [other], on=today(), reason="G.O.", by=world.nodal)
    assert set(told(world).values()) == {200}
    assert Figure.objects.count() == 4


def test_a_month_before_go_live_is_kept_shown_and_tracks_nothing(world: World) -> None:
    world.live(world.ulb, on=MONTH + timedelta(days=4))
    give(world, world.ulb, "citizens", 7, BEFORE)
    assert Ulb.objects.get(pk=world.ulb.pk).months_reported == 0
    page = world.client(world.town).get(reverse("ulbs:town_figures", args=["KL", world.ulb.lgd_code]))
    assert page.context["uncounted"] == [BEFORE]
    assert "not counted" in page.content.decode()
    rows = world.client(world.nodal).get(reverse("api_figures")).json()["results"]
    assert [row["counted"] for row in rows] == [False]
    give(world, world.ulb, "citizens", 7)
    assert Ulb.objects.get(pk=world.ulb.pk).months_reported == 1
    ratio = progress_of([world.kl])[world.kl.pk].tallies["metrics.tracked"]
    assert ratio == progress_of([world.kl], as_on=today())[world.kl.pk].tallies["metrics.tracked"]


@pytest.mark.parametrize(
    ("metric", "value", "most"),
    [("citizens", 30_001, 30_000), ("transactions", 30_001, 30_000), ("employees", 10_001, 10_000)],
)
def test_an_impossible_figure_is_asked_and_saved_with_a_reason(
    world: World, metric: str, value: int, most: int
) -> None:
    register.edit_details(world.ulb, {"population": 10_000}, version=0, by=world.nodal)
    give(world, world.ulb, metric, most)
    with pytest.raises(Refused) as refused:
        give(world, world.ulb, metric, value)
    assert refused.value.code == "doubtful"
    give(world, world.ulb, metric, value, sure="Pilgrims register too")
    assert Figure.objects.get(metric=metric).sure == "Pilgrims register too"
    give(world, world.ulb, metric, value)


def test_a_month_has_no_more_days_than_the_calendar(world: World) -> None:
    with pytest.raises(Refused, match="impossible"):
        give(world, None, "push_days_due", 32)


def test_the_pages_and_the_api_ask_and_take_a_reason(world: World) -> None:
    register.edit_details(world.ulb, {"population": 10}, version=0, by=world.nodal)
    world.live(world.ulb)
    client, month = world.client(world.nodal), f"{MONTH:%Y-%m}"
    url = reverse("ulbs:town_figures", args=["KL", world.ulb.lgd_code])
    form = {"part": "month", "month": month, "citizens": "999"}
    asked = client.post(url, form)
    assert asked.status_code == 422
    assert 'name="sure"' in asked.content.decode()
    assert client.post(url, form | {"sure": "Yes"}).status_code == 302
    state = reverse("ulbs:figures", args=["KL"])
    rows = f"250001,citizens,{month},998"
    asked = client.post(state, {"part": "paste", "month": month, "paste": rows})
    assert asked.status_code == 422
    assert 'name="sure"' in asked.content.decode()
    pasted = {"part": "paste", "month": month, "paste": rows, "sure": "Yes"}
    assert client.post(state, pasted).status_code == 302
    figure = {"ulb": 250001, "metric": "citizens", "month": month, "value": "997"}
    body: dict[str, Any] = {"state": "KL", "figures": [figure]}
    api = reverse("api_figures")
    asked = client.post(api, body, content_type="application/json")
    assert (asked.status_code, asked.json()["code"]) == (422, "doubtful")
    assert client.post(api, body | {"sure": "Yes"}, content_type="application/json").json() == {"saved": 1}
