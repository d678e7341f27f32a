"""What left a count, what waits for the centre's agreement, and which gates were passed shut."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.errors import NotAllowed
from nudm.core.receipts import answered_once
from states.access import powers, standing, visible
from states.models import Post, State
from states.past import as_on_all
from states.views.shown import state_for
from ulbs.actions import agreeing
from ulbs.actions import exclusions as actions
from ulbs.models import Exclusion, Override, Ulb

PAGE = 50
Status = Exclusion.Status
# In what order the parts of the list stand: those that left with agreement, those by correction, the others.
LEFT = (Status.AGREED, Status.CORRECTED)


def national(request: HttpRequest) -> HttpResponse:
    """Of all States/UTs that exist for the person: the requests that wait, the oldest first, and the rest."""
    if not standing(request.user).states():
        raise NotAllowed(_("This list is of whole States/UTs. Your own ULB is on its page."))
    iso = request.GET.get("state", "").upper()[:2]
    where = {"state__iso": iso} if iso else {}
    rows = visible(Exclusion, request.user).filter(**where)
    about = ("state", "ulb__state", "asked_by", "asked_post__team", "answered_by", "answered_post__team")
    asked = rows.filter(status=Status.ASKED).order_by("asked_at", "pk").select_related(*about)[:PAGE]
    left = rows.exclude(status=Status.ASKED).select_related(*about)
    overrides = visible(Override, request.user).filter(**where)
    overrides = overrides.select_related("state", "ulb__state", "by", "post__team")
    context = {
        "asked": list(asked),
        "left": _page(request, left, "page"),
        "overrides": _page(request, overrides, "overrides"),
        "may_answer": set(standing(request.user).states("review_item")),
        "may_withdraw": set(standing(request.user).states("manage_ulbs")),
        "states": [(row.iso, row.label) for row in visible(State, request.user)],
        "iso": iso,
    }
    return render(request, "ulbs/exclusions.html", context)


@shows_the_past
def of_state(request: HttpRequest, iso: str) -> HttpResponse:
    """The same of one State/UT, also as it was known on a day."""
    state, day = state_for(request, iso), asked_day(request)
    if day is not None:
        kept: Any = as_on_all([Exclusion, Override, Ulb], [state.pk], day)
        ulbs = {row.pk: row for row in kept[Ulb]}
        posts = visible(Post, request.user).select_related("team").in_bulk()
        for row in (*kept[Exclusion], *kept[Override]):
            row.state = state
            row.ulb = ulbs.get(row.ulb_id)
            if row.ulb is not None:
                row.ulb.state = state
        for row in kept[Exclusion]:
            row.asked_post, row.answered_post = posts.get(row.asked_post_id), posts.get(row.answered_post_id)
        for row in kept[Override]:
            row.post = posts.get(row.post_id)
        rows = sorted(kept[Exclusion], key=lambda row: (row.asked_at, row.pk), reverse=True)
        context = {
            "asked": [row for row in rows[::-1] if row.status == Status.ASKED],
            "left": _page(request, [row for row in rows if row.status != Status.ASKED], "page"),
            "overrides": _page(
                request, sorted(kept[Override], key=lambda row: row.pk, reverse=True), "overrides"
            ),
            "state": state,
            "as_on": day,
            "powers": powers(request.user, state) & {"view_state"},
        }
        return render(request, "ulbs/exclusions.html", context)
    rows = visible(Exclusion, request.user).filter(state=state)
    about = ("state", "ulb__state", "asked_by", "asked_post__team", "answered_by", "answered_post__team")
    held = powers(request.user, state)
    overrides = visible(Override, request.user).filter(state=state)
    context = {
        "asked": list(
            rows.filter(status=Status.ASKED).order_by("asked_at", "pk").select_related(*about)[:PAGE]
        ),
        "left": _page(request, rows.exclude(status=Status.ASKED).select_related(*about), "page"),
        "overrides": _page(
            request, overrides.select_related("state", "ulb__state", "by", "post__team"), "overrides"
        ),
        "may_answer": {state.pk} if "review_item" in held else set(),
        "may_withdraw": {state.pk} if "manage_ulbs" in held else set(),
        "state": state,
        "powers": held,
    }
    return render(request, "ulbs/exclusions.html", context)


def _page(request: HttpRequest, rows: Sequence[Any] | Any, name: str) -> Any:
    return Paginator(rows, PAGE).get_page(request.GET.get(name))


@require_POST
@answered_once
def answer(request: HttpRequest, iso: str, pk: int) -> HttpResponse:
    """The centre agrees or refuses; the State/UT withdraws."""
    rows = visible(Exclusion, request.user).select_related("state", "ulb__state")
    row = get_object_or_404(rows, state__iso=iso.upper(), pk=pk)
    act, note = request.POST.get("act", ""), request.POST.get("note", "")
    if act == "agree":
        agreeing.agree(row, note=note, by=request.user)
        messages.success(request, _("Agreed: %(ulb)s has left the count.") % {"ulb": row.name})
    elif act == "refuse":
        actions.refuse(row, note=note, by=request.user)
        messages.success(request, _("Refused: %(ulb)s stays in the count.") % {"ulb": row.name})
    elif act == "withdraw":
        actions.withdraw(row, by=request.user)
        messages.success(request, _("The request about %(ulb)s is withdrawn.") % {"ulb": row.name})
    else:
        raise Http404
    return redirect("ulbs:exclusions", iso=row.state.iso)
