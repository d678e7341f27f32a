"""Celery's application; the broker is a bell, rows in Job and Outbox are the truth."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init, worker_ready
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nudm.settings")

app = Celery("nudm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def refuse_unsafe(**_kwargs: Any) -> None:
    """Worker and scheduler start only where the web server would."""
    import_string("nudm.core.checks.refuse_unsafe")()


@worker_ready.connect
def worker_heartbeat(**_kwargs: Any) -> None:
    """From now on the worker says that it is at work."""
    import_string("nudm.core.heartbeats.start")("worker")
