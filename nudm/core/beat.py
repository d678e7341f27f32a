"""The scheduler, on machines whose clock is set right now and then."""

import time
from datetime import timedelta
from typing import Any

from celery.beat import PersistentScheduler
from django.db import connection

from nudm.core import heartbeats


class Scheduler(PersistentScheduler):
    """Celery's own would wait until the clock is again where it was when a bell last rang: after a clock was
    set back by an hour, no bell for an hour."""

    beat_at = 0.0

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() - self.beat_at >= heartbeats.EVERY:
            # From the scheduler's own loop: a thread beside it would go on when the loop does not.
            heartbeats.beat_here("beat")
            connection.close()
            self.beat_at = time.monotonic()
        now = self.app.now()
        for entry in self.schedule.values():
            if entry.last_run_at is not None and entry.last_run_at > now:
                entry.last_run_at, self._heap = now - timedelta(days=1), None
        return super().tick(*args, **kwargs)
