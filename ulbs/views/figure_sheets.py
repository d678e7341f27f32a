"""Figures of many towns at once: pasted rows or a file, whole or not at all; and the sheet to fill in."""

import csv
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from nudm.core import tables
from nudm.core.dates import show
from nudm.core.errors import Conflict, NotAllowed, Refused
from nudm.core.limits import spend_file
from nudm.core.tables import Column, Table
from states.access import visible
from states.actions import record as log
from states.models import State
from states.past import as_on
from ulbs.actions import figures as actions
from ulbs.catalogue import metrics
from ulbs.importing.figures import read
from ulbs.importing.tables import Unreadable, sheets
from ulbs.importing.words import unreadable
from ulbs.models import Figure, Ulb
from ulbs.past import by_name

LINES = 2000
FAULTS = {
    "four": gettext_lazy("four columns are needed: LGD code, figure, month as 10-2026, value."),
    "ulb": gettext_lazy("“%(value)s” is no LGD code of this State/UT."),
    "month": gettext_lazy("“%(value)s” is no month. Write it as 10-2026."),
    "number": gettext_lazy("“%(value)s” is no number."),
}


def taken(request: HttpRequest, state: State, month: date) -> HttpResponse | list[str]:
    """A redirect when all figures are saved; else what is wrong, row by row."""
    try:
        rows = _rows(request)
    except Unreadable as error:
        return [unreadable(error)]
    if len(rows) > LINES:
        words = _("At most %(n)s rows at once; there are %(have)s.")
        return [words % {"n": LINES, "have": len(rows)}]
    pks = dict(visible(Ulb, request.user).filter(state=state).values_list("lgd_code", "pk"))
    told = read(rows, pks, month)
    wrong = [_wrong(said.row, FAULTS[said.fault] % {"value": said.value[:20]}) for said in told if said.fault]
    if wrong or not told:
        return wrong or [_("There is no row to read.")]
    given = [actions.Given(said.metric, said.amount, pks[said.ulb], "actual", said.month) for said in told]
    try:
        n = actions.save_figures(state, given, by=request.user, source="imported")
    except (NotAllowed, Conflict):
        raise
    except Refused as error:
        places = [(told[int(name.partition(".")[0])].row, texts) for name, texts in error.fields.items()]
        return [_wrong(row, words) for row, texts in places for words in texts]
    words = ngettext("%(n)s figure is saved.", "%(n)s figures are saved.", n)
    messages.success(request, words % {"n": n})
    return redirect(f"{request.path}?month={month:%Y-%m}")


def _rows(request: HttpRequest) -> Sequence[Sequence[str]]:
    if file := request.FILES.get("file"):
        spend_file(file.size, by=request.user)
        return sheets(file.read())[0].rows
    text = request.POST.get("paste", "")
    return [row for row in csv.reader(StringIO(text), delimiter="\t" if "\t" in text else ",") if any(row)]


def _wrong(row: int, words: Any) -> str:
    return _("Row %(row)s: %(words)s") % {"row": row, "words": words}


def sheet(request: HttpRequest, state: State, month: date) -> HttpResponseBase:
    """The live ULBs with a column a figure, as far as `month` is reported, to fill in and to read back."""
    ulbs = visible(Ulb, request.user).filter(state=state, live_on__isnull=False, ended="", in_scope=True)
    known: dict[tuple[int, str], Decimal] = {
        (ulb, metric): value
        for ulb, metric, value in visible(Figure, request.user)
        .filter(ulb__in=ulbs, month=month, purpose="actual")
        .values_list("ulb", "metric", "value")
    }
    return _book(request, state, month, list(ulbs.order_by("name")), known)


def sheet_on(request: HttpRequest, state: State, month: date, day: date) -> HttpResponseBase:
    """The same as it was known at the end of a past day."""
    ulbs = by_name(ulb for ulb in as_on(Ulb, [state.pk], day) if ulb.live_on and ulb.counts)
    of_month = Q(data__purpose="actual", data__month=month.isoformat())
    figures = as_on(Figure, [state.pk], day, of_month)
    known = {(figure.ulb_id, figure.metric): figure.value for figure in figures if figure.ulb_id}
    return _book(request, state, month, ulbs, known, day)


def _book(
    request: HttpRequest,
    state: State,
    month: date,
    rows: list[Ulb],
    known: dict[tuple[int, str], Decimal],
    day: date | None = None,
) -> HttpResponseBase:
    columns = [
        Column("code", _("LGD code"), lambda ulb: ulb.lgd_code),
        Column("name", _("ULB"), lambda ulb: ulb.label, width=32),
        *(_column(metric, known) for metric in metrics().values() if metric.level == "ulb"),
    ]
    then = {"as_on": show(day)} if day else {}
    log("figures.sheet", by=request.user, state=state, rows=len(rows), month=f"{month:%Y-%m}", **then)
    title = f"{_('Monthly figures')}, {state.label}, {month:%m-%Y}"
    title += f"; {_('as on %(moment)s') % {'moment': show(day)}}" if day else ""
    table = Table(_("Monthly figures"), title, columns, rows)
    name = f"nudm-figures-{state.iso}-{month:%Y-%m}"
    return tables.download(table, "xlsx", f"{name}-as-on-{day}" if day else name)


def _column(metric: Any, known: dict[tuple[int, str], Decimal]) -> Column:
    def value(ulb: Ulb) -> str | int | None:
        found = known.get((ulb.pk, metric.code))
        return found if found is None else f"{found:f}" if found % 1 else int(found)

    return Column(metric.code, metric.in_(get_language() or "en"), value, width=18)
