"""Mail against a real SMTP peer that accepts, delays, refuses, and cuts the line at every step."""

import re
from datetime import UTC, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.utils import timezone

from nudm.core import mail, peers
from nudm.core.models import Outbox
from tests.core.wire import BEFORE_THE_BODY, CUT, KINDS, Peer, due_now, promised, sent
from tools.test import free_port

pytestmark = pytest.mark.django_db


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


def test_the_wait_doubles_up_to_an_hour_and_ends_after_five_days(peer: Peer) -> None:
    peer.script["RCPT"] = ["451 later"] * 12
    row, waits = promised(), []
    for _attempt in range(11):
        row = sent(due_now(row))
        waits.append(round((row.next_at - timezone.now()).total_seconds()))
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]
    assert (sum(waits[:7]) + 3600 * (mail.ATTEMPTS - 7)) / 86_400 >= 5
    row = sent(due_now(row, attempts=mail.ATTEMPTS - 1))
    assert (row.status, row.attempts, row.error) == ("failed", mail.ATTEMPTS, "451 later")


# the line is cut


@KINDS
def test_a_peer_that_is_not_there_is_called_again_later(peer: Peer, settings: Any, kind: str) -> None:
    there, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port()
    row = sent(promised(kind))
    assert row.status == "queued"
    assert row.error
    settings.EMAIL_PORT = there
    peers.forget()
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
