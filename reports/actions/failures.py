"""Promised work that was given up: shown to the centre, tried again by hand."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from nudm.core import jobs
from nudm.core.errors import NotAllowed, Refused
from nudm.core.models import Job
from reports.models import Report
from states.access import standing
from states.actions import record
from states.rules import Role


def rows_for(user: Any) -> QuerySet[Job]:
    """What was given up and what fails for now, newest first. Raises NotAllowed for all but the centre."""
    if Role.CENTRE not in standing(user).roles:
        raise NotAllowed(_("Work that was given up is shown to the centre."))
    failing = Job.objects.filter(status=Job.Status.RUNNING).exclude(error="")
    return (Job.objects.filter(status=Job.Status.FAILED) | failing).select_related("asked_by").order_by("-pk")


@transaction.atomic
def try_again(pk: int, *, by: Any) -> Job:
    """Promise the work anew. Raises Refused for work that was not given up."""
    job = rows_for(by).filter(pk=pk).first()
    if job is None or not jobs.again(job.pk):
        raise Refused(_("This work was not given up. Look at the list again."), code="not_given_up")
    if job.kind == "report":
        Report.objects.filter(pk=job.args["report"], made_at__isnull=True).update(failed="")
    record("job.again", by=by, target=job, kind=job.kind)
    return job
