"""What is counted from the register of posts."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Value

from nudm.core.counts import named
from nudm.core.dates import today
from nudm.core.ratio import Ratio
from states.models import Post
from states.rules import PostKind, Role

MEASURES = frozenset({"posts.nodal_officer"})


def counts(state_ids: Iterable[int], day: date | None = None) -> list[QuerySet[Any, Any]]:
    """Nodal officers' posts, and those filled on `day` (today in IST by default), as `(state, name, n)`.

    Rows to be put into one query with other counts (`nudm.core.counts`).
    """
    day = day or today()
    posts = Post.objects.filter(
        team__state__in=list(state_ids), team__role=Role.STATE.value, kind=PostKind.NODAL_OFFICER.value
    )
    # In one `filter`: it is the same appointment that has begun and has not ended.
    filled = posts.filter(
        Q(appointments__until__isnull=True) | Q(appointments__until__gt=day), appointments__start__lte=day
    )
    return [
        named(posts, "team__state_id", Value("posts")),
        named(filled, "team__state_id", Value("posts:filled")),
    ]


def measures_of(counted: Mapping[str, float]) -> dict[str, Ratio]:
    """A post that falls vacant turns the line red again (deck, Stage 1, input 2)."""
    posts = max(int(counted.get("posts", 0)), 1)
    return {"posts.nodal_officer": Ratio(int(counted.get("posts:filled", 0)), posts)}
