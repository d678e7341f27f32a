"""Sixty days of schedules, reminders and digests, lived through day by day: each report and mail once, and
every sentence of a mail true on its day, by a second computation that shares only the rows with the first."""

import email
import email.policy
import random
from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from nudm.core import mail
from nudm.core.dates import today
from nudm.core.models import Job, Outbox
from phases.actions import lines
from phases.catalogue import catalogue
from phases.models import Item
from reports import snapshot
from reports.actions import notices, reminders, schedules
from reports.documents.build import content_of
from reports.models import Holiday, Report, Subscription
from states.access import grant
from states.actions import rights_changed
from states.management.commands.load_states import add_state_office
from states.models import Appointment, Post, State
from tests.world import World

FIRST = date(2026, 11, 20)
# Long weekends, one across a month's end and one of a single State/UT; the machine was off for three days.
NATIONAL = {date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 25), date(2027, 1, 1)}
OF_KERALA = {date(2026, 12, 7), date(2026, 12, 8), date(2026, 12, 14)}
OFF = {date(2026, 12, 16), date(2026, 12, 17), date(2026, 12, 18)}
KINDS = ("progress", "brief", "mpr", "annexure")
STEPS = (-7, -2, 0, 3, 10, 20)


def test_sixty_days_of_two_states(world: World, record_property: Any) -> None:
    counts = live(world, 0, 60, 4)
    assert counts["digests"] > 10 and counts["mails of the ladder"] > 20
    record_property("told", f"60 days, 2 States/UTs: {counts}")


@pytest.mark.soak
def test_sixty_days_of_36_states(world: World, record_property: Any) -> None:
    counts = live(world, 34, 60, 3)
    record_property("told", f"60 days, 36 States/UTs: {counts}")


def live(world: World, others: int, days: int, schedules_a_state: int) -> dict[str, int]:
    """Live through the days and compare them with what they should have brought."""
    with time_machine.travel(moment(FIRST - timedelta(days=1), 20), tick=False):
        story = Story(world, others, schedules_a_state)
    for n in range(days):
        day = FIRST + timedelta(days=n)
        with time_machine.travel(moment(day, 0), tick=False):
            story.acts(n)
        if day in OFF:
            continue
        for hour in (1, 9, 14):
            with time_machine.travel(moment(day, hour), tick=False):
                story.tick()
        story.check(day)
    return story.check_all()


def moment(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour, 3)))


class Story:
    """The nation of a test: its schedules, its target dates, and what was seen of its mails."""

    def __init__(self, world: World, others: int, schedules_a_state: int) -> None:
        self.world, self.dice, self.ran = world, random.Random(27), []
        for number in range(others):
            iso = f"{chr(65 + number // 26)}{chr(65 + number % 26)}"
            state = world._state(40 + number, iso, f"State {number}", f"राज्य {number}", "state")
            world.seat(add_state_office(state).posts.get(kind="nodal_officer"), f"officer{number}")
        grant(world.centre_team, State.objects.all())
        Appointment.objects.update(start=FIRST - timedelta(days=60))
        rights_changed()
        self.states = list(State.objects.order_by("pk"))
        self.nodal = {s.pk: s.teams.get(role="state").posts.get(kind="nodal_officer") for s in self.states}
        for day in NATIONAL:
            Holiday.objects.create(day=day, name="Holiday")
        for day in OF_KERALA:
            Holiday.objects.create(day=day, name="Onam", state=world.kl)
        self.off = {s.pk: NATIONAL | (OF_KERALA if s == world.kl else set()) for s in self.states}
        self._schedules(schedules_a_state)
        self._dates()
        self.starts: dict[int, date] = {}
        self.seen: dict[tuple[str, date], list[str]] = {}

    def _schedules(self, each: int) -> None:
        """Of every kind, on every day of the month and of the week: so many for each State/UT."""
        rules = [("month", 0, day) for day in range(1, 32)] + [("week", n, 6) for n in range(7)]
        rules += [("quarter", 0, day) for day in (1, 2, 15, 31)]
        self.dice.shuffle(rules)
        made = 0
        for state in self.states:
            for n in range(each):
                every, weekday, day = rules[made % len(rules)]
                made += 1
                post = Post.objects.create(
                    team=self.nodal[state.pk].team, kind="programme_unit", title=f"Unit {n}"
                )
                person = self.world.seat(post, f"unit.{state.iso.lower()}.{n}")
                assert person.is_active
                Subscription.objects.create(
                    post=post,
                    kind=KINDS[made % 4],
                    state=state,
                    every=every,
                    weekday=weekday,
                    day=day,
                    form=("xlsx", "docx")[n % 2],
                    since=FIRST,
                )
        head = self.world.centre_team.posts.get(kind="head")
        Subscription.objects.create(
            post=head, kind="national", every="month", day=31, form="xlsx", since=FIRST
        )
        Appointment.objects.update(start=FIRST - timedelta(days=60))

    def _dates(self) -> None:
        """Target dates across the sixty days."""
        codes = [line.code for line in catalogue().lines() if line.kind == "attested"]
        for state in self.states:
            for n, code in enumerate(self.dice.sample(codes, 6)):
                Item.objects.create(
                    state=state,
                    code=code,
                    stage=catalogue().line(code).stage,
                    status="in_progress",
                    due=FIRST + timedelta(days=self.dice.randrange(-5, 50) + n),
                )

    def acts(self, n: int) -> None:
        """What people do: a line is settled, one goes to the centre and comes back, officers change."""
        free = Item.objects.filter(status="in_progress", due__isnull=False).order_by("pk")
        if n % 3 == 1 and free.exists():
            Item.objects.filter(pk=self.dice.choice(list(free)).pk).update(status="accepted")
        if n == 12:
            self.returned = self.world.submitted()
            Item.objects.filter(pk=self.returned.pk).update(due=today() - timedelta(days=30))
        if n == 15:
            row = Item.objects.select_related("state").get(pk=self.returned.pk)
            words = {"reason": "incomplete", "note": "The second page is missing."}
            lines.move(row, "return", version=row.version, by=self.world.reviewer, **words)
            self.starts[row.pk] = today()
        if n == 30:
            self.gone = self.nodal[self.world.mh.pk].appointments.get().person
            self.gone.is_active = False
            self.gone.save(update_fields=["is_active"])
            rights_changed()

    def tick(self) -> None:
        """Two schedulers ring; the reports are made without their papers, and all mails are sent."""
        for _scheduler in range(2):
            schedules.queue_due(timezone.now())
        for report in Report.objects.filter(made_at__isnull=True).select_related("state", "post__team"):
            report.content = content_of(report)
            report.made_at, report.digest = timezone.now(), snapshot.digest_of(report.content)
            report.save()
        Job.objects.update(status="done")
        for _scheduler in range(2):
            schedules.queue_mails(timezone.now())
            reminders.queue_reminders(today())
            reminders.queue_mails(today())
            notices.queue_digests(today())
        if today() not in self.ran:
            self.ran.append(today())
        for pk in mail.due_mails():
            mail.send(pk)

    def is_off(self, state: int, day: date) -> bool:
        return day.weekday() == 6 or day in self.off[state]

    def start(self, item: Item) -> date:
        assert item.due is not None
        return max(item.due, self.starts.get(item.pk, item.due))

    def told_on(self, item: Item, step: int) -> date | None:
        """The day on which a rung is told: the first working day from its own on on which anything ran."""
        due = self.start(item) + timedelta(days=step)
        return next((d for d in self.ran if d >= due and not self.is_off(item.state_id, d)), None)

    def sentence(self, item: Item, day: date, state: str = "") -> str:
        """What is said of a line, in the test's own words."""
        text, due = catalogue().line(item.code).text.in_("en"), item.due
        assert due is not None
        passed = (day - due).days
        word = "day" if abs(passed) == 1 else "days"
        if state:
            return f"{state}: overdue since {due:%d-%m-%Y}, {passed} {word}: {text}"
        if item.status == "returned":
            since = (day - self.starts[item.pk]).days
            word = "day" if since == 1 else "days"
            back = f"{self.starts[item.pk]:%d-%m-%Y}, {since} {word} ago"
            return f"Returned by the centre on {back}; target date {due:%d-%m-%Y}: {text}"
        if passed == 0:
            return f"Due today: {text}"
        if passed < 0:
            return f"Due on {due:%d-%m-%Y}, in {-passed} {word}: {text}"
        return f"Overdue since {due:%d-%m-%Y}, {passed} {word}: {text}"

    def open_of(self, state: int, day: date) -> set[str]:
        """What is open on a nodal officer's desk."""
        rows = Item.objects.filter(state=state, due__isnull=False, status__in=["in_progress", "returned"])
        return {
            self.sentence(item, day)
            for item in rows
            if item.status == "returned" or self.start(item) - day <= timedelta(days=7)
        }

    def check(self, day: date) -> None:
        """The digests and the mails of the ladder of one day, and that nothing goes out on a day off."""
        sent = [row for row in Outbox.objects.filter(status="sent") if timezone.localdate(row.sent_at) == day]
        for row in sent:
            kind = row.key.split(":")[0]
            self.seen.setdefault((f"{kind}:{row.to}", day), []).append(row.key)
            if kind not in {"digest", "reminder"}:
                continue
            said = said_in(row)
            for state, post in self.nodal.items():
                holder = post.appointments.get().person
                if holder.email != row.to:
                    continue
                assert not self.is_off(state, day), (row.key, day)
                right = self.open_of(state, day)
                assert len(said) == len(set(said))
                if kind == "digest":
                    assert set(said) - right <= {s for s in said if s.startswith("The post “")}, (day, said)
                    assert right <= set(said) or len(right) > 25
                    assert subject_of(row).endswith(f": {len(said)} open") or len(said) >= 25
                else:
                    assert set(said) <= right, (day, said, right)
            if row.to == self.world.reviewer.email:
                for words in said:
                    assert words.split(". No superior")[0] in self.above(day), (day, words)
        for state, post in self.nodal.items():
            person = post.appointments.get().person
            rungs = {
                self.sentence(item, day)
                for item in Item.objects.filter(
                    state=state, status__in=["in_progress", "returned"], due__isnull=False
                )
                if day in {self.told_on(item, step) for step in STEPS}
            }
            mails = [row for row in sent if row.to == person.email and row.key.startswith("reminder:")]
            told = [words for row in mails for words in said_in(row)]
            if person.is_active:
                assert sorted(told) == sorted(rungs), (day, state, told, rungs)
            else:
                assert not told

    def above(self, day: date) -> set[str]:
        rows = Item.objects.filter(due__isnull=False, status__in=["in_progress", "returned"])
        return {
            self.sentence(item, day, item.state.name)
            for item in rows.select_related("state")
            if (on := self.told_on(item, 3)) is not None and on <= day
        }

    def falls(self, row: Subscription) -> list[date]:
        """The days on which a schedule should have run."""
        off = self.off[row.state_id] if row.state_id else NATIONAL
        days = []
        for n in range(-8, 61):
            planned = FIRST + timedelta(days=n)
            last = (planned + timedelta(days=1)).day == 1
            is_it = (
                planned.weekday() == row.weekday
                if row.every == "week"
                else (planned.day == row.day or (last and row.day > planned.day))
            )
            if not is_it or (row.every == "quarter" and planned.month not in {1, 4, 7, 10}):
                continue
            on = planned
            while on.weekday() == 6 or on in off:
                on += timedelta(days=1)
            run = next((d for d in self.ran if d >= on), None)
            if on >= FIRST and run is not None:
                days.append(run)
        return sorted(set(days))

    def check_all(self) -> dict[str, int]:
        """Each schedule once on each of its days, each mail once on the wire, nobody's twice a week."""
        rows = Outbox.objects.filter(key__startswith="report:")
        got = Counter((int(row.key.split(":")[2]), timezone.localdate(row.created_at)) for row in rows)
        right = Counter((row.post_id, day) for row in Subscription.objects.all() for day in self.falls(row))
        assert got == right, (got - right, right - got)
        assert not Outbox.objects.exclude(status="sent").exclude(key__startswith="reminder:").exists()
        kinds = Counter(Outbox.objects.filter(status="sent").values_list("kind", flat=True))
        files = list(Path(settings.VAR_DIR).glob("mail/*.eml"))
        assert len(files) == sum(kinds.values())
        digests = Counter(
            row.key.rsplit(":", 1)[0] + row.to for row in Outbox.objects.filter(key__startswith="digest:")
        )
        assert digests and max(digests.values()) == 1
        open_months = Report.objects.filter(kind="mpr", number=0)
        for report in open_months:
            assert str(report.content).count("provisional") == 1
        after = self.gone.mails.filter(created_at__gt=moment(FIRST + timedelta(days=30), 0))
        assert not after.exists()
        return {
            "reports": Report.objects.count(),
            "mails of reports": rows.count(),
            "digests": sum(digests.values()),
            "mails of the ladder": Outbox.objects.filter(key__startswith="reminder:", status="sent").count(),
        }


def message_of(row: Outbox) -> Any:
    path = Path(settings.VAR_DIR) / "mail" / f"{row.message_id.strip('<>')}.eml"
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def subject_of(row: Outbox) -> str:
    return str(message_of(row)["Subject"])


def said_in(row: Outbox) -> list[str]:
    """The sentences of a mail, as it went out."""
    text = message_of(row).get_body().get_content()
    return [line.removeprefix("- ") for line in text.splitlines() if line.startswith("- ")]
