"""A state's evidence library."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nudm.core import scanner
from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.errors import NotAllowed, Refused
from nudm.core.numbers import number
from nudm.core.pieces import files_of
from nudm.core.receipts import answered_once
from nudm.core.serving import attachment
from phases.actions import evidence as actions
from phases.actions import files as pipeline
from phases.actions.files import removable
from phases.catalogue import Line
from phases.forms import EvidenceForm
from phases.models import Citation, Evidence, Item
from phases.views.shown import say_what_became_of
from states.access import powers, require, visible
from states.actions import record as log
from states.models import State
from states.past import as_on_all, end_of
from states.views.shown import state_for


@shows_the_past
@answered_once
def files(request: HttpRequest, iso: str) -> HttpResponse:
    """All evidence of a state, with the lines that cite it; upload and replace."""
    state, day = state_for(request, iso), asked_day(request)
    if day is not None:
        return _files_on(request, state, day)
    form = EvidenceForm(request.POST or None, files_of(request) if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        require(request.user, "attach_evidence", state)
        status = 422
        if form.is_valid():
            try:
                old = request.POST.get("replaces")
                owned = visible(Evidence, request.user).filter(state=state)
                made = actions.upload(
                    state,
                    replaces=get_object_or_404(owned, pk=number(old)) if old else None,
                    by=request.user,
                    **form.cleaned_data,
                )
            except NotAllowed:
                raise
            except Refused as error:
                for name, texts in error.fields.items():
                    form.add_error(name if name in form.fields else None, texts)
            else:
                say_what_became_of(made, request)
                return redirect("phases:evidence", iso=state.iso)
    rows = (
        visible(Evidence, request.user)
        .filter(state=state)
        .select_related("uploaded_by", "replaced_by", "removed_by")
        .prefetch_related("citations__item", "record_set")
    )
    held = powers(request.user, state)
    context = {
        "state": state,
        "files": rows,
        "cited": {row.pk: [citation.item.line for citation in row.citations.all()] for row in rows},
        "replaced": {row.pk for row in rows if hasattr(row, "replaced_by")},
        "form": form,
        "powers": held,
        "removable": {
            row.pk
            for row in rows
            if "attach_evidence" in held
            and (row.uploaded_by_id == request.user.pk or "submit_item" in held)
            and removable(row)
        },
        "scanned": scanner.configured(),
    }
    return render(request, "phases/library.html", context, status=status)


def _files_on(request: HttpRequest, state: State, day: date) -> HttpResponse:
    """What had come by the end of a past day and what cited it, without any act; files removed since, which
    say so."""
    rows = visible(Evidence, request.user).filter(state=state, uploaded_at__lt=end_of(day))
    kept = as_on_all([Citation, Item], [state.pk], day)
    lines = {item.pk: item.line for item in kept[Item]}
    cited: dict[int, list[Line]] = {}
    for citation in kept[Citation]:
        if citation.item_id in lines:
            cited.setdefault(citation.evidence_id, []).append(lines[citation.item_id])
    context = {
        "state": state,
        "files": rows.select_related("uploaded_by", "removed_by"),
        "cited": cited,
        "replaced": set(rows.values_list("replaces", flat=True)),
        "as_on": day,
    }
    return render(request, "phases/library.html", context)


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a file out of the store, with a reason that stays."""
    row = get_object_or_404(visible(Evidence, request.user).select_related("state"), pk=pk)
    pipeline.remove(row, why=request.POST.get("why", ""), by=request.user)
    messages.success(request, _("The file is removed. Its line in the library says who, when and why."))
    return redirect("phases:evidence", iso=row.state.iso)


def download(request: HttpRequest, pk: int) -> HttpResponse:
    """A file, asked for each time, as an attachment that no browser runs."""
    row = get_object_or_404(visible(Evidence, request.user).select_related("state", "removed_by"), pk=pk)
    if not row.readable:
        raise Refused(f"{row.title}: {row.explained}", code="not_readable")
    answer = attachment(row)
    log("evidence.download", by=request.user, state=row.state, target=row)
    return answer
