"""Mail against a real SMTP peer that accepts, delays, refuses, and cuts the line at every step."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from django.core.mail import send_mail
from django.db import connection
from django.utils import timezone

from nudm.core import mail
from nudm.core.models import Outbox
from tools.test import free_port

CUT = "cut the line"
KINDS = pytest.mark.parametrize("kind", ["hold", "retry"])
BEFORE_THE_BODY = ["MAIL", "RCPT", "DATA"]

pytestmark = pytest.mark.django_db


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


@pytest.fixture
def peer(settings: Any) -> Iterator[Peer]:
    """A real SMTP peer on a free port, and the settings that point at it."""
    handler = Peer()
    controller = Lines(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = ""
    yield handler
    controller.stop()


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


@KINDS
def test_a_mail_that_the_peer_took_is_sent_once(peer: Peer, kind: str) -> None:
    row = sent(promised(kind))
    assert (row.status, row.attempts, row.error) == ("sent", 1, "")
    assert row.sent_at is not None
    for _again in range(3):
        sent(due_now(row))
    assert [to for to, _raw in peer.taken] == ["officer@example.in"]
    assert mail.due_mails() == []


def test_a_mail_arrives_as_it_was_promised(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    pdf = bytes(range(256)) * 50 + b"\r\n.\r\n"
    monkeypatch.setitem(mail.ATTACHERS, "letter", lambda named: (named["name"], "application/pdf", pdf))
    text = "नमस्ते\n.\n..two dots\n" + "क" * 300 + "\n"
    row = sent(
        promised(
            subject="प्रगति रिपोर्ट, केरल (23-11-2026)",
            text=text,
            attachments=[{"by": "letter", "name": "रिपोर्ट.pdf"}],
        )
    )
    (message,) = peer.messages
    assert message["Subject"] == "प्रगति रिपोर्ट, केरल (23-11-2026)"
    assert (message["To"], message["Auto-Submitted"]) == ("officer@example.in", "auto-generated")
    assert message["Message-ID"] == row.message_id
    assert message["Date"] == format_datetime(row.created_at.astimezone(UTC).replace(tzinfo=None))
    body = message.get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == text
    (attached,) = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("रिपोर्ट.pdf", "application/pdf")
    assert attached.get_content() == pdf


def test_a_line_of_dots_does_not_end_the_mail(peer: Peer) -> None:
    text = ".\nfirst\n.\n..two\n.QUIT\n.\n"
    assert sent(promised(text=text)).status == "sent"
    assert peer.messages[0].get_content().replace("\r\n", "\n") == text


def test_no_line_on_the_wire_is_longer_than_the_standard_allows(peer: Peer) -> None:
    sent(promised(subject="क" * 250, text="क" * 5_000 + "\n" + "a" * 5_000))
    assert max(len(line) for line in peer.taken[0][1].split(b"\r\n")) <= 998


def test_the_same_key_is_the_same_mail(peer: Peer) -> None:
    first, again = promised(text="first\n"), promised(text="second\n", to="other@example.in")
    assert first.pk == again.pk
    sent(first), sent(again)
    assert [(to, "first" in str(m)) for (to, _raw), m in zip(peer.taken, peer.messages, strict=True)] == [
        ("officer@example.in", True)
    ]


def test_a_message_id_follows_from_the_key_and_the_senders_domain(settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "Tracker <no-reply@tracker.example.in>"
    one, other = promised(key="one").message_id, promised(key="other").message_id
    assert one == Outbox(key="one").message_id != other
    assert re.fullmatch(r"<[0-9a-f]{32}@tracker\.example\.in>", one)


def test_one_readers_refusal_is_not_anothers(peer: Peer) -> None:
    peer.script["RCPT"] = ["550 no such mailbox"]
    rows = [sent(promised(key=str(n), to=f"reader{n}@example.in")) for n in range(3)]
    assert [row.status for row in rows] == ["failed", "sent", "sent"]
    assert [to for to, _raw in peer.taken] == ["reader1@example.in", "reader2@example.in"]


# refused


@KINDS
@pytest.mark.parametrize("step", [*BEFORE_THE_BODY, "END"])
@pytest.mark.parametrize("answer", ["451 greylisted, come again", "421 busy", "452 mailbox full"])
def test_a_peer_that_says_later_is_asked_again_later(peer: Peer, kind: str, step: str, answer: str) -> None:
    peer.script[step] = [answer]
    row = sent(promised(kind))
    assert (row.status, row.error, peer.taken) == ("queued", answer, [])
    wait = row.next_at - timezone.now()
    assert timedelta(seconds=20) < wait <= timedelta(seconds=30)
    assert (mail.due_mails(), sent(row).attempts) == ([], 1)
    row = sent(due_now(row))
    assert (row.status, row.attempts, row.error, len(peer.taken)) == ("sent", 2, "", 1)


@KINDS
@pytest.mark.parametrize("step", [*BEFORE_THE_BODY, "END"])
def test_a_peer_that_says_never_is_not_asked_again_and_its_words_are_kept(
    peer: Peer, kind: str, step: str
) -> None:
    peer.script[step] = ["550 5.1.1 no such mailbox"]
    row = sent(promised(kind))
    assert (row.status, row.error, row.sent_at) == ("failed", "550 5.1.1 no such mailbox", None)
    assert sent(due_now(row)).attempts == 1
    assert (peer.taken, mail.due_mails()) == ([], [])


def test_the_wait_doubles_up_to_an_hour_and_ends_after_twelve_attempts(peer: Peer) -> None:
    peer.script["RCPT"] = ["451 later"] * 12
    row, waits = promised(), []
    for _attempt in range(12):
        row = sent(due_now(row))
        waits.append(round((row.next_at - timezone.now()).total_seconds()))
    assert waits[:-1] == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]
    assert (row.status, row.attempts, row.error) == ("failed", 12, "451 later")


# the line is cut


@KINDS
def test_a_peer_that_is_not_there_is_called_again_later(peer: Peer, settings: Any, kind: str) -> None:
    there, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port()
    row = sent(promised(kind))
    assert row.status == "queued"
    assert row.error
    settings.EMAIL_PORT = there
    assert sent(due_now(row)).status == "sent"


@KINDS
@pytest.mark.parametrize("step", ["EHLO", *BEFORE_THE_BODY])
def test_a_line_cut_before_the_body_is_tried_again(peer: Peer, kind: str, step: str) -> None:
    peer.script[step] = [CUT]
    row = sent(promised(kind))
    assert (row.status, peer.taken) == ("queued", [])
    assert sent(due_now(row)).status == "sent"
    assert len(peer.taken) == 1


@pytest.mark.parametrize("size", [10, 3_000_000])
@pytest.mark.parametrize("step", ["BODY", "END", "TAKEN"])
def test_a_hold_mail_cut_on_the_wire_is_unknown_and_never_sent_by_itself(
    peer: Peer, step: str, size: int
) -> None:
    peer.script[step] = [CUT]
    row = sent(promised("hold", text="a line\n" * (size // 7)))
    arrived = len(peer.taken)
    assert (row.status, row.sent_at, arrived) == ("unknown", None, int(step == "TAKEN"))
    assert row.error.startswith("the line was cut")
    for _again in range(3):
        row = sent(due_now(row))
    assert (row.status, len(peer.taken), mail.due_mails()) == ("unknown", arrived, [])


@pytest.mark.parametrize("step", ["BODY", "END", "TAKEN"])
def test_a_retry_mail_cut_on_the_wire_is_sent_again_under_the_same_id(peer: Peer, step: str) -> None:
    peer.script[step] = [CUT]
    row = sent(promised("retry"))
    assert row.status == "queued"
    row = sent(due_now(row))
    assert (row.status, row.attempts) == ("sent", 2)
    assert {m["Message-ID"] for m in peer.messages} == {row.message_id}
    assert len({raw for _to, raw in peer.taken}) == 1


# the sender died


@KINDS
@pytest.mark.parametrize("status", ["claimed", "delivering"])
def test_a_mail_that_another_sender_is_at_is_left_alone(peer: Peer, kind: str, status: str) -> None:
    row = due_now(promised(kind), status=status, lease_until=timezone.now() + timedelta(seconds=50))
    assert mail.due_mails() == []
    assert (sent(row).status, row.attempts, peer.taken) == (status, 0, [])


@pytest.mark.parametrize(
    ("kind", "died", "status", "arrived"),
    [
        ("hold", "claimed", "sent", 1),
        ("retry", "claimed", "sent", 1),
        ("hold", "delivering", "unknown", 0),
        ("retry", "delivering", "sent", 1),
    ],
)
def test_a_sender_that_died_is_replaced_unless_the_mail_may_have_arrived(
    peer: Peer, kind: str, died: str, status: str, arrived: int
) -> None:
    row = stale(promised(kind), died)
    assert mail.due_mails() == [row.pk]
    assert (sent(row).status, len(peer.taken)) == (status, arrived)
    assert mail.due_mails() == []


def test_a_person_who_found_the_mail_settles_it_as_sent(peer: Peer) -> None:
    row = due_now(promised(), status="unknown")
    mail.settle(row, arrived=True)
    row = sent(row)
    assert (row.status, row.sent_at is not None, peer.taken) == ("sent", True, [])


def test_a_person_who_did_not_find_the_mail_has_it_sent_again_once(peer: Peer) -> None:
    row = due_now(promised(), status="unknown")
    mail.settle(row, arrived=False)
    assert mail.due_mails() == [row.pk]
    assert (sent(row).status, sent(row).status, len(peer.taken)) == ("sent", "sent", 1)


@pytest.mark.parametrize("status", sorted(set(Outbox.Status.values) - {"unknown"}))
def test_only_an_unknown_mail_can_be_settled(status: str) -> None:
    row = due_now(promised(), status=status)
    for arrived in (True, False):
        mail.settle(row, arrived=arrived)
        row.refresh_from_db()
        assert (row.status, row.sent_at) == (status, None)


@pytest.mark.django_db(transaction=True)
def test_the_row_says_delivering_before_the_body_is_on_the_wire_and_a_second_sender_keeps_away(
    peer: Peer,
) -> None:
    row, seen = promised(), {}

    def watch(step: str) -> None:
        mail.send(row.pk)
        seen[step] = Outbox.objects.get(pk=row.pk).status
        connection.close()

    peer.watch = watch
    assert sent(row).status == "sent"
    assert seen["RCPT"] == seen["DATA"] == "claimed"
    assert seen["END"] == "delivering"
    assert (row.attempts, len(peer.taken)) == (1, 1)


# who may receive


def test_a_reader_who_may_no_longer_receive_it_gets_nothing(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(mail.STILL_ALLOWED, "letter", lambda row: row.to == "officer@example.in")
    allowed = sent(promised(key="letter:1"))
    relieved = sent(promised(key="letter:2", to="relieved@example.in"))
    other = sent(promised(key="reset:1", to="relieved@example.in"))
    assert [row.status for row in (allowed, relieved, other)] == ["sent", "cancelled", "sent"]
    assert [to for to, _raw in peer.taken] == ["officer@example.in", "relieved@example.in"]
    assert sent(due_now(relieved)).status == "cancelled"
    assert mail.due_mails() == []


def test_mails_that_wait_are_due_in_the_order_they_were_promised(peer: Peer) -> None:
    rows = [promised(key=str(n)) for n in range(4)]
    Outbox.objects.filter(pk=rows[2].pk).update(next_at=timezone.now() + timedelta(minutes=1))
    assert mail.due_mails() == [rows[0].pk, rows[1].pk, rows[3].pk]


# the embedded mailbox


def mailbox(settings: Any) -> list[Path]:
    return sorted((settings.VAR_DIR / "mail").iterdir())


@KINDS
@pytest.mark.parametrize("died", ["claimed", "delivering"])
def test_the_embedded_mailbox_holds_a_mail_once_whenever_the_sender_died(
    settings: Any, kind: str, died: str
) -> None:
    row = sent(promised(kind))
    before = mailbox(settings)[0].read_bytes()
    row = sent(stale(row, died))
    (path,) = mailbox(settings)
    assert (row.status, path.name, path.read_bytes()) == ("sent", row.message_id.strip("<>") + ".eml", before)


def test_what_django_itself_mails_lies_in_the_embedded_mailbox_too(settings: Any) -> None:
    settings.EMAIL_BACKEND = "nudm.core.mail.FileBackend"
    assert send_mail("Subject", "Words", None, ["officer@example.in"]) == 1
    assert send_mail("Subject", "Words", None, ["officer@example.in"]) == 1
    first, second = (message_from_bytes(path.read_bytes()) for path in mailbox(settings))
    assert first["To"] == second["To"] == "officer@example.in"
    assert first["Message-ID"] != second["Message-ID"]
