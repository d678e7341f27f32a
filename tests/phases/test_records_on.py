"""The page of a set-up record as on a day: what it, its letter and its rows said then, to its own only."""

import random
from datetime import datetime, time, timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.forms import ModelChoiceField
from django.utils import timezone
from django.utils.html import escape

from nudm.core.dates import show, today
from nudm.core.money import indian
from nudm.core.tables import words
from phases.catalogue import catalogue
from phases.models import ModuleChoice, Record, TeamMember
from phases.records import KINDS
from states.models import Past
from tests.phases.filled import save_record
from tests.phases.test_as_on import ago, main_of, on
from tests.replay import differing
from tests.seeds import SEED
from tests.world import World, day

HERE = "/phases/KL/records/"


def told(form: Any) -> list[tuple[str, str]]:
    """What today's form says, field by field, but for the letter's and what is not to be read."""
    found = []
    for name, field in form.fields.items():
        if name in {"letter_number", "letter_date", "document", "id", "record", "DELETE"}:
            continue
        value = form.initial.get(name)
        if isinstance(field, ModelChoiceField):
            value = value and str(field.queryset.get(pk=value))
        elif hasattr(field, "choices"):
            value = dict(field.choices).get(value) if value else None
        elif not isinstance(value, (bool, str)) and value is not None and not hasattr(value, "year"):
            value = indian(value)
        found.append((str(form[name].label), words(value) or "–"))
    return found


def seen(world: World, slug: str) -> dict[str, Any]:
    """What the page of a record says today."""
    answer = world.client(world.nodal).get(f"{HERE}{slug}/")
    form, row = answer.context["form"], answer.context["record"]
    rows = answer.context["rows"].initial_forms if answer.context["rows"] else []
    return {
        "standing": (bool(row.pk), row.complete, row.version),
        "letter": (row.letter_number, row.letter_date, row.document_id),
        "facts": told(form) if row.pk else [],
        "rows": [told(one) for one in rows],
    }


def seen_on(world: World, slug: str, asked: dict[str, str]) -> dict[str, Any]:
    """The same of a past day, all of it written on the page."""
    answer = world.client(world.nodal).get(f"{HERE}{slug}/", asked)
    page, found, row = main_of(answer), answer.context, answer.context["record"]
    assert "what was known that day" in page and 'method="post"' not in page
    for name, value in [*found["facts"], *(fact for one in found["told_rows"] for fact in one)]:
        assert escape(name) in page and escape(value) in page, name
    letter = found["letter"].pk if found["letter"] else None
    return {
        "standing": (row is not None, bool(row and row.complete), row.version if row else 0),
        "letter": (row.letter_number, row.letter_date, letter) if row else ("", None, None),
        "facts": found["facts"],
        "rows": found["told_rows"],
    }


@pytest.mark.parametrize("seed", [SEED])
def test_the_page_says_of_any_day_what_it_said_on_that_day(world: World, seed: int) -> None:
    dice, snapshots, with_rows = random.Random(seed), {}, [k.slug for k in KINDS.values() if k.rows]
    start = timezone.make_aware(datetime.combine(today(), time(22)))
    for n in range(6):
        with time_machine.travel(start + timedelta(days=20 * n), tick=False):
            for _turn in range(8):
                save_record(world, dice)
                save_record(world, dice, with_rows)
            snapshots[today()] = {slug: seen(world, slug) for slug in KINDS}
    removed = Past.objects.filter(data__isnull=True).values_list("model", flat=True)
    assert {"teammember", "gap", "budgetline"} <= set(removed)
    with time_machine.travel(timezone.now() + timedelta(days=500), tick=False):
        for then, held in snapshots.items():
            for later in (then, then + timedelta(days=10)):
                found = {slug: seen_on(world, slug, {"as_on": show(later)}) for slug in KINDS}
                assert differing(found, held) == [], later


def save(world: World, slug: str, *rows: dict[str, Any], **given: str) -> Any:
    """Save a record on its page with these rows, first those that are there (`id`)."""
    page = world.client(world.nodal).get(f"{HERE}{slug}/")
    typed: dict[str, Any] = {"version": page.context["record"].version, **given}
    if KINDS[slug].rows:
        typed |= {"rows-TOTAL_FORMS": len(rows), "rows-INITIAL_FORMS": sum("id" in row for row in rows)}
    for n, row in enumerate(rows):
        typed |= {f"rows-{n}-{name}": str(value) for name, value in row.items()}
    return world.client(world.nodal).post(f"{HERE}{slug}/", typed)


TRAINERS: dict[str, Any] = {"role": "Trainer", "count": 4, "since": "2026-01-05"}


def test_facts_and_rows_removed_since_are_shown_and_links_keep_the_day(world: World) -> None:
    with ago(20):
        save(world, "engagement", TRAINERS, agency_name="First & Co")
    row = TRAINERS | {"id": TeamMember.objects.get().pk, "DELETE": "on"}
    with ago(10):
        save(world, "engagement", row, agency_name="Second & Co")
    client, carried = world.client(world.nodal), f"?as_on={show(day(15))}"
    then, now = (main_of(client.get(f"{HERE}engagement/", asked)) for asked in (on(15), on(5)))
    assert "First &amp; Co" in then and "Trainer" in then and "Second" not in then
    assert "Second &amp; Co" in now and "Trainer" not in now
    assert f'href="{HERE}{carried}"' in then and f'href="/states/KL/{carried}"' in then
    line = next(x for x in catalogue().lines() if "engagement" in x.record and x.kind == "attested")
    for url in (HERE, f"/phases/KL/{line.stage}/", f"/phases/KL/{line.stage}/{line.code}/"):
        assert f'href="{HERE}engagement/{carried}"' in main_of(client.get(url, on(15))), url
    assert "Nothing is entered yet." in main_of(client.get(f"{HERE}engagement/", on(25)))
    assert f'href="/ulbs/KL/batches/{carried}"' in main_of(client.get(f"{HERE}pilot_approach/", on(15)))


def test_a_record_of_a_past_day_is_its_own_states_to_read_and_nobodys_to_write(world: World) -> None:
    with ago(10):
        world.record(world.mh, "mou")
        world.record(world.kl, "mou")
    url, theirs = f"{HERE}mou/", "/phases/MH/records/mou/"
    assert world.client(world.nodal).get(theirs, on(5)).status_code == 404
    assert world.client(world.town).get(url, on(5)).status_code == 404
    assert "Demonstration" in main_of(world.client(world.neighbour).get(theirs, on(5)))
    for person in (world.ministry, world.agency):
        assert "Demonstration" in main_of(world.client(person).get(url, on(5)))
    asked = f"{url}?as_on={show(day(5))}"
    refused = world.client(world.nodal).post(asked, {"version": "1", "letter_number": "9"})
    assert refused.status_code == 422 and "cannot be changed" in refused.content.decode()
    assert Record.objects.get(state=world.kl).letter_number == ""


def test_of_days_before_facts_were_kept_the_letter_and_the_standing_are_shown(world: World) -> None:
    with ago(30):
        save(world, "engagement", agency_name="First", letter_number="7/2026")
    with ago(20):
        save(world, "engagement", TRAINERS, agency_name="Second", letter_number="8/2026")
    Past.objects.filter(model__in=["engagement", "teammember"]).delete()
    begin = import_module("phases.migrations.0002_begin_the_past").begin
    begin(apps, SimpleNamespace(connection=connection))
    client = world.client(world.nodal)
    before, after = (main_of(client.get(f"{HERE}engagement/", asked)) for asked in (on(25), on(15)))
    assert "7/2026" in before and f"kept since {show(day(20))}" in before
    assert "First" not in before and "Second" not in before and "Trainer" not in before
    assert "8/2026" in after and "Second" in after and "Trainer" in after and "kept since" not in after


def test_two_rows_may_change_places_and_none_is_named_twice(world: World) -> None:
    save(world, "modules", {"module": "PT", "priority": 1}, {"module": "TL", "priority": 2})
    chosen: Any = ModuleChoice.objects
    first, second = ({"id": row.pk, "priority": row.priority} for row in chosen.order_by("priority"))
    answer = save(world, "modules", first | {"module": "TL"}, second | {"module": "PT"})
    assert answer.status_code == 302
    assert list(chosen.order_by("priority").values_list("pk", "module")) == [
        (first["id"], "TL"),
        (second["id"], "PT"),
    ]
    answer = save(world, "modules", first | {"module": "TL"}, second | {"module": "TL"})
    assert answer.status_code == 422 and "in another row already" in answer.content.decode()


def test_a_record_that_is_locked_or_only_read_is_text_and_no_form(world: World) -> None:
    assert "Nothing is entered yet." in main_of(world.client(world.ministry).get(f"{HERE}hosting/"))
    save(world, "hosting", letter_number="7/2026")
    edited = main_of(world.client(world.nodal).get(f"{HERE}hosting/"))
    assert 'name="letter_number"' in edited and "stays as it is" not in edited
    read = main_of(world.client(world.ministry).get(f"{HERE}hosting/"))
    assert "7/2026" in read and "letter_number" not in read and "stays as it is" not in read
    world.accepted("1.mou_signed")
    locked = main_of(world.client(world.nodal).get(f"{HERE}mou/"))
    assert "Demonstration" in locked and "letter_number" not in locked and "stays as it is" in locked
    refused = save(world, "mou", letter_number="8/2026")
    assert refused.status_code == 422 and "8/2026" not in main_of(
        world.client(world.nodal).get(f"{HERE}mou/")
    )
