"""What the scheduler does for accounts."""

from celery import shared_task

from nudm.accounts.models.sessions import SessionStore


@shared_task
def clear_sessions() -> None:
    """Take away the sessions whose time is over."""
    SessionStore.clear_expired()
