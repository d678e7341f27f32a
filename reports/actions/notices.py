"""Verbs on notices: the inbox of a post, and the weekly digest made from it."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from nudm.core import mail, scope
from nudm.core.dates import show
from nudm.core.models import Outbox
from reports.models import MailChoice, Notice, Report, Subscription
from reports.words import KINDS
from states.access import appointments_on, held_posts, post_for
from states.models import Post, State

MOST = 25


def notice(
    post: Post,
    key: str,
    word: str,
    data: dict[str, Any],
    url: str,
    *,
    state: State | None = None,
    to_do: bool = False,
) -> Notice:
    """Put a line into a post's inbox, in the caller's transaction; the same key is one line."""
    row, _made = Notice.objects.get_or_create(
        key=f"{key}:{post.pk}"[:120],
        defaults={"post": post, "state": state, "word": word, "data": data, "url": url, "to_do": to_do},
    )
    return row


def tell(report: Report, word: str, data: dict[str, Any], time: str = "") -> None:
    """Tell who asked for a report what became of it; `time` tells one time from another."""
    if report.asked_by is None:
        return
    post = post_for(report.asked_by, report.state)
    if post is not None:
        notice(post, f"{word}:{report.pk}{time}", word, data, f"/reports/{report.pk}/", state=report.state)


def tell_subscribers(report: Report, why: str, time: str) -> None:
    """Tell the posts that wait for a report by schedule that it could not be made, and what to do next."""
    waiting = Subscription.objects.filter(
        kind=report.kind, state=report.state, language=report.language, active=True, paused=False
    )
    for row in waiting.select_related("post"):
        if report.kind == Report.Kind.MPR or report.period.startswith(f"{row.every}-"):
            data = {"title": str(report.get_kind_display()), "why": why}
            key = f"schedule_failed:{report.pk}{time}"
            notice(row.post, key, "schedule_failed", data, "/reports/", state=report.state, to_do=True)


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
    """Promise one mail per person with what is open in the inboxes of the posts held on `day`.

    Only what the person can act on or has not seen, at most 25 lines, once a week; nobody gets an empty
    one. The ids of the rows.
    """
    week = f"{day.isocalendar().year}-W{day.isocalendar().week:02d}"
    holders: dict[Any, list[Post]] = {}
    for held in appointments_on(day).select_related("person"):
        if held.person.is_active:
            holders.setdefault(held.person, []).append(held.post)
    promised = []
    for person, posts in holders.items():
        rows = Notice.objects.filter(post__in=posts, read_at__isnull=True)
        rows = rows.exclude(word__in=unwanted(person))
        rows = rows.exclude(word="report").order_by("-to_do", "at")
        chosen = list(rows[:MOST])
        if chosen:
            promised.append(_digest(person, chosen, rows.count() - len(chosen), day, week).pk)
    return promised


def _digest(person: Any, chosen: list[Notice], more: int, day: date, week: str) -> Outbox:
    with override(person.language if getattr(person, "language", "") else "en"):
        lines = [f"- {row.text}\n  {settings.SITE_URL}{row.url}" for row in chosen]
        if more > 0:
            lines.append(_("… and %(n)s more in the inbox.") % {"n": more})
        text = _(
            "What is open on your desk as on %(day)s:\n\n%(lines)s\n\n"
            "The inbox has everything, and there you choose what comes by mail:\n%(url)s"
        ) % {"day": show(day), "lines": "\n".join(lines), "url": f"{settings.SITE_URL}/reports/inbox/"}
        return mail.post(
            f"digest:{week}:{person.pk}",
            person.email,
            _("Your week in the programme: %(n)s open") % {"n": len(chosen) + max(more, 0)},
            text,
            kind="hold",
            reader=person,
        )


def digest_allowed(row: Outbox) -> bool:
    """A person who was relieved of every post since gets no digest."""
    return row.reader is not None and row.reader.is_active and bool(held_posts(row.reader))


mail.STILL_ALLOWED["digest"] = digest_allowed
