"""A server that hangs costs one request its timeout, and the next ones nothing."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from celery import Celery
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from nudm.accounts.models import User
from nudm.core import jobs, limits, mail, peers
from nudm.core.files import PATIENCE
from nudm.core.models import Job, Outbox
from nudm.core.object_store import ObjectStore
from nudm.core.peers import ANSWER, SHORT
from nudm.core.ring import ring
from phases.models import Evidence
from reports.demo.answers import demo_pdf
from tests.accounts.signing import sign_in
from tests.world import PASSWORD, World

LIBRARY = "/phases/KL/evidence/"


@contextmanager
def silent() -> Iterator[int]:
    """The port of a server that takes every line and never says a word."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            while True:
                try:
                    held.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    for line in held:
        line.close()


def upload(words: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{words}.pdf", demo_pdf(words), "application/pdf")


def seconds(act: Any) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def test_one_that_does_not_answer_is_left_alone_tried_by_one_and_asked_by_all_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(peers, "REST", 0.2)
    breaker = peers.Breaker("mail")
    assert not breaker.open_now()
    with pytest.raises(OSError), breaker.asking(OSError):
        raise OSError
    with pytest.raises(peers.Away), breaker.asking(OSError):
        pytest.fail("asked while it is left alone")
    time.sleep(0.25)
    assert [breaker.open_now() for _asker in range(3)] == [False, True, True]
    breaker.answered()
    assert not breaker.open_now() and not breaker.open_now()
    with pytest.raises(KeyError), breaker.asking(OSError):
        raise KeyError
    assert not breaker.open_now()


def test_what_one_process_found_is_known_to_those_that_the_same_program_forked() -> None:
    words = """
import os
from nudm.core.peers import Breaker
breaker = Breaker("store")
def child(act):
    if not (pid := os.fork()):
        act()
        os._exit(0)
    os.waitpid(pid, 0)
child(lambda: breaker.failed("no answer"))
print(breaker.open_now())
child(breaker.answered)
print(breaker.open_now())
"""
    told = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["True", "False"]


def test_uploads_go_on_while_the_scanner_hangs_and_wait_for_a_worker(world: World, settings: Any) -> None:
    client = world.client(world.nodal)
    with silent() as port:
        settings.CLAMAV_URL = f"tcp://127.0.0.1:{port}"
        took = [
            seconds(lambda n=n: client.post(LIBRARY, {"title": f"t{n}", "file": upload(f"t{n}")}))  # type: ignore[misc]
            for n in range(4)
        ]
    # It is not given the file: it does not even say that it is there.
    assert SHORT <= took[0] < PATIENCE and max(took[1:]) < SHORT, took
    assert [row.status for row in Evidence.objects.filter(title__startswith="t")] == ["checked"] * 4
    assert Job.objects.filter(kind="scan").count() == 4
    assert "virus scanner" in client.get(LIBRARY).content.decode()


def test_counts_that_hang_hold_one_call_and_let_people_work(world: World, settings: Any) -> None:
    with silent() as port:
        settings.CACHES = settings.CACHES | {
            "counts": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": f"redis://127.0.0.1:{port}/0",
                "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
            }
        }
        took = [seconds(lambda: limits.spend("verify", "x")) for _call in range(5)]
        assert took[0] < 3 and max(took[1:]) < 0.1, took
        answers = [sign_in(Client(), world.nodal.email).status_code for _person in range(3)]
    assert answers == [302] * 3


def test_a_broker_that_hangs_holds_one_bell(settings: Any) -> None:
    with silent() as port:
        app = Celery("t", broker=f"redis://127.0.0.1:{port}/0")
        app.conf.broker_transport_options = {
            "socket_connect_timeout": 1, "socket_timeout": 1, "max_retries": 1, "interval_start": 0,
        }  # fmt: skip

        @app.task(name="nothing")
        def nothing(_pk: int) -> None:
            """Nothing."""

        took = [seconds(lambda: ring(nothing, 1)) for _call in range(4)]
    assert took[0] < 6 and max(took[1:]) < 0.1, took


def store_at(port: int) -> ObjectStore:
    return ObjectStore(
        access_key="k", secret_key="s", bucket_name="nudm", endpoint_url=f"http://127.0.0.1:{port}"
    )


def test_a_store_that_hangs_refuses_in_words_and_at_once_from_then_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with silent() as port:
        store = store_at(port)

        def put() -> None:
            with pytest.raises(peers.Away) as error:
                store.save("name", ContentFile(b"content"))
            assert error.value.status == 503 and "store" in error.value.message

        took = [seconds(put) for _call in range(3)]
    assert SHORT <= took[0] < ANSWER and max(took[1:]) < 0.2, took


def test_an_upload_into_a_store_that_is_away_is_answered_with_503_and_saves_nothing(
    world: World, settings: Any
) -> None:
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "nudm.core.object_store.ObjectStore",
            "OPTIONS": {
                "access_key": "k", "secret_key": "s", "bucket_name": "nudm",
                "endpoint_url": "http://127.0.0.1:9",
            },
        }
    }  # fmt: skip
    client = world.client(world.nodal)
    before = Evidence.objects.count()
    for _try in range(2):
        answer = client.post(LIBRARY, {"title": "t", "file": upload("t")})
        assert answer.status_code in {503, 422}
        assert "store of files does not answer" in answer.content.decode()
    assert Evidence.objects.count() == before
    assert client.get(LIBRARY).status_code == 200


@pytest.mark.django_db
def test_work_that_needs_a_server_that_is_away_waits_and_is_no_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(_job: Job) -> Any:
        raise peers.Away("store")

    monkeypatch.setitem(jobs.HANDLERS, "away", away)
    job, _made = jobs.enqueue("away", "away:1")
    assert not jobs.run(job.pk)
    job.refresh_from_db()
    assert job.status == Job.Status.RUNNING and job.finished_at is None


@pytest.mark.django_db
def test_a_relay_that_hangs_holds_one_mail(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "ANSWER", 1)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    rows = [mail.post(f"k{n}", "a@example.in", "s", "t", kind="hold") for n in range(3)]
    with silent() as port:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        took = [seconds(lambda row=row: mail.send(row.pk)) for row in rows]  # type: ignore[misc]
    assert took[0] < 4 and max(took[1:]) < 0.3, took
    assert set(Outbox.objects.values_list("status", flat=True)) == {"queued"}


def test_passwords_are_kept_by_argon2id_and_older_ones_anew_at_the_next_sign_in(
    world: World, settings: Any
) -> None:
    settings.PASSWORD_HASHERS = [
        "nudm.accounts.hashers.Argon2idHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
    old = PBKDF2PasswordHasher().encode(PASSWORD, "salt1234salt1234", 1000)
    User.objects.filter(pk=world.nodal.pk).update(password=old)
    assert sign_in(Client(), world.nodal.email).status_code == 302
    kept = User.objects.get(pk=world.nodal.pk).password
    assert kept.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert sign_in(Client(), world.nodal.email).status_code == 302
    settings.ARGON2 = settings.ARGON2 | {"passes": 3}
    assert sign_in(Client(), world.nodal.email).status_code == 302
    assert ",t=3," in User.objects.get(pk=world.nodal.pk).password
    assert sign_in(Client(), world.nodal.email, "not this one").status_code == 200
