"""A fact of a set-up record has happened; a plan may lie ahead. A UAT is scheduled for a day to come."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.http import QueryDict

from nudm.core.dates import today
from nudm.core.errors import Refused
from phases.actions import records
from phases.forms import record_form, row_forms
from phases.progress import progress_of
from phases.records import FACTS, KINDS, PLANS, days_of
from tests.world import World
from ulbs.actions import events, rollout
from ulbs.rules.events import EventKind

DAYS = [
    (slug, rows, name)
    for slug, kind in KINDS.items()
    for rows, model in ((False, kind.model), (True, kind.rows))
    if model is not None
    for name in days_of(model)
]


def forms_of(world: World, slug: str, rows: bool, name: str, on: date) -> tuple[Any, Any]:
    kind = KINDS[slug]
    data = QueryDict(mutable=True)
    data.update({("rows-0-" if rows else "") + name: on.isoformat()})
    data.update({"rows-TOTAL_FORMS": "1", "rows-INITIAL_FORMS": "0"})
    if rows:
        data.update({f"rows-0-{word}": "x" for word in ("role", "thing")} | {"rows-0-count": "1"})
    row = records.record_for(world.kl, slug)
    return record_form(kind, data, row), row_forms(kind, data, row, spare=0)


@pytest.mark.django_db
@pytest.mark.parametrize(("slug", "rows", "name"), DAYS)
def test_no_fact_of_a_record_lies_in_the_future(world: World, slug: str, rows: bool, name: str) -> None:
    form, row = forms_of(world, slug, rows, name, today() + timedelta(days=1))
    asked = row if rows else form
    asked.is_valid()
    errors = asked.forms[0].errors if rows else asked.errors
    assert ("future" in str(errors.get(name))) is (name in FACTS)
    form, row = forms_of(world, slug, rows, name, today())
    asked = row if rows else form
    asked.is_valid()
    assert name not in (asked.forms[0].errors if rows else asked.errors)


def test_every_day_is_a_fact_or_a_plan_and_never_both() -> None:
    assert {name for _slug, _rows, name in DAYS} == FACTS | PLANS and not FACTS & PLANS


@pytest.mark.django_db
def test_the_rule_holds_where_a_program_saves(world: World) -> None:
    form, rows = forms_of(world, "charter", False, "published_on", today())
    assert form.is_valid()
    form.instance.published_on = form.cleaned_data["published_on"] = today() + timedelta(days=1500)
    with pytest.raises(Refused, match="lies in the future"):
        records.save_record(form, rows, version=0, by=world.nodal)


def scheduled(world: World) -> tuple[int, int]:
    ratio = progress_of([world.kl])[world.kl.pk].tallies["pilot.uat_scheduled"]
    return ratio.n, ratio.of


@pytest.mark.django_db
@pytest.mark.parametrize("on", [date(2001, 1, 1), "yesterday"])
def test_a_uat_is_not_scheduled_by_a_day_that_is_over(world: World, on: Any) -> None:
    day = today() - timedelta(days=1) if on == "yesterday" else on
    with pytest.raises(Refused, match="is over"):
        rollout.save_cell(world.ulb, "PGR", {"uat_planned_on": day}, version=None, by=world.nodal)
    values = {"title": "UAT", "on": day, "modules": "PGR"}
    session = events.save_event(world.kl, EventKind.UAT, values, towns=[world.ulb], by=world.nodal)
    assert scheduled(world) == (0, 1)
    held = {**values, "participants": "The nodal officer"}
    events.save_event(
        world.kl, EventKind.UAT, held, row=session, version=session.version, close=True, by=world.nodal
    )
    assert scheduled(world) == (1, 1)


@pytest.mark.django_db
def test_a_uat_is_scheduled_from_today_on_and_stays_so(world: World) -> None:
    cell = rollout.save_cell(world.ulb, "PGR", {"uat_planned_on": today()}, version=None, by=world.nodal)
    assert scheduled(world) == (1, 1)
    rollout.save_cell(world.ulb, "PGR", {"trained_on": today()}, version=cell.version, by=world.nodal)
    assert scheduled(world) == (1, 1)
