"""Monthly figures: of a state with its targets, and of one town."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.errors import Conflict, NotAllowed, Refused
from nudm.core.receipts import answered_once
from states.access import powers, visible
from states.models import State
from states.views.shown import state_for
from ulbs.actions import figures as actions
from ulbs.catalogue import metrics
from ulbs.forms.town import FiguresForm, TargetForm, months
from ulbs.limits import limits
from ulbs.models import Figure, Ulb
from ulbs.past import Sums, baselines_on, figures_on, silent_on, sums_on
from ulbs.views import figure_sheets
from ulbs.views.shown import ulb_on

SILENT = 60


@shows_the_past
@answered_once
def of_state(request: HttpRequest, iso: str) -> HttpResponseBase:
    """Twelve months of a state's figures, its targets, and who has not reported."""
    state = state_for(request, iso)
    day = asked_day(request)
    if day is not None:
        if request.GET.get("format") == "xlsx":
            return figure_sheets.sheet_on(request, state, _month(request, months(until=day)), day)
        return _state_on(request, state, day)
    month = _month(request, months())
    asked = [metric for metric in metrics().values() if metric.level == "state"]
    if request.GET.get("format") == "xlsx":
        return figure_sheets.sheet(request, state, month)
    bound = _saved(request, state, None, asked, month)
    if isinstance(bound, HttpResponse):
        return bound
    part, form = bound
    rows = visible(Figure, request.user).filter(state=state)
    own = {f.metric: f.value for f in rows.filter(ulb__isnull=True, month=month, purpose="actual")}
    targets = {f.metric: f.value for f in rows.filter(ulb__isnull=True, purpose="target")}
    silent = visible(Ulb, request.user).filter(state=state, live_on__isnull=False, ended="", in_scope=True)
    silent = silent.exclude(figures__month=month, figures__purpose="actual")
    context = {
        "state": state,
        "month": month,
        "months": months(),
        "table": _table(_sums(rows), targets, _baselines(rows), months()),
        "asked": [metric for metric in metrics().values() if metric.level == "ulb"],
        "figures": form if part == "month" else FiguresForm(asked, initial=own),
        "seen": actions.seen_of(own, [metric.code for metric in asked]),
        "targets_seen": actions.seen_of(targets, TargetForm().fields),
        "targets": form if part == "targets" else TargetForm(initial=targets, prefix="t"),
        "paste": request.POST.get("paste", ""),
        "paste_errors": form if part == "paste" else [],
        "silent": silent.order_by("name")[:SILENT],
        "silent_count": silent.count(),
        "periods": limits().periods,
        "powers": powers(request.user, state),
    }
    for ulb in context["silent"]:
        ulb.state = state
    return render(request, "ulbs/figures.html", context, status=422 if request.method == "POST" else 200)


def _state_on(request: HttpRequest, state: State, day: date) -> HttpResponse:
    """The page as it was at the end of a past day, without any act."""
    shown = months(until=day)
    month = _month(request, shown)
    sums, targets = sums_on(state, day)
    silent = silent_on(state, month, day)
    context = {
        "state": state,
        "month": month,
        "months": shown,
        "table": _table(sums, targets, baselines_on([state.pk], day), shown),
        "silent": silent[:SILENT],
        "silent_count": len(silent),
        "periods": limits().periods,
        "as_on": day,
    }
    return render(request, "ulbs/figures.html", context)


@shows_the_past
@answered_once
def of_town(request: HttpRequest, iso: str, lgd_code: int) -> HttpResponse:
    """One town's last twelve months, and a form for one of them with the month before beside it."""
    day = asked_day(request)
    if day is not None:
        return _town_on(request, ulb_on(request, iso, lgd_code, day), day)
    rows = visible(Ulb, request.user).select_related("state")
    ulb = get_object_or_404(rows, state__iso=iso.upper(), lgd_code=lgd_code)
    month = _month(request, months())
    asked = [metric for metric in metrics().values() if metric.level == "ulb"]
    bound = _saved(request, ulb.state, ulb, asked, month)
    if isinstance(bound, HttpResponse):
        return bound
    part, form = bound
    stored = visible(Figure, request.user).filter(ulb=ulb)
    given: dict[date, dict[str, Decimal]] = {}
    for figure in stored.filter(purpose="actual"):
        given.setdefault(figure.month, {})[figure.metric] = figure.value
    shown = months()
    before = shown[shown.index(month) + 1] if month != shown[-1] else None
    held = powers(request.user, ulb.state)
    current = form if part == "month" else FiguresForm(asked, initial=given.get(month, {}))
    context = {
        "ulb": ulb,
        "state": ulb.state,
        "month": month,
        "months": shown,
        "fields": [(current[m.code], given.get(before, {}).get(m.code) if before else None) for m in asked],
        "figures": current,
        "seen": actions.seen_of(given.get(month, {}), [metric.code for metric in asked]),
        "before": before,
        "table": _table(_sums(stored), {}, _baselines(stored), shown),
        "may": "manage_ulbs" in held or "update_town" in held,
        "powers": held,
    }
    return render(request, "ulbs/town_figures.html", context, status=422 if request.method == "POST" else 200)


def _town_on(request: HttpRequest, ulb: Ulb, day: date) -> HttpResponse:
    """The page as it was at the end of a past day, without any act."""
    given = [figure for figure in figures_on(ulb, day) if figure.month and figure.purpose == "actual"]
    sums, shown = {(f.metric, f.month): f.value for f in given if f.month}, months(until=day)
    context = {
        "ulb": ulb,
        "state": ulb.state,
        "month": _month(request, shown),
        "months": shown,
        "table": _table(sums, {}, baselines_on([ulb.state_id], day, ulb.pk), shown),
        "powers": powers(request.user, ulb.state) & {"view_state"},
        "as_on": day,
    }
    return render(request, "ulbs/town_figures.html", context)


def _month(request: HttpRequest, shown: Sequence[date]) -> date:
    """The month asked for, among the last twelve; the last whole one where none is."""
    text = request.POST.get("month") or request.GET.get("month", "")
    choices = {f"{m:%Y-%m}": m for m in shown}
    return choices.get(text, shown[1])


def _saved(request: HttpRequest, state: State, ulb: Ulb | None, asked: Any, month: date) -> Any:
    """A redirect when what was sent is saved; else which part was sent, with its form."""
    if request.method != "POST":
        return "", None
    part = request.POST.get("part", "")
    if part == "paste":
        faults = figure_sheets.taken(request, state, month)
        return faults if isinstance(faults, HttpResponse) else (part, faults)
    form = TargetForm(request.POST, prefix="t") if part == "targets" else FiguresForm(asked, request.POST)
    if form.is_valid():
        purpose = "target" if part == "targets" else "actual"
        when = None if part == "targets" else month
        given = [
            actions.Given(code, value, ulb.pk if ulb else None, purpose, when)
            for code, value in form.cleaned_data.items()
        ]
        try:
            actions.save_figures(state, given, by=request.user, saw=request.POST.get("seen"))
        except (NotAllowed, Conflict):
            raise
        except Refused as error:
            for name, texts in error.fields.items():
                form.add_error(given[int(name.partition(".")[0])].metric, texts)
        else:
            messages.success(request, _("Saved."))
            return redirect(f"{request.path}?month={month:%Y-%m}")
    return part, form


def _sums(rows: QuerySet[Figure]) -> Sums:
    """What was reported in each of the last twelve months, summed up."""
    wanted = rows.filter(purpose="actual", month__gte=months()[-1]).order_by()
    counted = wanted.values("metric", "month").annotate(n=Sum("value"))
    return {(row["metric"], row["month"]): row["n"] for row in counted}


def _baselines(rows: QuerySet[Figure]) -> dict[str, Decimal]:
    """The baselines of live ULBs: what is reported comes from these only, so it is held against theirs."""
    before = rows.filter(purpose="baseline", ulb__live_on__isnull=False).order_by()
    return dict(before.values_list("metric").annotate(Sum("value")))


def _table(
    sums: Sums, targets: Mapping[str, Any], baselines: Mapping[str, Any], newest_first: Sequence[date]
) -> list[dict[str, Any]]:
    """A line for each figure: its baseline, its sum in each of the months, its share, its target."""
    shown = newest_first[::-1]
    table = []
    for metric in metrics().values():
        cells = [_cell(metric.of, sums.get((metric.code, m)), sums.get((metric.of or "", m))) for m in shown]
        if any(cell is not None for cell in cells):
            table.append(
                {
                    "metric": metric,
                    "cells": cells,
                    "baseline": baselines.get(metric.code),
                    "target": targets.get(metric.code),
                    "bars": _bars(cells),
                }
            )
    return table


def _cell(of: str | None, value: Decimal | None, whole: Decimal | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {"value": int(value), "share": round(100 * value / whole) if of and whole else None}


def _bars(cells: Iterable[dict[str, Any] | None]) -> list[tuple[int, int, int]]:
    """The columns of a small chart: place, top and height, of 100."""
    values = [
        (cell["share"] if cell["share"] is not None else cell["value"]) if cell else 0 for cell in cells
    ]
    most = max(values) or 1
    heights = [round(40 * value / most) for value in values]
    return [(n * 9, 40 - height, height) for n, height in enumerate(heights)]
