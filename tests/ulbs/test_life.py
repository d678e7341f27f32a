"""The life of a ULB on its pages: added, renamed, merged, split, dropped, reinstated."""

from typing import Any

from django.urls import reverse

from nudm.core.dates import today
from tests.world import World, day
from ulbs.actions import register
from ulbs.models import Ulb


def test_cantonment_boards_are_taken_in_on_their_page(world: World) -> None:
    Ulb.objects.create(state=world.kl, lgd_code=299001, name="Board", type_code=8, in_scope=False)
    client = world.client(world.nodal)
    client.post(reverse("ulbs:cantonments", args=["KL"]), {"in_scope": "1"})
    assert Ulb.objects.get(lgd_code=299001).in_scope


def test_a_ulb_is_added_renamed_given_its_code_and_found_under_its_former_name(world: World) -> None:
    client = world.client(world.unit)
    made = client.post(reverse("ulbs:new", args=["KL"]), {"name": "New Town", "type_code": 7})
    ulb = Ulb.objects.get(name="New Town")
    assert made["Location"] == ulb.get_absolute_url() and ulb.provisional
    form = {"name": "Newer Town", "type_code": 7, "version": ulb.version}
    assert client.post(reverse("ulbs:edit", args=["KL", ulb.lgd_code]), form).status_code == 302
    assert client.post(reverse("ulbs:edit", args=["KL", ulb.lgd_code]), form).status_code == 409
    assert ulb.aliases.get().name == "New Town"
    code = reverse("ulbs:code", args=["KL", ulb.lgd_code])
    assert client.post(code, {"lgd_code": world.ulb.lgd_code, "version": 1}).status_code == 422
    assert client.post(code, {"lgd_code": 299_123, "version": 1})["Location"] == "/ulbs/KL/299123/"
    found = client.get(reverse("ulbs:plan", args=["KL"]), {"q": "New Town"}).context["picked"]
    assert [row.lgd_code for row in found.page] == [299_123]


def test_a_ulb_is_merged_split_dropped_and_reinstated_on_its_page(world: World) -> None:
    one, two, three, four = world.towns(4)
    client = world.client(world.nodal)

    def end(ulb: Ulb, **form: Any) -> int:
        form = {"on": day(1), "reason": "G.O. 7", "confirmed": "1"} | form
        return int(client.post(reverse("ulbs:end", args=["KL", ulb.lgd_code]), form).status_code)

    assert end(one, after=str(three.lgd_code), together=two.name) == 302
    assert end(one, after=str(three.lgd_code)) == 422
    assert end(three, after=f"{world.ulb.lgd_code}\n{four.lgd_code}") == 302
    assert end(four, after="Omega") == 422
    assert end(four, together=world.ulb.name) == 422
    assert end(four, on=day(-1)) == 422
    assert end(four) == 302
    assert dict(Ulb.objects.exclude(ended="").values_list("pk", "ended")) == {
        one.pk: "merged",
        two.pk: "merged",
        three.pk: "split",
        four.pk: "dropped",
    }
    page = client.get(three.get_absolute_url()).content.decode()
    assert "G.O. 7" in page and one.name in page and world.ulb.name in page
    assert client.post(reverse("ulbs:reinstate", args=["KL", one.lgd_code])).status_code == 422
    assert client.post(reverse("ulbs:reinstate", args=["KL", four.lgd_code])).status_code == 302
    for who, status in (("agency", 403), ("neighbour", 404), ("ministry", 403)):
        url = reverse("ulbs:end", args=["KL", four.lgd_code])
        assert world.client(getattr(world, who)).get(url).status_code == status
    own = reverse("ulbs:edit", args=["KL", world.ulb.lgd_code])
    assert world.client(world.town).get(own).status_code == 403


def test_who_takes_an_end_back_is_told_that_the_ulb_stays_left_out(world: World) -> None:
    client = world.client(world.nodal)
    register.update_ulb(world.ulb, {"in_scope": False, "scope_reason": "By order"}, version=0, by=world.nodal)
    for in_scope, words in ((False, "is back, and left out as before."), (True, "is counted again.")):
        world.ulb.refresh_from_db()
        if in_scope:
            register.update_ulb(world.ulb, {"in_scope": True}, version=world.ulb.version, by=world.nodal)
            world.ulb.refresh_from_db()
        register.drop(world.ulb, on=today(), reason="Merged", by=world.nodal)
        page = client.post(reverse("ulbs:reinstate", args=["KL", 250001]), follow=True)
        assert words in page.content.decode()
