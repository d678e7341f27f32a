"""The number beside “Review” in the header."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from phases.models import Item
from phases.rules import Status
from states.access import standing, visible


def review(request: HttpRequest) -> dict[str, Any]:
    """`waiting`: counted only where a page's header shows it."""
    return {
        "review_url": reverse("phases:review"),
        "waiting": SimpleLazyObject(lambda: _count(request)),
    }


def _count(request: HttpRequest) -> int:
    known: int | None = getattr(request, "waiting", None)
    if known is not None:
        return known
    states = standing(request.user).states("review_item")
    return visible(Item, request.user).filter(status=Status.UNDER_REVIEW.value, state__in=states).count()
