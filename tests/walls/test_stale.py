"""Two people open a form; both save. Every form that writes over a row tells the second, with both texts."""

from typing import Any

import pytest

from tests.walls.expectations import PUBLIC, RULES
from tests.walls.forms import Form, address_of, form_with, forms_of
from tests.walls.scene import Scene
from ulbs.models import Ulb

FACT = {"answer": "yes"}
DESK = {"hours": "9-17", "since": "2026-11-01"}
# By route: which form of the page (the fields by which it is known), what the first sends, and the second:
# the last word of each is shown to the second.
STALE: dict[str, tuple[str, tuple[str, ...], dict[str, str], dict[str, str]]] = {
    "phases:item": (
        "/phases/KL/2/2.customisations_agreed/",
        ("remark",),
        {"act": "save", "remark": "first words"},
        {"act": "save", "remark": "second words"},
    ),
    "phases:record": (
        "/phases/KL/records/mou/",
        ("letter_number",),
        {"letter_number": "11/2026"},
        {"letter_number": "22/2026"},
    ),
    "ulbs:ulb": ("/ulbs/KL/250001/", ("scope_reason",), {"kind": "greenfield"}, {"kind": "brownfield"}),
    "ulbs:edit": (
        "/ulbs/KL/250001/edit/",
        ("name_local",),
        {"name": "Alpha One"},
        {"name": "Alpha Two"},
    ),
    "ulbs:town": (
        "/ulbs/KL/250001/town/",
        ("nodal_officer",),
        FACT | {"who": "First Officer"},
        FACT | {"who": "Second Officer"},
    ),
    "ulbs:town baseline": (
        "/ulbs/KL/250001/town/",
        ("b-transactions",),
        {"b-transactions": "111"},
        {"b-transactions": "222"},
    ),
    "ulbs:cell": (
        "/ulbs/KL/250001/PGR/",
        ("started_on",),
        {"started_on": "2026-11-11"},
        {"started_on": "2026-11-12"},
    ),
    "ulbs:figures": ("/ulbs/KL/figures/", ("tickets",), {"tickets": "111"}, {"tickets": "222"}),
    "ulbs:figures targets": (
        "/ulbs/KL/figures/",
        ("t-citizens",),
        {"t-citizens": "111"},
        {"t-citizens": "222"},
    ),
    "ulbs:town_figures": (
        "/ulbs/KL/250001/figures/",
        ("transactions",),
        {"transactions": "111"},
        {"transactions": "222"},
    ),
    "ulbs:batch": (
        "/ulbs/KL/batches/1/",
        ("planned_on",),
        {"planned_on": "2027-01-11"},
        {"planned_on": "2027-01-12"},
    ),
    "ulbs:entry": (
        "/ulbs/KL/registers/training/{event}/",
        ("title",),
        {"title": "First title"},
        {"title": "Second title"},
    ),
    "ulbs:entry incident": (
        "/ulbs/KL/registers/incidents/{incident}/",
        ("title",),
        {"title": "First title"},
        {"title": "Second title"},
    ),
    "ulbs:register": (
        "/ulbs/KL/registers/help_desk/",
        ("number",),
        DESK | {"number": "1800111111"},
        DESK | {"number": "1800222222"},
    ),
    "ulbs:point": (
        "/ulbs/KL/registers/meeting/{meeting}/points/{point}/",
        ("text",),
        {"text": "First text"},
        {"text": "Second text"},
    ),
    "reports:chain": (
        "/reports/chain/KL/",
        ("designation_1",),
        {"designation_1": "First Secretary"},
        {"designation_1": "Second Secretary"},
    ),
    "reports:schedules": (
        "/reports/schedules/",
        ("weekday",),
        {"weekday": "2", "at": "10:11"},
        {"weekday": "3", "at": "12:13"},
    ),
    "states:post": (
        "/states/people/posts/{unit_post}/",
        ("email",),
        {"act": "hand_over", "email": "first@example.in", "name": "First Holder"},
        {"act": "hand_over", "email": "second@example.in", "name": "Second Holder"},
    ),
    "town_link": (
        "/t/{link}/",
        ("nodal_officer",),
        FACT | {"who": "First Officer"},
        FACT | {"who": "Second Officer"},
    ),
}
# These answer row by row, beside each row.
BY_ROW = {"ulbs:plan", "ulbs:change", "ulbs:tenants", "phases:submit_many", "phases:answer_many"}
# What writes over nobody's words, and why.
MAKES = "makes a new row"
DOES = "one act, which the stored state allows or refuses"
OWN = "one's own account"
ADDS = "adds or takes away what is named, and nothing else"
VERSION = "the version is part of the request (tests/phases/test_api.py, tests/ulbs/test_api.py)"
NOTHING_WRITTEN_OVER = {
    "phases:evidence": MAKES,
    "phases:autosave": "the post's own draft",
    "phases:close": DOES,
    "phases:undo": DOES,
    "phases:mark": DOES,
    "phases:remove": DOES,
    "ulbs:code": "the page's address goes with the former code",
    "ulbs:new": MAKES,
    "ulbs:end": DOES,
    "ulbs:reinstate": DOES,
    "ulbs:answer_exclusion": DOES,
    "ulbs:town_links": MAKES,
    "ulbs:new_entry": MAKES,
    "ulbs:reopen": DOES,
    "ulbs:remove": DOES,
    "ulbs:event_towns": ADDS,
    "ulbs:event_files": MAKES,
    "ulbs:remove_file": DOES,
    "ulbs:new_finding": MAKES,
    "ulbs:new_point": MAKES,
    "ulbs:new_batch": "refused where the number is taken",
    "ulbs:fill_batches": "takes only ULBs that are in no batch",
    "ulbs:cantonments": DOES,
    "ulbs:remove_batch": DOES,
    "ulbs:import": MAKES,
    "ulbs:import_one": DOES,
    "ulbs:import_national": MAKES,
    "ulbs:import_national_one": DOES,
    "reports:ask": MAKES,
    "reports:cancel": DOES,
    "reports:schedule": DOES,
    "reports:resend": DOES,
    "reports:holidays": ADDS,
    "reports:failures": DOES,
    "states:add_post": MAKES,
    "states:confirm": DOES,
    "states:act_as": OWN,
    "api_moves": VERSION,
    "api_state_moves": VERSION,
    "api_milestones": VERSION,
    "api_evidence": MAKES,
    "api_state_evidence": MAKES,
    "api_figures": "a program's figures take the place of what it gave before",
    "api_reports": MAKES,
    "upload": MAKES,
    "upload_piece": ADDS,
    "accounts:me": OWN,
    "accounts:logout": OWN,
    "accounts:set_code": OWN,
    "accounts:renew_recovery": OWN,
    "accounts:end_code": OWN,
    "accounts:end_session": OWN,
    "accounts:revoke_token": OWN,
    "accounts:sign_out_everywhere": OWN,
}
READS = set(PUBLIC) - {"town_link"}


@pytest.fixture
def scene(db: Any) -> Scene:
    return Scene()


def test_every_route_that_takes_an_act_says_how_it_meets_a_stale_page() -> None:
    acting = {name.split()[0] for name, rule in RULES.items() if rule.post is not None} | set(PUBLIC) - READS
    told = {name.split()[0] for name in STALE} | BY_ROW | NOTHING_WRITTEN_OVER.keys()
    # A list's page has its acts at other addresses, except these.
    assert acting - told == set(), "say in this module what becomes of a stale page"
    assert told - acting <= {"ulbs:register"}


def opened(client: Any, address: str, marks: tuple[str, ...]) -> Form:
    """The form by its fields, or by the part of the page that it sends."""
    if marks == ("nodal_officer",):
        return next(form for form in forms_of(client, address) if form.fields.get("part") == marks[0])
    return form_with(client, address, *marks)


def test_the_second_to_save_is_shown_both_texts_and_nothing_is_written_over(scene: Scene) -> None:
    for name in STALE:
        with scene.undone():
            meet(scene, name)


def meet(scene: Scene, name: str) -> None:
    """Two of an office open the form of `name`; both save."""
    pattern, marks, first, second = STALE[name]
    address = address_of(scene, pattern)
    one, other = scene.client(scene.nodal), scene.client(scene.nodal)
    mine, theirs = opened(other, address, marks), opened(one, address, marks)
    nodal = str(scene.kl_office.posts.get(kind="nodal_officer").pk)
    extra = {"kind": "progress", "of": "KL", "to": nodal} if name == "reports:schedules" else {}
    saved = one.post(theirs.action.split("#")[0], theirs.fields | extra | first)
    assert saved.status_code == 302, name
    before = scene.fingerprint()
    answer = other.post(mine.action.split("#")[0], mine.fields | extra | second)
    page = answer.content.decode()
    assert answer.status_code == 409, name
    for words in (list(first.values())[-1], list(second.values())[-1]):
        shown = words if not words.startswith("202") else "-".join(reversed(words.split("-")))
        assert words in page or shown in page, (name, words)
    assert scene.fingerprint() == before, name
    # Opened again, it is saved.
    again = opened(other, address, marks)
    assert other.post(again.action.split("#")[0], again.fields | extra | second).status_code == 302


def test_a_plan_of_many_leaves_the_ulbs_that_another_changed_after_the_page_was_opened(
    scene: Scene,
) -> None:
    address = "/ulbs/KL/batches/towns/"
    one, other = scene.client(scene.nodal), scene.client(scene.unit)
    scene.keep_all()
    mine, theirs = form_with(other, address, "reason"), form_with(one, address, "reason")
    one.post(address, theirs.fields | {"ulb": str(scene.ulb.pk), "act": "no_pilot"})
    both = [str(scene.ulb.pk), str(scene.second.pk)]
    answer = one.post(address, mine.fields | {"ulb": both, "act": "pilot"}, follow=True)
    rows = Ulb.objects.in_bulk([scene.ulb.pk, scene.second.pk])
    assert (rows[scene.ulb.pk].pilot, rows[scene.second.pk].pilot) == (False, True)
    assert "Another officer saved this ULB" in answer.content.decode()
