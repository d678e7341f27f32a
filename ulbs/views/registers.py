"""The state's registers: the index, and each register's list."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from nudm.core import scope, tables
from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.counts import gather, named
from nudm.core.dates import show, today
from nudm.core.search import holds
from nudm.core.tables import Column, Table
from nudm.core.text import loose
from states.access import powers, visible
from states.actions import record as log
from states.models import State
from states.past import as_on_all
from states.views.shown import state_for
from ulbs.limits import limits
from ulbs.models import ActionPoint, Incident
from ulbs.past import REGISTER_MODELS, registers_counted
from ulbs.registers import REGISTERS, Register
from ulbs.rules.registers import AGES, days_ago
from ulbs.tally import tallies, tallies_on
from ulbs.values import held, label, shown
from ulbs.views import entries

# Entries of a page; entries that are read at once for a file.
PAGE, AT_ONCE = 50, 500


@shows_the_past
def index(request: HttpRequest, iso: str) -> HttpResponse:
    """Every register with its entries, what is open, and the lines of the deck that it makes true."""
    state, day = state_for(request, iso), asked_day(request)
    if day is not None:
        kept = as_on_all([*REGISTER_MODELS], [state.pk], day)
        counted, measures = registers_counted(kept, day), tallies_on([state.pk], day)[state.pk]
        return _index(request, state, counted, measures, day)
    asked = []
    for slug, register in REGISTERS.items():
        rows = visible(register.model, request.user).filter(state=state, **register.where)
        asked.append(named(rows, "state_id", Value(slug)))
        if register.is_open:
            asked.append(named(rows.filter(**register.is_open), "state_id", Value(f"{slug}:open")))
    points = visible(ActionPoint, request.user).filter(state=state, done_on=None, due__lt=today())
    counted = gather([state.pk], [*asked, named(points, "state_id", Value("late"))])[state.pk]
    return _index(request, state, counted, tallies([state.pk])[state.pk])


def _index(
    request: HttpRequest, state: State, counted: Mapping[str, float], measures: Any, day: date | None = None
) -> HttpResponse:
    context = {
        "as_on": day,
        "state": state,
        "late": int(counted.get("late", 0)),
        "powers": powers(request.user, state),
        "rows": [
            (
                r,
                int(counted.get(slug, 0)),
                int(counted.get(f"{slug}:open", 0)),
                _feeds(r, measures),
                _needs(r),
            )
            for slug, r in REGISTERS.items()
        ],
    }
    return render(request, "ulbs/registers.html", context)


def _feeds(register: Register, measures: Any) -> list[tuple[Any, Any]]:
    return [(feed, measures[feed.measure]) for feed in register.feeds]


def _needs(register: Register) -> str:
    return register.needs(limits()) if register.needs else ""


@shows_the_past
def register(request: HttpRequest, iso: str, slug: str) -> HttpResponseBase:
    """A register's entries, newest first; of the help desk and the cadence the one that there is."""
    state, kind = state_for(request, iso), entries.register_for(slug)
    day = asked_day(request)
    if day is not None:
        return _on(request, state, kind, day)
    rows = entries.rows_of(request, state, kind)
    if kind.single:
        return entries.page(request, state, kind, rows.first())
    rows, filters = _filtered(request, kind, rows)
    if "points" in kind.columns:
        rows = rows.annotate(points_open=Count("points", filter=Q(points__done_on=None), distinct=True))
    if request.GET.get("format") in tables.TYPES:
        return _file(request, state, kind, rows, today())
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "state": state,
        "register": kind,
        "page": page,
        "columns": [label(kind.model, name) for name in kind.columns],
        "rows": [(row, [shown(row, name) for name in kind.columns]) for row in page],
        "filters": filters,
        "filtered": bool(request.GET.keys() - {"as_on", "page"}),
        "ages": _ages(request, state) if "age" in kind.columns else [],
        "query": request.GET.get("q", ""),
        "feeds": _feeds(kind, tallies([state.pk])[state.pk]),
        "needs": _needs(kind),
        "may_write": kind.permission in powers(request.user, state),
        "today": today(),
    }
    return render(request, "ulbs/register.html", context)


def _on(request: HttpRequest, state: State, kind: Register, day: date) -> HttpResponseBase:
    """The register as it was known at the end of a past day, entries removed since included."""
    rows = entries.rows_on(request, state, kind, day)
    if kind.single:
        return entries.page_on(request, state, kind, rows[0] if rows else None, day)
    filters, asked = _controls(request, kind)
    query = request.GET.get("q", "").strip()
    ages = [
        (_days(*age), sum(_fits(row, "age", str(n), day) for row in rows), str(n))
        for n, age in enumerate(AGES)
        if "age" in kind.columns
    ]
    rows = [row for row in rows if not query or loose(query) in loose(row.title)]
    rows = [row for row in rows if all(_fits(row, name, given, day) for name, given in asked.items())]
    if request.GET.get("format") in tables.TYPES:
        return _file(request, state, kind, rows, day)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "state": state,
        "register": kind,
        "page": page,
        "filters": filters,
        "filtered": bool(request.GET.keys() - {"as_on", "page"}),
        "query": query,
        "columns": [label(kind.model, name) for name in kind.columns],
        "rows": [(row, [shown(row, name, day) for name in kind.columns]) for row in page],
        "ages": ages,
        "feeds": _feeds(kind, tallies_on([state.pk], day)[state.pk]),
        "needs": _needs(kind),
        "today": day,
        "as_on": day,
    }
    return render(request, "ulbs/register.html", context)


def _file(
    request: HttpRequest, state: State, kind: Register, rows: QuerySet[Any] | list[Any], day: date
) -> HttpResponseBase:
    """The entries that the page shows, all pages of them. Who took them away is recorded."""
    count = rows.count() if isinstance(rows, QuerySet) else len(rows)
    columns = [Column("title", _("Subject"), lambda row: row.title, width=50)]
    columns += [
        Column(name, str(label(kind.model, name)), partial(held, name=name, day=day), width=18)
        for name in kind.columns
    ]
    if kind.closes:
        columns.append(Column("closed", _("Closed"), lambda row: getattr(row, "closed_on", None)))
    told = [f"{kind.title}, {state.label}", _("as on %(moment)s") % {"moment": show(day)}]
    form = request.GET["format"]
    log("register.export", by=request.user, state=state, kind=form, register=kind.slug, rows=count)
    file = f"nudm-{kind.slug}-{state.iso}-{day.isoformat()}"

    def table() -> Table:
        each = rows.iterator(chunk_size=AT_ONCE) if isinstance(rows, QuerySet) else rows
        return Table(str(kind.title), "; ".join(told), columns, each)

    return tables.export(table, form, file, rows=count, scope=lambda: scope.of(request.user))


def _filtered(request: HttpRequest, kind: Register, rows: QuerySet[Any]) -> tuple[QuerySet[Any], list[Any]]:
    """The rows that the filter lets through, in their order, and the filter's controls."""
    filters, asked = _controls(request, kind)
    rows, query = rows.order_by(*kind.order), request.GET.get("q", "").strip()
    rows = rows.filter(holds(query, "title")) if query else rows
    for name, given in asked.items():
        rows = rows.filter(**_condition(name, given))
    return rows, filters


def _controls(request: HttpRequest, kind: Register) -> tuple[list[Any], dict[str, str]]:
    """The filter's controls, and what is asked for by each that is set."""
    controls: list[tuple[str, str, list[Any]]] = []
    if kind.closes:
        controls.append(("standing", _("Standing"), [("open", _("Still open")), ("closed", _("Closed"))]))
    if "age" in kind.columns:
        controls.append(("age", _("Open for"), [(str(n), _days(*age)) for n, age in enumerate(AGES)]))
    for name in kind.filters:
        controls.append((name, label(kind.model, name), list(kind.model._meta.get_field(name).choices)))  # type: ignore[union-attr]
    filters, asked = [], {}
    for name, words, choices in controls:
        given = request.GET.get(name, "")
        if given in {str(value) for value, _words in choices}:
            asked[name] = given
        filters.append((name, words, [("", _("All")), *choices], given))
    return filters, asked


def _ages(request: HttpRequest, state: State) -> list[tuple[str, int, str]]:
    """How many incidents are open, by how long they have been, each with its place in the filter."""
    of_age = {str(n): Count("pk", filter=Q(**_condition("age", str(n)))) for n in range(len(AGES))}
    counts = (
        visible(Incident, request.user)
        .filter(state=state)
        .aggregate(**{f"n{n}": c for n, c in of_age.items()})
    )
    return [(_days(*age), counts[f"n{n}"], str(n)) for n, age in enumerate(AGES)]


def _condition(name: str, given: str) -> dict[str, Any]:
    if name == "standing":
        return {"closed_on__isnull": given == "open"}
    if name == "age":
        first, last = days_ago(AGES[int(given)], today())
        within = {"opened_on__gte": first} if first else {}
        return {"closed_on": None, "opened_on__lte": last, **within}
    return {name: given}


def _fits(row: Any, name: str, given: str, day: date) -> bool:
    """`_condition` of a row as it was known at the end of `day`."""
    if name == "standing":
        return (row.closed_on is None) == (given == "open")
    if name == "age":
        first, last = days_ago(AGES[int(given)], day)
        return row.closed_on is None and (first or row.opened_on) <= row.opened_on <= last
    return str(getattr(row, name)) == given


def _days(least: int, most: int | None) -> str:
    if most is None:
        return _("more than %(n)s days") % {"n": least - 1}
    return _("%(least)s to %(most)s days") % {"least": least, "most": most}
