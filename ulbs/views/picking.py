"""Choosing ULBs out of hundreds without JavaScript: by group, by search, ticked or all of a filter."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from states.access import visible
from states.models import State
from ulbs.models import Ulb

PAGE = 100
THERE = Q(ended="")
IN = THERE & Q(in_scope=True)
# Every ULB that is there is in one of the first three or in a batch; `in`: those that a page has chosen.
GROUPS: dict[str, Q] = {
    "pilots": IN & Q(pilot=True),
    "none": IN & Q(pilot=False, batch__isnull=True),
    "out": THERE & Q(in_scope=False),
    "in": Q(),
}

KINDS = {"greenfield": Q(kind="greenfield"), "brownfield": Q(kind="brownfield"), "unknown": Q(kind="")}


@dataclass(frozen=True, slots=True)
class Picked:
    """A filtered page of ULBs, and the filter's own values for its form."""

    rows: QuerySet[Ulb]
    page: Page
    query: str
    group: str
    kind: str
    groups: list[tuple[str, str]]


def group_filter(key: str) -> Q:
    """The ULBs of `pilots`, `none`, `out` or of a batch (`b3`)."""
    if key[:1] == "b" and key[1:].isdigit():
        return IN & Q(batch__number=int(key[1:]))
    return GROUPS.get(key, IN)


def groups_of(user: Any, state: State, *, planned: bool = False) -> list[tuple[str, str]]:
    """The groups that have ULBs, with their sizes; `planned` leaves only pilots and batches."""
    counted = (
        visible(Ulb, user)
        .filter(THERE, state=state)
        .order_by()
        .values_list("in_scope", "pilot", "batch__number")
        .annotate(n=Count("pk"))
    )
    sizes: dict[tuple[int, int, str], int] = {}
    for in_scope, pilot, number, n in counted:
        key = _group(in_scope, pilot, number)
        sizes[key] = sizes.get(key, 0) + n
    words = {"pilots": _("Pilots"), "none": _("In no batch"), "out": _("Left out")}
    return [
        (key, f"{words.get(key) or _('Batch %(number)s') % {'number': number}} ({n})")
        for (place, number, key), n in sorted(sizes.items())
        if not planned or place < 2
    ]


def _group(in_scope: bool, pilot: bool, number: int | None) -> tuple[int, int, str]:
    """The group of a ULB, with its place in the list: pilots, batches, unplanned, left out."""
    if not in_scope:
        return (3, 0, "out")
    if pilot:
        return (0, 0, "pilots")
    return (2, 0, "none") if number is None else (1, number, f"b{number}")


def pick(request: HttpRequest, state: State, rows: QuerySet[Ulb]) -> Picked:
    """The ULBs that the page's filter lets through: by group and kind, and by name, LGD code or district."""
    query, group = request.GET.get("q", "").strip(), request.GET.get("group", "")
    kind = request.GET.get("kind", "")
    rows = rows.filter(KINDS.get(kind, Q()), group_filter(group), state=state).select_related("batch")
    if query.isdigit():
        rows = rows.filter(lgd_code=int(query[:9]))
    elif query:
        words = Q(name__icontains=query) | Q(name_local__icontains=query) | Q(district__icontains=query)
        rows = rows.filter(words | Q(aliases__name__icontains=query)).distinct()
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    for ulb in page:
        ulb.state = state
    return Picked(rows, page, query, group, kind, groups_of(request.user, state))


def chosen(request: HttpRequest, picked: Picked) -> list[Ulb]:
    """The ticked ULBs, or every one that the filter lets through. What is not in the filter is not chosen."""
    if request.POST.get("all"):
        return list(picked.rows)
    ticked = [int(pk) for pk in request.POST.getlist("ulb") if pk.isdigit()]
    return list(picked.rows.filter(pk__in=ticked))
