"""What is counted from the register of posts, and since when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat

from nudm.core.counts import moment_of, named
from nudm.core.dates import day_of, today
from nudm.core.ratio import Ratio
from states.models import Entry, Post
from states.rules import PostKind, Role

MEASURES = frozenset({"posts.nodal_officer", "posts.setup", "posts.fellows"})
# What the institutional set-up of a State/UT asks for beside the nodal officer, who is a line of its own
# (deck, Stage 1, role 3 of the CDG and outcome 1): its programme unit, and the DTL whom the centre helps to
# select.
SETUP = (PostKind.PROGRAMME_UNIT, PostKind.DTL)


def counts(state_ids: Iterable[int], day: date | None = None) -> list[QuerySet[Any, Any]]:
    """The posts of State/UT offices by kind, and those filled on `day` (today in IST by default), as
    `(state, name, n)`; and who held which post of the office, for `office_of`.

    Rows to be put into one query with other counts (`nudm.core.counts`).
    """
    day = day or today()
    posts = Post.objects.filter(team__state__in=list(state_ids), team__role=Role.STATE.value)
    # In one `filter`: it is the same appointment that has begun and has not ended.
    filled = posts.filter(
        Q(appointments__until__isnull=True) | Q(appointments__until__gt=day), appointments__start__lte=day
    )
    return [
        named(posts, "team__state_id", Concat(Value("posts:"), "kind")),
        named(filled, "team__state_id", Concat(Value("filled:"), "kind")),
        _posts_held(posts),
    ]


def measures_of(counted: Mapping[str, float]) -> dict[str, Ratio]:
    """A post that falls vacant turns the line red again (deck, Stage 1, input 2). Of the kinds of SETUP one
    post each has to be held; fellows are counted only, for it is the centre that provides them."""

    def n(name: str, kind: PostKind) -> int:
        return int(counted.get(f"{name}:{kind.value}", 0))

    nodal, fellow = PostKind.NODAL_OFFICER, PostKind.FELLOW
    return {
        "posts.nodal_officer": Ratio(n("filled", nodal), max(n("posts", nodal), 1)),
        "posts.setup": Ratio(sum(n("filled", kind) > 0 for kind in SETUP), len(SETUP)),
        "posts.fellows": Ratio(n("filled", fellow), n("posts", fellow)),
    }


@dataclass(frozen=True, slots=True)
class Office:
    """A State/UT's posts as known on a day: its first appointment, and by measure the days on which the posts
    that it asks for were filled (True) or one fell vacant (False)."""

    first: date | None = None
    filled: Mapping[str, tuple[tuple[date, bool], ...]] = field(default_factory=dict)


def office_of(counted: Mapping[str, float], day: date) -> Office:
    """What the register of posts said at the end of `day`, from what `counts` named."""
    rows = (name.split(HELD) for name in counted if name.startswith(HELD))
    return _office([_held(row[1:]) for row in rows], day)


# Begins a name, and parts what it holds.
HELD = "held|"


def _posts_held(posts: QuerySet[Post]) -> QuerySet[Any, Any]:
    """Each post of an office with each of its appointments: post, kind, from, until, and when these two were
    entered, in one name."""
    entries = Entry.objects.filter(
        target="appointment", target_id=Cast(OuterRef("appointments"), CharField())
    ).order_by("pk")
    entered, ended = (
        Subquery(entries.filter(verb=verb).values("at")[:1]) for verb in ("post.appoint", "post.relieve")
    )
    asked = ("pk", "kind", "appointments__start", "appointments__until", entered, ended)
    words = [Coalesce(Cast(column, CharField()), Value("")) for column in asked]
    return named(posts, "team__state_id", Concat(*(part for word in words for part in (Value(HELD), word))))


@dataclass(frozen=True, slots=True)
class _Held:
    """A post held from `start` until `until`; without days where nobody ever held it. `entered` and `ended`:
    the days on which these two were entered."""

    post: int
    kind: str
    start: date | None
    until: date | None
    entered: date | None
    ended: date | None

    def follows(self, before: "_Held | None") -> date:
        """From which day on it fills its post. An order may be dated back, but the days on which the post was
        known to be vacant stay."""
        start, entered = self.start or date.max, self.entered or date.min
        known_vacant = before is not None and before.ended is not None and before.ended < entered
        return max(start, entered) if known_vacant else start


def _held(row: Sequence[str]) -> _Held:
    post, kind, *days = row
    start, until = (date.fromisoformat(text) if text else None for text in days[:2])
    entered, ended = (day_of(moment_of(text)) if text else None for text in days[2:])
    return _Held(int(post), kind, start, until, entered, ended)


def _office(held: list[_Held], day: date) -> Office:
    known = sorted((row for row in held if row.start and row.start <= day), key=lambda row: row.start or day)
    spans: dict[int, list[tuple[date, date]]] = {row.post: [] for row in held}
    last: dict[int, _Held] = {}
    for row in known:
        spans[row.post].append((row.follows(last.get(row.post)), row.until or date.max))
        last[row.post] = row
    kinds = {row.post: row.kind for row in held}

    def there(kind: PostKind, on: date) -> list[bool]:
        """Of each post of a kind whether it was filled on a day."""
        posts = [post for post, its in kinds.items() if its == kind]
        return [any(start <= on < until for start, until in spans[post]) for post in posts]

    filled: dict[str, list[tuple[date, bool]]] = {"posts.nodal_officer": [], "posts.setup": []}
    for on in sorted({on for of in spans.values() for span in of for on in span if on <= day}):
        nodal = there(PostKind.NODAL_OFFICER, on)
        now = {
            "posts.nodal_officer": bool(nodal) and all(nodal),
            "posts.setup": all(any(there(kind, on)) for kind in SETUP),
        }
        for measure, rows in filled.items():
            if not rows or rows[-1][1] is not now[measure]:
                rows.append((on, now[measure]))
    first = min((row.start for row in known if row.start), default=None)
    return Office(first, {measure: tuple(rows) for measure, rows in filled.items()})
