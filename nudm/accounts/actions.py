"""Verbs on a person's own account. Each leaves its line in the audit log, in the same transaction."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nudm.accounts import codes, notices
from nudm.accounts.models import Authenticator, RecoveryCode, Session, Token, User
from nudm.accounts.models.proofs import seal
from nudm.core.audit import note
from nudm.core.errors import Refused


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
def change_password(form: Any, keep: str | None = None, **how: Any) -> User:
    """Save a valid form with a person's new password; whose it is. Sessions but `keep` end."""
    person: User = form.save()
    person.sessions.exclude(session_key=keep or "").delete()
    note("account.password", by=person, **how)
    return person


@transaction.atomic
def sign_out_everywhere(person: User, keep: str | None = None) -> None:
    """End every session of the person but the one with the key `keep`."""
    person.sign_out_everywhere(but=keep)
    note("account.sign_out_everywhere", by=person)


@transaction.atomic
def end_session(session: Session) -> None:
    """End one session: its browser has to sign in anew."""
    person = session.person
    session.delete()
    note("account.session_end", by=person)


@transaction.atomic
def set_code(person: User, secret: str, code: str, keep: str | None = None) -> list[str]:
    """Ask for a code at sign-in from now on; the recovery codes, which are never to be had again.

    Raises Refused unless `code` is what an app with this secret shows now. Sessions but `keep` end.
    """
    step = codes.step_of(secret, code)
    if step is None:
        raise _wrong()
    Authenticator.objects.update_or_create(
        person=person, defaults={"sealed": seal(secret), "last_step": step}
    )
    person.code_since = timezone.now()
    person.save(update_fields=["code_since"])
    person.sign_out_everywhere(but=keep)
    notices.code_set(person)
    note("account.code_set", by=person)
    return RecoveryCode.renew(person)


@transaction.atomic
def take_code(person: User, text: str) -> str:
    """Use up a code of the person's app, or a recovery code; which of the two it was: `app`, `recovery`.

    Raises Refused for anything else, and for a code that was used already.
    """
    plain = "".join(text.split())
    held = Authenticator.objects.filter(person=person).first()
    step = codes.step_of(held.secret, plain) if held is not None and plain.isascii() else None
    if held is not None and step is not None:
        if not held.take(step):
            raise Refused(_("This code was used already. Wait for the next one."), code="code")
        return "app"
    if RecoveryCode.take(person, plain):
        notices.recovery_used(person, person.recovery_codes.filter(used_at=None).count())
        return "recovery"
    raise _wrong()


@transaction.atomic
def renew_recovery(person: User, code: str) -> list[str]:
    """New recovery codes in place of the former. Raises Refused without a right code."""
    take_code(person, code)
    note("account.recovery", by=person)
    return RecoveryCode.renew(person)


@transaction.atomic
def end_code(person: User, code: str) -> None:
    """Ask for no code any more. Raises Refused without a right code."""
    take_code(person, code)
    note("account.code_end", by=person)
    forget_code(person)


@transaction.atomic
def forget_code(person: User) -> None:
    """Forget the app and the recovery codes of a person; whoever calls this has the right to, and says so
    in the log."""
    Authenticator.objects.filter(person=person).delete()
    RecoveryCode.objects.filter(person=person).delete()
    person.code_since = None
    person.save(update_fields=["code_since"])
    notices.code_ended(person)


@transaction.atomic
def reseal() -> int:
    """Seal every app's secret under the present key; how many. Raises InvalidToken where no key opens one."""
    held = list(Authenticator.objects.select_for_update())
    for one in held:
        one.sealed = seal(one.secret)
        one.save(update_fields=["sealed"])
    return len(held)


def _wrong() -> Refused:
    return Refused(
        _("This code is not right. Type the six digits that the app shows now. Check the telephone's clock."),
        code="code",
    )
