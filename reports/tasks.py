"""Bells of the reports."""

from celery import shared_task

from nudm.core.dates import today
from nudm.core.tasks import run_job, send_mail
from reports import actions


@shared_task
def send_due() -> None:
    """Promise what falls due today; what was promised before is not promised again."""
    for job_id in actions.queue_due(today()):
        run_job.delay(job_id)
    for outbox_id in actions.queue_mails(today()):
        send_mail.delay(outbox_id)
