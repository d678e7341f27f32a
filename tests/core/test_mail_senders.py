"""Who sends a mail when a sender died, what a person settles, and the embedded mailbox."""

from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import send_mail
from django.db import connection
from django.utils import timezone

from nudm.core import mail
from nudm.core.models import Outbox
from tests.core.wire import KINDS, Peer, due_now, promised, sent, stale

pytestmark = pytest.mark.django_db


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
    Outbox.objects.filter(pk=rows[2].pk).update(attempts=1, next_at=timezone.now() + timedelta(minutes=1))
    assert mail.due_mails() == [rows[0].pk, rows[1].pk, rows[3].pk]


def test_a_clock_that_was_set_back_keeps_no_mail_waiting(peer: Peer) -> None:
    ahead = timezone.now() + timedelta(hours=3)
    new, tried, held = (promised("hold", key=str(n)) for n in range(3))
    Outbox.objects.filter(pk=new.pk).update(created_at=ahead, next_at=ahead)
    Outbox.objects.filter(pk=tried.pk).update(attempts=3, next_at=ahead)
    Outbox.objects.filter(pk=held.pk).update(attempts=1, status="delivering", lease_until=ahead)
    for pk in mail.due_mails():
        mail.send(pk)
    assert sorted(Outbox.objects.values_list("key", "status")) == [
        ("0", "sent"),
        ("1", "sent"),
        ("2", "unknown"),
    ]
    assert mail.due_mails() == [] and len(peer.taken) == 2


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
