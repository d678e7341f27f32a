"""The pages of imports: upload, preview, confirm, take back, the queue of tenants."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from states.models import Entry
from tests.test_queries import count
from tests.ulbs.sheets import ROWS, changed, lgd, text
from tests.world import World
from ulbs.actions import imports
from ulbs.models import Import, Tenant, Ulb
from ulbs.tasks import forget_previews


def upload(
    client: Any, data: bytes, name: str = "lgd.csv", url: str = "/ulbs/KL/import/", **more: Any
) -> Any:
    return client.post(url, {"file": SimpleUploadedFile(name, data), **more})


def test_a_file_is_uploaded_looked_at_confirmed_and_taken_back(world: World) -> None:
    client = world.client(world.nodal)
    assert "/ulbs/KL/import/" in client.get("/ulbs/KL/").content.decode()
    answer = upload(client, text(lgd()))
    made = Import.objects.get()
    assert answer["Location"] == f"/ulbs/KL/import/{made.pk}/"
    page = client.get(answer["Location"]).content.decode()
    assert "4 rows would be written." in page and "2 rows of other States/UTs were left aside." in page
    assert "Write all of it to the register" in page
    only = client.get(answer["Location"], {"result": "changed"}).content.decode()
    assert "Alpha" in only and "Gamma" not in only
    assert Ulb.objects.filter(state=world.kl).count() == 1
    assert client.post(answer["Location"], {"act": "confirm"}).status_code == 302
    assert Ulb.objects.filter(state=world.kl).count() == 4
    assert "Take it back" in client.get(answer["Location"]).content.decode()
    client.post(answer["Location"], {"act": "undo"})
    assert Ulb.objects.filter(state=world.kl).count() == 1
    assert "Taken back" in client.get(answer["Location"]).content.decode()
    again = client.post(answer["Location"], {"act": "confirm"})
    assert again.status_code == 422 and Ulb.objects.filter(state=world.kl).count() == 1


def test_the_same_file_again_says_that_nothing_changes(world: World) -> None:
    client = world.client(world.nodal)
    imports.confirm(imports.read_in(text(lgd()), "a.csv", state=world.kl, by=world.nodal), by=world.nodal)
    page = client.get(upload(client, text(lgd()))["Location"]).content.decode()
    assert "This file changes nothing." in page and "Write all of it" not in page


def test_a_refused_file_shows_every_fault_with_what_to_do_and_offers_no_confirmation(world: World) -> None:
    client = world.client(world.nodal)
    rows = [changed(n, type=99, code="") for n in range(4)]
    page = client.get(upload(client, text(lgd(*rows)))["Location"]).content.decode()
    assert "4 rows cannot be read." in page
    assert page.count("There is no such type.") == 4 and page.count("The code is missing.") == 4
    assert "Write all of it" not in page


def test_of_a_file_with_a_refused_row_each_part_is_offered_with_its_rows(world: World) -> None:
    client = world.client(world.nodal)
    place = upload(client, text(lgd(changed(0, type=99), *ROWS[1:4])))["Location"]
    offered = client.get(place).context["counts"]
    assert [(name, n) for name, _label, n in offered] == [("new", 3), ("suspicious", 3), ("refused", 1)]
    for name, _label, _n in offered:
        assert client.get(f"{place}?result={name}").context["rows"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"%PDF-1.4 letter", "web page or a document"),
        (text([["a", "b"], [1, 2]]), "No row of the file is a heading"),
        (b"PK\x03\x04garbage", "cannot be opened"),
        (text(lgd(*ROWS[4:])), "No row of the file belongs to this State/UT"),
    ],
)
def test_what_cannot_be_read_is_refused_beside_the_field(world: World, data: bytes, words: str) -> None:
    answer = upload(world.client(world.nodal), data)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Import.objects.count() == 0


def test_the_preview_is_paged_and_stays_within_ten_queries(world: World) -> None:
    def rows(n: int) -> Any:
        return lgd(*((k, 251000 + k, 1, f"Town {k}", "", 5, "", 32, "KERALA") for k in range(n)))

    client = world.client(world.nodal)
    few = imports.read_in(text(rows(5)), "few.csv", state=world.kl, by=world.nodal)
    many = imports.read_in(text(rows(900)), "many.csv", state=world.kl, by=world.nodal)
    queries = {count(client, made.get_absolute_url()) for made in (few, many)}
    assert len(queries) == 1 and max(queries) <= 10
    page = client.get(many.get_absolute_url(), {"page": 9}).content.decode()
    assert "Town 899" in page and "Town 799" not in page
    assert count(client, "/ulbs/KL/import/") <= 10


def test_the_centre_reads_the_nations_register_in_and_the_ministry_looks_on(world: World) -> None:
    client = world.client(world.reviewer)
    answer = upload(client, text(lgd()), url="/ulbs/import/")
    page = client.get(answer["Location"]).content.decode()
    assert "Kerala" in page and "Maharashtra" in page
    shown = world.client(world.ministry).get(answer["Location"]).content.decode()
    assert "Psi" in shown and "Write all of it" not in shown
    client.post(answer["Location"], {"act": "confirm"})
    assert Ulb.objects.count() == 6
    assert "/ulbs/import/" in client.get("/").content.decode()


def test_the_queue_offers_the_nearest_ulbs_and_remembers_what_is_chosen(world: World) -> None:
    rows = [
        ("stateName", "code", "name"),
        *(("Kerala", f"kl.{n}", n) for n in ("Alfa", "Depot", "Beta", "Far")),
    ]
    imports.confirm(imports.read_in(text(rows), "t.csv", state=world.kl, by=world.nodal), by=world.nodal)
    beta = Ulb.objects.create(state=world.kl, lgd_code=250555, name="Quite Different", type_code=5)
    client = world.client(world.unit)
    url = "/ulbs/KL/tenants/"
    page = client.get(url).content.decode()
    assert 'option value="250001"' in page and "250101" not in page
    of = {row.name: row for row in Tenant.objects.all()}
    data = {f"seen_{row.pk}": row.token for row in of.values()}
    data |= {f"ulb_{of['Alfa'].pk}": "250001", f"ulb_{of['Depot'].pk}": "none"}
    data |= {f"ulb_{of['Beta'].pk}": "code", f"code_{of['Beta'].pk}": "250555"}
    assert client.post(url, data).status_code == 302
    assert dict(Tenant.objects.values_list("name", "ulb__lgd_code")) == {
        "Alfa": 250001, "Depot": None, "Beta": beta.lgd_code, "Far": None,
    }  # fmt: skip
    assert Tenant.objects.get(name="Far").how == ""
    late = client.post(url, data)
    assert late.status_code == 422 and "Another officer decided" in late.content.decode()
    far = {f"seen_{of['Far'].pk}": ":", f"ulb_{of['Far'].pk}": "code", f"code_{of['Far'].pk}": "250101"}
    assert "There is no ULB of this State/UT" in client.post(url, far).content.decode()
    assert "Quite Different" in client.get(url, {"show": "decided"}).content.decode()
    assert count(client, url) <= 10
    assert world.client(world.neighbour).post(url, data).status_code == 404


def test_no_page_breaks_on_what_a_stranger_types(world: World) -> None:
    client = world.client(world.nodal)
    made = imports.read_in(text(lgd()), "lgd.csv", state=world.kl, by=world.nodal)
    assert client.get(made.get_absolute_url(), {"result": "x", "page": "-4"}).status_code == 200
    assert client.post(made.get_absolute_url(), {"act": "x"}).status_code == 302
    assert client.post("/ulbs/KL/import/", {"kind": "lgd"}).status_code == 422
    assert upload(client, text(lgd()), kind="figures").status_code == 422
    assert client.post("/ulbs/KL/tenants/", {"ulb_x": "1"}).status_code == 302
    assert client.post("/ulbs/KL/tenants/", {"ulb_99": "1"}).status_code == 404
    assert upload(client, text(lgd()), name="../../x\u202e.csv").status_code == 302
    assert Import.objects.order_by("-pk")[0].name == "x.csv"


def test_a_preview_that_nobody_confirmed_is_taken_away_after_two_weeks(world: World) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=20)):
        left = imports.read_in(text(lgd()), "old.csv", state=world.kl, by=world.nodal)
        done = imports.read_in(text(lgd(ROWS[1])), "done.csv", state=world.kl, by=world.nodal)
        imports.confirm(done, by=world.nodal)
    fresh = imports.read_in(text(lgd()), "new.csv", state=world.kl, by=world.nodal)
    forget_previews()
    assert set(Import.objects.values_list("pk", flat=True)) == {done.pk, fresh.pk}
    assert Entry.objects.filter(verb="import.read", target_id=str(left.pk)).exists()
