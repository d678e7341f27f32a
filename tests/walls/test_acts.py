"""Acts that name a state, a row or a post in what they send, not in their address."""

from typing import Any

import pytest
from django.urls import reverse

from reports.models import Report, Subscription
from tests.walls.expectations import CENTRE, MINISTRY, PEOPLE, role_of
from tests.walls.scene import Scene

SIGNED_IN = [who for who, places in PEOPLE.items() if places is not None]


@pytest.fixture
def scene(db: Any) -> Scene:
    return Scene()


def test_a_report_is_asked_for_by_those_who_see_the_state(scene: Scene) -> None:
    for who in SIGNED_IN:
        for row, kind in (("MH", "progress"), ("KL", "progress"), ("IN", "national")):
            with scene.undone():
                before = Report.objects.count()
                scene.ask(who, "post", reverse("reports:ask"), {"kind": kind, "state": row, "language": "en"})
                made = Report.objects.count() > before
            sees = {CENTRE, MINISTRY} if row == "IN" else {CENTRE, MINISTRY, "office", "agency"}
            place = role_of(who, "KL") if row == "IN" else role_of(who, row)
            assert made == (place in sees), (who, row)


def test_a_report_is_subscribed_to_by_those_who_see_the_state(scene: Scene) -> None:
    schedule = {"kind": "progress", "of": "MH", "every": "week", "weekday": 0, "day": 6, "at": "09:00"}
    Subscription.objects.all().delete()
    for who in SIGNED_IN:
        posts = [held.post_id for held in getattr(scene, who).appointments.all()]
        sent = schedule | {"form": "pdf", "language": "en", "to": next(reversed(posts), "")}
        with scene.undone():
            scene.ask(who, "post", reverse("reports:schedules"), sent)
            made = Subscription.objects.filter(state=scene.mh).exists()
        assert made <= bool(role_of(who, "MH") not in {"", "town"}), who
        if who in {"reviewer", "ministry", "neighbour"}:
            assert made, who


def test_answering_many_skips_what_is_not_ones_own(scene: Scene) -> None:
    for row in ("KL", "MH"):
        pk = scene.rows[row]["item"]
        for who in SIGNED_IN:
            with scene.undone():
                sent = {"item": [pk], f"version_{pk}": scene.items[row].version, "act": "accept"}
                scene.ask(who, "post", reverse("phases:answer_many"), sent)
                scene.items[row].refresh_from_db()
                accepted = scene.items[row].status == "accepted"
            scene.items[row].refresh_from_db()
            assert accepted == (role_of(who, row) == CENTRE), (row, who)


def test_the_api_takes_no_neighbour_in_what_is_sent(scene: Scene) -> None:
    """A state, a ULB or a report of the neighbour named in a body is 404, as one that is nowhere."""
    for who in SIGNED_IN:
        if role_of(who, "MH"):
            continue
        for state in ("MH", "XX"):
            figures = {
                "state": state,
                "figures": [{"metric": "x", "value": "1", "purpose": "actual", "ulb": 250101}],
            }
            for name, body in (
                ("api_figures", figures),
                ("api_reports", {"kind": "progress", "state": state, "language": "en"}),
            ):
                with scene.undone():
                    before = scene.fingerprint()
                    status = scene.ask(who, "post", reverse(name), body).status_code
                    assert scene.fingerprint() == before
                assert status in {400, 404}, (who, name, state, status)
