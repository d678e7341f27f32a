"""The centre's auditor: what was done by whom, and who had access when; each as a page and as CSV."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, override

from nudm.core.streams import csv_lines
from states import audit
from states.access import visible
from states.actions import record as log
from states.forms import AccessForm, AuditForm
from states.models import State

PAGE = 50


def entries(request: HttpRequest) -> HttpResponseBase:
    """The audit log by filters; `?form=csv` is all that fits them, as a file."""
    form = AuditForm(visible(State, request.user), request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    rows = audit.entries(request.user, asked)
    if not form.is_valid():
        rows = rows.none()
    elif request.GET.get("form") == "csv":
        return _log_file(request, rows, asked)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "labels": audit.entry_labels(),
        "rows": [audit.entry_cells(entry) for entry in page],
    }
    return render(request, "states/audit.html", context, status=200 if form.is_valid() else 422)


def access(request: HttpRequest) -> HttpResponseBase:
    """Who had access to a State/UT on a day."""
    states = visible(State, request.user)
    form = AccessForm(states, request.GET if "state" in request.GET else None)
    audit.require_auditor(request.user)
    held: list[audit.Cells] = []
    if form.is_valid():
        state = states.get(iso=form.cleaned_data["state"])
        held = audit.holders(request.user, state, form.cleaned_data["day"])
        if request.GET.get("form") == "csv":
            day = form.cleaned_data["day"].isoformat()
            log("audit.export", by=request.user, state=state, access_on=day, rows=len(held))
            return _file(f"nudm-access-{state.iso}-{day}", audit.holder_labels(), held)
    context = {"form": form, "labels": audit.holder_labels(), "rows": held, "asked": form.is_bound}
    wrong = form.is_bound and not form.is_valid()
    return render(request, "states/audit_access.html", context, status=422 if wrong else 200)


def _log_file(request: HttpRequest, rows: Any, asked: dict[str, Any]) -> HttpResponseBase:
    """What the page shows, up to its newest line: the line that this very export adds is not in it."""
    newest = rows.first()
    rows = rows.filter(pk__lte=newest.pk if newest else 0)
    given = {name: str(value) for name, value in asked.items() if value and name != "person"}
    state = visible(State, request.user).filter(iso=asked["state"]).first()
    log("audit.export", by=request.user, state=state, asked=given, rows=rows.count())
    return _file("nudm-audit", audit.entry_labels(), _in_words(rows, get_language() or "en"))


def _in_words(rows: Any, language: str) -> Iterator[audit.Cells]:
    """The lines as they are read, a few at a time: the file may be long and nobody waits for its end."""
    for entry in rows.iterator(chunk_size=500):
        with override(language):
            cells = audit.entry_cells(entry)
        yield cells


def _file(name: str, labels: audit.Cells, rows: Iterable[audit.Cells]) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(csv_lines(chain([labels], rows)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
