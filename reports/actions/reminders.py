"""Verbs on reminders: before and after a target date, up the chain of a state, with a drafted letter."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from nudm.core import scope
from nudm.core.dates import show, today
from nudm.core.errors import Refused
from nudm.core.seen import seen, unchanged
from phases.models import Item
from phases.rules import EDITABLE
from reports.actions.notices import notice
from reports.models import Reminder, Superior
from reports.schedule import ESCALATES, step_due
from states.access import require
from states.actions import record
from states.models import Post, State
from states.rules import PostKind, Role


@scope.national()
def queue_reminders(day: date) -> int:
    """Put into the inboxes what the ladder says for each line with a target date; how many lines.

    A line under review or settled is with nobody on the state's side: its reminders stop. Each step is
    brought to mind once, whatever runs twice or late.
    """
    waiting = (
        Item.objects.filter(due__isnull=False, status__in=[status.value for status in EDITABLE])
        .select_related("state")
        .order_by("pk")
    )
    told = 0
    for item in waiting:
        due = item.due or day
        step = step_due(due, day)
        if step is None:
            continue
        with transaction.atomic():
            _row, new = Reminder.objects.get_or_create(
                item=item, due=due, step=step, defaults={"state": item.state, "on": day}
            )
            if new:
                _tell(item, due, step, day)
                told += 1
    return told


def _tell(item: Item, due: date, step: int, day: date) -> None:
    days = abs((day - due).days)
    data = {"code": item.code, "due": show(due), "step": (day - due).days, "days": days}
    key, url = f"due:{item.pk}:{due.isoformat()}:{step}", item.get_absolute_url()
    for post in _owners(item):
        notice(post, key, "due", data, url, state=item.state, to_do=True)
    if step not in ESCALATES:
        return
    level = ESCALATES[step]
    superior = Superior.objects.filter(state=item.state, level=level).select_related("post").first()
    posts = [superior.post] if superior is not None and superior.post is not None else []
    if level == 3:
        posts += list(Post.objects.filter(team__role=Role.CENTRE.value, kind=PostKind.REVIEWER.value)[:1])
    for post in posts:
        notice(
            post,
            f"escalated:{item.pk}:{due.isoformat()}:{level}",
            "escalated",
            data | {"state": item.state.name, "state_hi": item.state.name_hi},
            url,
            state=item.state,
            to_do=True,
        )


def _owners(item: Item) -> list[Post]:
    """The nodal officer's post, and for an agency's line the posts of the agencies that serve the state."""
    nodal = Post.objects.filter(
        team__state=item.state, team__role=Role.STATE.value, kind=PostKind.NODAL_OFFICER.value
    )
    found = list(nodal)
    if item.line.owner == "agency":
        serving = Post.objects.filter(
            team__role=Role.AGENCY.value,
            team__group__stategroupobjectpermission__content_object=item.state,
            team__group__stategroupobjectpermission__permission__codename="view_state",
        )
        found += list(serving.distinct())
    return found


@transaction.atomic
def set_chain(
    state: State, levels: dict[int, tuple[str, Post | None]], *, by: Any, saw: str | None = None
) -> None:
    """Set who is told at each level, 1 to 3: a designation and, where it is one here, its post.

    Raises NotAllowed without `manage_people`, Conflict when the chain is not what `saw` says (`chain_seen`),
    Refused for a post that does not see the state.
    """
    require(by, "manage_people", state)
    State.objects.select_for_update(no_key=True).get(pk=state.pk)
    mine = {level: (words, post) for level, (words, post) in levels.items() if words.strip()}
    unchanged(saw, _told(_levels(state)), _told(mine))
    for level, (designation, post) in levels.items():
        if post is not None and post.team.state_id not in {None, state.pk}:
            raise Refused(_("Choose a post of this State/UT or of the centre."), code="post")
        if designation.strip():
            Superior.objects.update_or_create(
                state=state, level=level, defaults={"designation": designation.strip(), "post": post}
            )
        else:
            Superior.objects.filter(state=state, level=level).delete()
    record("chain.set", by=by, state=state, levels=sorted(levels))


def chain_seen(state: State) -> str:
    """What a form that is about to be shown sees of the chain."""
    return seen(_told(_levels(state)))


def _levels(state: State) -> dict[int, tuple[str, Post | None]]:
    rows = Superior.objects.filter(state=state).select_related("post__team__state")
    return {row.level: (row.designation, row.post) for row in rows}


def _told(levels: Mapping[int, tuple[str, Post | None]]) -> dict[str, str]:
    return {
        str(n): " · ".join([words, *([str(post)] if post else [])]) for n, (words, post) in levels.items()
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
            "designation": superior.designation,
            "state": state.label,
            "lines": "\n".join(lines),
        }
