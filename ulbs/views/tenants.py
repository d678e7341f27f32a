"""The queue of tenants whose ULB a person has to name."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.errors import NotAllowed, Refused
from nudm.core.numbers import number
from states.access import require, visible
from states.models import State
from states.past import as_on_all
from states.views.shown import state_for
from ulbs.actions import tenants
from ulbs.actions.import_tenants import names_of
from ulbs.importing import cells
from ulbs.models import Tenant, Ulb

PAGE = 20


@shows_the_past
def queue(request: HttpRequest, iso: str) -> HttpResponse:
    """Tenants to be decided on with the ULBs that fit best, or those that are decided."""
    state = state_for(request, iso)
    require(request.user, "manage_register", Tenant(state=state))
    day = asked_day(request)
    if day is not None:
        return _on(request, state, day)
    faults: list[str] = []
    if request.method == "POST":
        faults = _decide(request, state)
        if not faults:
            return redirect(f"{request.path}?{request.GET.urlencode()}")
    show = request.GET.get("show", "open")
    rows = visible(Tenant, request.user).filter(state=state).select_related("ulb", "decided_by")
    parts = {"open": rows.filter(how=Tenant.How.OPEN), "decided": rows.exclude(how=Tenant.How.OPEN)}
    show = show if show in parts else "open"
    page = Paginator(parts.pop(show), PAGE).get_page(request.GET.get("page"))
    [(other, rest)] = parts.items()
    context = {
        "state": state,
        "page": page,
        "rows": _candidates(request, state, list(page)),
        "show": show,
        "counts": {show: page.paginator.count, other: rest.count()},
        "faults": faults,
    }
    return render(request, "ulbs/tenants.html", context, status=422 if faults else 200)


def _on(request: HttpRequest, state: State, day: date) -> HttpResponse:
    """The list as it was at the end of a past day, without any act."""
    kept: Any = as_on_all([Tenant, Ulb], [state.pk], day)
    ulbs = {ulb.pk: ulb for ulb in kept[Ulb]}
    parts: dict[str, list[Tenant]] = {"open": [], "decided": []}
    for tenant in sorted(kept[Tenant], key=lambda tenant: tenant.code):
        tenant.ulb = ulbs.get(tenant.ulb_id)
        parts["open" if tenant.how == Tenant.How.OPEN else "decided"].append(tenant)
    show = "decided" if request.GET.get("show") == "decided" else "open"
    page = Paginator(parts[show], PAGE).get_page(request.GET.get("page"))
    rows = list(page)
    prefetch_related_objects(rows, "decided_by")
    context = {
        "state": state,
        "page": page,
        "rows": [(tenant, ()) for tenant in rows],
        "show": show,
        "counts": {name: len(part) for name, part in parts.items()},
        "as_on": day,
    }
    return render(request, "ulbs/tenants.html", context)


def _candidates(request: HttpRequest, state: State, page: list[Tenant]) -> list[tuple[Tenant, list[Ulb]]]:
    """Each tenant with the ULBs whose names are most alike, best first."""
    names = names_of([state.pk])[state.pk]
    near = {tenant.pk: names.nearest(tenant.name) for tenant in page}
    codes = {code for found in near.values() for code in found}
    ulbs = {u.lgd_code: u for u in visible(Ulb, request.user).filter(state=state, lgd_code__in=codes)}
    return [(t, [ulbs[code] for code in near[t.pk] if code in ulbs]) for t in page]


def _decide(request: HttpRequest, state: State) -> list[str]:
    """Save each row that has an answer; the sentences of those that could not be saved."""
    faults: list[str] = []
    saved = 0
    given = {n.removeprefix("ulb_"): answer for n, answer in request.POST.items() if n.startswith("ulb_")}
    answers = {number(pk): answer for pk, answer in given.items() if number(pk) and answer}
    rows = visible(Tenant, request.user).filter(state=state).in_bulk(list(answers))
    if rows.keys() != answers.keys():
        raise Http404
    for pk, answer in answers.items():
        tenant = rows[pk]
        try:
            ulb = _chosen(request, state, answer, request.POST.get(f"code_{tenant.pk}", ""))
            seen = request.POST.get(f"seen_{tenant.pk}", "")
            tenants.decide(tenant, ulb, seen=seen, by=request.user)
            saved += 1
        except NotAllowed:
            raise
        except Refused as error:
            faults.append(f"{tenant.name}: {error.message}")
    if saved:
        words = ngettext("%(n)s tenant decided.", "%(n)s tenants decided.", saved) % {"n": saved}
        messages.success(request, words)
    return faults


def _chosen(request: HttpRequest, state: State, answer: str, code: str) -> Any:
    """The ULB that was chosen from the list or by its code; None for “no ULB”."""
    if answer == "none":
        return None
    wanted = code.strip() if answer == "code" else answer
    found = None
    if lgd_code := cells.code(wanted):
        found = visible(Ulb, request.user).filter(state=state, lgd_code=lgd_code).first()
    if found is None:
        raise Refused(_("There is no ULB of this State/UT with the LGD code “%(code)s”.") % {"code": wanted})
    return found
