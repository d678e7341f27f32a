"""Celery's application; the broker is a bell, rows in Job and Outbox are the truth."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init
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
