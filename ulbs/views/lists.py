"""The ULBs of a state as a list and as a matrix of modules: filtered, sorted, page by page, or as a file;
today's, or as they were known at the end of a past day, without any act."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nudm.core import scope, tables
from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.dates import show, show_time, today
from nudm.core.tables import Column, Table
from states.access import powers, visible
from states.actions import record as log
from states.models import State
from states.views.shown import state_for
from ulbs import matrix as of
from ulbs import remembered
from ulbs.catalogue import modules
from ulbs.models import Deployment, Ulb
from ulbs.past import towns_on
from ulbs.rules.asking import Asked, asked_of
from ulbs.views import columns, facts, filters

PAGE = 50
CHANGING = frozenset({"manage_ulbs", "update_rollout"})


@dataclass(frozen=True, slots=True)
class Listing:
    """What a request asks for: a state's ULBs and cells, which of them, and in which order."""

    state: State
    ulbs: of.Ulbs
    cells: of.Cells
    asked: Asked
    look: of.Look
    choices: of.Choices
    day: date | None = None


def listing_of(request: HttpRequest, iso: str, scope: str = "in") -> Listing:
    """Raises Http404 for a state that does not exist for this person, and Refused for a day to come."""
    state = state_for(request, iso)
    day = asked_day(request)
    if day is not None:
        # Whoever sees the state sees all its ULBs.
        known, told = towns_on(state, day)
        asked = asked_of(request.GET, modules(), columns.SORTS, scope)
        return Listing(state, known, told, asked, of.look(known, told, asked), of.choices(known, told), day)
    ulbs = visible(Ulb, request.user).filter(state=state)
    cells = visible(Deployment, request.user).filter(state=state)
    asked = asked_of(request.GET, modules(), columns.SORTS, scope)
    look = remembered.look(state, ulbs, cells, asked)
    return Listing(state, ulbs, cells, asked, look, remembered.choices(state))


@shows_the_past
def towns(request: HttpRequest, iso: str) -> HttpResponseBase:
    """The ULBs of a state with what they have reached; no module by itself."""
    listing = replace(listing_of(request, iso, scope="all"), cells=[])
    shown = columns.of_list(listing.look, then=_then(listing))
    if request.GET.get("format") in tables.TYPES:
        what = request.GET.get("what", "")
        if what in facts.TITLES:
            shown = facts.of_file(what, request.user, listing.state, listing.day)
            return _file(request, listing, shown, "ulbs", str(facts.TITLES[what]), what)
        return _file(request, listing, shown, "ulbs", _("ULBs"), "ulbs")
    files = list(facts.TITLES.items())
    return render(request, "ulbs/list.html", _page(request, listing, shown) | {"files": files})


@shows_the_past
def matrix(request: HttpRequest, iso: str) -> HttpResponseBase:
    """ULBs by modules: how far each is, and how many are live of those planned."""
    listing = listing_of(request, iso)
    choosing = listing.day is None and bool(CHANGING & powers(request.user, listing.state))
    codes = columns.shown_modules(listing.choices, listing.asked)
    shown = columns.of_matrix(listing.look, codes, choosing=choosing, then=_then(listing))
    if request.GET.get("format") in tables.TYPES:
        return _file(request, listing, shown, "matrix", _("ULBs and modules"), "matrix")
    more = filters.more(columns.shown_modules(listing.choices, Asked()))
    query = [(name, value) for name, values in request.GET.lists() for value in values]
    context = {"choosing": choosing, "legend": columns.legend(), "more": more, "query": query}
    return render(request, "ulbs/matrix.html", _page(request, listing, shown) | context)


def _then(listing: Listing) -> str:
    return f"?as_on={show(listing.day)}" if listing.day else ""


def _page(request: HttpRequest, listing: Listing, shown: Sequence[Column]) -> dict[str, Any]:
    state, asked, look = listing.state, listing.asked, listing.look
    page = Paginator(look.keys, PAGE).get_page(request.GET.get("page"))
    return {
        "state": state,
        "page": page,
        "asked": asked,
        "told": filters.told(asked),
        "filters": filters.selects(asked, listing.choices),
        "heads": tables.heads(shown, request.GET, asked.sort),
        "lines": tables.lines(shown, of.rows(listing.ulbs, listing.cells, page.object_list)),
        "foot": tables.foot(shown),
        "width": len(shown),
        "powers": powers(request.user, state) if listing.day is None else frozenset(),
        "as_on": listing.day,
    }


def _file(
    request: HttpRequest, listing: Listing, shown: Sequence[Column], page: str, title: str, name: str
) -> HttpResponseBase:
    """The ULBs that the page shows, all pages of them. Who took them away is recorded."""
    state, kind, keys = listing.state, request.GET["format"], listing.look.keys
    told = [
        f"{title}, {state.label}",
        _("as on %(moment)s") % {"moment": show(listing.day) if listing.day else show_time(timezone.now())},
        ngettext("%(n)s ULB", "%(n)s ULBs", len(keys)) % {"n": len(keys)},
        *filters.told(listing.asked),
    ]
    log(
        f"{page}.export",
        by=request.user,
        state=state,
        kind=kind,
        rows=len(keys),
        asked=request.GET.urlencode()[:500],
    )
    file = f"nudm-{name}-{state.iso}-{(listing.day or today()).isoformat()}"
    return tables.export(
        lambda: Table(title, "; ".join(told), shown, of.all_rows(listing.ulbs, listing.cells, keys)),
        kind,
        file,
        rows=len(keys),
        scope=lambda: scope.of(request.user),
    )
