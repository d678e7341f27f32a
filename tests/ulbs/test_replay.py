"""A year of random acts on the towns: what every page, file and API says of any of its days equals what it
said on that day."""

import csv
import io
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.core.paginator import Page
from django.db.models import Model, QuerySet

from nudm.core.dates import show
from states.past import held
from tests.replay import differing, live_through, long_after
from tests.seeds import SEED
from tests.ulbs.acts import ACTS
from tests.world import World
from ulbs.models import Event, Ulb
from ulbs.registers import REGISTERS
from ulbs.views.picking import Picked

HERE = "/ulbs/KL/"
# What each page prepares of the towns; the rest is words, links and acts.
PAGES: dict[str, tuple[str, ...]] = {
    "batches/?approach=mix": ("counts", "mix", "fits", "off", "rows", "left_out", "more_left_out"),
    "batches/1/": ("row",),
    "batches/towns/": ("picked",),
    "batches/towns/?group=none&kind=unknown": ("picked",),
    "batches/towns/?group=b1": ("picked",),
    "batches/towns/?group=out": ("picked",),
    "batches/towns/?q=T": ("picked",),
    "registers/": ("rows", "late"),
    **{
        f"registers/{slug}/": ("rows", "columns", "feeds", "ages")
        for slug, r in REGISTERS.items()
        if not r.single
    },
    **{f"registers/{slug}/": ("facts", "needs") for slug, r in REGISTERS.items() if r.single},
    "figures/": ("table", "own_totals", "silent", "silent_count", "month"),
    "tenants/?show=open": ("counts", "rows"),
    "tenants/?show=decided": ("counts", "rows"),
    "250001/": ("ulb", "cells", "successions"),
    "250001/figures/": ("table",),
    "250001/town/": ("cards", "cells", "open"),
}
FILES = (HERE, f"{HERE}matrix/?scope=all")
OFFERED = {"tenants/?show=open": ["rows"], "tenants/?show=decided": ["rows"], "town/": ["cells"]}
LISTS = ("ulbs/?state=KL", "ulbs/250001/", "ulbs/250001/milestones/", "deployments/", "national/common/")
FIGURES = "figures/?state=KL&page_size=200"


def plain(value: Any) -> Any:
    """What was prepared, as it can be compared: rows as they are held, what is not there left out."""
    if isinstance(value, (list, tuple, QuerySet, Page)):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        told = {str(key): plain(one) for key, one in value.items()}
        return {key: one for key, one in told.items() if one not in (None, 0)}
    if isinstance(value, Picked):
        return [plain(value.page), value.groups]
    if is_dataclass(value) and not isinstance(value, type):
        return [plain(getattr(value, f.name)) for f in fields(value) if f.name != "form"]
    if isinstance(value, Model):
        return [type(value).__name__, str(value), held(value)]
    if isinstance(value, (int, Decimal)):
        return float(value)
    return value if value is None or isinstance(value, date) else str(value)


def asked(day: date | None, url: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}as_on={show(day)}" if day else url


def events_of(day: date | None) -> Iterator[str]:
    """The pages of the latest events of each kind."""
    for event in Event.objects.filter(state__iso="KL").order_by("-pk")[:3]:
        yield f"registers/{event.kind}/{event.pk}/"


def seen(world: World, day: date | None, entries: list[str], code: int = 250_001) -> dict[str, Any]:
    """What all pages, files and the API say, today or of a past day; `code` is the ULB that is looked at."""
    client = world.client(world.nodal)
    found: dict[str, Any] = {}
    gathered = ("towns", "more_towns", "points", "earlier", "findings", "mix", "files")
    pages = {url.replace("250001", str(code)): names for url, names in PAGES.items()}
    for url, names in [*pages.items(), *((entry, gathered) for entry in entries)]:
        answer = client.get(asked(day, f"{HERE}{url}"))
        assert answer.status_code in {200, 404}, (url, answer.status_code)
        told = answer.context or {}
        found[url] = {name: plain(told[name]) for name in names if name in told}
        # Beside each stand the choices or the form of an act, which the past has not.
        for name in OFFERED.get(url.removeprefix(f"{code}/"), ()):
            found[url][name] = [row[0] for row in found[url].get(name, ())]
        if "baseline" in told:
            found[url]["baseline"] = plain(told["baseline"].initial)
    for url in FILES:
        file = client.get(asked(day, f"{url}{'&' if '?' in url else '?'}format=csv"))
        content = b"".join(file.streaming_content) if file.streaming else file.content
        found[url + "csv"] = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[1:]
    for url in (*LISTS, FIGURES):
        answered = client.get(asked(day, f"/api/v1/{url.replace('250001', str(code))}")).json()
        found[url] = answered["results"] if isinstance(answered, dict) and "results" in answered else answered
    found[FIGURES] = sorted(found[FIGURES], key=str)
    for when in ("", "held"):
        found[f"calendar {when}"] = plain(
            client.get(asked(day, f"/ulbs/calendar/?when={when}")).context["page"]
        )
    return found


def lived(world: World, seed: int, days: list[int], at_once: int) -> dict[date, Any]:
    """What was seen at the end of each day, and which entries were looked at."""

    def see() -> tuple[list[str], dict[str, Any]]:
        entries = list(events_of(None))
        return entries, seen(world, None, entries)

    return live_through(world, seed, days, acts=ACTS, at_once=at_once, see=see)


def judge(world: World, snapshots: dict[date, Any]) -> None:
    cache.clear()
    with long_after([then for _entries, then in snapshots.values()]):
        for day, (entries, then) in snapshots.items():
            assert differing(seen(world, day, entries), then) == [], day


@pytest.mark.parametrize("seed", [SEED])
def test_every_page_says_of_a_day_what_it_said_on_that_day(world: World, seed: int) -> None:
    world.towns(6, pilots=1)
    judge(world, lived(world, seed, list(range(1, 360, 60)), at_once=35))
    assert Ulb.objects.exclude(ended="").exists()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10, 16))
def test_every_page_says_of_any_day_of_a_year_what_it_said(world: World, seed: int) -> None:
    world.towns(9, pilots=2)
    judge(world, lived(world, seed, list(range(1, 366, 3)), at_once=8))
