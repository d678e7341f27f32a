"""Mail: one row per message and recipient, claimed with a lease, sent in steps that are committed."""

import contextlib
import logging
import os
import smtplib
from collections.abc import Callable
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage as Message
from email.utils import formatdate, parseaddr
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F, Q
from django.utils import timezone

from nudm.core import scope
from nudm.core.addresses import cleaned
from nudm.core.models import Outbox
from nudm.core.peers import ANSWER, BREAKERS, Away
from nudm.core.text import cut, line, long

log = logging.getLogger(__name__)

S = Outbox.Status
LEASE = timedelta(seconds=settings.LEASE_SECONDS)
# The longest wait for the next try; five days of tries, so that a relay may be down over a long weekend (RFC
# 5321, 4.5.4.1).
LONGEST = timedelta(hours=1)
# Seconds for the body and the word that it was taken, within the lease.
BODY = 60
# Letters of a subject, as its column holds them.
SUBJECT = 300
ATTEMPTS = 127

Attachment = tuple[str, str, bytes]
ATTACHERS: dict[str, Callable[[dict[str, Any]], Attachment]] = {}
STILL_ALLOWED: dict[str, Callable[[Outbox], bool]] = {}
# Who writes subject and text of a mail anew when it is sent; None when there is nothing to say any more.
COMPOSERS: dict[str, Callable[[Outbox], tuple[str, str] | None]] = {}


def post(
    key: str,
    to: str,
    subject: str,
    text: str,
    *,
    kind: str = "retry",
    attachments: list[dict[str, Any]] | None = None,
    reader: Any = None,
    tenant: int | None = None,
) -> Outbox:
    """Promise one mail to one address, in the caller's transaction; the same key is one mail.

    Attachments are named, not stored: `{"by": attacher, ...}` is resolved when the mail is sent.
    """
    row = Outbox(
        key=key,
        kind=kind,
        to=cleaned(to),
        subject=cut(line(subject), SUBJECT),
        text=long(text),
        attachments=attachments or [],
        reader=reader,
        tenant=tenant,
    )
    # Whoever promises a mail need not be allowed to read it (a link for a forgotten password).
    Outbox.objects.bulk_create([row], ignore_conflicts=True)
    return Outbox.objects.filter(key=key).first() or row


def due_mails() -> list[int]:
    """Mails whose time has come, and those whose sender has not been heard of."""
    return list(
        Outbox.objects.filter(_free(timezone.now())).order_by("pk").values_list("pk", flat=True)[:500]
    )


def _free(now: datetime) -> Q:
    """A new mail is due whatever the clock said when it was written: it may have been set back since."""
    come = Q(attempts=0) | Q(next_at__lte=now) | Q(next_at__gt=now + LONGEST)
    return Q(come, status=S.QUEUED) | Q(_unheard(now), status__in=[S.CLAIMED, S.DELIVERING])


def _unheard(now: datetime) -> Q:
    """The sender's lease is over, or longer than any: then the clock has been set back since."""
    return Q(lease_until__lt=now) | Q(lease_until__gt=now + LEASE)


def send(outbox_id: int) -> None:
    """Send one mail, or leave a row that says why not.

    A sender that died before the body went out is simply replaced. One that died while it was on
    the wire leaves a `hold` mail unknown, for a person to settle; with files for a mailbox (the
    embedded default) writing again is harmless, so nothing is ever unknown.
    """
    now = timezone.now()
    row = Outbox.objects.filter(pk=outbox_id)
    stale = row.filter(_unheard(now), status=S.DELIVERING)
    if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        stale.filter(kind="hold").update(
            status=S.UNKNOWN,
            error="the sender stopped while the message was on the wire",
        )
    claimed = row.filter(_free(now)).update(
        status=S.CLAIMED, lease_until=now + LEASE, attempts=F("attempts") + 1
    )
    if not claimed:
        return
    mail = Outbox.objects.select_related("reader").get(pk=outbox_id)
    mine = row.filter(attempts=mail.attempts)
    try:
        message = _for_reader(mail)
        if isinstance(message, str):
            row.update(status=S.CANCELLED, error=message)
            return
        _transmit(message, mail, lambda: mine.update(status=S.DELIVERING))
    except LostLease:
        return
    except smtplib.SMTPAuthenticationError as error:
        # A wrong setting is no verdict on the mail: it waits until the setting is mended.
        _not_taken(mine, mail, f"{error.smtp_code} {_words(error.smtp_error)}", for_good=False)
    except smtplib.SMTPResponseException as error:
        _not_taken(
            mine,
            mail,
            f"{error.smtp_code} {_words(error.smtp_error)}",
            for_good=error.smtp_code >= 500,
        )
    except ValueError as error:
        _not_taken(mine, mail, f"the message cannot be written: {error}", for_good=True)
    except Exception as error:
        if not isinstance(error, smtplib.SMTPException | OSError | NotToday | Away):
            log.exception("mail %s failed", mail.key)
        lost = mine.filter(status=S.DELIVERING, kind="hold")
        if not lost.update(status=S.UNKNOWN, error=f"the line was cut: {error}"):
            _not_taken(mine, mail, f"{type(error).__name__}: {error}", for_good=False)
    else:
        mine.update(status=S.SENT, sent_at=timezone.now(), error="")


class NotToday(Exception):
    """Raised by a composer on a day on which its mail does not go out; it is asked again within the hour."""


class LostLease(Exception):
    """Another sender took the mail over: nothing may go on the wire."""


def settle(outbox: Outbox, *, arrived: bool) -> None:
    """A person says what became of an unknown mail: it arrived, or it is to be sent again."""
    Outbox.objects.filter(pk=outbox.pk, status=S.UNKNOWN).update(
        status=S.SENT if arrived else S.QUEUED,
        next_at=timezone.now(),
        sent_at=timezone.now() if arrived else None,
    )


def doubt(words: str) -> int:
    """How many `hold` mails became unknown because the database was put back: those that waited then may
    have gone out since, and none is ever sent twice."""
    waiting = Outbox.objects.filter(kind="hold", status__in=[S.QUEUED, S.CLAIMED, S.DELIVERING])
    return waiting.update(status=S.UNKNOWN, error=words)


def _not_taken(row: Any, mail: Outbox, words: str, *, for_good: bool) -> None:
    over = for_good or mail.attempts >= ATTEMPTS
    wait = min(timedelta(seconds=30 * 2 ** min(mail.attempts - 1, 10)), LONGEST)
    row.update(
        status=S.FAILED if over else S.QUEUED,
        next_at=timezone.now() + wait,
        error=words,
    )


def _words(reply: bytes | str) -> str:
    return reply.decode(errors="replace") if isinstance(reply, bytes) else reply


def _for_reader(mail: Outbox) -> Message | str:
    """The message with what its reader may see now; or why it is not sent."""
    kind = mail.key.split(":", 1)[0]
    allowed, compose = STILL_ALLOWED.get(kind), COMPOSERS.get(kind)
    with contextlib.nullcontext() if mail.reader is None else scope.of(mail.reader):
        if allowed is not None and not allowed(mail):
            return "the reader may no longer receive it"
        words = (mail.subject, mail.text) if compose is None else compose(mail)
        if words is None:
            return "nothing that it tells of is open any more"
        # For this message only: the row keeps what was promised, which nobody may change.
        mail.subject, mail.text = words
        return _message(mail)


def _message(mail: Outbox) -> Message:
    message = Message(policy=policy.SMTP.clone(cte_type="7bit"))
    message["From"] = settings.DEFAULT_FROM_EMAIL
    message["To"] = cleaned(mail.to)
    message["Subject"] = line(mail.subject)
    message["Date"] = formatdate(mail.created_at.timestamp(), localtime=False)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(long(mail.text))
    for named in mail.attachments:
        name, mime, content = ATTACHERS[named["by"]](named)
        main, sub = mime.split("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message


def _transmit(message: Message, mail: Outbox, body_goes_out: Callable[[], Any]) -> None:
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        body_goes_out()
        write_file(message.as_bytes(), mail.message_id)
        return
    connect = smtplib.SMTP_SSL if settings.EMAIL_USE_SSL else smtplib.SMTP
    with BREAKERS["mail"].asking(OSError):
        peer = connect(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=ANSWER)
    try:
        if settings.EMAIL_USE_TLS:
            peer.starttls()
        if settings.EMAIL_HOST_USER:
            peer.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        peer.ehlo_or_helo_if_needed()
        for command, argument, good in (
            ("MAIL", f"FROM:<{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}>", {250}),
            ("RCPT", f"TO:<{cleaned(mail.to)}>", {250, 251}),
            ("DATA", "", {354}),
        ):
            code, words = peer.docmd(command, argument)
            if code not in good:
                raise smtplib.SMTPResponseException(code, words)
        if not body_goes_out():
            # After DATA a farewell would be a line of the body, and wait for an answer that never comes.
            peer.close()
            raise LostLease
        # With all of the body a relay may take its time (RFC 5321, 4.5.3.2.6): to give up is to be in doubt.
        if peer.sock is not None:
            peer.sock.settimeout(BODY)
        text = message.as_bytes().replace(b"\r\n.", b"\r\n..")
        peer.send(text + (b"" if text.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        code, words = peer.getreply()
        if code != 250:
            raise smtplib.SMTPResponseException(code, words)
    finally:
        # What the peer says to a farewell is no verdict on the mail.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            peer.docmd("QUIT")
        peer.close()


def write_file(content: bytes, message_id: str) -> Path:
    """Write a mail to `VAR_DIR/mail/<message id>.eml`, all of it or nothing, the same file each time."""
    folder = Path(settings.VAR_DIR) / "mail"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{message_id.strip('<>')}.eml"
    waiting = path.with_suffix(f".{os.getpid()}.part")
    try:
        waiting.write_bytes(content)
        waiting.replace(path)
    finally:
        waiting.unlink(missing_ok=True)
    return path


class FileBackend(BaseEmailBackend):
    """The embedded default: mail that Django itself sends is written to files as well."""

    def send_messages(self, messages: Any) -> int:
        for message in messages:
            raw = message.message()
            write_file(raw.as_bytes(), raw["Message-ID"])
        return len(messages)
