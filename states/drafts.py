"""The desk of a post: what is being typed there and is not saved for good."""

from typing import Any

from nudm.core import scope
from states.models import Draft, Post


def save_draft(post: Post, key: str, data: dict[str, Any]) -> Draft:
    """Keep what is being typed under `key` on the post's desk; the last save wins."""
    draft, _made = Draft.objects.update_or_create(post=post, key=key, defaults={"data": data})
    return draft


def draft_on(post: Post | None, key: str) -> Draft | None:
    """What lies on the post's desk under `key`."""
    return Draft.objects.filter(post=post, key=key).first() if post is not None else None


@scope.national()
def drop_draft(post: Post | None, key: str) -> None:
    """Forget a draft once its text has been saved for good.

    The system does it: `access` has named the post, and to weigh a desk's policies costs PostgreSQL more
    than all the rest of a move.
    """
    if post is not None:
        Draft.objects.filter(post=post, key=key).delete()
