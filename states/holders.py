"""Who holds a post, as a form sees it; and the lock under which that may change."""

from django.db.models import Q

from nudm.core.dates import show, today
from nudm.core.seen import unchanged
from states.models import Appointment, Post


def held_by(post: Post) -> dict[str, str]:
    """Who holds a post today or will, from when till when: what a form sees of it."""
    rows = Appointment.objects.filter(post=post).filter(Q(until=None) | Q(until__gt=today()))
    return {
        row.person.name: f"{show(row.start)} – {show(row.until) if row.until else ''}"
        for row in rows.select_related("person").order_by("start")
    }


def locked(post: Post, saw: str | None, mine: dict[str, str]) -> None:
    """Lock a post, but not for the entries of the log that point at it."""
    Post.objects.select_for_update(no_key=True).get(pk=post.pk)
    unchanged(saw, held_by(post), mine)
