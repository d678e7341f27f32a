"""Every page can be asked what was known on a day; the past is only read, and only one's own."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from nudm.core.as_on import read_day
from nudm.core.dates import show, today
from nudm.core.errors import Refused
from phases.actions import due, evidence, lines
from phases.models import Item
from phases.progress import progress_of, remembered
from states import actions
from states.past import visible_on
from tests.memory import forget
from tests.phases.test_api import caller
from tests.world import World, day
from ulbs.actions import batches, register, rollout
from ulbs.models import Ulb

CODE = "2.processes_standardised"
PAGES = ("/states/KL/", "/phases/KL/2/", f"/phases/KL/2/{CODE}/")


def ago(days: int) -> Any:
    """The clock stands so many days ago."""
    return time_machine.travel(timezone.now() - timedelta(days=days), tick=False)


def on(days: int) -> dict[str, str]:
    return {"as_on": show(day(days))}


def main_of(answer: Any) -> str:
    """What stands below the header."""
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode().split("<main", 1)[1])


@given(st.text(max_size=30))
def test_any_text_is_a_day_or_a_sentence(text: str) -> None:
    try:
        assert (found := read_day(text)) is None or date(2000, 1, 1) <= found <= today()
    except Refused as refused:
        assert refused.fields["as_on"]


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2026, 1, 1)))
def test_a_day_is_read_in_both_forms(one: date) -> None:
    assert read_day(show(one)) == read_day(one.isoformat()) == read_day(f"  {one.isoformat()} ") == one


@pytest.mark.parametrize("text", ["32-01-2026", "yesterday", "01-01-2999", "0001-01-01", "2026"])
def test_a_wrong_day_is_refused_with_a_sentence(world: World, text: str) -> None:
    client = world.client(world.nodal)
    for url in (*PAGES, "/phases/KL/compare/"):
        answer = client.get(url, {"as_on" if "compare" not in url else "from": text})
        assert answer.status_code == 422, url
        assert text in answer.content.decode() or "lies in the future" in answer.content.decode()
    assert world.client(world.reviewer).get("/", {"as_on": text}).status_code == 422
    for url in ("states/", "states/KL/", "states/KL/progress/", "items/", "ulbs/"):
        refused = caller(world.nodal).get(f"/api/v1/{url}", {"as_on": text})
        assert (refused.status_code, list(refused.json()["fields"])) == (422, ["as_on"]), url


def test_every_kept_model_can_be_kept() -> None:
    kept = [model for model in apps.get_models() if getattr(model, "kept", False)]
    names = {"ulb", "deployment", "item", "record", "closure", "citation", "duedate", "mark"}
    assert names <= {model._meta.model_name for model in kept}
    assert all(hasattr(model, "state_id") for model in kept)


def test_pages_and_api_of_a_past_day_show_that_day_and_offer_nothing_to_do(world: World) -> None:
    with ago(10):
        item = world.submitted(CODE)
    lines.move(item, "accept", version=item.version, by=world.reviewer)
    for person in (world.nodal, world.reviewer):
        client = world.client(person)
        for url in PAGES:
            then, now = (main_of(client.get(url, asked)) for asked in (on(5), {}))
            assert "what was known that day" in then and show(day(5)) in then, url
            assert 'method="post"' not in then and "autosave" not in then, url
            settled = 'b-accepted">Accepted<'
            assert 'b-under_review">' in then and settled not in then and settled in now, url
    told = caller(world.nodal).get("/api/v1/states/KL/progress/", on(5)).json()
    assert (told["stages"][1]["counts"]["under_review"], told["as_on"]) == (1, day(5).isoformat())
    begun = on(5) | {"state": "KL", "stage": 2, "status": "under_review"}
    [row] = caller(world.reviewer).get("/api/v1/items/", begun).json()["results"]
    assert (row["status"], row["moves"], row["state"]) == ("under_review", [], "KL")
    assert caller(world.nodal).get("/api/v1/items/", on(5) | {"status": "accepted"}).json()["count"] == 0


def test_links_of_a_past_page_keep_the_day_and_one_leads_back_to_today(world: World) -> None:
    with ago(10):
        world.submitted(CODE)
    client = world.client(world.nodal)
    carried = f"?as_on={show(day(5))}"
    assert f'href="/phases/KL/2/{carried}"' in main_of(client.get("/states/KL/", on(5)))
    page = main_of(client.get("/phases/KL/2/", on(5) | {"x": "1"}))
    assert f'href="/states/KL/{carried}"' in page and f'href="/phases/KL/2/{CODE}/{carried}"' in page
    assert 'href="?x=1"' in page and '<input type="hidden" name="x" value="1">' in page
    nation = main_of(world.client(world.reviewer).get("/", on(5)))
    assert f'href="/states/KL/{carried}"' in nation
    assert carried not in main_of(world.client(world.reviewer).get("/"))
    assert client.get("/", on(5)).headers["Location"] == f"/states/KL/{carried}"


def test_an_act_in_the_past_is_refused(world: World) -> None:
    item = world.started(CODE)
    client = world.client(world.nodal)
    for asked in (on(5), {"as_on": "nonsense"}):
        url = f"{item.get_absolute_url()}?as_on={asked['as_on']}"
        answer = client.post(url, {"act": "submit", "version": item.version})
        assert answer.status_code == 422
    item.refresh_from_db()
    assert item.status == "in_progress"


def test_today_asked_for_is_today_with_its_acts(world: World) -> None:
    item = world.started(CODE)
    page = main_of(world.client(world.nodal).get(item.get_absolute_url(), on(0)))
    assert 'value="submit"' in page and "what was known that day" not in page


def test_a_day_before_the_first_entry_says_so(world: World) -> None:
    client = world.client(world.nodal)
    page = main_of(client.get("/states/KL/", on(900)))
    assert "Nothing was recorded yet." in page and f"The first entries are of {show(world.start)}." in page
    assert "This gate is shut" not in page
    nation = main_of(world.client(world.reviewer).get("/", on(900)))
    assert "Nothing was recorded yet." in nation
    assert "Nothing was recorded yet." not in main_of(client.get("/states/KL/"))


def test_what_was_taken_away_since_is_shown(world: World) -> None:
    with ago(10):
        item = world.started(CODE)
        letter = item.citations.get().evidence
        lines.mark_done(world.kl, "2.give_requirements", done=True, by=world.nodal)
        batch = batches.plan_batch(world.kl, 7, {"planned_on": day(10)}, by=world.nodal)
        town = world.towns(1)[0]
        town = register.update_ulb(town, {"batch": batch}, version=0, by=world.nodal)
    evidence.uncite(Item.objects.get(pk=item.pk), letter, by=world.nodal)
    lines.mark_done(world.kl, "2.give_requirements", done=False, by=world.nodal)
    batches.remove_batch(batch, by=world.nodal)
    client = world.client(world.nodal)
    for url in ("/phases/KL/2/", item.get_absolute_url()):
        assert letter.title in main_of(client.get(url, on(5))), url
        assert f">{letter.title}</a>" not in main_of(client.get(url)), url
    then = progress_of([world.kl], as_on=day(5))[world.kl.pk]
    assert then.marks == {"2.give_requirements"}
    assert progress_of([world.kl])[world.kl.pk].marks == frozenset()
    api = caller(world.nodal)
    [row] = api.get("/api/v1/ulbs/", on(5) | {"batch": "7"}).json()["results"]
    assert (row["lgd_code"], row["batch"]) == (town.lgd_code, 7)
    assert api.get("/api/v1/ulbs/", {"batch": "7"}).json()["count"] == 0


def test_target_dates_and_new_versions_are_shown_as_they_stood(world: World) -> None:
    with ago(20):
        item = world.started(CODE)
        first = due.ask(item, day(20) + timedelta(days=30), reason="", by=world.nodal)
        old = item.citations.get().evidence
    with ago(10):
        asked = due.ask(item, day(20) + timedelta(days=60), reason="Elections", by=world.nodal)
        due.answer(asked, grant=True, by=world.reviewer)
        world.letter(world.kl, world.nodal, "The newer order", replaces=old)
    client = world.client(world.nodal)
    then, now = (main_of(client.get(item.get_absolute_url(), asked_)) for asked_ in (on(15), on(5)))
    assert f"Target {show(first.due)}" in then and "Elections" not in then and "The newer order" not in then
    assert f"Target {show(asked.due)}" in now and "Elections" in now and "The newer order" in now


def test_days_are_counted_to_the_day_that_is_asked_for(world: World) -> None:
    with ago(20):
        world.submitted(CODE)
    seen = progress_of([world.kl], as_on=day(5))[world.kl.pk]
    [blocker] = [b for stage in seen.stages for b in stage.blockers if b.line.code == CODE]
    assert (seen.idle_days, blocker.days) == (15, 15)
    assert progress_of([world.kl])[world.kl.pk].idle_days == 20


def test_the_past_of_a_neighbour_does_not_exist_either(world: World) -> None:
    with ago(10):
        canary = world.submitted(CODE, world.mh)
        Item.objects.filter(pk=canary.pk)
        register.edit_details(world.far_ulb, {"name": "Canary Town"}, version=0, by=world.neighbour)
    client, program = world.client(world.nodal), caller(world.nodal)
    for url in ("/states/MH/", "/phases/MH/2/", f"/phases/MH/2/{CODE}/", "/phases/MH/compare/"):
        assert client.get(url, on(5)).status_code == 404, url
    for url in ("/api/v1/states/MH/", "/api/v1/states/MH/progress/"):
        assert program.get(url, on(5)).status_code == 404, url
    assert client.get("/compare/").status_code == 403
    for url in ("/api/v1/states/", "/api/v1/items/", "/api/v1/ulbs/"):
        for asked in (on(5), on(5) | {"state": "MH"}):
            told = program.get(url, asked if "states" not in url else on(5)).content.decode()
            assert "Canary" not in told and "MH" not in told and "Maharashtra" not in told, url
    for url in (*PAGES, "/reports/"):
        assert "Canary" not in main_of(client.get(url, on(5)))
    assert "Canary Town" in caller(world.reviewer).get("/api/v1/ulbs/", on(5)).content.decode()


def test_a_town_sees_the_past_of_its_own_ulb_only(world: World) -> None:
    with ago(10):
        world.live(world.ulb, on=day(12))
        other = world.towns(1)[0]
    assert [ulb.pk for ulb in visible_on(Ulb, world.town, day(5))] == [world.ulb.pk]
    [row] = caller(world.town).get("/api/v1/ulbs/", on(5)).json()["results"]
    assert (row["lgd_code"], row["modules"][0]["step"]) == (world.ulb.lgd_code, "live")
    assert other.pk in [ulb.pk for ulb in visible_on(Ulb, world.nodal, day(5))]
    assert caller(world.town).get("/api/v1/items/", on(5)).json()["results"] == []
    assert world.client(world.town).get("/states/KL/", on(5)).status_code == 404


def test_an_officer_relieved_today_sees_nothing_of_the_days_in_office(world: World) -> None:
    with ago(10):
        world.submitted(CODE)
    actions.relieve(world.nodal.appointments.get(), today(), by=world.head)
    person = type(world.nodal).objects.get(pk=world.nodal.pk)
    assert world.client(person).get("/states/KL/", on(5)).status_code == 404
    assert caller(person).get("/api/v1/items/", on(5)).json()["results"] == []


def test_a_draft_is_the_states_side_alone_to_read_on_any_day(world: World) -> None:
    with ago(20):
        item = lines.save_remark(lines.item_for(world.kl, CODE), "canary draft", version=0, by=world.nodal)
    with ago(15):
        evidence.cite(item, world.letter(world.kl, world.nodal), by=world.nodal)
        item = lines.item_for(world.kl, CODE)
        item = lines.move(item, "submit", version=item.version, by=world.nodal)
    lines.move(item, "withdraw", version=item.version, by=world.nodal)
    for asked in (on(18), on(10), {}):
        for reader in (world.reviewer, world.ministry):
            assert "canary" not in main_of(world.client(reader).get(item.get_absolute_url(), asked))
            assert "canary" not in caller(reader).get("/api/v1/items/", asked).content.decode()
        for own in (world.nodal, world.agency):
            assert "canary draft" in main_of(world.client(own).get(item.get_absolute_url(), asked))
            assert "canary draft" in caller(own).get("/api/v1/items/", asked).content.decode()


def test_a_past_day_is_remembered_until_an_order_about_a_post_is_dated_back(world: World) -> None:
    asked = {"as_on": day(5)}
    first = remembered([world.kl], **asked)[world.kl.pk]
    world.live(world.ulb)
    world.kl.refresh_from_db()
    assert remembered([world.kl], **asked)[world.kl.pk] is first
    assert first.tallies["posts.nodal_officer"].complete
    actions.relieve(world.kl_office.posts.get(kind="nodal_officer").appointments.get(), day(9))
    again = remembered([world.kl], **asked)[world.kl.pk]
    assert again is not first and not again.tallies["posts.nodal_officer"].complete


def test_a_past_day_costs_the_same_for_one_town_and_for_many(world: World) -> None:
    def count(url: str) -> int:
        client.get(url, on(0))
        forget()
        cache.clear()
        client.get("/accounts/me/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url, on(5)).status_code == 200
        return len(queries)

    client = world.client(world.reviewer)
    with ago(10):
        world.submitted(CODE)
    urls = (*PAGES, "/", "/compare/", "/phases/KL/compare/", "/phases/KL/1/", "/phases/KL/3/")
    before = {url: count(url) for url in urls}
    with ago(10):
        for ulb in world.towns(40, pilots=9):
            rollout.save_cell(ulb, "PGR", {"master_data": "collecting"}, version=None, by=world.nodal)
        for code in ("2.customisations_agreed", "2.dashboards_ready"):
            world.submitted(code)
    after = {url: count(url) for url in urls}
    assert after == before
    # The nation's comparison then asks for two past days.
    assert after.pop("/compare/") <= 12
    assert max(cost for url, cost in after.items() if CODE not in url) <= 12, after
