"""What a person's posts ask of a session: a code at sign-in, their yearly confirmation, an end in time.

Nothing of it is asked in the demonstration but the end: its password is on the sign-in page.
"""

from typing import Any

from django.conf import settings

from nudm.accounts.models import Token
from nudm.core.dates import day_of, today
from states.access import GRANTS, standing
from states.models import Appointment
from states.rules import NATIONAL, Role, session_limits


def lacks_code(person: Any) -> bool:
    """Whether a post of the person asks for a code at sign-in that is not set up: national ones, and those
    that review. Through all posts held, whichever is chosen for the session."""
    if settings.DEMO or person.code_since is not None:
        return False
    roles = {Role(role) for role in standing(person).roles}
    return any(role in NATIONAL or "review_item" in GRANTS[role] for role in roles)


def relieved_since(person: Any, token: Token) -> bool:
    """Whether the person was relieved of a post after the token was made: what is done for the next post is
    begun with a new one."""
    made = day_of(token.created_at)
    ended = Appointment.objects.filter(person=person, until__lte=today(), until__gt=made)
    return ended.exists()


def must_confirm(person: Any) -> bool:
    """Whether a post of the person is to be confirmed for another year."""
    return not settings.DEMO and bool(standing(person).unconfirmed)


def session_lasts(person: Any) -> tuple[int, int]:
    """Seconds without use, and in all, that a session of this person may last."""
    return session_limits(standing(person).roles, settings.SESSION_LIMITS)
