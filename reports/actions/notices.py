"""Verbs on notices: the inbox of a post, and the weekly digest of what is open on its desk."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from nudm.core import mail, scope
from nudm.core.dates import show, today
from nudm.core.models import Outbox
from reports.actions.desk import Open, open_on
from reports.actions.inbox import notice
from reports.models import Digest, Holiday, MailChoice, Report, ScheduleRun
from reports.schedule import working_day
from reports.words import KINDS
from states.access import held_posts, holders_on, post_for
from states.models import Appointment, Post

MOST = 25
SUNDAY = 6


def tell(report: Report, word: str, data: dict[str, Any], time: str = "") -> None:
    """Tell who asked for a report what became of it; `time` tells one time from another."""
    if report.asked_by is None:
        return
    post = post_for(report.asked_by, report.state)
    if post is not None:
        notice(post, f"{word}:{report.pk}{time}", word, data, f"/reports/{report.pk}/", state=report.state)


def tell_subscribers(report: Report, why: str, time: str) -> None:
    """Tell the posts that wait for a report by schedule that it could not be made, and what to do next."""
    runs = ScheduleRun.objects.filter(report=report, subscription__active=True)
    for run in runs.select_related("subscription__post"):
        data = {"title": str(report.get_kind_display()), "why": why}
        key = f"schedule_failed:{report.pk}{time}"
        post = run.subscription.post
        notice(post, key, "schedule_failed", data, "/reports/", state=report.state, to_do=True)


def seen(rows: Any, *, by: Any) -> int:
    """Mark notices of one's own posts as read; how many."""
    own = [post.pk for post in held_posts(by)]
    marked: int = rows.filter(post__in=own, read_at__isnull=True).update(read_at=timezone.now(), read_by=by)
    return marked


@transaction.atomic
def choose(person: Any, wanted: set[str]) -> None:
    """Which kinds of notice a person wants in the weekly mail; the inbox has all of them."""
    MailChoice.objects.filter(person=person).delete()
    MailChoice.objects.bulk_create(
        MailChoice(person=person, word=word) for word in KINDS if word not in wanted
    )


def unwanted(person: Any) -> set[str]:
    """The kinds of notice that a person does not want by mail."""
    return set(MailChoice.objects.filter(person=person).values_list("word", flat=True))


@scope.national()
def queue_digests(day: date) -> list[int]:
    """Promise the week's mail to each person who has something open on the desk of the posts held on `day`.

    It goes out on Monday, or on the first day of the week that is no holiday in a State/UT of theirs; where
    that day was missed, on the next one. Nobody gets an empty one, nor one made up for days before the post
    was held. The ids of the rows, also of those promised before in the same week.
    """
    if day.weekday() == SUNDAY:
        return []
    monday = day - timedelta(days=day.weekday())
    week = f"{monday.isocalendar().year}-W{monday.isocalendar().week:02d}"
    off: dict[int | None, set[date]] = {}
    for state, when in Holiday.objects.filter(day__range=(monday, day)).values_list("state", "day"):
        off.setdefault(state, set()).add(when)
    holders: dict[Any, list[Appointment]] = {}
    for held in holders_on(day).select_related("person"):
        holders.setdefault(held.person, []).append(held)
    before = set(Digest.objects.filter(week=week).values_list("person", flat=True))
    promised = []
    for person, appointments in sorted(holders.items(), key=lambda each: each[0].pk):
        states = {appointment.post.team.state_id for appointment in appointments} | {None}
        closed: set[date] = set().union(*(off.get(state, set()) for state in states))
        free = working_day(monday, closed)
        if free > day or day in closed:
            continue
        if person.pk not in before:
            if min(appointment.start for appointment in appointments) > free:
                continue
            Digest.objects.get_or_create(person=person, week=week, defaults={"on": day})
            made = digest_of(person, day)
            if made is not None:
                mail.post(f"digest:{week}:{person.pk}", person.email, *made, kind="hold", reader=person)
        promised.append(f"digest:{week}:{person.pk}")
    return list(Outbox.objects.filter(key__in=promised).order_by("pk").values_list("pk", flat=True))


def digest_of(person: Any, day: date) -> tuple[str, str] | None:
    """Subject and text of a person's digest: what is open on `day`, at most 25 of it by name; None when
    nothing is."""
    posts = held_on(person, day)
    without = unwanted(person)
    things = [thing for thing in open_on(posts, day) if thing.word not in without]
    if not things:
        return None
    more = len(things) - MOST
    with override(person.language or "en"):
        lines = listed(things[:MOST], day)
        if more > 0:
            lines += "\n" + ngettext(
                "… and %(n)s more in the inbox.", "… and %(n)s more in the inbox.", more
            ) % {"n": more}
        text = _(
            "What is open on your desk as on %(day)s:\n\n%(lines)s\n\n"
            "The inbox has everything, and there you choose what comes by mail:\n%(url)s"
        ) % {"day": show(day), "lines": lines, "url": f"{settings.SITE_URL}/reports/inbox/"}
        subject = _("Your week in the programme: %(n)s open") % {"n": len(things)}
        return subject, text


def listed(things: Iterable[Open], day: date) -> str:
    """A line for each thing, with its page under it."""
    return "\n".join(f"- {thing.text(day)}\n  {settings.SITE_URL}{thing.url}" for thing in things)


def held_on(person: Any, day: date) -> list[Post]:
    """The posts that a person holds on `day`."""
    return [held.post for held in holders_on(day).filter(person=person)]


def compose(row: Outbox) -> tuple[str, str] | None:
    """The digest as it stands when it is sent, later than it was promised maybe, but not on a day off."""
    day = today()
    states = {post.team.state_id for post in held_on(row.reader, day)}
    holidays = Holiday.objects.filter(day=day)
    if day.weekday() == SUNDAY or set(holidays.values_list("state", flat=True)) & (states | {None}):
        raise mail.NotToday
    return digest_of(row.reader, day)


def digest_allowed(row: Outbox) -> bool:
    """A person who was relieved of every post since gets no digest."""
    return row.reader is not None and row.reader.is_active and bool(held_posts(row.reader))


mail.STILL_ALLOWED["digest"] = digest_allowed
mail.COMPOSERS["digest"] = compose
