"""Figures of many towns at once: pasted rows or a file, whole or not at all; and the sheet to fill in."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from nudm.core import tables
from nudm.core.bounds import PASTE, within
from nudm.core.dates import show
from nudm.core.errors import Conflict, NotAllowed, Refused
from nudm.core.limits import spend_file
from nudm.core.tables import Column, Table
from states.access import visible
from states.actions import record as log
from states.models import State
from states.past import as_on
from ulbs.actions import figures as actions
from ulbs.catalogue import Metric, metrics
from ulbs.importing.figures import PURPOSES, Book, Said, is_of_figures, read_sheet
from ulbs.importing.memory import Held, is_changed, memory, place_of, recalled
from ulbs.importing.tables import Sheet, Unreadable, remembered
from ulbs.importing.words import fault, unreadable
from ulbs.models import Figure, Ulb
from ulbs.past import by_name

LINES = 2000
FAULTS = {
    "heading": gettext_lazy(
        "“%(value)s” is no heading of a figure. Write it as on the screen, or delete it."
    ),
    "near": gettext_lazy("“%(value)s” is no heading of a figure. Write “%(figure)s”, or delete the column."),
    "twice": gettext_lazy("“%(figure)s” is the heading of two columns. Leave one."),
    "four": gettext_lazy("four columns are needed: LGD code, figure, month as 10-2026, value."),
    "code": gettext_lazy(
        "“%(value)s” is no LGD code of this State/UT. Its own figures stand in a row with the code %(iso)s."
    ),
    "month": gettext_lazy(
        "“%(value)s” is no month, or may be several. Write it as 10-2026, or baseline, or target."
    ),
    "number": gettext_lazy(
        "“%(value)s” for “%(figure)s” is no number. Write it as 120000 or 1,20,000, with a point before "
        "decimals."
    ),
    "level": gettext_lazy(
        "“%(figure)s” is a figure of the State/UT. Take “%(value)s” out and write it in the row of %(iso)s."
    ),
}


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong, row by row; `doubtful` where the figures may be saved with a reason all the same."""

    lines: list[str]
    doubtful: bool = False


def taken(request: HttpRequest, state: State, month: date) -> HttpResponse | Faults:
    """A redirect when all figures are saved; else what is wrong."""
    pks = dict(visible(Ulb, request.user).filter(state=state).values_list("lgd_code", "pk"))
    book = Book(pks, state.iso, month)
    try:
        found, held = _found(request, book)
    except Unreadable as error:
        return Faults([unreadable(error)])
    have = sum(any(row) for sheet in found for row in sheet.rows)
    if have > LINES:
        words = _("At most %(n)s rows at once; there are %(have)s.")
        return Faults([words % {"n": LINES, "have": have}])
    several = len(found) > 1
    told = [(sheet.name if several else "", said) for sheet in found for said in read_sheet(sheet, book)]
    wrong = [_wrong(said.row, _fault(said, state), name) for name, said in told if said.fault]
    if wrong or not told:
        return Faults(wrong or [_("There is no row to read.")])
    told = [(name, said) for name, said in told if is_changed(said, held)]
    given = [
        actions.Given(said.metric, said.amount, said.ulb and pks[said.ulb], said.purpose, said.month)
        for _name, said in told
    ]
    knew = {n: held[place_of(said)] for n, (_name, said) in enumerate(told) if place_of(said) in held}
    sure = request.POST.get("sure", "")
    try:
        n = actions.save_figures(state, given, by=request.user, source="imported", held=knew, sure=sure)
    except (NotAllowed, Conflict):
        raise
    except Refused as error:
        places = [(*told[int(name.partition(".")[0])], texts) for name, texts in error.fields.items()]
        lines = [
            _wrong(said.row, f"{_called(said)}: {words}", name)
            for name, said, texts in places
            for words in texts
        ]
        return Faults(lines, doubtful=error.code == "doubtful")
    words = ngettext("%(n)s figure changed.", "%(n)s figures changed.", n)
    messages.success(request, words % {"n": n} if n else _("No figure changed."))
    return redirect(f"{request.path}?month={month:%Y-%m}")


def _found(request: HttpRequest, book: Book) -> tuple[list[Sheet], Held]:
    """The sheets that hold figures, or what was pasted; and what a downloaded one held."""
    if file := request.FILES.get("file"):
        spend_file(file.size, by=request.user)
        found, memory = remembered(file.read())
        mine = [sheet for sheet in found if len(found) == 1 or is_of_figures(sheet.rows, book)]
        if not mine:
            raise Unreadable("no_figures", sheets=[sheet.name for sheet in found])
        return mine, recalled(memory.rows if memory else [], book)
    text = request.POST.get("paste", "")
    within(PASTE, paste=text)
    return [Sheet(_pasted(text))], {}


def _pasted(text: str) -> list[list[str]]:
    """The rows at the places that they have on the screen: a blank line counts, and so does each line of a
    cell that has several. Raises Unreadable for a quotation mark that is never closed."""
    reader, rows = csv.reader(StringIO(text), delimiter="\t" if "\t" in text else ","), list[list[str]]()
    try:
        for row in reader:
            rows.append(row)
            rows += [[] for _line in range(reader.line_num - len(rows))]
    except csv.Error as error:
        raise Unreadable("open_quote") from error
    return rows


def _fault(said: Said, state: State) -> str:
    if said.fault.startswith("cell."):
        words = fault(["", said.value[:40], said.fault.removeprefix("cell.")])
        return f"“{said.value[:40]}”: {words}"
    told = {"value": said.value[:20], "iso": state.iso, "figure": _called(said)}
    return str(FAULTS["near" if said.fault == "heading" and said.metric else said.fault]) % told


def _called(said: Said) -> str:
    """The figure as the screen calls it: of a row with many, which."""
    metric = metrics().get(said.metric)
    return metric.in_(get_language() or "en") if metric else said.metric[:30]


def _wrong(row: int, words: str, sheet: str = "") -> str:
    text = _("Sheet “%(sheet)s”, row %(row)s: %(words)s") if sheet else _("Row %(row)s: %(words)s")
    return text % {"sheet": sheet, "row": row, "words": words}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the sheet: a ULB, or the State/UT itself (`ulb` None)."""

    code: str | int
    name: str
    ulb: int | None = None


def sheet(request: HttpRequest, state: State, month: date, day: date | None = None) -> HttpResponseBase:
    """What is stored, as far as it is, to fill in and to read back; with `day` as it was known at its end.

    `?holds=` says of what: the `month` for the State/UT and its live ULBs, or the `baseline` of its ULBs in
    scope, or its `target`.
    """
    holds = request.GET.get("holds", "")
    purpose = holds if holds in PURPOSES else "actual"
    when = month if purpose == "actual" else None
    if day is None:
        ulbs = list(visible(Ulb, request.user).filter(state=state, ended="", in_scope=True).order_by("name"))
        figures = list(visible(Figure, request.user).filter(state=state, purpose=purpose, month=when))
    else:
        ulbs = by_name(ulb for ulb in as_on(Ulb, [state.pk], day) if ulb.counts)
        told = Q(data__purpose=purpose, data__month=when and when.isoformat())
        figures = as_on(Figure, [state.pk], day, told)
    rows = [Line(ulb.lgd_code, ulb.label, ulb.pk) for ulb in ulbs if _is_asked(ulb, purpose)]
    if purpose != "baseline":
        whole = _("The State/UT as a whole")
        rows.insert(0, Line(state.iso, f"{whole}: {state.label}"))
    name, words = {
        "actual": (f"{month:%Y-%m}", f"{month:%m-%Y}"),
        "baseline": ("baseline", _("Baseline")),
        "target": ("target", _("Target")),
    }[purpose]
    known = {(figure.ulb_id, figure.metric): figure.value for figure in figures}
    columns = [
        Column("code", _("LGD code"), lambda row: row.code),
        Column("name", _("ULB"), lambda row: row.name, width=32),
        Column("month", _("Month"), lambda row: words),
        *_columns(purpose, known),
    ]
    then = {"as_on": show(day)} if day else {}
    log("figures.sheet", by=request.user, state=state, rows=len(rows), month=name, **then)
    title = f"{_('Monthly figures')}, {state.label}, {words}"
    title += f"; {_('as on %(moment)s') % {'moment': show(day)}}" if day else ""
    file = f"nudm-figures-{state.iso}-{name}"
    held = memory(
        purpose, when, [c.key for c in columns[3:]], {f"{row.code}": row.ulb for row in rows}, known
    )
    table = Table(_("Monthly figures"), title, columns, rows, held)
    return tables.download(table, "xlsx", f"{file}-as-on-{day}" if day else file)


def _is_asked(ulb: Ulb, purpose: str) -> bool:
    """A baseline is asked of each ULB in scope, a month of the live ones, a target of none."""
    return purpose == "baseline" or (purpose == "actual" and ulb.live_on is not None)


def _columns(purpose: str, known: Mapping[tuple[int | None, str], Decimal]) -> list[Column]:
    asked = {
        "actual": list(metrics().values()),
        "baseline": [metric for metric in metrics().values() if metric.baseline],
        "target": [metric for metric in metrics().values() if metric.adoption],
    }[purpose]
    return [_column(metric, known, share=purpose == "target" and metric.of is not None) for metric in asked]


def _column(metric: Metric, known: Mapping[tuple[int | None, str], Decimal], *, share: bool) -> Column:
    def value(row: Line) -> str | int | None:
        found = known.get((row.ulb, metric.code))
        return found if found is None else f"{found:f}" if found % 1 else int(found)

    name = metric.in_(get_language() or "en")
    return Column(metric.code, f"{name} (%)" if share else name, value, width=18)
