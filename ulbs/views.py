"""Towns of a state, and one town."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from nudm.core.errors import Conflict, NotAllowed, Refused
from states.access import powers, visible
from states.models import State
from ulbs import actions
from ulbs.forms import BatchForm, MilestoneForm, UlbForm
from ulbs.models import MILESTONE_LABELS, Batch, Milestone, Ulb
from ulbs.rules import MilestoneKind

PAGE = 100


def towns(request: HttpRequest, iso: str) -> HttpResponse:
    """The ULBs of a state with their milestones; filter by name, pilot and batch."""
    state = get_object_or_404(visible(State, request.user), iso=iso.upper())
    batch_form = BatchForm(request.POST or None)
    if request.method == "POST" and batch_form.is_valid():
        try:
            actions.plan_batch(state, by=request.user, **batch_form.cleaned_data)
        except NotAllowed:
            raise
        except Refused as error:
            batch_form.add_error(next(iter(error.fields), None), error.message)
        else:
            messages.success(request, _("The batch is saved."))
            return redirect("ulbs:list", iso=state.iso)
    rows = visible(Ulb, request.user).filter(state=state).select_related("batch")
    query, pilot, batch = (request.GET.get(name, "").strip() for name in ("q", "pilot", "batch"))
    if query:
        rows = rows.filter(lgd_code=int(query)) if query.isdigit() else rows.filter(name__icontains=query)
    if pilot == "1":
        rows = rows.filter(pilot=True)
    if batch.isdigit():
        rows = rows.filter(batch__number=int(batch))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    reached: dict[int, dict[str, Any]] = {}
    for milestone in visible(Milestone, request.user).filter(ulb__in=[ulb.pk for ulb in page]):
        reached.setdefault(milestone.ulb_id, {})[milestone.kind] = milestone.on
    for ulb in page:
        ulb.state = state
    context = {
        "state": state,
        "page": page,
        "rows": [(ulb, [reached.get(ulb.pk, {}).get(k.value) for k in MilestoneKind]) for ulb in page],
        "kinds": [MILESTONE_LABELS[k] for k in MilestoneKind],
        "batches": visible(Batch, request.user).filter(state=state),
        "powers": powers(request.user, state),
        "batch_form": batch_form,
        "query": query,
        "pilot": pilot,
        "batch": batch,
    }
    return render(
        request,
        "ulbs/list.html",
        context,
        status=422 if request.method == "POST" else 200,
    )


def town(request: HttpRequest, iso: str, lgd_code: int) -> HttpResponse:
    """One ULB: its plan (for the state) and its milestones (for the state and the town itself)."""
    ulb = get_object_or_404(
        visible(Ulb, request.user).select_related("state", "batch"),
        state__iso=iso.upper(),
        lgd_code=lgd_code,
    )
    dates = {m.kind: m.on for m in visible(Milestone, request.user).filter(ulb=ulb)}
    held = powers(request.user, ulb.state)
    part = request.POST.get("part", "")
    data = request.POST if request.method == "POST" else None
    plan = UlbForm(data if part == "plan" else None, instance=ulb)
    facts = MilestoneForm(data if part == "facts" else None, initial=dates)
    form = facts if part == "facts" else plan
    if data is not None and form.is_valid():
        try:
            _save(part, ulb, form, data, request.user)
        except (NotAllowed, Conflict):
            raise
        except Refused as error:
            form.add_error(None, error.message)
            for name, texts in error.fields.items():
                form.add_error(name if name in form.fields else None, texts)
        else:
            messages.success(request, _("Saved."))
            return redirect(ulb)
    context = {
        "ulb": ulb,
        "state": ulb.state,
        "plan": plan,
        "facts": facts,
        "powers": held,
    }
    return render(request, "ulbs/ulb.html", context, status=422 if data is not None else 200)


def _save(part: str, ulb: Ulb, form: Any, data: Any, by: Any) -> None:
    version = int(data["version"]) if data.get("version", "").isdigit() else -1
    if part == "plan":
        actions.update_ulb(ulb, form.cleaned_data, version=version, by=by)
    else:
        given = {MilestoneKind(name): day for name, day in form.cleaned_data.items()}
        actions.set_milestones(ulb, given, version=version, by=by)
