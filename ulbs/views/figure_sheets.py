"""Figures of many towns at once: pasted rows or a file, whole or not at all; and the sheet to fill in."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from ulbs.actions.imports import keep_set_aside
from ulbs.catalogue import Metric, metrics
from ulbs.importing.figures import PURPOSES, Book, Said, hidden_columns, is_of_figures, read_sheet
from ulbs.importing.headings import DEPTH
from ulbs.importing.memory import Held, is_changed, memory, place_of, recalled
from ulbs.importing.tables import Sheet, Unreadable, remembered
from ulbs.importing.words import fault, hidden_rows, unreadable
from ulbs.importing.words import hidden_columns as hidden_columns_words
from ulbs.models import Figure, Import, Ulb
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
    """What is wrong, row by row; `doubtful` where the figures may be saved with a reason all the same,
    `since` where some were changed since the sheet left, `rest` where other rows could be saved."""

    lines: list[str]
    doubtful: bool = False
    since: bool = False
    rest: bool = False


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
    aside, left = bool(request.POST.get("set_aside")), list[Left]()
    wrong = [(name, said, _fault(said, state)) for name, said in told if said.fault]
    whole = any(said.fault in {"heading", "twice"} for _name, said, _words in wrong)
    told = [(name, said) for name, said in told if not said.fault]
    if (wrong and (whole or not aside)) or not told:
        lines = [_wrong(said.row, words, name) for name, said, words in wrong]
        return Faults(lines or [_("There is no row to read.")], rest=bool(told) and not whole)
    left += [Left(name, said.row, words) for name, said, words in wrong]
    read = told
    told = [(name, said) for name, said in told if is_changed(said, held)]
    if request.POST.get("over"):
        held = {}
    return _saved(request, state, month, _Sent(found, told, left, held, pks, read), aside=aside)


@dataclass(frozen=True, slots=True)
class Left:
    """A row that is set aside: of which sheet, its number, and why."""

    sheet: str
    row: int
    words: str


@dataclass(slots=True)
class _Sent:
    """The sheets as they came, the figures that they change, the rows that are left, what a downloaded sheet
    held, the ULBs' ids by code, and all figures that could be read."""

    sheets: list[Sheet]
    told: list[tuple[str, Said]]
    left: list[Left]
    held: Held
    pks: Mapping[int, int]
    read: list[tuple[str, Said]]


def _saved(
    request: HttpRequest, state: State, month: date, sent: _Sent, *, aside: bool
) -> HttpResponse | Faults:
    """Save the figures; with `aside` again without those that are refused, until the others pass."""
    told, held, pks = sent.told, sent.held, sent.pks
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
        refused = [
            Left(name, said.row, f"{_called(said)}: {words}")
            for name, said, texts in places
            for words in texts
        ]
        bad = {int(name.partition(".")[0]) for name in error.fields}
        if aside and error.code == "figures" and len(bad) < len(told):
            sent.told = [one for n, one in enumerate(told) if n not in bad]
            sent.left += refused
            return _saved(request, state, month, sent, aside=True)
        return Faults(
            [_wrong(one.row, one.words, one.sheet) for one in [*sent.left, *refused]],
            doubtful=error.code == "doubtful",
            since=any(name.endswith(".since") for name in error.fields),
            rest=error.code == "figures" and len(bad) < len(told),
        )
    words = ngettext("%(n)s figure changed.", "%(n)s figures changed.", n)
    messages.success(request, words % {"n": n} if n else _("No figure changed."))
    _say_hidden(request, sent)
    query = f"month={month:%Y-%m}"
    if sent.left:
        made = _set_aside(request, state, sent)
        n = made.counts["set_aside"]
        messages.warning(
            request, ngettext("%(n)s row was set aside.", "%(n)s rows were set aside.", n) % {"n": n}
        )
        query += f"&left={made.pk}"
    return redirect(f"{request.path}?{query}")


def _say_hidden(request: HttpRequest, sent: _Sent) -> None:
    """Say which rows and columns were read although nobody sees them in the file."""
    for sheet in sent.sheets:
        several = len(sent.sheets) > 1
        name = sheet.name if several else ""
        rows = sorted(sheet.hidden & {said.row for of, said in sent.read if of == name})
        if rows:
            messages.warning(request, hidden_rows([f"{name} {n}".strip() for n in rows]))
        if columns := hidden_columns(sheet):
            messages.warning(request, hidden_columns_words([f"{name} {one}".strip() for one in columns]))


def _set_aside(request: HttpRequest, state: State, sent: _Sent) -> Import:
    """Keep the rows that were left, as they stand in the sheet, to be downloaded with their reasons."""
    of = {sheet.name if len(sent.sheets) > 1 else "": sheet.rows for sheet in sent.sheets}
    why: dict[tuple[str, int], list[str]] = {}
    for one in sent.left:
        why.setdefault((one.sheet, one.row), []).append(one.words)
    preview = [
        {"row": n, "result": "refused", "cells": of[name][n - 1], "said": " ".join(words)}
        for (name, n), words in sorted(why.items())
    ]
    rows = next(iter(of.values()))
    heading = next((row for row in rows[:DEPTH] if any(not cell[:1].isdigit() for cell in row if cell)), [])
    counts = {"refused": len(preview), "set_aside": len(preview), "columns": _headings(heading, preview)}
    name = file.name if (file := request.FILES.get("file")) else _("Pasted rows")
    return keep_set_aside(state, name, preview, counts, by=request.user)


def _headings(heading: Sequence[str], preview: Sequence[Mapping[str, Any]]) -> list[str]:
    """A heading for each column of the rows."""
    wide = max((len(line["cells"]) for line in preview), default=0)
    return [heading[n] if n < len(heading) else "" for n in range(wide)]


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
