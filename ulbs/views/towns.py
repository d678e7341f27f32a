"""The register: towns of a state, and one town."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from nudm.core.errors import Conflict, NotAllowed, Refused
from states.access import powers, visible
from states.models import State
from ulbs.actions import register
from ulbs.forms.register import UlbForm
from ulbs.models import Batch, Deployment, Succession, TownLink, Ulb

PAGE = 100
COLUMNS = (
    "data_started_on",
    "data_validated_on",
    "officials_named",
    "uat_planned_on",
    "uat_signed_on",
    "live_on",
)


def towns(request: HttpRequest, iso: str) -> HttpResponse:
    """The ULBs of a state with what they have reached; filter by name, pilot and batch."""
    state = get_object_or_404(visible(State, request.user), iso=iso.upper())
    rows = visible(Ulb, request.user).filter(state=state).select_related("batch")
    query, pilot, batch = (request.GET.get(name, "").strip() for name in ("q", "pilot", "batch"))
    if query:
        rows = rows.filter(lgd_code=int(query)) if query.isdigit() else rows.filter(name__icontains=query)
    if pilot == "1":
        rows = rows.filter(pilot=True)
    if batch.isdigit():
        rows = rows.filter(batch__number=int(batch))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    for ulb in page:
        ulb.state = state
    context = {
        "state": state,
        "page": page,
        "rows": [(ulb, [getattr(ulb, name) for name in COLUMNS]) for ulb in page],
        "kinds": [Ulb._meta.get_field(name).verbose_name for name in COLUMNS],
        "batches": visible(Batch, request.user).filter(state=state),
        "powers": powers(request.user, state),
        "query": query,
        "pilot": pilot,
        "batch": batch,
    }
    return render(request, "ulbs/list.html", context)


def town(request: HttpRequest, iso: str, lgd_code: int) -> HttpResponse:
    """One ULB: its plan and its modules."""
    ulb = get_object_or_404(
        visible(Ulb, request.user).select_related("state", "batch"),
        state__iso=iso.upper(),
        lgd_code=lgd_code,
    )
    data: Any = request.POST if request.method == "POST" else None
    plan = UlbForm(data, instance=ulb)
    if data is not None and plan.is_valid():
        version = int(data["version"]) if data.get("version", "").isdigit() else -1
        try:
            register.update_ulb(ulb, plan.cleaned_data, version=version, by=request.user)
        except (NotAllowed, Conflict):
            raise
        except Refused as error:
            for name, texts in (error.fields or {"": [error.message]}).items():
                plan.add_error(name if name in plan.fields else None, texts)
        else:
            messages.success(request, _("Saved."))
            return redirect(ulb)
    context = {
        "ulb": ulb,
        "state": ulb.state,
        "plan": plan,
        "successions": _successions(request, ulb),
        "cells": visible(Deployment, request.user).filter(ulb=ulb),
        "links": visible(TownLink, request.user).filter(
            ulb=ulb, revoked_at__isnull=True, expires_at__gt=timezone.now()
        ),
        "powers": powers(request.user, ulb.state),
    }
    return render(request, "ulbs/ulb.html", context, status=422 if data is not None else 200)


def _successions(request: HttpRequest, ulb: Ulb) -> Any:
    """What went over into this ULB, and what took its place."""
    rows = visible(Succession, request.user).filter(Q(before=ulb) | Q(after=ulb))
    return rows.select_related("before__state", "after__state")
