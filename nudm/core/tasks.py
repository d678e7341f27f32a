"""Bells: each takes a row's id and does one thing."""

from celery import shared_task

from nudm.core import jobs, mail


@shared_task
def run_job(job_id: int) -> None:
    jobs.run(job_id)


@shared_task
def send_mail(outbox_id: int) -> None:
    mail.send(outbox_id)


@shared_task
def sweep() -> None:
    """Do what waits, whatever the broker lost."""
    for job_id in jobs.due_jobs():
        run_job.delay(job_id)
    for outbox_id in mail.due_mails():
        send_mail.delay(outbox_id)
