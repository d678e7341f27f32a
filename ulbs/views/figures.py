"""Monthly figures: of a state with its targets, and of one town."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nudm.core import reading
from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.errors import Conflict, NotAllowed, Refused
from nudm.core.money import indian
from nudm.core.numbers import number
from nudm.core.receipts import answered_once
from states.access import powers, visible
from states.models import State
from states.views.shown import state_for
from ulbs.actions import figures as actions
from ulbs.catalogue import metrics
from ulbs.forms.town import FiguresForm, TargetForm, months
from ulbs.limits import limits
from ulbs.models import Figure, Ulb
from ulbs.past import baselines_on, figures_on, silent_on, sums_on
from ulbs.rules.months import Sums, added_up, counts_from
from ulbs.tally import COUNTED_FIGURE, by_month
from ulbs.views import figure_sheets
from ulbs.views.figure_table import own_totals, table
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
            return figure_sheets.sheet(request, state, _month(request, months(until=day)), day)
        return _state_on(request, state, day)
    month = _month(request, months())
    if request.GET.get("format") == "xlsx":
        return figure_sheets.sheet(request, state, month)
    asked = list(metrics().values())
    bound = _saved(request, state, None, asked, month)
    if isinstance(bound, HttpResponse):
        return bound
    part, form = bound
    rows = visible(Figure, request.user).filter(state=state)
    sums = _sums(rows, state)
    own = {f.metric: f.value for f in rows.filter(ulb__isnull=True, month=month, purpose="actual")}
    targets = {f.metric: f.value for f in rows.filter(ulb__isnull=True, purpose="target")}
    silent = visible(Ulb, request.user).filter(state=state, live_on__isnull=False, ended="", in_scope=True)
    silent = silent.exclude(figures__month=month, figures__purpose="actual")
    context = {
        "state": state,
        "month": month,
        "months": months(),
        "table": table(sums, targets, _baselines(rows), months()),
        "own_totals": own_totals(sums, months()),
        "uncounted": rows.filter(purpose="actual", month__gte=months()[-1]).exclude(COUNTED_FIGURE).count(),
        "asked": asked,
        **_asked(form if part == "month" else FiguresForm(asked, initial=own), sums, month),
        "seen": actions.seen_of(own, [metric.code for metric in asked]),
        "targets_seen": actions.seen_of(targets, TargetForm().fields),
        "targets": form if part == "targets" else TargetForm(initial=targets, prefix="t"),
        "paste": request.POST.get("paste", ""),
        "paste_errors": form.lines if part == "paste" else [],
        "paste_since": part == "paste" and form.since,
        "paste_rest": part == "paste" and form.rest,
        "left": number(request.GET.get("left")),
        "paste_doubtful": part == "paste" and form.doubtful,
        "sure": request.POST.get("sure", ""),
        "silent": silent.order_by("name")[:SILENT],
        "silent_count": silent.count(),
        "periods": limits().periods,
        "looked_at": limits().months_looked_at,
        "powers": powers(request.user, state),
    }
    for ulb in context["silent"]:
        ulb.state = state
    return render(request, "ulbs/figures.html", context, status=422 if request.method == "POST" else 200)


def _asked(form: FiguresForm, sums: Sums, month: date) -> dict[str, Any]:
    """The form of the State/UT's own figures in two groups: those of its level, and its totals of figures of
    ULBs, each with what the ULBs reported."""
    for metric in form.asked:
        told = sums.get(metric.code, {}).get(f"{month}")
        if told is not None and told.by:
            words = ngettext("%(n)s ULB reported: %(sum)s", "%(n)s ULBs reported: %(sum)s in all", told.by)
            form.fields[metric.code].help_text = words % {"n": told.by, "sum": indian(int(told.total))}
    level = {metric.code: metric.level for metric in form.asked}
    totals = [field for field in form if level[field.name] == "ulb"]
    return {
        "figures": form,
        "state_level": [field for field in form if level[field.name] == "state"],
        "totals": totals,
        "totals_given": any(field.value() not in {None, ""} or field.errors for field in totals),
    }


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
        "table": table(sums, targets, baselines_on([state.pk], day), shown),
        "own_totals": own_totals(sums, shown),
        "silent": silent[:SILENT],
        "silent_count": len(silent),
        "periods": limits().periods,
        "looked_at": limits().months_looked_at,
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
        "sure": request.POST.get("sure", ""),
        "seen": actions.seen_of(given.get(month, {}), [metric.code for metric in asked]),
        "before": before,
        "table": table(_of_town(stored.filter(purpose="actual")), {}, _baselines(stored), shown),
        "uncounted": _uncounted(ulb, given, shown),
        "may": "manage_ulbs" in held or "update_town" in held,
        "powers": held,
    }
    return render(request, "ulbs/town_figures.html", context, status=422 if request.method == "POST" else 200)


def _town_on(request: HttpRequest, ulb: Ulb, day: date) -> HttpResponse:
    """The page as it was at the end of a past day, without any act."""
    given = [figure for figure in figures_on(ulb, day) if figure.month and figure.purpose == "actual"]
    shown = months(until=day)
    context = {
        "ulb": ulb,
        "state": ulb.state,
        "month": _month(request, shown),
        "months": shown,
        "table": table(_of_town(given), {}, baselines_on([ulb.state_id], day, ulb.pk), shown),
        "uncounted": _uncounted(ulb, {f.month for f in given if f.month}, shown),
        "powers": powers(request.user, ulb.state) & {"view_state"},
        "as_on": day,
    }
    return render(request, "ulbs/town_figures.html", context)


def _of_town(figures: Iterable[Figure]) -> Sums:
    """All that one ULB reported, also what is not counted for the State/UT."""
    return added_up((f.metric, f.month, False, f.value) for f in figures if f.month)


def _uncounted(ulb: Ulb, given: Iterable[date], shown: Sequence[date]) -> list[date]:
    """The months shown whose figures are kept and not counted for the State/UT."""
    first = counts_from(ulb)
    return sorted(month for month in given if month in shown and (first is None or month < first))


def _month(request: HttpRequest, shown: Sequence[date]) -> date:
    """The month asked for, among the last twelve; the last whole one where none is.

    Raises Refused where figures are sent for another: they would be saved for a month that nobody meant.
    """
    text = request.POST.get("month") or request.GET.get("month", "")
    try:
        asked = reading.month(text) if text else None
    except reading.Unclear:
        asked = None
    if asked in shown:
        return asked
    if request.method == "POST" and text:
        words = _("Figures are taken for the last %(n)s months. Choose one of these, and send them again.")
        raise Refused(words % {"n": len(shown)}, code="month", fields={"month": [words % {"n": len(shown)}]})
    return shown[1]


def _saved(request: HttpRequest, state: State, ulb: Ulb | None, asked: Any, month: date) -> Any:
    """A redirect when what was sent is saved; else which part was sent, with its form."""
    if request.method != "POST":
        return "", None
    part = request.POST.get("part", "")
    if part == "paste":
        faults = figure_sheets.taken(request, state, month)
        return (part, faults) if isinstance(faults, figure_sheets.Faults) else faults
    form = TargetForm(request.POST, prefix="t") if part == "targets" else FiguresForm(asked, request.POST)
    if form.is_valid():
        purpose = "target" if part == "targets" else "actual"
        when = None if part == "targets" else month
        given = [
            actions.Given(code, value, ulb.pk if ulb else None, purpose, when)
            for code, value in form.cleaned_data.items()
        ]
        try:
            seen, sure = request.POST.get("seen"), request.POST.get("sure", "")
            actions.save_figures(state, given, by=request.user, saw=seen, sure=sure)
        except (NotAllowed, Conflict):
            raise
        except Refused as error:
            form.doubtful = error.code == "doubtful"
            for name, texts in error.fields.items():
                form.add_error(given[int(name.partition(".")[0])].metric, texts)
        else:
            messages.success(request, _("Saved."))
            return redirect(f"{request.path}?month={month:%Y-%m}")
    return part, form


def _sums(rows: QuerySet[Figure], state: State) -> Sums:
    """What was reported in each of the last twelve months."""
    return by_month(rows.filter(month__gte=months()[-1])).get(state.pk, {})


def _baselines(rows: QuerySet[Figure]) -> dict[str, Decimal]:
    """The baselines of live ULBs: what is reported comes from these only, so it is held against theirs."""
    before = rows.filter(
        purpose="baseline", ulb__live_on__isnull=False, ulb__in_scope=True, ulb__ended=""
    ).order_by()
    return dict(before.values_list("metric").annotate(Sum("value")))
