"""Reports: ask, watch, download; subscriptions of one's posts."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nudm.core.errors import NotAllowed
from nudm.core.receipts import new_key, once
from nudm.core.ring import ring
from nudm.core.tasks import run_job
from reports import actions
from reports.forms import AskForm, SubscribeForm
from reports.models import Report, Subscription
from states.access import held_posts, is_national, standing, visible
from states.actions import record as log
from states.models import State


def listing(request: HttpRequest) -> HttpResponse:
    """What was made and is being made, newest first; ask for one; what comes every week."""
    states = list(visible(State, request.user))
    if not standing(request.user).states():
        raise NotAllowed(_("Reports are for the centre, the ministry, States/UTs and their agencies."))
    national = is_national(request.user)
    language = {"language": get_language()}
    posts = held_posts(request.user)
    reports = visible(Report, request.user).select_related("state", "asked_by")[:50]
    subscribed = visible(Subscription, request.user).filter(active=True, post__in=posts)
    context = {
        "ask": AskForm(states, national, initial=language),
        "subscribe": SubscribeForm(posts, states, national, initial=language),
        "reports": reports,
        "subscriptions": subscribed.select_related("post__team", "state"),
        "form_key": new_key(),
        "working": any(report.made_at is None and not report.failed for report in reports),
    }
    return render(request, "reports/list.html", context)


@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Promise a report and ring for it."""
    form = AskForm(list(visible(State, request.user)), is_national(request.user), request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose what the report is of, and its language."))
        return redirect("reports:list")

    def act() -> str:
        kind, iso = form.kind_and_iso()
        state = get_object_or_404(visible(State, request.user), iso=iso) if iso else None
        report, job = actions.ask(kind, state, form.cleaned_data["language"], by=request.user)
        transaction.on_commit(lambda: ring(run_job, job.pk))
        return f"/reports/{report.pk}/"

    return redirect(once(request.POST.get("form_key", ""), request.user, act))


def report(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a report is; the page can be left."""
    row = get_object_or_404(visible(Report, request.user).select_related("state", "asked_by"), pk=pk)
    return render(request, "reports/report.html", {"report": row})


def download(request: HttpRequest, pk: int) -> HttpResponse:
    """The PDF, asked for each time."""
    row = get_object_or_404(visible(Report, request.user).select_related("state"), pk=pk)
    if row.made_at is None:
        raise Http404
    log("report.download", by=request.user, state=row.state, target=row)
    return FileResponse(
        row.file.open("rb"),
        as_attachment=True,
        filename=actions.file_name(row),
        content_type="application/pdf",
    )


@require_POST
def subscribe(request: HttpRequest) -> HttpResponse:
    """Send a report every week to a post of one's own."""
    posts = held_posts(request.user)
    form: Any = SubscribeForm(
        posts,
        list(visible(State, request.user)),
        is_national(request.user),
        request.POST,
    )
    if not form.is_valid():
        messages.error(request, _("Choose the report, the post and the day."))
        return redirect("reports:list")
    kind, iso = form.kind_and_iso()
    state = get_object_or_404(visible(State, request.user), iso=iso) if iso else None
    post = next(p for p in posts if str(p.pk) == form.cleaned_data["post"])
    data = form.cleaned_data
    actions.subscribe(
        post,
        kind,
        state,
        weekday=data["weekday"],
        language=data["language"],
        by=request.user,
    )
    messages.success(request, _("The report comes every week from now on."))
    return redirect("reports:list")


@require_POST
def unsubscribe(request: HttpRequest, pk: int) -> HttpResponse:
    """End a subscription."""
    row = get_object_or_404(visible(Subscription, request.user).select_related("post__team", "state"), pk=pk)
    actions.unsubscribe(row, by=request.user)
    messages.success(request, _("The report does not come any more."))
    return redirect("reports:list")
