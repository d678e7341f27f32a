"""The inbox of a post: a line is put into it once."""

from typing import Any

from reports.models import Notice
from states.models import Post, State


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
