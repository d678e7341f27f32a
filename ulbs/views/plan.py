"""The plan of many ULBs at once: pilots, batches, what is left out, with an answer for each row."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.errors import Refused
from nudm.core.numbers import number
from nudm.core.receipts import new_key, once
from states.access import powers, require, visible
from states.models import State
from states.past import as_on
from states.views.shown import state_for
from ulbs.actions.batches import Moved, plan_many
from ulbs.models import Alias, Batch, Ulb
from ulbs.past import plan_on
from ulbs.views.picking import chosen, pick, pick_on

TOLD = 50
# What may be done with many ULBs, and what it sets in each. `batch` and `out` are asked for more.
ACTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "pilot": (gettext_lazy("Make them pilots"), {"pilot": True, "batch": None}),
    "no_pilot": (gettext_lazy("No longer pilots"), {"pilot": False}),
    "batch": (gettext_lazy("Move them into the batch chosen beside"), {"pilot": False}),
    "no_batch": (gettext_lazy("Take them out of their batch"), {"batch": None}),
    "out": (gettext_lazy("Leave them out, for the reason beside"), {"in_scope": False}),
    "in": (gettext_lazy("Take them in again"), {"in_scope": True}),
    "greenfield": (gettext_lazy("They are greenfield"), {"kind": "greenfield"}),
    "brownfield": (gettext_lazy("They are brownfield"), {"kind": "brownfield"}),
}


@shows_the_past
def plan(request: HttpRequest, iso: str) -> HttpResponse:
    """The ULBs of a state with their plan; one act for the ticked ones or for all of the filter."""
    state, day = state_for(request, iso), asked_day(request)
    if day is not None:
        picked = pick_on(request, plan_on(state, day)[0], as_on(Alias, [state.pk], day))
        return render(request, "ulbs/plan.html", {"state": state, "picked": picked, "as_on": day})
    picked = pick(request, state, visible(Ulb, request.user))
    if request.method == "POST":
        require(request.user, "manage_ulbs", state)
        key = request.POST.get("form_key", "")
        return redirect(once(key, request.user, lambda: _do(request, state, chosen(request, picked))))
    context = {
        "state": state,
        "picked": picked,
        "batches": visible(Batch, request.user).filter(state=state),
        "acts": [("", "–"), *((key, words) for key, (words, _changes) in ACTS.items())],
        "act": request.GET.get("act", ""),
        "may_manage": "manage_ulbs" in powers(request.user, state),
        "form_key": new_key(),
        "seen": timezone.now().isoformat(),
    }
    return render(request, "ulbs/plan.html", context)


def _do(request: HttpRequest, state: State, ulbs: list[Ulb]) -> str:
    """Carry the act out, tell what became of each row, and say where to go on."""
    act = request.POST.get("act", "")
    if act not in ACTS:
        raise Refused(_("Choose what is to be done with the ULBs."), code="act")
    if not ulbs:
        raise Refused(_("Tick at least one ULB, or choose all of the filter."), code="none")
    changes = dict(ACTS[act][1])
    if act == "batch":
        batches = visible(Batch, request.user).filter(state=state)
        found = batches.filter(number=number(request.POST.get("batch"))).first()
        if found is None:
            raise Refused(_("Choose the batch."), code="batch")
        changes["batch"] = found
    if act == "out":
        changes["scope_reason"] = request.POST.get("reason", "")
    seen = parse_datetime(request.POST.get("seen", ""))
    _tell(request, plan_many(state, ulbs, changes, seen=seen, by=request.user))
    return request.get_full_path()


def _tell(request: HttpRequest, answers: list[Moved]) -> None:
    saved = sum(answer.result == "saved" for answer in answers)
    same = sum(answer.result == "unchanged" for answer in answers)
    if saved:
        messages.success(
            request, ngettext("%(n)s ULB was changed.", "%(n)s ULBs were changed.", saved) % {"n": saved}
        )
    if same:
        words = ngettext("%(n)s ULB was so already.", "%(n)s ULBs were so already.", same)
        messages.info(request, words % {"n": same})
    refused = [answer for answer in answers if answer.result == "refused"]
    for answer in refused[:TOLD]:
        messages.error(request, f"{answer.ulb.label} ({answer.ulb.lgd_code}): {answer.words}")
    if len(refused) > TOLD:
        messages.error(request, _("%(n)s more were refused.") % {"n": len(refused) - TOLD})
