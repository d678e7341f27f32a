"""The number beside “Review” in the header."""

from typing import Any

from django.db.models import Count, Expression, QuerySet, Subquery, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from phases.models import Item
from phases.rules import Status
from states.access import standing, visible
from states.views.shown import beside


def review(request: HttpRequest) -> dict[str, Any]:
    """`waiting`: counted only where a page's header shows it."""
    return {
        "review_url": reverse("phases:review"),
        "waiting": SimpleLazyObject(lambda: _count(request)),
    }


@beside
def waiting(person: Any) -> Expression | None:
    """How many lines wait for this person's review; None for who reviews nothing."""
    if not standing(person).states("review_item"):
        return None
    one = _waiting(person).order_by().annotate(one=Value(1)).values("one")
    return Subquery(one.annotate(count=Count("pk")).values("count"))


def _count(request: HttpRequest) -> int:
    known: int | None = getattr(request, "waiting", None)
    return known if known is not None else _waiting(request.user).count()


def _waiting(person: Any) -> QuerySet[Item]:
    reviewed = standing(person).states("review_item")
    return visible(Item, person).filter(status=Status.UNDER_REVIEW.value, state__in=reviewed)
