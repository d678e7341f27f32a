"""What may be asked for: pairs that do not go together are not offered, and refused in words."""

import pytest

from nudm.core.dates import show, today
from phases.models import Closure
from reports.models import Report, Subscription
from states.past import keep
from tests.world import World


@pytest.fixture
def closed(world: World) -> World:
    """Kerala's first stage is closed, nobody else's."""
    keep([Closure.objects.create(state=world.kl, stage=1, by=world.head, saw={})])
    return world


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("state", {"kind": "national"}),
        ("state", {"kind": "progress", "state": "IN"}),
        ("month", {"kind": "mpr"}),
        ("month", {"kind": "brief", "month": f"{today():%Y-%m}"}),
        ("reason", {"kind": "brief", "reason": "A word"}),
        ("stage", {"kind": "certificate"}),
        ("stage", {"kind": "certificate", "stage": 2}),
        ("stage", {"kind": "certificate", "stage": 1, "state": "MH"}),
        ("stage", {"kind": "progress", "stage": 1}),
        ("post", {"kind": "charge"}),
        ("as_on", {"kind": "mpr", "month": f"{today():%Y-%m}", "as_on": show(today())}),
        ("as_on", {"kind": "certificate", "stage": 1, "as_on": show(today())}),
    ],
)
def test_a_pair_that_does_not_go_together_is_refused_beside_its_field(
    closed: World, field: str, given: dict[str, str]
) -> None:
    values = {"state": "KL", "language": "en"} | given
    answer = closed.client(closed.reviewer).post("/reports/ask/", values)
    assert answer.status_code == 422 and list(answer.context["ask"].errors) == [field]
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert not Report.objects.exists()


def test_a_post_of_another_state_has_no_charge_report_here(closed: World) -> None:
    post = closed.kl_office.posts.first()
    values = {"kind": "charge", "state": "MH", "language": "en", "post": post.pk}
    client = closed.client(closed.reviewer)
    assert list(client.post("/reports/ask/", values).context["ask"].errors) == ["post"]
    assert client.post("/reports/ask/", values | {"state": "KL"}).status_code == 302


def test_a_certificate_is_offered_where_a_stage_is_closed(closed: World) -> None:
    for person, offered in ((closed.nodal, ["", "1"]), (closed.neighbour, [""])):
        form = closed.client(person).get("/reports/").context["ask"]
        assert [value for value, _label in form.fields["stage"].choices] == offered
        kinds = {value for value, _label in form.fields["kind"].choices}
        assert ("certificate" in kinds) == (len(offered) > 1) and "national" not in kinds


def test_a_schedule_asks_for_its_own_day_only(world: World) -> None:
    client, post = world.client(world.nodal), world.nodal.appointments.get().post
    rule = {"kind": "progress", "of": "KL", "to": post.pk, "at": "09:00", "form": "pdf", "language": "en"}
    for every, asked in (("week", "weekday"), ("month", "day")):
        answer = client.post("/reports/schedules/", rule | {"every": every})
        assert answer.status_code == 422 and list(answer.context["form"].errors) == [asked]
        assert client.post("/reports/schedules/", rule | {"every": every, asked: 3}).status_code == 302
        row = Subscription.objects.get(active=True)
        assert (row.every, getattr(row, asked)) == (every, 3)
