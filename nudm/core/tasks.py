"""Bells: each takes a row's id and does one thing."""

from celery import shared_task

from nudm.core import health, jobs, mail, pieces

# A bell of the sweeper is of no use once the next sweeps have rung: a slow worker finds no heap of them.
EXPIRES = 15


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
        run_job.apply_async((job_id,), expires=EXPIRES)
    for outbox_id in mail.due_mails():
        send_mail.apply_async((outbox_id,), expires=EXPIRES)


@shared_task
def forget_pieces() -> None:
    """Take away what began to arrive and was never finished."""
    pieces.forget_old()


@shared_task
def warn_operators() -> None:
    """Say by mail that the last backup or the scanner's signatures are old."""
    health.warn_operators()
