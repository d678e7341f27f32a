"""Promised work: a row in the asker's transaction, claimed with a lease, done once."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from nudm.core import mail, scope, store
from nudm.core.errors import Refused
from nudm.core.models import Job
from nudm.core.peers import Away

log = logging.getLogger(__name__)

# Longer than the longest layout of a report may take, so that nobody takes over what is still being done.
LEASE = timedelta(seconds=settings.LEASE_SECONDS)
ATTEMPTS = 30
# The longest time that a job is left alone, by its lease or until it is tried again. One that is said to be
# longer was written by a clock that has been set back since.
LONGEST = max(LEASE, timedelta(seconds=300))

Handler = Callable[[Job], Callable[[], None]]
HANDLERS: dict[str, Handler] = {}


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of `kind`.

    It does the long work outside any transaction, so that it keeps nobody from writing, and returns the
    short one that writes the result. It must be safe to run again after a crash.
    """

    def register(function: Handler) -> Handler:
        HANDLERS[kind] = function
        return function

    return register


Ending = Callable[[Job, str], None]
ENDINGS: dict[str, Ending] = {}


def given_up(kind: str) -> Callable[[Ending], Ending]:
    """Register what is written when a job of `kind` is given up: who asked is told why."""

    def register(function: Ending) -> Ending:
        ENDINGS[kind] = function
        return function

    return register


def enqueue(
    kind: str, key: str, *, asked_by: Any = None, tenant: int | None = None, **args: Any
) -> tuple[Job, bool]:
    """The job with this key, and whether it is new. Part of the caller's transaction."""
    return Job.objects.get_or_create(
        key=key,
        defaults={"kind": kind, "asked_by": asked_by, "tenant": tenant, "args": args},
    )


def due_jobs() -> list[int]:
    """Jobs that wait, or whose worker has not been heard of for the length of its lease."""
    return list(Job.objects.filter(_free(timezone.now())).order_by("pk").values_list("pk", flat=True)[:500])


def _free(now: datetime) -> Q:
    left = Q(lease_until__lt=now) | Q(lease_until__gt=now + LONGEST)
    return Q(status=Job.Status.QUEUED) | Q(left, status=Job.Status.RUNNING)


def run(job_id: int) -> bool:
    """Claim the job by one guarded UPDATE and do it; False when somebody else has it or it is over.

    What the handler's result writes and the mark `done` are one transaction, so a crash leaves neither.
    """
    now = timezone.now()
    claimed = Job.objects.filter(_free(now), pk=job_id).update(
        status=Job.Status.RUNNING,
        lease_until=now + LEASE,
        attempts=F("attempts") + 1,
    )
    if not claimed:
        return False
    job = Job.objects.select_related("asked_by").get(pk=job_id)
    mine = Job.objects.filter(pk=job_id, status=Job.Status.RUNNING, attempts=job.attempts)
    try:
        with _scope(job):
            write = HANDLERS[job.kind](job)
        with store.unless_saved(), transaction.atomic():
            if not mine.update(status=Job.Status.DONE, finished_at=timezone.now(), error=""):
                raise LostLease
            with _scope(job):
                write()
    except LostLease:
        return False
    except Later as error:
        wait = min(30 * job.attempts, 300)
        mine.update(lease_until=timezone.now() + timedelta(seconds=wait), error=str(error))
        return False
    except Away as error:
        # It comes back: no failure of the work, and no try of it.
        mine.update(lease_until=timezone.now() + timedelta(seconds=error.wait), error=error.message)
        return False
    except Refused as error:
        _give_up(mine, job, error.message)
    except Exception as error:
        log.exception("job %s failed", job.key)
        words = f"{type(error).__name__}: {error}"
        if job.attempts >= ATTEMPTS:
            _give_up(mine, job, words)
        else:
            mine.update(lease_until=timezone.now() + timedelta(seconds=5 * job.attempts), error=words)
        return False
    return True


def _give_up(mine: QuerySet[Job], job: Job, words: str) -> None:
    """Mark the job as failed, and tell who asked and the operators, all in one transaction."""
    with transaction.atomic(), scope.national():
        if not mine.update(status=Job.Status.FAILED, finished_at=timezone.now(), error=words):
            return
        if job.kind in ENDINGS:
            ENDINGS[job.kind](job, words)
        for to in settings.OPERATORS:
            mail.post(
                f"operator:{job.pk}:{job.attempts}:{to}",
                to,
                _("Work was given up: %(kind)s %(number)s") % {"kind": job.kind, "number": job.pk},
                _("%(key)s was given up after %(times)s tries:\n\n%(why)s\n\n%(url)s/reports/failures/\n")
                % {"key": job.key, "times": job.attempts, "why": words, "url": settings.SITE_URL},
                kind="hold",
            )


def again(job_id: int) -> bool:
    """Let a job that was given up be tried anew, after so many tries once each; False when it is none."""
    given = Job.objects.filter(pk=job_id, status=Job.Status.FAILED)
    return bool(given.update(status=Job.Status.QUEUED, error="", finished_at=None))


def _scope(job: Job) -> AbstractContextManager[None]:
    """What the person who asked may touch now, not when they asked; a schedule's job is the system's."""
    return scope.national() if job.asked_by is None else scope.of(job.asked_by)


class Later(Exception):
    """What the job needs is not there now. It waits, for as long as it takes; this is no failure."""


class LostLease(Exception):
    """Another worker took the job over while this one was still at it: its writes are rolled back."""
