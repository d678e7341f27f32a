"""The plan of many ULBs at once: pilots, batches, what is left out, with an answer for each row."""

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.bounds import LINE, too_long
from nudm.core.dates import moment
from nudm.core.numbers import number, numbers
from nudm.core.receipts import answered_once, new_key
from states.access import post_for, powers, require, visible
from states.drafts import draft_on, save_draft
from states.models import State
from states.past import as_on
from states.views.shown import state_for
from ulbs.actions.batches import Moved, foresee, plan_many
from ulbs.models import Alias, Batch, Ulb
from ulbs.past import plan_on
from ulbs.views.all_of_filter import ask, foreseen, to_confirm
from ulbs.views.picking import Picked, chosen, pick, pick_on

# So many refused ones are named.
TOLD = 50
LONGEST = 200
TYPED = ("act", "batch", "reason")
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
@answered_once
def plan(request: HttpRequest, iso: str) -> HttpResponse:
    """The ULBs of a state with their plan; one act for the ticked ones or for all of the filter."""
    state, day = state_for(request, iso), asked_day(request)
    if day is not None:
        picked = pick_on(request, plan_on(state, day)[0], as_on(Alias, [state.pk], day))
        return render(request, "ulbs/plan.html", {"state": state, "picked": picked, "as_on": day})
    picked = pick(request, state, visible(Ulb, request.user))
    if request.method == "POST":
        require(request.user, "manage_ulbs", state)
        return _post(request, state, picked)
    done = request.GET.get("done")
    desk = draft_on(post_for(request.user, state), _desk(state)) if done else None
    if desk is None or desk.data["key"] != done:
        return _page(request, state, picked, {"act": request.GET.get("act", "")})
    codes = [code for code, _words in desk.data["refused"]]
    ulbs = {ulb.lgd_code: ulb for ulb in visible(Ulb, request.user).filter(state=state, lgd_code__in=codes)}
    refused = [(ulbs[code], words) for code, words in desk.data["refused"] if code in ulbs]
    return _page(
        request, state, picked, desk.data["typed"], {ulb.pk for ulb in ulbs.values()}, refused=refused
    )


def _post(request: HttpRequest, state: State, picked: Picked) -> HttpResponse:
    """Ask for what is missing before any ULB is touched; else carry the act out, and show those that were
    refused, ticked still."""
    ulbs, typed = chosen(request, picked), {name: request.POST.get(name, "") for name in TYPED}
    changes, missing = _wanted(request, state, typed, ulbs)
    if missing:
        ticked = numbers(request.POST.getlist("ulb"))
        return _page(request, state, picked, typed, ticked, errors=missing, status=422)
    if to_confirm(request, ulbs):
        answers = foresee(state, ulbs, changes, reason=typed["reason"], by=request.user)
        title = ACTS[typed["act"]][0]
        if typed["act"] == "batch":
            title = _("Move them into %(batch)s") % {"batch": changes["batch"]}
        may = any(answer.result in {"saved", "asked"} for answer in answers)
        named = {"title": title, "from": _("Plan of the ULBs"), "may": may}
        return ask(request, state, ulbs, foreseen(ulbs, answers), **named)
    seen = moment(request.POST.get("seen", ""))
    refused = _tell(
        request, plan_many(state, ulbs, changes, reason=typed["reason"], seen=seen, by=request.user)
    )
    post, query = post_for(request.user, state), request.GET.copy()
    query.pop("done", None)
    if len(query.urlencode()) > LONGEST:
        # What is kept with the answer has its length; what was searched for is typed again.
        query.pop("q")
    if refused and post is not None:
        query["done"] = request.POST.get("form_key") or new_key()
        save_draft(post, _desk(state), {"key": query["done"], "typed": typed, "refused": refused})
    return redirect(f"{request.path}?{query.urlencode()}" if query else request.path)


def _wanted(
    request: HttpRequest, state: State, typed: dict[str, str], ulbs: list[Ulb]
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What the act sets in each ULB; and what is still to be said, by the field where it is said."""
    act, missing = typed["act"], []
    changes = dict(ACTS[act][1]) if act in ACTS else {}
    if act not in ACTS:
        missing.append(("act", _("Choose what is to be done with the ULBs.")))
    if not ulbs:
        missing.append(("", _("Tick at least one ULB, or choose all of the filter.")))
    if act == "batch":
        batches = visible(Batch, request.user).filter(state=state)
        changes["batch"] = batches.filter(number=number(typed["batch"])).first()
        if changes["batch"] is None:
            missing.append(("batch", _("Choose the batch.")))
    if act == "out":
        changes["scope_reason"] = typed["reason"].strip()
        if words := too_long(changes["scope_reason"], LINE):
            missing.append(("reason", words))
        if not changes["scope_reason"]:
            missing.append(("reason", _("Say why the ULBs are left out.")))
    return changes, missing


def _page(
    request: HttpRequest,
    state: State,
    picked: Picked,
    typed: dict[str, str],
    ticked: Collection[int] = (),
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    batches = visible(Batch, request.user).filter(state=state)
    context = {
        "state": state,
        "picked": picked,
        "batches": [("", "–"), *((str(batch.number), str(batch)) for batch in batches)],
        "acts": [("", "–"), *((key, words) for key, (words, _changes) in ACTS.items())],
        "may_manage": "manage_ulbs" in powers(request.user, state),
        "form_key": new_key(),
        "seen": request.POST.get("seen") or timezone.now().isoformat(),
        "ticked": ticked,
        "shown": TOLD,
        **typed,
        **more,
    }
    return render(request, "ulbs/plan.html", context, status=status)


def _tell(request: HttpRequest, answers: list[Moved]) -> list[tuple[int, str]]:
    """Say how many were changed and how many were so already; the codes of the others, each with why not."""
    saved = sum(answer.result == "saved" for answer in answers)
    same = sum(answer.result == "unchanged" for answer in answers)
    if asked := sum(answer.result == "asked" for answer in answers):
        words = ngettext(
            "%(n)s ULB waits for the centre's agreement; until then the count stays as it was.",
            "%(n)s ULBs wait for the centre's agreement; until then the count stays as it was.",
            asked,
        )
        messages.info(request, words % {"n": asked})
    if saved:
        messages.success(
            request, ngettext("%(n)s ULB was changed.", "%(n)s ULBs were changed.", saved) % {"n": saved}
        )
    if same:
        words = ngettext("%(n)s ULB was so already.", "%(n)s ULBs were so already.", same)
        messages.info(request, words % {"n": same})
    return [(a.ulb.lgd_code, a.words) for a in answers if a.result == "refused"]


def _desk(state: State) -> str:
    """Where the last change lies on the post's desk."""
    return f"plan:{state.pk}"
