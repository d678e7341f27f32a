"""What is counted from the register of posts: `{state id: {measure: Ratio}}` in one query."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Count, Q

from nudm.core.dates import today
from nudm.core.ratio import Ratio
from states.models import Post
from states.rules import PostKind, Role

MEASURES = frozenset({"posts.nodal_officer"})


def tallies(state_ids: Iterable[int], day: date | None = None) -> dict[int, dict[str, Ratio]]:
    """Nodal officers' posts that are filled on `day` (today in IST by default), of those that exist.

    A post that falls vacant turns the line red again (deck, Stage 1, input 2).
    """
    day = day or today()
    ids = list(state_ids)
    held = Q(appointments__start__lte=day) & (
        Q(appointments__until__isnull=True) | Q(appointments__until__gt=day)
    )
    rows = (
        Post.objects.filter(
            team__state__in=ids,
            team__role=Role.STATE.value,
            kind=PostKind.NODAL_OFFICER.value,
        )
        .values("team__state")
        .annotate(
            filled=Count("pk", filter=held, distinct=True),
            posts=Count("pk", distinct=True),
        )
        .order_by()
    )
    counted = {row["team__state"]: Ratio(row["filled"], row["posts"]) for row in rows}
    return {pk: {"posts.nodal_officer": counted.get(pk, Ratio(0, 1))} for pk in ids}
