"""Who is told what of target dates, vacancies and schedules, and who sees it."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from django.utils.translation import override

from nudm.core import jobs, mail
from nudm.core.dates import show, today
from nudm.core.models import Outbox
from phases.models import Item
from reports.actions import notices, reminders, schedules
from reports.actions.inbox import notice
from reports.models import Holiday, Notice, Report, ScheduleRun, Subscription
from reports.schedule import next_dates
from states.actions import hand_over, rights_changed
from tests.conftest import Peer
from tests.world import World, office_hours


def at(day: date, hour: int = 12) -> Any:
    return time_machine.travel(timezone.make_aware(datetime.combine(day, time(hour))), tick=False)


def monday() -> date:
    return today() + timedelta(days=7 - today().weekday())


def overdue(world: World, days: int) -> Item:
    item = world.started()
    Item.objects.filter(pk=item.pk).update(due=today() - timedelta(days=days))
    return item


@pytest.mark.parametrize("who", ["agency", "town"])
def test_the_inbox_of_a_post_exists_for_its_holder_wherever_the_team_is(world: World, who: str) -> None:
    person = getattr(world, who)
    post = person.appointments.get().post
    row = notice(post, "mail:1", "mail", {"to": "a@example.in", "why": "550"}, "/reports/", to_do=True)
    client = world.client(person)
    assert "a@example.in" in client.get("/reports/inbox/").content.decode()
    client.post("/reports/inbox/", {"notice": row.pk})
    row.refresh_from_db()
    assert row.read_by == person
    assert "a@example.in" not in world.client(world.neighbour).get("/reports/inbox/").content.decode()


def test_where_no_superior_is_named_the_centre_is_told_and_the_page_says_so(world: World) -> None:
    overdue(world, 3)
    with at(monday()):
        reminders.queue_reminders(today())
        told = Notice.objects.get(word="escalated")
        assert told.post.team == world.centre_team and "No superior is named at level 1" in told.text
        mails = {Outbox.objects.get(pk=pk).to for pk in reminders.queue_mails(today())}
        assert mails == {world.nodal.email, world.reviewer.email}
        assert reminders.queue_mails(today()) == []
    page = world.client(world.nodal).get("/states/KL/").content.decode()
    assert "nobody is named at level 1, 2, 3" in page


def test_an_account_that_is_switched_off_makes_its_post_vacant(world: World) -> None:
    Subscription.objects.create(
        post=world.kl_office.posts.get(kind="nodal_officer"),
        kind="progress",
        state=world.kl,
        weekday=office_hours().weekday(),
    )
    world.nodal.is_active = False
    world.nodal.save()
    rights_changed()
    for _again in range(3):
        assert schedules.queue_due(office_hours()) == []
        reminders.queue_reminders(today())
        schedules.queue_mails(office_hours())
    [told] = Notice.objects.filter(word="vacant", post__team=world.centre_team)
    assert "switched off" in told.text
    assert not Outbox.objects.exists()
    assert "switched off" in (notices.digest_of(world.head, today()) or ("", ""))[1]


def test_a_report_goes_to_the_successor_of_who_left_before_it_was_sent(world: World, smtp: Peer) -> None:
    post = world.kl_office.posts.get(kind="nodal_officer")
    Subscription.objects.create(
        post=post, kind="brief", state=world.kl, weekday=office_hours().weekday(), form="xlsx"
    )
    for job in schedules.queue_due(office_hours()):
        jobs.run(job)
    [first] = schedules.queue_mails(office_hours())
    hand_over(post, world.nobody, today() - timedelta(days=1))
    mail.send(first)
    [second] = schedules.queue_mails(office_hours())
    mail.send(second)
    assert [to for to, _content in smtp.mails] == [world.nobody.email]
    assert ScheduleRun.objects.count() == Report.objects.count() == 1


def test_days_that_pass_are_no_change(world: World) -> None:
    post = world.kl_office.posts.get(kind="nodal_officer")
    overdue(world, 1)
    row = Subscription.objects.create(
        post=post, kind="brief", state=world.kl, weekday=0, form="xlsx", skip_unchanged=True
    )
    mails = []
    for week in range(3):
        with at(monday() + timedelta(days=7 * week)):
            if week == 2:
                world.submitted("2.customisations_agreed")
            for job in schedules.queue_due(timezone.now()):
                jobs.run(job)
            mails.append(len(schedules.queue_mails(timezone.now())))
    assert mails[:2] == [1, 0]
    assert ScheduleRun.objects.filter(subscription=row).count() == 3


def test_a_digest_is_of_what_is_open_when_it_is_sent_and_on_no_holiday(world: World, smtp: Peer) -> None:
    item = overdue(world, 1)
    Holiday.objects.create(day=monday(), name="Onam", state=world.kl)
    with at(monday()):
        reminders.queue_reminders(today())
        assert notices.queue_digests(today()) == []
    with at(monday() + timedelta(days=1)):
        reminders.queue_reminders(today())
        [promised] = [
            pk for pk in notices.queue_digests(today()) if Outbox.objects.get(pk=pk).to == world.nodal.email
        ]
    with at(monday() + timedelta(days=2)):
        Item.objects.filter(pk=item.pk).update(due=today() - timedelta(days=1))
        mail.send(promised)
        [(_to, content)] = smtp.mails
        assert f"as on {show(today())}".encode() in content and b"1 day:" in content
        assert b"1 open" in content


@pytest.mark.parametrize("off", ["a Sunday", "a holiday"])
def test_a_mail_of_the_ladder_that_no_relay_took_waits_over_a_day_off(
    world: World, smtp: Peer, off: str
) -> None:
    start = monday() + timedelta(days=5 if off == "a Sunday" else 0)
    overdue(world, (today() - start).days)
    if off == "a holiday":
        Holiday.objects.create(day=start + timedelta(days=1), name="Onam", state=world.kl)
    with at(start):
        reminders.queue_reminders(today())
        promised = reminders.queue_mails(today())
    assert promised
    with at(start + timedelta(days=1)):
        for pk in promised:
            mail.send(pk)
        assert smtp.mails == []
    with at(start + timedelta(days=2)):
        for pk in promised:
            mail.send(pk)
        assert {to for to, _content in smtp.mails} == {
            row.to for row in Outbox.objects.filter(pk__in=promised)
        }
        assert f"as on {show(today())}".encode() in smtp.mails[0][1]


def test_the_last_day_of_the_month_can_be_chosen_and_short_months_have_one(world: World) -> None:
    rule: dict[str, Any] = {"every": "month", "weekday": 0, "holidays": frozenset()}
    assert next_dates(date(2027, 1, 5), 3, day_of_month=31, **rule) == [
        date(2027, 2, 1),
        date(2027, 3, 1),
        date(2027, 3, 31),
    ]
    assert next_dates(date(2028, 2, 5), 2, day_of_month=30, **rule) == [date(2028, 2, 29), date(2028, 3, 30)]
    post = world.kl_office.posts.get(kind="nodal_officer")
    given = {"kind": "mpr", "of": "KL", "to": post.pk, "every": "month", "day": "31", "at": "09:00"}
    client = world.client(world.nodal)
    answer = client.post("/reports/schedules/", given | {"form": "pdf", "language": "hi"})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    assert "last day of the month" in client.get("/reports/schedules/").content.decode()
    field = client.get("/reports/schedules/").context["form"].fields["day"]
    with override("hi"):
        assert str(dict(field.choices)[31]) == "माह का अंतिम दिन"


def test_a_monthly_report_of_the_first_days_goes_out_once(world: World, smtp: Peer) -> None:
    post = world.kl_office.posts.get(kind="nodal_officer")
    day = (today().replace(day=1) + timedelta(days=32)).replace(day=3)
    while day.weekday() == 6:
        day += timedelta(days=1)
    Subscription.objects.create(
        post=post, kind="mpr", state=world.kl, every="month", day=day.day, form="xlsx"
    )
    for minute in range(0, 180, 5):
        with time_machine.travel(
            timezone.make_aware(datetime.combine(day, time(9 + minute // 60, minute % 60))), tick=False
        ):
            for job in schedules.queue_due(timezone.now()):
                jobs.run(job)
            for pk in schedules.queue_mails(timezone.now()):
                mail.send(pk)
    assert Report.objects.count() == Outbox.objects.count() == len(smtp.mails) == 1
    assert Outbox.objects.get().text.count("provisional") == 1
