"""Pilots and batches of a state: what is planned, what is started, what keeps a gate shut."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.errors import Refused
from nudm.core.ratio import Ratio
from nudm.core.receipts import answered_once, new_key
from states.access import powers, require, visible
from states.models import State
from states.views.shown import state_for
from ulbs.actions import batches as actions
from ulbs.actions.register import set_cantonments
from ulbs.forms.register import BatchForm, CantonmentForm, FillForm, NewBatchForm
from ulbs.limits import limits
from ulbs.models import Batch, Exclusion, Ulb
from ulbs.past import plan_on
from ulbs.rules.cells import CANTONMENT_BOARD
from ulbs.rules.gate import Check
from ulbs.rules.pilots import Approach, Mix, fits, off
from ulbs.views.picking import GROUPS, IN, THERE, group_of
from ulbs.views.shown import attempt, form_page

LISTED = 30
APPROACHES = {
    Approach.GREENFIELD: gettext_lazy("Greenfield ULBs first"),
    Approach.BROWNFIELD: gettext_lazy("Brownfield ULBs first"),
    Approach.MIX: gettext_lazy("Mix of greenfield and brownfield"),
}
CHECKS = {
    "master_data": gettext_lazy("Master data validated: %(n)s of %(of)s ULBs"),
    "uat": gettext_lazy("UAT of the pilots signed off: %(n)s of %(of)s ULBs"),
    "training": gettext_lazy("Training held: %(n)s of %(of)s ULBs"),
    "criticals": gettext_lazy("Open critical incidents: %(n)s; there must be fewer than %(of)s"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A batch with its ULBs counted and its gate in words; `open` is None where it has no ULB."""

    batch: Batch
    towns: int
    live: Ratio
    checks: list[tuple[Check, str]]
    open: bool | None


def shown(batch: Any, gate: tuple[Check, ...]) -> Shown:
    checks = [(c, CHECKS[c.name] % {"n": c.ratio.n, "of": c.ratio.of}) for c in gate]
    live = Ratio(batch.live, batch.towns)
    return Shown(batch, batch.towns, live, checks, all(c.open for c in gate) if gate else None)


def rows_of(request: HttpRequest, state: State) -> QuerySet[Any]:
    """The batches of a state with their ULBs in scope counted, and how many of them are live."""
    inside = Q(ulbs__in_scope=True, ulbs__ended="")
    live = inside & Q(ulbs__live_on__isnull=False)
    rows = visible(Batch, request.user).filter(state=state)
    return rows.annotate(towns=Count("ulbs", filter=inside), live=Count("ulbs", filter=live)).order_by(
        "number"
    )


@shows_the_past
def batches(request: HttpRequest, iso: str) -> HttpResponse:
    """The plan of a state: pilots against the approach, batches with their gates, what is left out."""
    state, day = state_for(request, iso), asked_day(request)
    if day is not None:
        known, rows, gates = plan_on(state, day)
        there = set(visible(Batch, request.user).filter(state=state).values_list("pk", flat=True))
        left_out = [ulb for ulb in known if group_of(ulb) == "out"]
        context = {
            **_plan(request, state, _counted_of(known), left_out),
            "rows": [shown(batch, gates.get(batch.pk, ())) for batch in rows],
            "removed_since": {batch.pk for batch in rows} - there,
            "powers": powers(request.user, state) & {"view_state"},
            "as_on": day,
        }
        return render(request, "ulbs/batches.html", context)
    ulbs = visible(Ulb, request.user).filter(state=state)
    gates, held = actions.gates_of(state), powers(request.user, state)
    context = {
        **_plan(request, state, _counted(ulbs), ulbs.filter(GROUPS["out"])),
        "rows": [shown(batch, gates.get(batch.pk, ())) for batch in rows_of(request, state)],
        "powers": held,
        "may_manage": "manage_ulbs" in held,
    }
    return render(request, "ulbs/batches.html", context)


def _counted(ulbs: QuerySet[Ulb]) -> dict[str, int]:
    """How many ULBs are pilots, in batches, left out or not planned, and what the pilots are."""
    kinds = ("greenfield", "brownfield", "")
    boards = THERE & Q(type_code=CANTONMENT_BOARD)
    return ulbs.aggregate(
        all=Count("pk", filter=THERE),
        batched=Count("pk", filter=IN & Q(pilot=False, batch__isnull=False)),
        boards=Count("pk", filter=boards),
        boards_in=Count("pk", filter=boards & Q(in_scope=True)),
        pilots_signed=Count("pk", filter=GROUPS["pilots"] & Q(uat_signed_on__isnull=False)),
        pilots_live=Count("pk", filter=GROUPS["pilots"] & Q(live_on__isnull=False)),
        **{name: Count("pk", filter=GROUPS[name]) for name in ("pilots", "none", "out")},
        **{kind or "unknown": Count("pk", filter=GROUPS["pilots"] & Q(kind=kind)) for kind in kinds},
    )


def _counted_of(ulbs: Iterable[Ulb]) -> Counter[str]:
    """The same of rows at hand."""
    found: Counter[str] = Counter()
    for ulb in ulbs:
        group = group_of(ulb)
        if not group:
            continue
        found["all"] += 1
        found["batched" if group.startswith("b") else group] += 1
        if ulb.is_cantonment:
            found["boards"] += 1
            found["boards_in"] += ulb.in_scope
        if group == "pilots":
            found[ulb.kind or "unknown"] += 1
            found["pilots_signed"] += ulb.uat_signed_on is not None
            found["pilots_live"] += ulb.live_on is not None
    return found


def _plan(request: HttpRequest, state: State, counts: Any, left_out: Any) -> dict[str, Any]:
    """What the page tells of the plan: the counts, the mix of the pilots against the approach, the rest."""
    mix = Mix(counts["greenfield"], counts["brownfield"], counts["unknown"])
    asked = request.GET.get("approach", "")
    approach = Approach(asked) if asked in set(Approach) else None
    return {
        "state": state,
        "counts": counts,
        "mix": mix,
        "approach": approach,
        "approaches": [("", "–"), *((a.value, words) for a, words in APPROACHES.items())],
        "fits": approach is not None and fits(approach, mix),
        "off": off(approach, mix) if approach is not None else 0,
        "left_out": left_out[:LISTED],
        "more_left_out": max(counts["out"] - LISTED, 0),
    }


@shows_the_past
def batch(request: HttpRequest, iso: str, number: int) -> HttpResponse:
    """A batch: its dates, its gate, and how to start it."""
    state, day = state_for(request, iso), asked_day(request)
    if day is not None:
        return _batch_on(request, state, number, day)
    row = get_object_or_404(rows_of(request, state), number=number)
    data: Any = request.POST if request.method == "POST" else None
    form = BatchForm(data, initial={name: getattr(row, name) for name in BatchForm.base_fields})
    if data is not None:
        require(request.user, "manage_ulbs", state)
        if form.is_valid():
            saw = request.POST.get("seen", "")
            answer = attempt(request, form, lambda: _save(request, state, number, form.cleaned_data, saw))
            if answer is not None:
                return answer
    context = {
        "state": state,
        "row": shown(row, actions.gates_of(state).get(row.pk, ())),
        "form": form,
        "seen": actions.seen(row),
        "seen_whole": actions.seen_whole(row),
        "may_manage": "manage_ulbs" in powers(request.user, state),
        "form_key": new_key(),
    }
    return render(request, "ulbs/batch.html", context, status=422 if data is not None else 200)


def _batch_on(request: HttpRequest, state: State, number: int, day: date) -> HttpResponse:
    """The page as it was at the end of a past day, without any act."""
    _ulbs, rows, gates = plan_on(state, day)
    for row in rows:
        if row.number == number:
            context = {"state": state, "row": shown(row, gates.get(row.pk, ())), "as_on": day}
            return render(request, "ulbs/batch.html", context)
    raise Http404


def _save(request: HttpRequest, state: State, number: int, values: dict[str, Any], saw: str) -> str:
    made = actions.plan_batch(state, number, values, saw=saw, by=request.user)
    messages.success(request, _("%(batch)s is saved.") % {"batch": made})
    return reverse("ulbs:batches", args=[state.iso])


def add(request: HttpRequest, iso: str) -> HttpResponse:
    """A new batch, with a number that is free."""
    state = state_for(request, iso)
    require(request.user, "manage_ulbs", state)
    last = visible(Batch, request.user).filter(state=state).aggregate(last=Max("number"))["last"] or 0
    form = NewBatchForm(request.POST or None, initial={"number": last + 1})

    def act() -> str:
        values = dict(form.cleaned_data)
        wanted = values.pop("number")
        taken = visible(Batch, request.user).filter(state=state, number=wanted).first()
        if taken is not None:
            words = _("%(batch)s is there already. The next free number is %(free)s.")
            told = [words % {"batch": taken, "free": last + 1}]
            raise Refused(told[0], code="taken", fields={"number": told})
        return _save(request, state, wanted, values, "")

    return form_page(request, state, form, act, title=_("New batch"), crumbs=_crumbs(state))


def fill(request: HttpRequest, iso: str) -> HttpResponse:
    """Put the ULBs that are not planned yet into new batches."""
    state = state_for(request, iso)
    require(request.user, "manage_ulbs", state)
    ulbs = visible(Ulb, request.user).filter(GROUPS["none"], state=state)
    form = FillForm(request.POST or None, initial={"size": limits().batch_size})

    def act() -> str:
        _words, order = FillForm.ORDERS[form.cleaned_data["order"]]
        size = form.cleaned_data["size"]
        made = actions.fill_batches(state, list(ulbs.order_by(*order)), size=size, by=request.user)
        words = ngettext("%(n)s batch was made.", "%(n)s batches were made.", len(made))
        messages.success(request, words % {"n": len(made)})
        return reverse("ulbs:batches", args=[state.iso])

    count = ulbs.count()
    words = ngettext("%(n)s ULB is in no batch.", "%(n)s ULBs are in no batch.", count) % {"n": count}
    words += " " + _("They are put into new batches of about the same size.")
    if not count:
        words = _("Every ULB in scope is a pilot or in a batch already.")
    told = {"title": _("Fill new batches"), "crumbs": _crumbs(state), "hint": words, "nothing": not count}
    return form_page(request, state, form, act, **told)


def cantonments(request: HttpRequest, iso: str) -> HttpResponse:
    """Take the Cantonment Boards of a state in, or leave them out."""
    state = state_for(request, iso)
    require(request.user, "manage_ulbs", state)
    form = CantonmentForm(request.POST or None)

    def act() -> str:
        values = form.cleaned_data
        taken = values["in_scope"] == "1"
        count = set_cantonments(state, in_scope=taken, reason=values["reason"], by=request.user)
        words = ngettext("%(n)s ULB was changed.", "%(n)s ULBs were changed.", count)
        messages.success(request, words % {"n": count})
        asked = visible(Exclusion, request.user).filter(state=state, status=Exclusion.Status.ASKED)
        waiting = asked.filter(ulb__type_code=CANTONMENT_BOARD).count()
        if waiting:
            words = ngettext(
                "%(n)s ULB waits for the centre's agreement; until then the count stays as it was.",
                "%(n)s ULBs wait for the centre's agreement; until then the count stays as it was.",
                waiting,
            )
            messages.info(request, words % {"n": waiting})
        return reverse("ulbs:batches", args=[state.iso])

    hint = _("Cantonment Boards are under the Ministry of Defence and stay out unless they are taken in.")
    title = _("Cantonment Boards")
    return form_page(request, state, form, act, title=title, crumbs=_crumbs(state), hint=hint)


@require_POST
@answered_once
def remove(request: HttpRequest, iso: str, number: int) -> HttpResponse:
    """Take away a batch that has not started."""
    state = state_for(request, iso)
    row = get_object_or_404(visible(Batch, request.user).filter(state=state), number=number)
    actions.remove_batch(row, saw=request.POST.get("seen"), by=request.user)
    messages.success(request, _("Removed."))
    return redirect("ulbs:batches", iso=state.iso)


def _crumbs(state: State) -> list[tuple[str, str]]:
    return [(reverse("ulbs:batches", args=[state.iso]), _("Pilots and batches"))]
