"""Who said last that it is at work, and when: worker, scheduler, and the last good backup."""

import contextlib
import socket
import tempfile
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

from django.db import DatabaseError, connection
from django.utils import timezone

from nudm.core.models import Heartbeat

EVERY = 15.0
# Somebody that was not heard of for so long is not at work.
ALIVE = timedelta(seconds=60)
FORGOTTEN = timedelta(days=1)


def beat(name: str, words: str = "") -> None:
    """Note that `name` is at work, or was done, now."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": timezone.now(), "words": words[:200]})


def beat_here(role: str) -> None:
    """The same for a process of this machine, in a file as well: its own health check asks no database.

    A database that is away is no reason to stop: the next beat is soon.
    """
    Path(tempfile.gettempdir(), f"nudm-{role}").touch()
    with contextlib.suppress(DatabaseError):
        beat(f"{role}@{socket.gethostname()}"[:100])
        old = timezone.now() - FORGOTTEN
        Heartbeat.objects.filter(name__contains="@", at__lt=old).delete()


def start(role: str) -> None:
    """Beat from a thread of its own for as long as the process lives."""

    def go_on() -> None:
        while True:
            beat_here(role)
            connection.close()
            time.sleep(EVERY)

    threading.Thread(target=go_on, daemon=True, name=f"heartbeat of {role}").start()


def alive(role: str) -> int:
    """How many of a role are at work."""
    return Heartbeat.objects.filter(name__startswith=f"{role}@", at__gte=timezone.now() - ALIVE).count()


def last(name: str) -> datetime | None:
    """When `name` was noted last."""
    return Heartbeat.objects.filter(name=name).values_list("at", flat=True).first()
