"""Work that was given up, for the centre."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from nudm.core.numbers import number
from nudm.core.ring import ring
from nudm.core.tasks import run_job
from reports.actions import failures

PAGE = 50


def page(request: HttpRequest) -> HttpResponse:
    """What failed and why; try one again."""
    rows = failures.rows_for(request.user)
    if request.method == "POST":
        job = failures.try_again(number(request.POST.get("job")), by=request.user)
        ring(run_job, job.pk)
        messages.success(request, _("The work is promised anew."))
        return redirect("reports:failures")
    return render(
        request, "reports/failures.html", {"page": Paginator(rows, PAGE).get_page(request.GET.get("page"))}
    )
