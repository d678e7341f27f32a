"""A double click, a form sent again: done once, and led to the same place."""

from typing import Any

import pytest

from nudm.core.models import Outbox
from reports.demo.answers import demo_pdf
from states.models import Entry
from tests.accounts.signing import TOKEN
from tests.core.files import uploaded
from tests.walls.forms import address_of, forms_of
from tests.walls.scene import Scene
from ulbs.models import Deployment


@pytest.fixture
def scene(db: Any) -> Scene:
    return Scene()


POINT = {"text": "Do it", "owner": "state", "due": "2030-01-01"}
# By route: which form of the page, by its fields, and what is filled in.
TWICE: dict[str, tuple[str, tuple[str, ...], dict[str, str]]] = {
    "phases:evidence": ("/phases/KL/evidence/", ("replaces",), {"title": "Order"}),
    "phases:item": ("/phases/KL/2/2.customisations_agreed/", ("remark",), {"act": "save", "remark": "words"}),
    "phases:item due": (
        "/phases/KL/2/2.customisations_agreed/",
        ("due", "reason"),
        {"act": "due", "due": "2030-01-01", "reason": "r"},
    ),
    "phases:record": ("/phases/KL/records/mou/", ("letter_number",), {"letter_number": "11/2026"}),
    "ulbs:ulb": ("/ulbs/KL/250001/", ("scope_reason",), {"kind": "greenfield"}),
    "ulbs:new": ("/ulbs/KL/new/", ("name_local",), {"name": "Newtown", "type_code": "5"}),
    "ulbs:edit": ("/ulbs/KL/250001/edit/", ("name_local",), {"name": "Alpha One"}),
    "ulbs:town": ("/ulbs/KL/250001/town/", ("b-transactions",), {"b-transactions": "5"}),
    "ulbs:town_links": ("/ulbs/KL/250001/", ("to",), {"to": "office@example.in"}),
    "ulbs:cell": ("/ulbs/KL/250001/PGR/", ("started_on",), {"started_on": "2026-11-11"}),
    "ulbs:figures": ("/ulbs/KL/figures/", ("tickets",), {"tickets": "5"}),
    "ulbs:town_figures": ("/ulbs/KL/250001/figures/", ("transactions",), {"transactions": "5"}),
    "ulbs:batch": ("/ulbs/KL/batches/1/", ("planned_on",), {"planned_on": "2027-01-11"}),
    "ulbs:new_batch": ("/ulbs/KL/batches/new/", ("number",), {}),
    "ulbs:fill_batches": ("/ulbs/KL/batches/fill/", ("size",), {"order": "population"}),
    "ulbs:remove_batch": ("/ulbs/KL/batches/1/", ("remove",), {}),
    "ulbs:remove": ("/ulbs/KL/registers/training/{event}/", ("remove", "version"), {}),
    "ulbs:remove_file": ("/ulbs/KL/registers/training/{event}/", ("remove", "files"), {}),
    "ulbs:new_entry": (
        "/ulbs/KL/registers/incidents/new/",
        ("title",),
        {"title": "Outage", "severity": "minor", "detail": "d"},
    ),
    "ulbs:new_point": (
        "/ulbs/KL/registers/meeting/{meeting}/points/",
        ("text",),
        POINT,
    ),
    "reports:ask": ("/reports/", ("as_on",), {"state": "KL"}),
    "reports:chain": ("/reports/chain/KL/", ("designation_1",), {"designation_1": "Secretary"}),
    "reports:schedules": (
        "/reports/schedules/",
        ("weekday",),
        {"kind": "brief", "of": "KL", "to": "{nodal_post}"},
    ),
    "reports:schedule": ("/reports/schedules/", ("act",), {"act": "now"}),
    "states:add_post": (
        "/states/people/teams/{team}/posts/",
        ("title",),
        {"title": "Post", "kind": "fellow"},
    ),
    "states:post": (
        "/states/people/posts/{unit_post}/",
        ("email",),
        {"act": "hand_over", "email": "first@example.in", "name": "First"},
    ),
    "accounts:me": ("/accounts/me/", ("name", "part"), TOKEN | {"name": "Program"}),
}


def test_a_form_sent_twice_is_done_once_and_answered_twice(scene: Scene) -> None:
    for name in TWICE:
        with scene.undone():
            send_twice(scene, name)


def send_twice(scene: Scene, name: str) -> None:
    pattern, marks, given = TWICE[name]
    address, client = address_of(scene, pattern), scene.client(scene.nodal)
    nodal = str(scene.kl_office.posts.get(kind="nodal_officer").pk)
    given = {field: words.format(nodal_post=nodal) for field, words in given.items()}
    # A form is known by its fields, or by the words of its address.
    known = [(f, f.offered | f.fields.keys() | set(f.action.split("/"))) for f in forms_of(client, address)]
    found = [f for f, words in known if set(marks) <= words]
    found = [f for f in found if f.fields.get("part") == given.get("part", f.fields.get("part"))]
    form = found[0]
    file = {"file": uploaded("order.pdf", demo_pdf("order"))} if "file" in form.offered else {}
    before = counted(scene)
    first = client.post(form.action, form.fields | given | file)
    assert first.status_code == 302 or b"link" in first.content, name
    done = counted(scene)
    assert done != before, name
    if file:
        file["file"].seek(0)
    again = client.post(form.action, form.fields | given | file)
    assert again.status_code == first.status_code and counted(scene) == done, name
    if first.status_code == 302:
        assert again["Location"] == first["Location"], name


def counted(scene: Scene) -> tuple[int, ...]:
    """Lines of the log, mails, versions of facts: whatever is done changes one of them."""
    facts = scene.fingerprint()[1]["n"]
    return Entry.objects.count(), Outbox.objects.count(), facts, Deployment.objects.count()
