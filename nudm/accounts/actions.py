"""Verbs on a person's own account. Each leaves its line in the audit log, in the same transaction."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from nudm.accounts.models import Token, User
from nudm.core.audit import note


@transaction.atomic
def make_token(person: User, name: str) -> str:
    """A new token of a person; its text, which is never to be had again."""
    token, text = Token.make(person, name)
    note("token.make", by=person, target=token)
    return text


@transaction.atomic
def revoke_token(token: Token) -> None:
    """End a token; the next call with it is refused."""
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    note("token.revoke", by=token.person, target=token)


@transaction.atomic
def change_password(form: Any) -> User:
    """Save a valid form with a person's new password; whose it is."""
    person: User = form.save()
    note("account.password", by=person)
    return person


@transaction.atomic
def sign_out_everywhere(person: User) -> None:
    """End every session of the person."""
    person.sign_out_everywhere()
    note("account.sign_out_everywhere", by=person)
