"""Mails that tell a person what happened to the account, so that a stranger's doing is noticed."""

import secrets

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from nudm.accounts.models import Token, User
from nudm.core import mail
from nudm.core.dates import day_of, show


def code_set(person: User) -> None:
    with override(person.language):
        _tell(
            person,
            _("A code is asked at sign-in"),
            _("From now on a code of your authenticator app is asked when you sign in to the NUDM Tracker."),
        )


def code_ended(person: User) -> None:
    with override(person.language):
        _tell(
            person,
            _("No code is asked at sign-in"),
            _("Your authenticator app was taken off your account at the NUDM Tracker."),
        )


def recovery_used(person: User, left: int) -> None:
    with override(person.language):
        words = _("A recovery code of your account at the NUDM Tracker was used.")
        rest = ngettext("%(n)d such code is left.", "%(n)d such codes are left.", left) % {"n": left}
        _tell(person, _("A recovery code was used"), f"{words} {rest}")


def token_made(person: User, token: Token) -> None:
    with override(person.language):
        words = _(
            "A token for programs was made on your account at the NUDM Tracker: “%(name)s”, %(scope)s, until "
            "%(day)s. Whoever has it acts in your name until then. Your account page ends it."
        ) % {"name": token.name, "scope": token.get_scope_display(), "day": show(day_of(token.expires_at))}
        _tell(person, _("A token for programs was made"), words)


def _tell(person: User, subject: str, words: str) -> None:
    """Every time is a mail of its own."""
    advice = _("Was it not you? Set a new password at once and tell who appointed you.")
    text = f"{person.label},\n\n{words}\n\n{advice}\n"
    mail.post(f"account:{person.pk}:{secrets.token_hex(8)}", person.email, subject, text, reader=person)
