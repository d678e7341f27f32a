"""A clock that is set back, or forward: no work waits for the hour that comes twice, none is done twice."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.utils import timezone

from nudm.core import jobs
from nudm.core.beat import Scheduler
from nudm.core.models import Job


def scheduler(folder: Path) -> Scheduler:
    app = Celery(broker="memory://", set_as_current=False)
    app.conf.beat_schedule = {
        name: {"task": name, "schedule": seconds} for name, seconds in (("often", 5), ("hourly", 3600))
    }
    app.conf.result_expires = None
    return Scheduler(app, schedule_filename=str(folder / "beat"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("hours", [1, 24])
def test_a_scheduler_whose_clock_was_set_back_rings_each_bell_at_once_and_then_in_its_time(
    tmp_path: Path, hours: int
) -> None:
    beat, rung = scheduler(tmp_path), list[str]()
    beat.apply_entry = lambda entry, producer=None: rung.append(entry.name)  # type: ignore[method-assign]
    while beat.tick() == 0:
        pass
    for entry in beat.schedule.values():
        entry.last_run_at += timedelta(hours=hours)
    beat._heap = None
    rung.clear()
    waits = [beat.tick() for _tick in range(4)]
    assert sorted(rung) == ["hourly", "often"] and 0 < waits[-1] <= 5


@pytest.mark.django_db
def test_a_job_left_by_a_worker_whose_clock_ran_ahead_is_taken_over(monkeypatch: Any) -> None:
    done: list[int] = []

    def handler(job: Job) -> Any:
        return lambda: done.append(job.pk)

    monkeypatch.setitem(jobs.HANDLERS, "clock", handler)
    ahead = timezone.now() + timedelta(hours=1)
    job, _new = jobs.enqueue("clock", "clock:1")
    Job.objects.filter(pk=job.pk).update(status="running", attempts=1, lease_until=ahead)
    assert jobs.due_jobs() == [job.pk] and jobs.run(job.pk) and done == [job.pk]
    assert jobs.due_jobs() == [] and not jobs.run(job.pk)
    held, _new = jobs.enqueue("clock", "clock:2")
    Job.objects.filter(pk=held.pk).update(status="running", lease_until=timezone.now() + jobs.LEASE)
    assert jobs.due_jobs() == [] and not jobs.run(held.pk)
