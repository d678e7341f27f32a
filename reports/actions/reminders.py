"""Verbs on reminders: before and after a target date, up the chain of a state, with a drafted letter."""

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from nudm.core import mail, scope
from nudm.core.dates import show, today
from nudm.core.errors import Refused
from nudm.core.models import Outbox
from nudm.core.seen import seen, unchanged
from phases.models import Item
from phases.rules import EDITABLE
from reports.actions import vacancies
from reports.actions.desk import COMPUTED, open_on, overtaken
from reports.actions.inbox import notice
from reports.actions.ladder import Concerned, Rung, concerned, levels, off_on, rungs
from reports.actions.notices import digest_allowed, held_on, listed, unwanted
from reports.models import Notice, Reminder, Superior
from reports.schedule import ESCALATES, step_due
from states.access import holders_on, require
from states.actions import record
from states.models import Post, State

SUNDAY = 6
LADDER_WORDS = ("due", "returned", "escalated")


def queue_reminders(day: date) -> int:
    """Put into the inboxes of the persons in charge what the ladder says of each line with a target date; how
    many lines. `queue_mails` then tells them by mail.

    A line under review or settled is with nobody on the State's side: its reminders stop. Each rung is told
    once, whatever runs twice or late, and on a working day of the State/UT. What a new rung or a settled line
    has made old is marked as read.
    """
    with scope.national():
        vacancies.tell_all(day)
        off = off_on(day)
        waiting = [r for r in rungs() if r.start is not None and step_due(r.start, day) is not None]
        people = concerned({rung.item.state_id for rung in waiting}, day)
    told = 0
    for rung in waiting:
        if day.weekday() == SUNDAY or {None, rung.item.state_id} & off:
            continue
        with scope.national(), transaction.atomic():
            told += _reach(rung, day, people)
    with scope.national(), transaction.atomic():
        _settle(day)
    return told


def _reach(rung: Rung, day: date, people: Concerned) -> bool:
    """Whether the rung that a line has reached is a new one; it is told to whom it concerns, and those below
    it that were missed go up the chain with it."""
    start = rung.start or day
    step = step_due(start, day)
    if step is None:
        return False
    row, new = Reminder.objects.get_or_create(
        item=rung.item, due=start, step=step, defaults={"state": rung.item.state, "on": day}
    )
    if not new:
        return False
    key, url = f"due:{rung.item.pk}:{start.isoformat()}:{row.step}", rung.item.get_absolute_url()
    for post in people.owners(rung.item):
        notice(post, key, rung.word, rung.data, url, state=rung.item.state, to_do=True)
    before = set(
        Reminder.objects.filter(item=rung.item, due=start).exclude(pk=row.pk).values_list("step", flat=True)
    )
    above: set[int] = set()
    for level in sorted(levels(rung.passed(day)), reverse=True):
        if any(ESCALATES.get(earlier) == level for earlier in before):
            continue
        posts, named = people.above(rung.item, level)
        data = {name: value for name, value in rung.data.items() if name != "on"}
        fresh = [post for post in posts if post.pk not in above]
        above |= {post.pk for post in fresh}
        for post in fresh:
            notice(
                post,
                f"escalated:{rung.item.pk}:{start.isoformat()}:{level}",
                "escalated",
                data if named else data | {"unnamed": level},
                url,
                state=rung.item.state,
                to_do=True,
            )
    return True


def _settle(day: date) -> None:
    """Mark as read what the facts have overtaken."""
    unread = Notice.objects.filter(read_at__isnull=True, word__in=COMPUTED).order_by("-pk")
    Notice.objects.filter(pk__in=overtaken(list(unread), day)).update(read_at=timezone.now())


@scope.national()
def queue_mails(day: date) -> list[int]:
    """Promise one mail to each person who holds a post with notices of the ladder that were not mailed
    yet, on the day on which they were told; the ids."""
    stamp = secrets.token_hex(8)
    unmailed = Notice.objects.filter(mailed="", read_at__isnull=True, word__in=LADDER_WORDS)
    if not unmailed.update(mailed=stamp):
        return []
    posts = Notice.objects.filter(mailed=stamp).values("post")
    people = {held.person for held in holders_on(day).filter(post__in=posts).select_related("person")}
    promised = []
    for person in sorted(people, key=lambda person: person.pk):
        key = f"reminder:{stamp}:{person.pk}"
        made = composed(key, person, day)
        if made is not None:
            promised.append(mail.post(key, person.email, *made, kind="hold", reader=person).pk)
    return promised


def composed(key: str, person: Any, day: date) -> tuple[str, str] | None:
    """Subject and text of a mail of the ladder, of what is still open on `day`; None when nothing is."""
    stamp = key.split(":")[1]
    posts = held_on(person, day)
    rows = Notice.objects.filter(mailed=stamp, post__in=posts).exclude(word__in=unwanted(person))
    about = {f"item:{row.key.split(':')[1]}" for row in rows}
    things = [thing for thing in open_on(posts, day) if thing.about in about] if about else []
    if not things:
        return None
    with override(person.language or "en"):
        text = _("Target dates as on %(day)s:\n\n%(lines)s\n\nYour inbox:\n%(url)s") % {
            "day": show(day),
            "lines": listed(things, day),
            "url": f"{settings.SITE_URL}/reports/inbox/",
        }
        n = len(things)
        return ngettext("Target dates: %(n)s item", "Target dates: %(n)s items", n) % {"n": n}, text


def _sent_today(row: Outbox) -> tuple[str, str] | None:
    """The mail as it stands when it is sent; one that a relay did not take in time waits over a day off."""
    day, stamp = today(), row.key.split(":")[1]
    rows = Notice.objects.filter(mailed=stamp, post__in=held_on(row.reader, day))
    if day.weekday() == SUNDAY or off_on(day) & {None, *rows.values_list("state", flat=True)}:
        raise mail.NotToday
    return composed(row.key, row.reader, day)


mail.COMPOSERS["reminder"] = _sent_today
mail.STILL_ALLOWED["reminder"] = digest_allowed


class Level(NamedTuple):
    """Who is told at a level: a designation in English and in Hindi and, where it is one here, its post."""

    designation: str
    post: Post | None = None
    designation_hi: str = ""


@transaction.atomic
def set_chain(state: State, levels: dict[int, Level], *, by: Any, saw: str | None = None) -> None:
    """Set who is told at each level, 1 to 3; a level without a designation has nobody.

    Raises NotAllowed without `manage_people`, Conflict when the chain is not what `saw` says (`chain_seen`),
    Refused for a post that does not see the state.
    """
    require(by, "manage_people", state)
    State.objects.select_for_update(no_key=True).get(pk=state.pk)
    mine = {level: named for level, named in levels.items() if named.designation.strip()}
    unchanged(saw, _told(_levels(state)), _told(mine))
    for level, (designation, post, hindi) in levels.items():
        if post is not None and post.team.state_id not in {None, state.pk}:
            raise Refused(_("Choose a post of this State/UT or of the centre."), code="post")
        if designation.strip():
            Superior.objects.update_or_create(
                state=state,
                level=level,
                defaults={
                    "designation": designation.strip(),
                    "designation_hi": hindi.strip(),
                    "post": post,
                },
            )
        else:
            Superior.objects.filter(state=state, level=level).delete()
    record("chain.set", by=by, state=state, levels=sorted(levels))


def chain_seen(state: State) -> str:
    """What a form that is about to be shown sees of the chain."""
    return seen(_told(_levels(state)))


def _levels(state: State) -> dict[int, Level]:
    rows = Superior.objects.filter(state=state).select_related("post__team__state")
    return {row.level: Level(row.designation, row.post, row.designation_hi) for row in rows}


def _told(levels: Mapping[int, Level]) -> dict[str, str]:
    return {
        str(n): " · ".join(filter(None, [words, hindi, str(post) if post else ""]))
        for n, (words, post, hindi) in levels.items()
    }


def letter(state: State, level: int, language: str, *, by: Any) -> str:
    """A draft of a demi-official letter to the superior of a level, naming what is overdue and for how long.

    It is a draft: the officer who sends it reads, changes and signs it. Raises NotAllowed, Refused
    when no superior is named or nothing is overdue.
    """
    require(by, "view_state", state)
    superior = Superior.objects.filter(state=state, level=level).first()
    if superior is None:
        raise Refused(_("No superior is named at this level. Name the chain first."), code="no_chain")
    late = [
        item
        for item in Item.objects.filter(state=state, due__lt=today(), status__in=[s.value for s in EDITABLE])
        if item.due is not None
    ]
    if not late:
        raise Refused(_("Nothing is overdue; there is no letter to write."), code="nothing_late")
    with override(language):
        lines = [
            _("%(n)s. %(line)s (target date %(due)s, %(days)s days ago)")
            % {
                "n": n,
                "line": item.line.text.in_(language),
                "due": show(item.due or today()),
                "days": (today() - (item.due or today())).days,
            }
            for n, item in enumerate(sorted(late, key=lambda i: i.due or today()), 1)
        ]
        return _(
            "D.O. letter (draft of %(day)s)\n\nTo: %(designation)s, %(state)s\n\n"
            "Subject: National Urban Digital Mission: target dates that have passed\n\n"
            "The following lines of the programme are past their target dates:\n\n%(lines)s\n\n"
            "May I request you to look into the matter and to have the reasons and new dates recorded "
            "in the system.\n"
        ) % {
            "day": show(today()),
            "designation": superior.label,
            "state": state.label,
            "lines": "\n".join(lines),
        }
