"""The centre's auditor: what was done by whom, and who had access when; each as a page and as a file."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from nudm.core import scope, tables
from nudm.core.dates import show, today
from nudm.core.tables import Column, Table
from states import audit
from states.access import visible
from states.actions import record as log
from states.forms import AccessForm, AuditForm
from states.models import Appointment, State, by_label

PAGE = 50


def entries(request: HttpRequest) -> HttpResponseBase:
    """The audit log by filters; `?format=csv` is all that fits them, as a file."""
    form = AuditForm(by_label(visible(State, request.user)), request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    rows = audit.entries(request.user, asked)
    if not form.is_valid():
        rows = rows.none()
    elif request.GET.get("format") in tables.TYPES:
        return _log_file(request, form, rows)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, **_table(request, audit.entry_columns(), page.object_list)}
    return render(request, "states/audit.html", context, status=200 if form.is_valid() else 422)


def access(request: HttpRequest) -> HttpResponseBase:
    """Who had access to a State/UT on a day; `?format=csv` as a file."""
    audit.require_auditor(request.user)
    states = visible(State, request.user)
    form = AccessForm(by_label(states), request.GET if "state" in request.GET else None)
    held: list[Appointment] = []
    if form.is_valid():
        state, day = states.get(iso=form.cleaned_data["state"]), form.cleaned_data["day"]
        held = audit.holders(request.user, state, day)
        if request.GET.get("format") in tables.TYPES:
            kind, told = request.GET["format"], f"{state.label}, {show(day)}"
            log(
                "audit.export",
                by=request.user,
                state=state,
                kind=kind,
                access_on=day.isoformat(),
                rows=len(held),
            )
            return tables.export(
                lambda: Table(_("Who had access"), told, audit.holder_columns(), held),
                kind,
                f"nudm-access-{state.iso}-{day.isoformat()}",
                rows=len(held),
                scope=lambda: scope.of(request.user),
            )
    context = {"form": form, "asked": form.is_bound, **_table(request, audit.holder_columns(), held)}
    wrong = form.is_bound and not form.is_valid()
    return render(request, "states/audit_access.html", context, status=422 if wrong else 200)


def _log_file(request: HttpRequest, form: AuditForm, rows: Any) -> HttpResponseBase:
    """All that the page's filters let through, up to its newest line: the one that this very export adds
    is not among them."""
    kind, asked = request.GET["format"], form.cleaned_data
    newest = rows.first()
    rows = rows.filter(pk__lte=newest.pk if newest else 0)
    given = {name: str(value) for name, value in asked.items() if value and name != "person"}
    state = visible(State, request.user).filter(iso=asked["state"]).first()
    count = rows.count()
    log("audit.export", by=request.user, state=state, kind=kind, asked=given, rows=count)
    told = [_("Audit log"), *(f"{form[name].label}: {value}" for name, value in asked.items() if value)]
    name = f"nudm-audit-{today().isoformat()}"

    def table() -> Table:
        return Table(_("Audit log"), "; ".join(told), audit.entry_columns(), audit.all_lines(rows))

    return tables.export(table, kind, name, rows=count, scope=lambda: scope.of(request.user))


def _table(request: HttpRequest, columns: Sequence[Column], rows: Iterable[Any]) -> dict[str, Any]:
    rows = list(rows)
    return {
        "heads": tables.heads(columns, request.GET, ""),
        "lines": tables.lines(columns, rows),
        "width": len(columns),
        "any": bool(rows),
    }
