"""Schedules: what comes by itself, to whom, when next; pause, send now, end."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nudm.core.dates import today
from nudm.core.errors import Conflict, NotAllowed, Refused
from nudm.core.receipts import answered_once
from nudm.core.ring import ring
from nudm.core.tasks import run_job
from reports.actions import schedules as actions
from reports.forms import ScheduleForm
from reports.models import Report, Subscription
from states.access import held_posts, is_national, standing, visible
from states.models import State, by_label


@answered_once
def page(request: HttpRequest) -> HttpResponse:
    """The schedules of one's posts with their next five days; a form for another."""
    if not standing(request.user).states():
        raise NotAllowed(_("Reports are for the centre, the ministry, States/UTs and their agencies."))
    states = by_label(visible(State, request.user))
    posts = held_posts(request.user)
    given = request.POST if request.method == "POST" else None
    national = is_national(request.user)
    kind = Report.Kind.NATIONAL if national else Report.Kind.PROGRESS
    initial = {"language": get_language(), "at": "09:00", "kind": kind}
    form = ScheduleForm(states, posts, national, given, initial=initial)
    if given is not None and form.is_valid():
        data = form.cleaned_data
        try:
            actions.subscribe(
                form.posts[data["to"]],
                data["kind"],
                form.states.get(data["of"]),
                data,
                by=request.user,
                saw=request.POST.get("seen"),
            )
        except (NotAllowed, Conflict):
            raise
        except Refused as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("The report comes by itself from now on."))
            return redirect("reports:schedules")
    rows = (
        visible(Subscription, request.user)
        .filter(active=True, post__in=posts)
        .select_related("post__team", "state")
    )
    context = {
        "form": form,
        "rows": [(row, actions.preview(row, today())) for row in rows],
        "seen": actions.rules_seen(rows),
        "holiday_lists": ["IN"] if is_national(request.user) else [state.iso for state in states],
    }
    return render(request, "reports/schedules.html", context, status=422 if given is not None else 200)


@require_POST
@answered_once
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Pause, go on, send now or end."""
    rows = visible(Subscription, request.user).select_related("post__team__state", "state")
    row = get_object_or_404(rows, pk=pk, active=True)
    actions.mine(row, request.user)
    name = request.POST.get("act", "")
    if name == "now":
        job = actions.send_now(row, by=request.user)
        transaction.on_commit(lambda: ring(run_job, job))
        messages.success(request, _("The report is being made and goes out when it is ready."))
    elif name == "end":
        actions.unsubscribe(row, by=request.user)
        messages.success(request, _("The report does not come any more."))
    elif name in {"pause", "go_on"}:
        actions.pause(row, paused=name == "pause", by=request.user)
        messages.success(request, _("Saved."))
    return redirect("reports:schedules")
