"""One town: its plan, its modules, what became of it."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.dates import show
from nudm.core.errors import Conflict, NotAllowed, Refused
from nudm.core.money import indian
from nudm.core.numbers import number
from nudm.core.receipts import answered_once
from states.access import powers, visible
from states.past import as_on_all
from ulbs.actions import register
from ulbs.forms.register import UlbForm
from ulbs.limits import limits
from ulbs.models import Alias, Deployment, Succession, TownLink, Ulb, module_choices
from ulbs.past import names_on, with_cells
from ulbs.values import label
from ulbs.views.shown import say_saved, ulb_on


@shows_the_past
@answered_once
def town(request: HttpRequest, iso: str, lgd_code: int) -> HttpResponse:
    """One ULB: its plan and its modules."""
    day = asked_day(request)
    if day is not None:
        return _on(request, ulb_on(request, iso, lgd_code, day), day)
    ulb = get_object_or_404(
        visible(Ulb, request.user).select_related("state", "batch"),
        state__iso=iso.upper(),
        lgd_code=lgd_code,
    )
    data: Any = request.POST if request.method == "POST" else None
    plan, status = UlbForm(data, instance=ulb), 200 if data is None else 422
    both: list[tuple[str, str, str]] = []
    if data is not None and plan.is_valid():
        version = number(data.get("version"), -1)
        try:
            changes = dict(plan.cleaned_data)
            reason = changes.pop("reason")
            register.update_ulb(ulb, changes, version=version, reason=reason, by=request.user)
        except NotAllowed:
            raise
        except Refused as error:
            status = error.status
            both = error.both if isinstance(error, Conflict) else []
            for name, texts in (error.fields or {"": [error.message]}).items():
                plan.add_error(name if name in plan.fields else None, texts)
            # The form wrote what was sent onto the row: around it, and as its version, stands what is stored.
            ulb = visible(Ulb, request.user).select_related("state", "batch").get(pk=ulb.pk)
        else:
            say_saved(request, ulb)
            return redirect(ulb)
    return page(request, ulb, plan=plan, both=both, status=status)


def page(request: HttpRequest, ulb: Ulb, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of a ULB around a form that was sent to it: `plan` with `both` texts, or `link_form`."""
    planned = {cell.module: cell for cell in visible(Deployment, request.user).filter(ulb=ulb)}
    context = {
        "ulb": ulb,
        "state": ulb.state,
        "plan": UlbForm(instance=ulb),
        **forms,
        "cells": [planned[code] for code, _name in module_choices() if code in planned],
        "unplanned": [pair for pair in module_choices() if pair[0] not in planned],
        "successions": _successions(request, ulb),
        "details": _details(ulb, visible(Alias, request.user).filter(ulb=ulb).values_list("name", flat=True)),
        "link_days": limits().link_days,
        "links": visible(TownLink, request.user).filter(
            ulb=ulb, revoked_at__isnull=True, expires_at__gt=timezone.now()
        ),
        "powers": powers(request.user, ulb.state),
    }
    return render(request, "ulbs/ulb.html", context, status=status)


def _on(request: HttpRequest, ulb: Ulb, day: date) -> HttpResponse:
    """The page as it was at the end of a past day, without any act."""
    [ulb] = with_cells([ulb], day)
    known = {cell.module: cell for cell in ulb.cells}  # type: ignore[attr-defined]
    context = {
        "ulb": ulb,
        "state": ulb.state,
        "cells": [known[code] for code, _name in module_choices() if code in known],
        "successions": _successions_on(ulb, day),
        "details": _details(ulb, names_on(ulb, day)),
        "powers": powers(request.user, ulb.state) & {"view_state"},
        "as_on": day,
    }
    return render(request, "ulbs/ulb.html", context)


def _successions_on(ulb: Ulb, day: date) -> list[Succession]:
    """The same as it was known at the end of a past day, with the names of then."""
    kept: Any = as_on_all([Ulb, Succession], [ulb.state_id], day)
    ulbs = {row.pk: row for row in kept[Ulb]}
    found = [row for row in kept[Succession] if ulb.pk in {row.before_id, row.after_id}]
    for row in found:
        row.before, row.after = ulbs[row.before_id], ulbs[row.after_id]
        row.before.state = row.after.state = ulb.state
    return sorted(found, key=lambda row: (row.on, -row.pk), reverse=True)


def _details(ulb: Ulb, aliases: Iterable[str]) -> list[tuple[Any, Any]]:
    """What the register says of a ULB, as far as it says something: label and value."""
    class_ = {"n": indian(ulb.population or 0), "class": ulb.population_class}
    other = ulb.name_local if ulb.label == ulb.name else ulb.name
    scope = _("Yes") if ulb.in_scope else f"{_('No')}: {ulb.reason_shown}"
    told = {
        _("Other names"): ", ".join(filter(None, [other, *aliases])),
        label(Ulb, "type_label"): ulb.type_label,
        label(Ulb, "kind"): ulb.get_kind_display(),
        label(Ulb, "population"): ulb.population and _("%(n)s (class %(class)s)") % class_,
        label(Ulb, "census_code"): ulb.census_code,
        label(Ulb, "lgd_version"): ulb.lgd_version,
        label(Ulb, "tenant_code"): ulb.tenant_code,
        label(Ulb, "in_scope"): f"{scope}, {show(ulb.scope_on)}" if ulb.scope_on else scope,
    }
    return [(name, value) for name, value in told.items() if value]


def _successions(request: HttpRequest, ulb: Ulb) -> Any:
    """What went over into this ULB, and what took its place."""
    rows = visible(Succession, request.user).filter(Q(before=ulb) | Q(after=ulb))
    return rows.select_related("before__state", "after__state")
