"""Bells of the reports."""

from celery import shared_task
from django.utils import timezone

from nudm.core.dates import today
from nudm.core.tasks import run_job, send_mail
from reports.actions import notices, reminders, schedules


@shared_task
def send_due() -> None:
    """Promise what falls due now; what was promised before is not promised again."""
    now = timezone.now()
    for job_id in schedules.queue_due(now):
        run_job.delay(job_id)
    for outbox_id in schedules.queue_mails(now):
        send_mail.delay(outbox_id)


@shared_task
def remind() -> None:
    """What the day brings to mind, and the digest of the week when its day has come."""
    reminders.queue_reminders(today())
    for outbox_id in [*reminders.queue_mails(today()), *notices.queue_digests(today())]:
        send_mail.delay(outbox_id)
