"""What the scheduler does for accounts."""

from celery import shared_task
from django.utils import timezone

from nudm.accounts.models import Session


@shared_task
def clear_sessions() -> None:
    """Take away the sessions whose time is over."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
