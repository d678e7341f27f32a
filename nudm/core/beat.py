"""The scheduler, on machines whose clock is set right now and then."""

from datetime import timedelta
from typing import Any

from celery.beat import PersistentScheduler


class Scheduler(PersistentScheduler):
    """Celery's own would wait until the clock is again where it was when a bell last rang: after a clock was
    set back by an hour, no bell for an hour."""

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        now = self.app.now()
        for entry in self.schedule.values():
            if entry.last_run_at is not None and entry.last_run_at > now:
                entry.last_run_at, self._heap = now - timedelta(days=1), None
        return super().tick(*args, **kwargs)
