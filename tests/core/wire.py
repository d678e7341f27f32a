"""A real SMTP peer that can be told to refuse, to wait and to cut the line, and mails for it."""

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from django.utils import timezone

from nudm.core import mail
from nudm.core.models import Outbox

CUT = "cut the line"
KINDS = pytest.mark.parametrize("kind", ["hold", "retry"])
BEFORE_THE_BODY = ["MAIL", "RCPT", "DATA"]


class Peer:
    """Keeps what it took. `script` says, for each step, what it answers first, second ..."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.script: dict[str, list[str]] = {}
        self.watch: Callable[[str], None] = lambda step: None

    def next(self, step: str) -> str:
        """The answer to this step; empty where nothing is scripted."""
        self.watch(step)
        return self.script[step].pop(0) if self.script.get(step) else ""

    async def handle_MAIL(self, server: Any, _session: Any, envelope: Any, sender: str, _options: Any) -> str:
        if answer := self.answer(server, "MAIL"):
            return answer
        envelope.mail_from = sender
        return "250 go on"

    async def handle_RCPT(self, server: Any, _session: Any, envelope: Any, to: str, _options: Any) -> str:
        if answer := self.answer(server, "RCPT"):
            return answer
        envelope.rcpt_tos.append(to)
        return "250 go on"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        answer = self.answer(server, "END")
        if answer and not answer.startswith("250"):
            return answer
        self.taken += [(to, envelope.content) for to in envelope.rcpt_tos]
        return self.answer(server, "TAKEN") or answer or "250 taken"

    def answer(self, server: Any, step: str) -> str:
        answer = self.next(step)
        if answer == CUT:
            server.transport.abort()
        return answer

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for _to, raw in self.taken]


class Line(SMTP):
    """A line that can break before the first word, and while the body is on it."""

    async def smtp_EHLO(self, hostname: str) -> None:
        if self.event_handler.answer(self, "EHLO") != CUT:
            await super().smtp_EHLO(hostname)

    async def smtp_DATA(self, arg: str) -> None:
        answer = self.event_handler.next("DATA")
        if answer == CUT:
            self.transport.abort()
        elif answer:
            await self.push(answer)
        elif self.event_handler.next("BODY") == CUT:
            await self.push("354 go on")
            await self._reader.read(100)
            self.transport.abort()
        else:
            await super().smtp_DATA(arg)


class Lines(Controller):
    def factory(self) -> SMTP:
        return Line(self.handler, **self.SMTP_kwargs)


def promised(kind: str = "hold", key: str = "k", **more: Any) -> Outbox:
    """A mail that waits; one more with another key is another mail."""
    more = {"to": "officer@example.in", "subject": "Report", "text": "Attached.\n"} | more
    return mail.post(key, more.pop("to"), more.pop("subject"), more.pop("text"), kind=kind, **more)


def sent(row: Outbox) -> Outbox:
    """The row as it is after one attempt."""
    mail.send(row.pk)
    row.refresh_from_db()
    return row


def due_now(row: Outbox, **changes: Any) -> Outbox:
    """The row when its time has come, or when its sender has not been heard of."""
    past = timezone.now() - timedelta(seconds=1)
    Outbox.objects.filter(pk=row.pk).update(next_at=past, **changes)
    row.refresh_from_db()
    return row


def stale(row: Outbox, status: str) -> Outbox:
    return due_now(row, status=status, attempts=1, lease_until=timezone.now() - timedelta(seconds=1))


# accepted
