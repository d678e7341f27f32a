"""Celery's application; the broker is a bell, rows in Job and Outbox are the truth."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nudm.settings")

app = Celery("nudm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
