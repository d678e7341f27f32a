"""Many cells at once, and one cell's page: each row answers, nothing is done twice, both texts are shown."""

import re
import uuid
from typing import Any

import pytest

from states.access import GRANTS
from states.models import Draft, Entry
from states.rules import Role
from tests.world import World, day
from ulbs.actions import rollout
from ulbs.actions.bulk import change_many
from ulbs.models import Deployment, Ulb
from ulbs.rules.cells import FIELDS_OF

CHANGE = "/ulbs/KL/matrix/change/"
ALPHA = "/ulbs/KL/250001/PGR/"


def send(world: World, person: Any, ulbs: list[Ulb], modules: list[str], **typed: Any) -> Any:
    """The form of many, as it was opened just now."""
    client = world.client(person)
    page = client.get(CHANGE, {"u": [ulb.lgd_code for ulb in ulbs]}).content.decode()
    hidden = dict(re.findall(r'name="(form_key|seen)" value="([^"]+)"', page))
    codes = [ulb.lgd_code for ulb in ulbs]
    return client.post(CHANGE, hidden | {"u": codes, "modules": modules} | typed, follow=True)


def results(answer: Any) -> list[tuple[str, str]]:
    """The name and the result of each row, from the page."""
    page = answer.content.decode()
    return re.findall(
        r'<th scope="row">([^<]+)</th><td[^>]*>[^<]+</td><td[^>]*><span class="badge r-(\w+)">', page
    )


def ticked(answer: Any) -> list[int]:
    """The ULBs that stay chosen."""
    return [
        int(code) for code in re.findall(r'name="u" value="(\d+)" id="u\d+" checked', answer.content.decode())
    ]


def test_what_passes_is_saved_and_what_is_refused_stays_with_what_was_typed(world: World) -> None:
    ready, behind, live = world.towns(3, pilots=3)
    rollout.save_cell(ready, "PGR", {"uat_signed_on": day(9)}, version=0, by=world.nodal)
    world.live(live, "PGR", on=day(3))
    answer = send(
        world,
        world.nodal,
        [ready, behind, live],
        ["PGR"],
        live_on=day(3).isoformat(),
        live_url="https://kl.example.in/{code}/{module}",
    )
    assert results(answer) == [(behind.name, "refused"), (ready.name, "saved"), (live.name, "saved")]
    page = answer.content.decode()
    assert "needs “UAT signed off on” first" in page
    assert ticked(answer) == [behind.lgd_code]
    assert f'value="{day(3).isoformat()}"' in page and "https://kl.example.in/{code}/{module}" in page
    assert Deployment.objects.get(ulb=ready).live_url == f"https://kl.example.in/{ready.lgd_code}/pgr"
    assert not Deployment.objects.filter(ulb=behind).exists()
    again = send(world, world.nodal, [behind], ["PGR"], uat_signed_on=day(5).isoformat())
    assert results(again) == [(behind.name, "saved")] and ticked(again) == []


def test_a_double_click_changes_once_and_shows_the_same_answer(world: World) -> None:
    towns = world.towns(2)
    client = world.client(world.nodal)
    form = {
        "form_key": str(uuid.uuid4()),
        "u": ",".join(str(ulb.lgd_code) for ulb in towns),
        "modules": ["PT", "TL"],
        "master_data": "collecting",
    }
    first, second = (client.post(CHANGE, form) for _click in range(2))
    assert first["Location"] == second["Location"]
    assert Entry.objects.filter(verb="rollout.save").count() == 1
    assert len(results(client.get(first["Location"]))) == 4
    assert {cell.version for cell in Deployment.objects.all()} == {1}


def test_what_another_officer_saved_meanwhile_is_not_overwritten(world: World) -> None:
    towns = world.towns(2)
    client = world.client(world.nodal)
    page = client.get(CHANGE, {"u": [ulb.lgd_code for ulb in towns]}).content.decode()
    [seen] = re.findall(r'name="seen" value="([^"]+)"', page)
    rollout.save_cell(towns[0], "PT", {"configured_on": day(4)}, version=0, by=world.unit)
    form = {"u": [ulb.lgd_code for ulb in towns], "modules": "PT", "configured_on": day(1).isoformat()}
    answer = client.post(CHANGE, form | {"form_key": str(uuid.uuid4()), "seen": seen}, follow=True)
    assert results(answer) == [(towns[0].name, "conflict"), (towns[1].name, "saved")]
    assert Deployment.objects.get(ulb=towns[0]).configured_on == day(4)
    assert ticked(answer) == [towns[0].lgd_code]
    [seen] = re.findall(r'name="seen" value="([^"]+)"', answer.content.decode())
    answer = client.post(CHANGE, form | {"form_key": str(uuid.uuid4()), "seen": seen}, follow=True)
    assert results(answer) == [(towns[1].name, "unchanged"), (towns[0].name, "saved")]


def test_the_neighbours_ulbs_are_not_among_the_chosen(world: World) -> None:
    answer = send(world, world.nodal, [world.ulb, world.far_ulb], ["PGR"], master_data="collecting")
    assert results(answer) == [(world.ulb.name, "saved")]
    assert not Deployment.objects.filter(ulb=world.far_ulb).exists()
    assert "Omega" not in answer.content.decode()
    only = send(world, world.nodal, [world.far_ulb], ["PGR"], master_data="collecting")
    assert only.status_code == 422 and "Choose at least one ULB." in only.content.decode()


def test_each_party_is_offered_what_it_may_set(world: World) -> None:
    for person, role in ((world.nodal, Role.STATE), (world.agency, Role.AGENCY)):
        power = "manage_ulbs" if "manage_ulbs" in GRANTS[role] else "update_rollout"
        page = world.client(person).get(CHANGE, {"u": world.ulb.lgd_code}).content.decode()
        offered = set(re.findall(r'<(?:input|select)[^>]* name="(\w+)"', page)) & FIELDS_OF["manage_ulbs"]
        assert offered == FIELDS_OF[power], role
        assert ('value="validated"' in page) == (role is Role.STATE)
    answer = send(
        world, world.agency, [world.ulb], ["PGR"], live_on=day(1).isoformat(), trained_on=day(1).isoformat()
    )
    cell = Deployment.objects.get(ulb=world.ulb)
    assert results(answer) == [("Alpha", "saved")]
    assert (cell.trained_on, cell.live_on) == (day(1), None)


def test_who_only_reads_sees_no_boxes_and_may_not_change(world: World) -> None:
    for person in (world.ministry, world.reviewer):
        client = world.client(person)
        page = client.get("/ulbs/KL/matrix/").content.decode()
        assert "250001" in page and "checkbox name=u" not in page and "Change the chosen" not in page
        assert client.get(CHANGE).status_code == 403
        assert client.post(CHANGE, {"u": 250001, "modules": "PGR", "in_scope": "yes"}).status_code == 403
    assert world.client(world.town).post(CHANGE, {"u": 250001}).status_code == 404
    assert Deployment.objects.count() == 0


def test_all_that_the_filter_shows_are_chosen_beyond_the_page(world: World) -> None:
    towns = world.towns(230)
    client = world.client(world.nodal)
    page = client.get(CHANGE, {"pick": "all", "q": "Town"}).content.decode()
    [codes] = re.findall(r'name="u" value="([\d,]+)"', page)
    assert len(codes.split(",")) == 230
    on_page = client.get(CHANGE, {"pick": "page", "page": 5, "q": "Town"})
    assert len(ticked(on_page)) == 30
    form = {"u": codes, "modules": "PGR", "in_scope": "yes", "form_key": str(uuid.uuid4())}
    answer = client.post(f"{CHANGE}?q=Town&pick=all", form)
    assert "q=Town" in answer["Location"] and "pick" not in answer["Location"]
    assert Deployment.objects.filter(ulb__in=towns, module="PGR").count() == 230


def test_too_much_at_once_is_refused_before_anything_is_done(world: World) -> None:
    towns = world.towns(220)
    codes = ",".join(str(ulb.lgd_code) for ulb in towns)
    modules = [
        "PGR",
        "MCOLLECT",
        "PT",
        "TL",
        "WS",
        "OBPS",
        "FIRENOC",
        "FSM",
        "BND",
        "SV",
        "ADV",
        "CHB",
        "PTR",
        "FINANCE",
    ]
    answer = world.client(world.nodal).post(CHANGE, {"u": codes, "modules": modules, "in_scope": "yes"})
    assert answer.status_code == 422
    assert "3,080 cells; at most 3,000" in answer.content.decode()
    assert Deployment.objects.count() == 0


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Say what is to be set."),
        ({"live_on": "31-02-2026"}, "is not a day"),
        ({"defects": "-1"}, "greater than or equal to 0"),
        ({"trained_on": "2026-01-01", "clear": "trained_on"}, "Either set it or empty it."),
        ({"modules": [], "in_scope": "yes"}, "Choose at least one module."),
    ],
)
def test_a_form_that_says_too_little_is_shown_again(world: World, typed: dict[str, Any], words: str) -> None:
    answer = world.client(world.nodal).post(CHANGE, {"u": 250001, "modules": "PGR"} | typed)
    assert answer.status_code == 422
    assert words in answer.content.decode() and ticked(answer) == [250001]


def test_a_value_is_taken_away_again(world: World) -> None:
    rollout.save_cell(world.ulb, "PGR", {"trained_on": day(4), "defects": 3}, version=0, by=world.nodal)
    send(world, world.nodal, [world.ulb], ["PGR"], clear=["trained_on", "defects"])
    cell = Deployment.objects.get()
    assert (cell.trained_on, cell.defects, cell.version) == (None, 0, 2)


def test_an_address_that_is_none_is_refused_for_its_row_alone(world: World) -> None:
    towns = world.towns(2)
    Ulb.objects.filter(pk=towns[0].pk).update(tenant_code="kl.zero")
    chosen = list(Ulb.objects.filter(pk__in=[ulb.pk for ulb in towns]))
    changes = {"live_url": "https://{tenant}.example.in/", "uat_signed_on": day(2), "live_on": day(1)}
    changes["override_reason"] = "Live before the programme"
    answers = change_many(world.kl, chosen, ["PGR"], changes, seen=None, by=world.nodal)
    assert [answer.result for answer in answers] == ["saved", "refused"]
    assert "valid URL" in answers[1].words


def test_the_last_answer_waits_on_the_desk_of_the_post(world: World) -> None:
    for town in world.towns(2):
        send(world, world.nodal, [town], ["PGR"], in_scope="yes")
    assert Draft.objects.filter(key=f"bulk:{world.kl.pk}").count() == 1
    old = world.client(world.nodal).get(f"{CHANGE}?done={uuid.uuid4()}")
    assert old.status_code == 200 and results(old) == []
