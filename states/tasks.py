"""What the scheduler does for the audit log."""

from celery import shared_task

from nudm.core.dates import today
from states import anchors


@shared_task
def anchor_heads() -> None:
    """Write the heads of the audit log outside the tables, once a day."""
    anchors.write(today())
