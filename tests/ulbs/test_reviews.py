"""Reviews with the centre and their findings; what trainings, meetings, campaigns and policies count by."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from nudm.core.dates import today
from nudm.core.errors import NotAllowed, Refused
from nudm.core.ratio import Ratio
from states.past import as_on
from tests.core.files import pdf, uploaded
from tests.ulbs.registered import MEETING, TRAINING, counted
from tests.world import World, day
from ulbs import tally
from ulbs.actions import event_files, events, figures, logs
from ulbs.models import Event, Incident, Trainer
from ulbs.rules.events import EventKind, Topic
from ulbs.rules.registers import mix

REVIEW: dict[str, Any] = {"title": "Review", "topic": "design", "on": day(3), "minutes": "As agreed"}
FINDING = {"title": "No cache", "severity": "critical", "owner": "agency", "opened_on": day(2)}


def review(world: World, topic: str, *, close: bool = True, by: Any = None) -> Event:
    values = REVIEW | {"topic": topic}
    return events.save_event(world.kl, EventKind.REVIEW, values, close=close, by=by or world.reviewer)


@pytest.mark.parametrize("topic", [topic for topic in Topic if topic is not Topic.PLANS])
def test_a_review_that_was_held_is_counted_for_what_it_was_of_and_for_nothing_else(
    world: World, topic: Topic
) -> None:
    made = review(world, topic, close=False)
    assert not any(counted(world)[f"reviews.{each}"].begun for each in Topic)
    events.save_event(
        world.kl, EventKind.REVIEW, {}, row=made, version=made.version, close=True, by=world.nodal
    )
    told = counted(world)
    assert {each for each in Topic if told[f"reviews.{each}"].complete} == {topic}
    yesterday = tally.tallies_on([world.kl.pk], day(1))[world.kl.pk]
    assert yesterday[f"reviews.{topic}"] == Ratio(0, 1)
    assert tally.tallies_on([world.kl.pk], today())[world.kl.pk][f"reviews.{topic}"] == Ratio(1, 1)


def test_plans_are_reviewed_as_documents(world: World) -> None:
    made = review(world, "plans", close=False)
    url = reverse("ulbs:entry", args=["KL", "review", made.pk])
    assert "Add the plan that was reviewed" in world.client(world.reviewer).get(url).content.decode()
    with pytest.raises(Refused) as refused:
        events.save_event(world.kl, EventKind.REVIEW, {}, row=made, version=1, close=True, by=world.reviewer)
    assert set(refused.value.fields) == {"files"}
    event_files.attach(made, uploaded("plan.pdf", pdf()), by=world.nodal)
    events.save_event(world.kl, EventKind.REVIEW, {}, row=made, version=1, close=True, by=world.reviewer)
    assert counted(world)["reviews.plans"] == Ratio(1, 1)


def test_what_a_review_finds_is_logged_by_either_side_and_followed_by_the_agency(world: World) -> None:
    made = review(world, "design", close=False)
    with pytest.raises(NotAllowed):
        logs.save_incident(world.kl, FINDING, review=made, by=world.agency)
    url = reverse("ulbs:new_finding", args=["KL", made.pk])
    form = FINDING | {"opened_on": f"{day(2):%d-%m-%Y}"}
    assert world.client(world.reviewer).post(url, form).status_code == 302
    finding = Incident.objects.get()
    assert finding.review == made and counted(world)["criticals.fixed"] == Ratio(0, 1)
    page = world.client(world.ministry).get(reverse("ulbs:entry", args=["KL", "review", made.pk]))
    assert "No cache" in page.content.decode()
    there = world.client(world.agency).get(reverse("ulbs:entry", args=["KL", "incidents", finding.pk]))
    assert "Found in the review “Review”" in there.content.decode()
    solved = {"solution": "A cache was added"}
    logs.save_incident(world.kl, solved, row=finding, version=1, close=True, by=world.agency)
    # Nothing was tested yet.
    assert counted(world)["criticals.fixed"] == Ratio(0, 0)
    with pytest.raises(Refused, match="log of incidents"):
        events.remove_event(made, version=1, by=world.reviewer)
    assert Event.objects.filter(pk=made.pk).exists()


@pytest.mark.by_hand
def test_a_review_of_incidents_sees_how_severe_and_how_old_they_were_on_its_day(world: World) -> None:
    for n, (severity, opened, closed) in enumerate(
        [("critical", 40, None), ("critical", 10, 2), ("major", 9, 5), ("minor", 1, None)]
    ):
        Incident.objects.create(
            state=world.kl,
            title=f"{n}",
            severity=severity,
            opened_on=day(opened),
            closed_on=day(closed) if closed else None,
        )
    assert mix(Incident.objects.all(), day(3)) == {"critical": (2, 37)}
    assert mix(Incident.objects.all(), day(6)) == {"critical": (2, 34), "major": (1, 3)}
    # What is closed on a day is no longer open at its end.
    assert "major" not in mix(Incident.objects.all(), day(5))
    Incident.objects.create(state=world.mh, title="Far", severity="critical", opened_on=day(90))
    made = review(world, "incidents")
    page = world.client(world.reviewer).get(reverse("ulbs:entry", args=["KL", "review", made.pk]))
    assert [tuple(row)[1:] for row in page.context["mix"]] == [(2, 37), (0, 0), (0, 0)]
    assert page.context["findings"] == []
    assert page.context["looked_at"] == f"/ulbs/KL/registers/incidents/?as_on={day(3):%d-%m-%Y}"


def test_what_a_design_review_finds_tests_nothing_and_a_critical_finding_is_a_bug(world: World) -> None:
    made = review(world, "design", close=False)
    minor = FINDING | {"severity": "minor"}
    logs.save_incident(world.kl, minor, review=made, by=world.reviewer)
    assert counted(world)["criticals.fixed"] == Ratio(0, 0)
    logs.save_incident(world.kl, FINDING, review=made, by=world.reviewer)
    assert counted(world)["criticals.fixed"] == Ratio(0, 1)
    assert tally.tallies_on([world.kl.pk], today())[world.kl.pk]["criticals.fixed"] == Ratio(0, 1)
    logs.save_incident(world.kl, minor, by=world.agency)
    assert counted(world)["criticals.fixed"] == Ratio(0, 1)


def test_a_finding_is_made_less_severe_only_by_those_who_record_reviews(world: World) -> None:
    made = review(world, "design", close=False)
    finding = logs.save_incident(world.kl, FINDING, review=made, by=world.reviewer)
    easier = FINDING | {"severity": "major"}
    with pytest.raises(Refused) as refused:
        logs.save_incident(world.kl, easier, row=finding, version=1, by=world.agency)
    assert set(refused.value.fields) == {"severity"}
    url = reverse("ulbs:entry", args=["KL", "incidents", finding.pk])
    form = easier | {"opened_on": f"{day(2):%d-%m-%Y}", "version": 1}
    assert world.client(world.reviewer).post(url, form).status_code == 302
    finding = Incident.objects.get()
    assert finding.severity == "major"
    logs.save_incident(world.kl, FINDING, row=finding, version=2, by=world.agency)
    own = logs.save_incident(world.kl, FINDING, by=world.agency)
    assert logs.save_incident(world.kl, easier, row=own, version=1, by=world.agency).severity == "major"
    with pytest.raises(NotAllowed):
        logs.save_incident(world.kl, FINDING, row=own, version=2, by=world.reviewer)


def test_a_finding_belongs_to_an_open_review_and_is_not_older(world: World) -> None:
    made = review(world, "design", close=False)
    with pytest.raises(Refused) as refused:
        logs.save_incident(world.kl, FINDING | {"opened_on": day(4)}, review=made, by=world.reviewer)
    assert set(refused.value.fields) == {"opened_on"}
    closed = review(world, "solution")
    with pytest.raises(Refused, match="Reopen"):
        logs.save_incident(world.kl, FINDING, review=closed, by=world.reviewer)
    assert not Incident.objects.exists()


def test_a_meeting_counts_once_action_was_taken_on_its_points_that_are_due(world: World) -> None:
    logs.save_cadence(world.kl, {"every": "month", "chair": "x", "since": day(9)}, version=0, by=world.nodal)
    meeting = events.save_event(world.kl, EventKind.MEETING, MEETING, by=world.nodal)
    points = [
        events.save_point(meeting, {"text": "Do", "owner": "state", "due": due}, by=world.nodal)
        for due in (day(1), today() + timedelta(days=1), None)
    ]
    events.save_event(world.kl, EventKind.MEETING, {}, row=meeting, version=1, close=True, by=world.nodal)

    def held() -> Ratio:
        then = tally.tallies_on([world.kl.pk], today())[world.kl.pk]["cadence.meetings"]
        assert counted(world)["cadence.meetings"] == then
        return then

    assert held() == Ratio(0, 2)
    events.save_point(meeting, {"taken": "Asked"}, row=points[0], version=1, by=world.nodal)
    assert held() == Ratio(0, 2)
    events.save_point(meeting, {"taken": "Done"}, row=points[2], version=1, by=world.nodal)
    assert held() == Ratio(1, 2)
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        assert held() == Ratio(0, 2)


def test_it_is_told_in_how_many_meetings_the_centre_took_part(world: World) -> None:
    for with_centre in (True, False, False):
        values = MEETING | {"with_centre": with_centre}
        events.save_event(world.kl, EventKind.MEETING, values, close=True, by=world.nodal)
    assert counted(world)["cadence.centre"] == Ratio(1, 3)
    assert tally.tallies_on([world.kl.pk], today())[world.kl.pk]["cadence.centre"] == Ratio(1, 3)


def test_a_training_collects_feedback_by_several_methods(world: World) -> None:
    url = reverse("ulbs:new_entry", args=["KL", "training"])
    form = {name: value for name, value in TRAINING.items() if value is not None}
    form |= {
        "on": f"{day(1):%d-%m-%Y}",
        "modules": ["PGR"],
        "towns": ["pilots"],
        "act": "close",
        "version": 0,
    }
    assert world.client(world.agency).post(url, form | {"feedback_method": []}).status_code == 422
    sent = form | {"feedback_method": ["calls", "trainers"], "participants": "A. Clerk, accountant"}
    assert world.client(world.agency).post(url, sent).status_code == 302
    assert Event.objects.get().feedback_method == "calls,trainers"
    told = counted(world)
    assert (told["feedback.calls"], told["feedback.reverse_kt"]) == (Ratio(1, 1), Ratio(0, 1))
    assert tally.tallies_on([world.kl.pk], today())[world.kl.pk]["feedback.calls"] == Ratio(1, 1)
    page = world.client(world.ministry).get(reverse("ulbs:register", args=["KL", "training"]))
    assert "Feedback calls by the L1 resource; Train the trainers" in page.content.decode()


def test_trainers_of_a_cluster_are_named_until_they_are_none_any_more(world: World) -> None:
    values = {"title": "A. Trainer, accountant", "cluster": "North", "ulb": world.ulb, "since": day(20)}
    made = logs.save_trainer(world.kl, values, by=world.agency)
    assert counted(world)["trainers.named"] == Ratio(1, 1)
    for wrong in ({"until": day(21)}, {"until": day(-1)}, {"since": day(-1)}, {"ulb": world.far_ulb}):
        with pytest.raises(Refused):
            logs.save_trainer(world.kl, wrong, row=made, version=1, by=world.agency)
    logs.save_trainer(world.kl, {"until": day(1)}, row=made, version=1, by=world.nodal)
    assert counted(world)["trainers.named"] == Ratio(0, 1)
    assert tally.tallies_on([world.kl.pk], today())[world.kl.pk]["trainers.named"] == Ratio(0, 1)
    assert [row.cluster for row in as_on(Trainer, [world.kl.pk], today())] == ["North"]


def test_campaigns_are_multi_channel_by_two_channels(world: World) -> None:
    for channel, n in (("sms", 1), ("sms", 1), ("radio", 2), ("print", 2)):
        values = {"title": "Campaign", "on": day(1), "channel": channel, "reach": 900}
        events.save_event(world.kl, EventKind.CAMPAIGN, values, towns=[world.ulb], close=True, by=world.nodal)
        assert counted(world)["events.campaign"] == Ratio(n, 2)
        assert tally.tallies_on([world.kl.pk], today())[world.kl.pk]["events.campaign"] == Ratio(n, 2)


def test_100_per_cent_transactions_are_a_kpi_by_policy_and_target(world: World) -> None:
    assert counted(world)["policy.transactions"] == Ratio(0, 0)
    item = {"topic": "transactions", "title": "Order", "status": "drafted", "since": day(1)}
    made = logs.save_policy(world.kl, item, by=world.nodal)
    assert counted(world)["policy.transactions"] == Ratio(0, 2)
    notified = item | {"status": "notified", "order_number": "G.O. 7"}
    logs.save_policy(world.kl, notified, row=made, version=1, by=world.nodal)
    assert counted(world)["policy.transactions"] == Ratio(1, 2)
    target = figures.Given("transactions_digital", Decimal(100), purpose="target")
    figures.save_figures(world.kl, [target], by=world.nodal)
    assert counted(world)["policy.transactions"] == Ratio(2, 2)
    assert tally.tallies_on([world.kl.pk], today())[world.kl.pk]["policy.transactions"] == Ratio(2, 2)


def test_the_checklist_says_what_the_centre_has_done(world: World) -> None:
    review(world, "solution")
    page = " ".join(world.client(world.nodal).get("/phases/KL/3/").content.decode().split())
    told = page[page.index("What the centre does") :]
    assert "Assist in reviewing the solution." in told
    assert told.index("Counted: 1 of 1") < told.index("Assist in implementation.")
    assert 'href="/ulbs/KL/registers/review/"' in told
