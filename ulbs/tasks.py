"""What the scheduler does for the towns."""

from celery import shared_task

from ulbs.actions import imports


@shared_task
def forget_previews() -> None:
    """Take away previews of imports that were never confirmed."""
    imports.forget_unconfirmed()
