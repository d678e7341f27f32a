"""Verbs on a person's own account. Each leaves its line in the audit log, in the same transaction."""

import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import override

from nudm.accounts import codes, notices
from nudm.accounts.models import Authenticator, RecoveryCode, Session, Token, User
from nudm.accounts.models.proofs import seal
from nudm.core import jobs, limits, mail, scope
from nudm.core.audit import note
from nudm.core.errors import Refused
from nudm.core.models import Job


@transaction.atomic
def make_token(person: User, name: str, *, scope: str = Token.Scope.READ, days: int | None = None) -> str:
    """A new token of a person for so many days; its text, which is never to be had again. The person is told
    by mail."""
    token, text = Token.make(person, name, scope=scope, days=days)
    note("token.make", by=person, target=token)
    notices.token_made(person, token)
    return text


@transaction.atomic
def prove(person: User, *, password: str = "", code: str = "") -> None:
    """See that it is the person who sits here: by a code where one is asked at sign-in, else by the password.

    Raises Refused for a wrong one, TooMany after too many of them.
    """
    limits.room("wrong_code", person.pk)
    if person.code_since is not None:
        take_code(person, code)
    elif not person.check_password(password):
        words = _("This is not your password.")
        raise Refused(words, code="password", fields={"password": [words]})


def end_tokens(person: User) -> int:
    """End every token of a person; how many. Whoever does it says in the log why."""
    return person.tokens.filter(revoked_at=None).update(revoked_at=timezone.now())


@transaction.atomic
def revoke_token(token: Token) -> None:
    """End a token; the next call with it is refused."""
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    note("token.revoke", by=token.person, target=token)


@transaction.atomic
def change_password(form: Any, keep: str | None = None, **how: Any) -> User:
    """Save a valid form with a person's new password; whose it is. Sessions but `keep` and all tokens end."""
    person: User = form.save(commit=False)
    # No more than this: the rest of a person's row may not be written by a request (nudm/core/wall.py).
    person.save(update_fields=["password"])
    person.sessions.exclude(session_key=keep or "").delete()
    end_tokens(person)
    note("account.password", by=person, **how)
    return person


def choose_language(person: User, language: str) -> None:
    """Keep the language that a person chose, for pages and mails from now on."""
    if person.language != language:
        person.language = language
        person.save(update_fields=["language"])


@transaction.atomic
def sign_out_everywhere(person: User, keep: str | None = None) -> None:
    """End every session of the person but the one with the key `keep`, and every token."""
    person.sign_out_everywhere(but=keep)
    end_tokens(person)
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

    An app whose secret no key opens any more (docs/operations.md, Change SECRET_KEY) is taken off with a
    recovery code: `code_since` is None afterwards, and it is set up anew. Raises Refused for anything else,
    and for a code that was used already.
    """
    plain = "".join(text.split())
    held = Authenticator.objects.filter(person=person).first()
    secret = held.secret if held is not None else None
    step = codes.step_of(secret, plain) if secret is not None and plain.isascii() else None
    if held is not None and secret is not None and step is not None:
        if not held.take(step, secret):
            raise Refused(_("This code was used already. Wait for the next one."), code="code")
        return "app"
    if RecoveryCode.take(person, plain):
        notices.recovery_used(person, person.recovery_codes.filter(used_at=None).count())
        if held is not None and secret is None:
            # At sign-in nobody has a scope yet, and without one no app may be taken off.
            with scope.of(person):
                forget_code(person)
        return "recovery"
    if held is not None and secret is None:
        raise Refused(
            _(
                "The server's key was changed, so codes of your app are not accepted any more. Type a "
                "recovery code, or ask whoever appointed you to take the app off your account; then set it "
                "up anew."
            ),
            code="code",
        )
    raise _wrong()


@transaction.atomic
def renew_recovery(person: User, code: str) -> list[str]:
    """New recovery codes in place of the former; none where the app has to be set up anew first, which gives
    new ones. Raises Refused without a right code."""
    take_code(person, code)
    if person.code_since is None:
        return []
    note("account.recovery", by=person)
    return RecoveryCode.renew(person)


@transaction.atomic
def end_code(person: User, code: str) -> None:
    """Ask for no code any more. Raises Refused without a right code."""
    take_code(person, code)
    note("account.code_end", by=person)
    if person.code_since is not None:
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
def reseal() -> tuple[int, list[User]]:
    """Seal every app's secret under the present key; how many, and whose could not be opened: they set the
    app up anew with a recovery code, or when it was taken off their account."""
    sealed, lost = 0, []
    for one in Authenticator.objects.select_for_update(of=("self",)).select_related("person"):
        secret = one.secret
        if secret is None:
            lost.append(one.person)
            continue
        one.sealed = seal(secret)
        one.save(update_fields=["sealed"])
        sealed += 1
    return sealed, lost


def ask_reset(email: str) -> None:
    """Promise the link to set a password to whoever has this address; the same work where nobody has it, so
    that its time tells nothing."""
    jobs.enqueue("reset", f"reset:{secrets.token_hex(16)}", email=email.strip())


@jobs.handler("reset")
def send_reset(job: Job) -> Callable[[], None]:
    """Write the mail with the link, where the address is an account's. The address is forgotten then."""
    people = list(User.objects.filter(email__iexact=job.args["email"], is_active=True, is_demo=False))
    mails = [(person, *_reset_mail(person)) for person in people]

    def write() -> None:
        for person, subject, text in mails:
            mail.post(f"reset:{job.pk}:{person.pk}", person.email, subject, text, reader=person)
        Job.objects.filter(pk=job.pk).update(args={})

    return write


def _reset_mail(person: User) -> tuple[str, str]:
    uid, token = urlsafe_base64_encode(force_bytes(person.pk)), default_token_generator.make_token(person)
    with override(person.language):
        link = settings.SITE_URL + reverse("accounts:reset_confirm", args=[uid, token])
        text = render_to_string("accounts/reset_mail.txt", {"user": person, "link": link})
        return _("Set your password"), text


def _wrong() -> Refused:
    return Refused(
        _("This code is not right. Type the six digits that the app shows now. Check the telephone's clock."),
        code="code",
    )
