"""What the ladder of reminders says of the lines that have a target date: on which rung each is, whom it
concerns, and whether it still stands."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Max

from nudm.core.dates import day_of, show
from phases.models import Item, Step
from phases.rules import EDITABLE, Party, Status, party_of
from reports.models import Holiday, Superior
from reports.schedule import ESCALATES
from states.access import holders_on
from states.models import Post, StateGroupObjectPermission
from states.rules import PostKind, Role

RETURNS = ("return", "reopen")


@dataclass(frozen=True, slots=True)
class Rung:
    """A line with the State's side that has a target date or was returned. `start` is the day from which its
    ladder counts: the target date, or the day of a later return; None without a target date."""

    item: Item
    returned: date | None
    start: date | None

    def passed(self, day: date) -> int:
        """Days from `start` to `day`; negative before it."""
        return (day - self.start).days if self.start is not None else -(10**6)

    @property
    def data(self) -> dict[str, Any]:
        """What a sentence on the line names."""
        state = self.item.state
        told: dict[str, Any] = {"code": self.item.code, "state": state.name, "state_hi": state.name_hi}
        if self.item.due is not None:
            told["due"] = show(self.item.due)
        if self.word == "returned" and self.returned is not None:
            told["on"] = show(self.returned)
        return told

    @property
    def word(self) -> str:
        returned = self.item.status == Status.RETURNED.value and self.returned is not None
        return "returned" if returned else "due"


def rungs(where: dict[str, Any] | None = None) -> list[Rung]:
    """The lines that are with the State's side and have a target date or were returned."""
    rows = Item.objects.filter(status__in=[status.value for status in EDITABLE], **(where or {}))
    rows = rows.select_related("state").order_by("pk")
    items = [item for item in rows if item.due or item.status == Status.RETURNED]
    steps = Step.objects.filter(item__in=[item.pk for item in items], move__in=RETURNS)
    last = dict(steps.order_by().values("item").annotate(at=Max("at")).values_list("item", "at"))
    found = []
    for item in items:
        returned = day_of(last[item.pk]) if item.pk in last else None
        start = item.due
        if start is not None and returned is not None and returned > start:
            start = returned
        found.append(Rung(item, returned, start))
    return found


def off_on(day: date) -> set[int | None]:
    """The States/UTs, by id, that have a holiday on `day`; None among them stands for the nation."""
    return set(Holiday.objects.filter(day=day).values_list("state", flat=True))


@dataclass(frozen=True, slots=True)
class Concerned:
    """Who is in charge of the lines of the States/UTs: asked once for all of them."""

    nodal: dict[int, list[Post]]
    agencies: dict[int, list[Post]]
    superiors: dict[tuple[int, int], Post]
    named: frozenset[tuple[int, int]]
    centre: list[Post]

    def owners(self, item: Item) -> list[Post]:
        """The nodal officer's post, and while the line is with the IA the posts of the agencies that serve
        there."""
        found = list(self.nodal.get(item.state_id, ()))
        if party_of(Status(item.status), item.line.owner, handed=item.handed_over) is Party.AGENCY:
            found += self.agencies.get(item.state_id, [])
        return found

    def above(self, item: Item, level: int) -> tuple[list[Post], bool]:
        """The posts that are told at a level of the chain, and whether the superior's own is among them:
        where nobody can be reached the centre is told in that place; of level 3 it is told in any case."""
        superior = self.superiors.get((item.state_id, level))
        if superior is None:
            return self.centre, False
        rest = [post for post in self.centre if post.pk != superior.pk] if level == 3 else []
        return [superior, *rest], True


def concerned(states: Collection[int], day: date) -> Concerned:
    """Who is in charge in these States/UTs on `day`. A superior without a post here, or whose post is vacant,
    cannot be reached; of the centre it is the first reviewer who is there, else its head."""
    nodal: dict[int, list[Post]] = {}
    for post in Post.objects.filter(
        team__state__in=states, team__role=Role.STATE.value, kind=PostKind.NODAL_OFFICER.value
    ):
        nodal.setdefault(post.team.state_id or 0, []).append(post)
    agencies: dict[int, list[Post]] = {}
    serving = StateGroupObjectPermission.objects.filter(
        content_object__in=states,
        permission__codename="view_state",
        group__team__role=Role.AGENCY.value,
    )
    by_group: dict[int, list[Post]] = {}
    for post in Post.objects.filter(team__role=Role.AGENCY.value).select_related("team"):
        by_group.setdefault(post.team.group_id, []).append(post)
    for state_id, group_id in serving.values_list("content_object", "group"):
        agencies.setdefault(state_id, []).extend(by_group.get(group_id, ()))
    chain = list(Superior.objects.filter(state__in=states).select_related("post__team"))
    centre = sorted(
        Post.objects.filter(team__role=Role.CENTRE.value).select_related("team"),
        key=lambda post: (post.kind != PostKind.REVIEWER.value, post.pk),
    )
    asked = [post.pk for post in centre] + [row.post_id for row in chain if row.post_id]
    held = set(holders_on(day).filter(post__in=asked).values_list("post", flat=True))
    there = [post for post in centre if post.pk in held]
    reached = {(row.state_id, row.level): row.post for row in chain if row.post and row.post_id in held}
    named = frozenset((row.state_id, row.level) for row in chain if row.post_id)
    return Concerned(nodal, agencies, reached, named, there[:1])


def levels(passed: int) -> Iterable[int]:
    """The levels of the chain that are told once so many days have passed."""
    return [level for step, level in ESCALATES.items() if step <= passed]


def missing_levels(state: Any) -> list[int]:
    """The levels of a State/UT's chain at which no post here is named: the centre is told instead."""
    named = set(Superior.objects.filter(state=state, post__isnull=False).values_list("level", flat=True))
    return [level for level in sorted(ESCALATES.values()) if level not in named]
