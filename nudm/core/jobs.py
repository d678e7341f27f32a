"""Promised work: a row in the asker's transaction, claimed with a lease, done once."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from nudm.core import scope
from nudm.core.errors import Refused
from nudm.core.models import Job

log = logging.getLogger(__name__)

# Longer than the longest layout of a report may take, so that nobody takes over what is still being done.
LEASE = timedelta(seconds=settings.LEASE_SECONDS)
ATTEMPTS = 30

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
    now = timezone.now()
    ready = Q(status=Job.Status.QUEUED) | Q(status=Job.Status.RUNNING, lease_until__lt=now)
    return list(Job.objects.filter(ready).order_by("pk").values_list("pk", flat=True)[:500])


def run(job_id: int) -> bool:
    """Claim the job by one guarded UPDATE and do it; False when somebody else has it or it is over.

    What the handler's result writes and the mark `done` are one transaction, so a crash leaves neither.
    """
    now = timezone.now()
    claimed = (
        Job.objects.filter(pk=job_id)
        .filter(Q(status=Job.Status.QUEUED) | Q(status=Job.Status.RUNNING, lease_until__lt=now))
        .update(
            status=Job.Status.RUNNING,
            lease_until=now + LEASE,
            attempts=F("attempts") + 1,
        )
    )
    if not claimed:
        return False
    job = Job.objects.select_related("asked_by").get(pk=job_id)
    mine = Job.objects.filter(pk=job_id, status=Job.Status.RUNNING, attempts=job.attempts)
    try:
        with _scope(job):
            write = HANDLERS[job.kind](job)
        with transaction.atomic():
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
    except Refused as error:
        mine.update(status=Job.Status.FAILED, finished_at=timezone.now(), error=error.message)
    except Exception as error:
        log.exception("job %s failed", job.key)
        over = job.attempts >= ATTEMPTS
        mine.update(
            status=Job.Status.FAILED if over else Job.Status.RUNNING,
            lease_until=timezone.now() + timedelta(seconds=5 * job.attempts),
            error=f"{type(error).__name__}: {error}",
        )
        return False
    return True


def _scope(job: Job) -> AbstractContextManager[None]:
    """What the person who asked may touch now, not when they asked; a schedule's job is the system's."""
    return scope.national() if job.asked_by is None else scope.of(job.asked_by)


class Later(Exception):
    """What the job needs is not there now. It waits, for as long as it takes; this is no failure."""


class LostLease(Exception):
    """Another worker took the job over while this one was still at it: its writes are rolled back."""
