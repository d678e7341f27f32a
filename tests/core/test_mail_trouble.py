"""Mail in trouble: rude farewells, lost leases, odd addresses, wrong settings."""

from typing import Any

import pytest
from aiosmtpd.controller import Controller

from nudm.core import mail
from nudm.core.models import Outbox
from tests.core.wire import Line, Lines, Peer, due_now, promised, sent
from tools.test import free_port

pytestmark = pytest.mark.django_db


class Rude(Line):
    async def smtp_QUIT(self, arg: str) -> None:
        await self.push("421 closing")


class RudeLines(Controller):
    def factory(self):
        return Rude(self.handler, **self.SMTP_kwargs)


def start(settings: Any, kind: Any, **options: Any) -> tuple[Peer, Controller]:
    handler = Peer()
    c = kind(handler, hostname="127.0.0.1", port=free_port(), **options)
    c.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", c.port
    return handler, c


def test_a_peer_that_answers_quit_with_421_does_not_double_a_hold_mail(settings):
    handler, c = start(settings, RudeLines)
    try:
        row = sent(promised("hold"))
        first = (row.status, row.error)
        if row.status == "queued":
            sent(due_now(row))
        assert (len(handler.taken), first[0]) == (1, "sent"), first
    finally:
        c.stop()


def test_a_sender_that_lost_its_lease_does_not_put_the_body_on_the_wire(peer, monkeypatch):
    def slow(named):
        Outbox.objects.update(attempts=2, status="delivering")  # another sender has claimed it
        return "a.pdf", "application/pdf", b"x"

    monkeypatch.setitem(mail.ATTACHERS, "slow", slow)
    sent(promised("hold", attachments=[{"by": "slow"}]))
    assert peer.taken == []


def test_a_domain_in_another_script_is_sent_to_in_its_ascii_form(peer):
    assert sent(promised("hold", to="officer@केरल.example")).status == "sent"
    assert [to for to, _body in peer.taken] == ["officer@xn--11b8cg6f.example"]


@pytest.mark.parametrize("to", ["अधिकारी@example.in", "a\r\nRCPT TO:<b@example.in>"])
def test_an_address_that_cannot_be_sent_to_fails_with_a_reason(peer, to):
    row = sent(promised("hold", to=to))
    assert row.status == "failed"


def test_a_subject_with_a_line_break_fails_with_a_reason_or_is_cleaned(peer):
    assert sent(promised("hold", subject="a\nBcc: b@example.in")).status in {"failed", "sent"}


def test_an_attachment_that_cannot_be_made_counts_against_the_attempts_and_says_why(peer, monkeypatch):
    def gone(named):
        raise Outbox.DoesNotExist("the report is gone")

    monkeypatch.setitem(mail.ATTACHERS, "gone", gone)
    row = sent(promised("hold", attachments=[{"by": "gone"}]))
    assert row.status in {"failed", "queued"} and row.error


def test_eight_bit_text_is_not_sent_to_a_peer_undeclared(settings):
    _handler, c = start(settings, Lines, decode_data=True, enable_SMTPUTF8=False)
    try:
        row = sent(promised("hold", text="नमस्ते\n"))
        assert (row.status, row.error) == ("sent", "")
    finally:
        c.stop()


class Locked(Line):
    async def smtp_EHLO(self, hostname):
        await self.push("250-x")
        await self.push("250 AUTH PLAIN LOGIN")
        self.session.host_name = hostname
        self.session.extended_smtp = True

    async def smtp_AUTH(self, arg):
        await self.push("535 wrong password")


class LockedLines(Controller):
    def factory(self) -> Any:
        return Locked(self.handler, **self.SMTP_kwargs)


def test_a_wrong_smtp_password_does_not_throw_mails_away(settings):
    _handler, c = start(settings, LockedLines)
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "u", "p"
    try:
        row = sent(promised("hold"))
        assert row.status == "queued", (row.status, row.error)
    finally:
        c.stop()


def test_two_recipients_codes_251_is_accepted(peer):
    peer.script["RCPT"] = ["251 will forward"]
    # aiosmtpd itself does not record the recipient; only the verdict of the client matters
    row = sent(promised("hold"))
    assert not row.error.startswith("251"), row.error
