"""Reports: ask, watch, stop, download in any form."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.errors import NotAllowed
from nudm.core.receipts import new_key, once
from nudm.core.ring import ring
from nudm.core.tasks import run_job
from phases.models import Closure
from reports.actions import reports as actions
from reports.forms import AskForm
from reports.models import Report
from states.access import is_national, standing, visible
from states.actions import record as log
from states.models import Post, State, by_label

FORMS = {
    "xlsx": "XLSX",
    "csv": "CSV",
    "docx": "DOCX",
    "txt": gettext_lazy("Message"),
    "json": "JSON",
}


def ask_form(request: HttpRequest, bound: bool = False) -> AskForm:
    """The form with what this person may ask for."""
    user = request.user
    states = by_label(visible(State, user))
    posts = visible(Post, user).filter(team__state__in=states).select_related("team__state")
    closed = visible(Closure, user).filter(state__in=states, undone_at__isnull=True)
    given = request.POST if bound else None
    iso = request.GET.get("state", "")
    kind = Report.Kind.NATIONAL if is_national(user) and not iso else Report.Kind.PROGRESS
    initial = {"language": get_language(), "state": iso, "kind": kind}
    initial["as_on"] = asked_day(request) if not bound else None
    return AskForm(states, list(posts[:200]), list(closed), is_national(user), given, initial=initial)


@shows_the_past
def listing(request: HttpRequest) -> HttpResponse:
    """What was made and is being made, newest first; ask for one."""
    if not standing(request.user).states():
        raise NotAllowed(_("Reports are for the centre, the ministry, States/UTs and their agencies."))
    return _listing(request, ask_form(request))


def _listing(request: HttpRequest, form: AskForm) -> HttpResponse:
    rows = visible(Report, request.user).select_related("state", "asked_by", "closure")[:50]
    context = {"ask": form, "reports": rows, "form_key": new_key()}
    return render(request, "reports/list.html", context, status=422 if form.is_bound else 200)


@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Promise a report and ring for it."""
    form = ask_form(request, bound=True)
    if not form.is_valid():
        return _listing(request, form)

    def act() -> str:
        report, job = actions.ask(form.asked(), by=request.user)
        transaction.on_commit(lambda: ring(run_job, job.pk))
        return f"/reports/{report.pk}/"

    return redirect(once(request.POST.get("form_key", ""), request.user, act))


def report(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a report is; the page can be left."""
    rows = visible(Report, request.user).select_related(
        "state", "asked_by", "supersedes", "superseded_by", "closure"
    )
    row = get_object_or_404(rows, pk=pk)
    working = row.made_at is None and not row.failed
    context = {
        "report": row,
        "working": working,
        "stands": actions.stands(row) if working else "",
        "forms": FORMS.items(),
        "mine": row.asked_by_id == request.user.pk,
        "message": actions.written(row, "txt").decode() if row.made_at else "",
    }
    answer = render(request, "reports/report.html", context)
    if working:
        answer["Refresh"] = "4"
    return answer


def download(request: HttpRequest, pk: int) -> HttpResponse:
    """The report in the form asked for (`?form=xlsx`; PDF without), asked for each time."""
    row = get_object_or_404(visible(Report, request.user).select_related("state"), pk=pk)
    form = request.GET.get("form", "pdf")
    if row.made_at is None or form not in actions.TYPES:
        raise Http404
    try:
        answer = HttpResponse(actions.written(row, form), content_type=actions.TYPES[form])
    except FileNotFoundError as error:
        raise Http404 from error
    log("report.download", by=request.user, state=row.state, target=row, form=form)
    answer["Content-Disposition"] = f'attachment; filename="{actions.file_name(row, form)}"'
    return answer


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a report of one's own that is still being made."""
    row = get_object_or_404(visible(Report, request.user).select_related("state"), pk=pk)
    actions.cancel(row, by=request.user)
    messages.success(request, _("The report is stopped."))
    return redirect("reports:report", pk=pk)
