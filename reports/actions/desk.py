"""What is open on the desk of somebody's posts on a day, each thing once: computed from the facts, so that
what is settled is gone without anybody having read it. The weekly digest and the mails of the ladder are
written from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from reports.actions import vacancies
from reports.actions.ladder import Rung, concerned, levels, rungs
from reports.models import Notice, Reminder, Report, Superior
from reports.schedule import LADDER
from reports.words import sentence
from states.access import served_states
from states.models import Post, State
from states.rules import PostKind, Role

# Words of notices that are computed here instead, and those of what is no work.
COMPUTED = frozenset({"due", "returned", "escalated", "vacant"})
NO_WORK = frozenset({"report"})


@dataclass(frozen=True, slots=True)
class Open:
    """One thing that is open: what it is about, its sentence and its page."""

    about: str
    word: str
    data: dict[str, Any]
    url: str

    def text(self, day: date) -> str:
        return sentence(self.word, self.data, day)


def open_on(posts: Iterable[Post], day: date) -> list[Open]:
    """What is open for the holder of `posts` on `day`, the longest overdue first: target dates of the next
    week and those that have passed, lines that came back, what went up the chain, vacancies, what failed."""
    own = list(posts)
    found: dict[str, Open] = {}
    for each in [*_lines(own, day), *_vacancies(own, day), *_failures(own)]:
        found.setdefault(each.about, each)
    return list(found.values())


def _lines(posts: list[Post], day: date) -> list[Open]:
    own = {post.pk for post in posts}
    states = _states_of(posts)
    if not states:
        return []
    people = concerned(states, day)
    mine, above = [], []
    waiting = sorted(rungs({"state__in": states}), key=lambda rung: (rung.item.due or date.max, rung.item.pk))
    # Nothing has gone up before its rung was told, on a working day of the State/UT.
    told_rows = Reminder.objects.filter(item__in=[rung.item.pk for rung in waiting]).order_by("step")
    steps = {(item, due): step for item, due, step in told_rows.values_list("item", "due", "step")}
    for rung in waiting:
        item = rung.item
        near = rung.word == "returned" or rung.passed(day) >= LADDER[0]
        if near and own & {post.pk for post in people.owners(item)}:
            mine.append(Open(f"item:{item.pk}", rung.word, rung.data, item.get_absolute_url()))
        last = steps.get((item.pk, rung.start or date.max), LADDER[0])
        for level in levels(min(rung.passed(day), last)):
            told, named = people.above(item, level)
            if own & {post.pk for post in told}:
                above.append(_escalated(rung, 0 if named else level))
    return mine + above


def _escalated(rung: Rung, unnamed: int) -> Open:
    data = {name: value for name, value in rung.data.items() if name != "on"}
    if unnamed:
        data["unnamed"] = unnamed
    return Open(f"item:{rung.item.pk}", "escalated", data, rung.item.get_absolute_url())


def _states_of(posts: list[Post]) -> set[int]:
    """The States/UTs whose lines may concern the holder of these posts."""
    found: set[int] = set(
        Superior.objects.filter(post__in=[post.pk for post in posts]).values_list("state", flat=True)
    )
    for post in posts:
        if post.team.role == Role.CENTRE.value:
            found |= set(State.objects.values_list("pk", flat=True))
        elif post.team.role == Role.AGENCY.value:
            found |= set(served_states(post.team).values_list("pk", flat=True))
        elif post.kind == PostKind.NODAL_OFFICER.value and post.team.role == Role.STATE.value:
            found |= {post.team.state_id or 0}
    return found


def _vacancies(posts: list[Post], day: date) -> list[Open]:
    return [
        Open(f"post:{post.pk}", "vacant", vacancies.about(post, day), vacancies.url_of(post))
        for post in vacancies.among(posts, day)
    ]


def _failures(posts: list[Post]) -> list[Open]:
    """What nobody has read yet and still stands: a report that was made since has not failed."""
    rows = Notice.objects.filter(post__in=[post.pk for post in posts], read_at__isnull=True)
    waiting = list(rows.exclude(word__in=COMPUTED | NO_WORK).order_by("at", "pk"))
    reports = {row.pk: int(row.key.split(":")[1]) for row in waiting if row.word in FAILED}
    made = set(
        Report.objects.filter(pk__in=reports.values(), made_at__isnull=False).values_list("pk", flat=True)
    )
    return [
        Open(_subject(row), row.word, row.data, row.url) for row in waiting if reports.get(row.pk) not in made
    ]


FAILED = frozenset({"report_failed", "schedule_failed"})


def _subject(row: Notice) -> str:
    """A report that failed several times is one thing."""
    return f"report:{row.key.split(':')[1]}" if row.word in FAILED else f"notice:{row.pk}"


def overtaken(unread: list[Notice], day: date) -> set[int]:
    """Which of these notices, the newest first, the facts have overtaken, by id: lines that were submitted or
    settled or have another target date, earlier rungs of the same line, posts that are held again."""
    computed = [(row, row.key.split(":")) for row in unread if row.word in COMPUTED]
    lines = {about for _row, (kind, about, *_rest) in computed if kind != "vacant"}
    starts = {str(rung.item.pk): f"{rung.start}" for rung in rungs({"pk__in": lines})} if lines else {}
    asks = any(row.word == "vacant" for row, _parts in computed)
    vacant = {str(post.pk) for post in vacancies.vacant_on(day)} if asks else set()
    newest: set[tuple[str, str, int]] = set()
    found: set[int] = set()
    for row, (kind, about, *rest) in computed:
        if kind == "vacant":
            # Keys of earlier versions name a schedule and a day, not a post and its last appointment.
            stands = about in vacant and rest[0].isdigit()
        else:
            stands = starts.get(about) == rest[0] and (kind, about, row.post_id) not in newest
            newest.add((kind, about, row.post_id))
        if not stands:
            found.add(row.pk)
    return found
