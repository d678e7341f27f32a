"""Choosing ULBs out of hundreds without JavaScript: by group, by search, ticked or all of a filter."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from nudm.core.numbers import number, numbers
from nudm.core.search import holds
from nudm.core.text import loose
from states.access import visible
from states.models import State
from ulbs.models import Alias, Ulb

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

    rows: Any
    page: Page
    query: str
    group: str
    kind: str
    groups: list[tuple[str, str]]


def group_filter(key: str) -> Q:
    """The ULBs of `pilots`, `none`, `out` or of a batch (`b3`)."""
    if key[:1] == "b" and (batch := number(key[1:])):
        return IN & Q(batch__number=batch)
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
    sizes: Counter[tuple[int, int, str]] = Counter()
    for in_scope, pilot, batch, n in counted:
        sizes[_group(in_scope, pilot, batch)] += n
    return _named(sizes, planned=planned)


def _named(sizes: Counter[tuple[int, int, str]], *, planned: bool = False) -> list[tuple[str, str]]:
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


def group_of(ulb: Ulb) -> str:
    """`pilots`, `none`, `out` or a batch (`b3`); nothing for a ULB that has ended."""
    return "" if ulb.ended else _group(ulb.in_scope, ulb.pilot, ulb.batch.number if ulb.batch else None)[2]


def pick_on(request: HttpRequest, ulbs: Iterable[Ulb], former: Iterable[Alias]) -> Picked:
    """The same of a past day, from the ULBs by name and their other names as they were known then."""
    query, group = request.GET.get("q", "").strip(), request.GET.get("group", "")
    kind, there = request.GET.get("kind", ""), [ulb for ulb in ulbs if not ulb.ended]
    sizes = Counter(_group(u.in_scope, u.pilot, u.batch.number if u.batch else None) for u in there)
    if group != "in":
        known = group in GROUPS or (group[:1] == "b" and number(group[1:]))
        ulbs = [u for u in there if (group_of(u) == group if known else u.in_scope)]
    if kind in KINDS:
        ulbs = [ulb for ulb in ulbs if (ulb.kind or "unknown") == kind]
    if code := number(query):
        ulbs = [ulb for ulb in ulbs if ulb.lgd_code == code]
    elif query:
        text = loose(query)
        found = {alias.ulb_id for alias in former if text in loose(alias.name)}
        ulbs = [
            ulb
            for ulb in ulbs
            if ulb.pk in found or any(text in loose(t) for t in (ulb.name, ulb.name_local, ulb.district))
        ]
    rows = list(ulbs)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return Picked(rows, page, query, group, kind, _named(sizes))


def pick(request: HttpRequest, state: State, rows: QuerySet[Ulb]) -> Picked:
    """The ULBs that the page's filter lets through: by group and kind, and by name, LGD code or district."""
    query, group = request.GET.get("q", "").strip(), request.GET.get("group", "")
    kind = request.GET.get("kind", "")
    rows = rows.filter(KINDS.get(kind, Q()), group_filter(group), state=state).select_related("batch")
    if code := number(query):
        rows = rows.filter(lgd_code=code)
    elif query:
        rows = rows.filter(holds(query, "name", "name_local", "district", "aliases__name")).distinct()
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    for ulb in page:
        ulb.state = state
    return Picked(rows, page, query, group, kind, groups_of(request.user, state))


def chosen(request: HttpRequest, picked: Picked) -> list[Ulb]:
    """The ticked ULBs, or every one that the filter lets through. What is not in the filter is not chosen."""
    if request.POST.get("all"):
        return list(picked.rows)
    ticked = numbers(request.POST.getlist("ulb"))
    return list(picked.rows.filter(pk__in=ticked))
