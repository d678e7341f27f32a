"""When schedules fall, who gets them, what is brought to mind and when it stops."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import override

from nudm.core import jobs, mail
from nudm.core.dates import today
from nudm.core.models import Outbox
from phases.actions import lines
from phases.models import Item
from reports.actions import deliveries, notices, reminders, schedules
from reports.models import Holiday, Notice, Reminder, Report, Subscription, Superior
from reports.schedule import falls_on, next_dates, step_due
from states.actions import relieve
from tests.conftest import Peer
from tests.world import World, office_hours

NONE: frozenset[date] = frozenset()


@pytest.mark.parametrize(
    ("rule", "after", "expected"),
    [
        (("week", 0, 1), date(2026, 11, 20), [date(2026, 11, 23), date(2026, 11, 30)]),
        (("week", 6, 1), date(2026, 11, 20), [date(2026, 11, 23), date(2026, 11, 30)]),
        (("month", 0, 6), date(2026, 11, 20), [date(2026, 12, 7), date(2027, 1, 6)]),
        (("quarter", 0, 10), date(2026, 11, 20), [date(2027, 1, 11), date(2027, 4, 10)]),
    ],
)
def test_a_schedule_moves_from_sundays_to_the_next_working_day(
    rule: tuple[str, int, int], after: date, expected: list[date]
) -> None:
    every, weekday, day = rule
    found = next_dates(after, 2, every=every, weekday=weekday, day_of_month=day, holidays=NONE)
    assert found == expected


def test_a_holiday_moves_a_schedule_too() -> None:
    monday = date(2026, 11, 23)
    off = {monday, date(2026, 11, 24)}
    due = [monday + timedelta(days=n) for n in range(4)]
    assert [falls_on(day, every="week", weekday=0, day_of_month=1, holidays=off) for day in due] == [
        False,
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("passed", "step"),
    [(-9, None), (-7, -7), (-6, -7), (-2, -2), (0, 0), (2, 0), (3, 3), (10, 10), (25, 20)],
)
def test_the_ladder_of_reminders(passed: int, step: int | None) -> None:
    due = date(2026, 11, 20)
    assert step_due(due, due + timedelta(days=passed)) == step


def subscription(world: World, **rule: Any) -> Subscription:
    post = world.kl_office.posts.get(kind="nodal_officer")
    rule = {"weekday": office_hours().weekday()} | rule
    return schedules.subscribe(post, "progress", world.kl, rule, by=world.nodal)


def test_a_paused_one_and_one_whose_time_has_not_come_send_nothing(world: World) -> None:
    row = subscription(world, at=datetime.min.replace(hour=14).time())
    assert schedules.queue_due(office_hours()) == []
    assert len(schedules.queue_due(office_hours() + timedelta(hours=3))) == 1
    schedules.pause(row, paused=True, by=world.nodal)
    Report.objects.all().delete()
    assert schedules.due(office_hours() + timedelta(hours=3)) == []


def test_a_vacant_post_gets_nothing_and_the_centre_is_told(world: World) -> None:
    subscription(world)
    relieve(world.nodal.appointments.get(), today() - timedelta(days=2))
    for _again in range(2):
        assert schedules.queue_due(office_hours()) == []
    alarm = Notice.objects.get()
    assert alarm.post.kind == "head" and "vacant" in alarm.text


def test_a_report_that_says_nothing_new_is_not_sent_if_so_chosen(world: World) -> None:
    subscription(world, skip_unchanged=True)
    week = timedelta(days=7)
    for moment, mails in ((office_hours() - week, 1), (office_hours(), 0)):
        for job in schedules.queue_due(moment):
            jobs.run(job)
        assert len(schedules.queue_mails(moment)) == mails
        Outbox.objects.all().delete()


def test_send_now_makes_and_mails_one(world: World, smtp: Peer) -> None:
    row = subscription(world, form="xlsx")
    jobs.run(schedules.send_now(row, by=world.nodal))
    for outbox in Outbox.objects.all():
        mail.send(outbox.pk)
    [(to, content)] = smtp.mails
    assert to == world.nodal.email and b".xlsx" in content


def test_holidays_of_the_nation_and_of_the_state_hold_a_schedule_back(world: World) -> None:
    row = subscription(world)
    day = timezone.localdate(office_hours())
    Holiday.objects.create(day=day, name="Holiday")
    Holiday.objects.create(day=day, name="Elsewhere", state=world.mh)
    assert schedules.due(office_hours()) == []
    assert len(schedules.preview(row, day)) == 5


def late(world: World, days: int) -> Item:
    item = world.started()
    Item.objects.filter(pk=item.pk).update(due=today() - timedelta(days=days))
    return Item.objects.get(pk=item.pk)


def test_a_reminder_comes_once_a_step_and_a_submission_stops_it(world: World) -> None:
    item = late(world, -7)
    assert [reminders.queue_reminders(today()) for _again in range(3)] == [1, 0, 0]
    assert reminders.queue_reminders(today() + timedelta(days=7)) == 1
    lines.move(item, "submit", version=item.version, by=world.nodal)
    assert reminders.queue_reminders(today() + timedelta(days=10)) == 0
    assert [row.step for row in Reminder.objects.order_by("step")] == [-7, 0]


def test_what_is_overdue_goes_up_the_chain_and_the_letter_is_drafted(world: World) -> None:
    late(world, 12)
    unit = world.kl_office.posts.get(kind="programme_unit")
    chain = {
        1: reminders.Level("Joint Secretary", unit),
        2: reminders.Level("Secretary", unit),
        3: reminders.Level("Chief Secretary"),
    }
    reminders.set_chain(world.kl, chain, by=world.nodal)
    reminders.queue_reminders(today())
    told = Notice.objects.get(word="escalated", post=unit)
    with override("hi"):
        assert told.text.startswith(f"{world.kl.name_hi}: ")
    text = reminders.letter(world.kl, 2, "en", by=world.nodal)
    assert "Secretary" in text and "12 days ago" in text


def test_a_superior_is_named_in_the_readers_language_in_page_and_letter(world: World) -> None:
    late(world, 12)
    client = world.client(world.nodal)
    given = {
        "designation_1": "Joint Secretary",
        "designation_hi_1": "संयुक्त सचिव",
        "designation_2": "Secretary",
    }
    assert client.post("/reports/chain/KL/", given).status_code == 302
    texts = {
        language: [reminders.letter(world.kl, level, language, by=world.nodal) for level in (1, 2)]
        for language in ("en", "hi")
    }
    assert "To: Joint Secretary, Kerala" in texts["en"][0]
    assert f"सेवा में: संयुक्त सचिव, {world.kl.name_hi}" in texts["hi"][0]
    # Without a Hindi designation the English one stands there.
    assert f"सेवा में: Secretary, {world.kl.name_hi}" in texts["hi"][1]
    first = re.compile(r"<li><span>1\. ([^<]+?)</span>")
    assert first.findall(client.get("/reports/chain/KL/").content.decode()) == ["Joint Secretary"]
    client.cookies["django_language"] = "hi"
    nodal = world.nodal
    nodal.language = "hi"
    nodal.save(update_fields=["language"])
    page = client.get("/reports/chain/KL/").content.decode()
    assert first.findall(page) == ["संयुक्त सचिव"] and 'value="Joint Secretary"' in page


@pytest.mark.parametrize("more", ["designation_hi_2", "post_2"])
def test_a_level_without_an_english_designation_is_refused_not_lost(world: World, more: str) -> None:
    value = {"designation_hi_2": "सचिव", "post_2": str(world.kl_office.posts.get(kind="programme_unit").pk)}
    answer = world.client(world.nodal).post("/reports/chain/KL/", {more: value[more]})
    assert answer.status_code == 422 and "Give the designation in English, too" in answer.content.decode()
    assert not Superior.objects.exists()


def test_the_digest_is_one_mail_a_week_of_what_one_can_act_on(world: World, smtp: Peer) -> None:
    late(world, 1)
    reminders.queue_reminders(today())
    for _again in range(2):
        for outbox in notices.queue_digests(today()):
            mail.send(outbox)
    assert [to for to, _content in smtp.mails] == [world.nodal.email]
    text = Outbox.objects.get().text
    assert f"{Notice.objects.get().url}\n" in text and text.endswith("/reports/inbox/")
    notices.choose(world.nodal, set())
    assert notices.queue_digests(today() + timedelta(days=7)) == []


def test_a_mail_is_sent_again_by_hand_and_the_first_stays(world: World, smtp: Peer) -> None:
    subscription(world)
    for job in schedules.queue_due(office_hours()):
        jobs.run(job)
    [first] = schedules.queue_mails(office_hours())
    mail.send(first)
    row = deliveries.one_for(world.nodal, first)
    mail.send(schedules.resend(row, by=world.nodal).pk)
    assert len(smtp.mails) == 2 and Outbox.objects.count() == 2
    world.client(world.nodal).get(f"/reports/{Report.objects.get().pk}/file/")
    shown = deliveries.shown(deliveries.rows_for(world.reviewer))
    assert [delivery.opened is not None for delivery in shown] == [True, True]


def test_the_pages_of_schedules_inbox_deliveries_and_chain_take_their_forms(world: World) -> None:
    client = world.client(world.nodal)
    row = subscription(world)
    for act in ("pause", "go_on", "now"):
        assert client.post(f"/reports/schedules/{row.pk}/", {"act": act}).status_code == 302
    late(world, 3)
    reminders.queue_reminders(today())
    note = Notice.objects.get(word="due")
    assert "Overdue" in client.get("/reports/inbox/").content.decode()
    client.post("/reports/inbox/", {"notice": note.pk})
    note.refresh_from_db()
    assert note.read_by == world.nodal
    client.post("/reports/inbox/", {"act": "choose", "word": ["report"]})
    assert "due" in notices.unwanted(world.nodal)
    answer = client.post("/reports/chain/KL/", {"designation_1": "Secretary"})
    assert answer.status_code == 302
    assert client.get("/reports/chain/KL/1/letter/").status_code == 200
    assert client.post(f"/reports/schedules/{row.pk}/", {"act": "end"}).status_code == 302
