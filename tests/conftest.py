"""Fixtures: a clean memory for every test, real peers, a real browser."""

import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core.cache import cache, caches
from django.core.management import call_command
from django.test.client import ClientHandler
from django.utils import translation
from playwright.sync_api import Browser, sync_playwright

from nudm.core import peers
from states.models import Entry
from tests.copies import copy_of_the_world
from tests.core import wire
from tests.guard import lifted
from tests.memory import forget
from tests.web_role import threads_sign_in_as_web, web_role
from tests.world import World
from tools.test import CLAMD, clamd, free_port
from ulbs import parts

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
# Two ULBs in a part, so that the few of a test are in several.
parts.BITS = 1
DATABASE = {"db", "transactional_db", "live_server"}


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """Leave out of the run on SQLite what the other run says as well: the tests that ask no database, and
    those marked `once`. Long ones bring a database of the run's kind."""
    if os.environ.get("NUDM_TEST_RUN") == "sqlite":
        twice = [item for item in items if asks_no_database(item) or item.get_closest_marker("once")]
        config.hook.pytest_deselected(items=twice)
        items[:] = [item for item in items if item not in twice]


def asks_no_database(item: Any) -> bool:
    """Whether a test would say the same whatever the database is."""
    asks = DATABASE & set(item.fixturenames) or item.get_closest_marker("django_db")
    return not asks and not item.get_closest_marker("soak")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The second wall stands in the tests' database too."""
    with django_db_blocker.unblock():
        call_command("grant_database", stdout=StringIO())
        threads_sign_in_as_web()


@pytest.fixture(autouse=True)
def _web(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are served by the web role."""
    serve = ClientHandler.__call__

    def as_web(handler: ClientHandler, environ: Any) -> Any:
        with web_role():
            return serve(handler, environ)

    monkeypatch.setattr(ClientHandler, "__call__", as_web)


@pytest.fixture(autouse=True)
def _clean(settings: Any, tmp_path: Any) -> Iterator[None]:
    """Nothing remembered from another test; quick password hashes; files and mails of this test only."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.VAR_DIR = tmp_path
    settings.STORAGES = {
        "default": {
            "BACKEND": "nudm.core.store.WholeFiles",
            "OPTIONS": {"location": str(tmp_path / "files"), "base_url": None},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    memory = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {name: {"BACKEND": memory, "LOCATION": name} for name in settings.CACHES}
    for kept in (cache, caches["counts"]):
        kept.clear()
    forget()
    peers.forget()
    translation.activate(settings.LANGUAGE_CODE)
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _log_emptied(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test whose transactions are real is cleared up after by emptying all tables, which the guard of the
    audit log refuses. So its lines are taken out before that, as only the owner of the tables can:
    production has no setting, role or function that would open the log. An empty log may be emptied.
    """
    marker = request.node.get_closest_marker("django_db")
    real = bool(marker and marker.kwargs.get("transaction"))
    if real or {"transactional_db", "live_server"} & set(request.fixturenames):
        request.getfixturevalue("transactional_db")
        yield
        with lifted():
            Entry.objects.all().delete()
    else:
        yield


@pytest.fixture
def world(db: Any) -> World:
    """Two states with all their people, so that every test can ask: and the neighbour?"""
    return copy_of_the_world()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How much a run asked, where its tests count (`record_property("checks", n)`), and what long tests tell
    (`record_property("told", words)`)."""
    passed = terminalreporter.stats.get("passed", [])
    for report in passed:
        for name, words in report.user_properties if report.when == "call" else ():
            if name == "told":
                terminalreporter.write_line(words)
    counts = [n for report in passed for name, n in report.user_properties if name == "checks"]
    if counts and any(report.when == "call" for report in passed):
        terminalreporter.write_line(f"{sum(counts):,} checks of who may do what, each as the table says")


class Peer:
    """A real SMTP server that keeps what it took, and can be told to refuse."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, bytes]] = []
        self.answers: list[str] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("250"):
            self.mails.append((envelope.rcpt_tos[0], envelope.content))
        return answer


@pytest.fixture
def smtp(settings: Any) -> Iterator[Peer]:
    """A real SMTP peer on a free port, and the settings that point at it."""
    peer = Peer()

    controller = Controller(peer, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = ""
    yield peer
    controller.stop()


@pytest.fixture
def peer(settings: Any) -> Iterator[wire.Peer]:
    """The same, which can also be told to wait and to cut the line."""
    handler = wire.Peer()
    controller = wire.Lines(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = ""
    yield handler
    controller.stop()


@pytest.fixture(scope="session")
def _clamd(tmp_path_factory: Any) -> Iterator[str]:
    """The scanner that the run was given, or one of its own."""
    if given := os.environ.get("CLAMAV_URL"):
        yield given
        return
    if not Path(CLAMD).exists():
        pytest.skip("clamav-daemon is not installed")
    with clamd(tmp_path_factory.mktemp("scanner")) as url:
        yield url


@pytest.fixture
def scanner(settings: Any, _clamd: str) -> str:
    """A real scanner, and the setting that points at it."""
    settings.CLAMAV_URL = _clamd
    return _clamd


@pytest.fixture
def no_answer(settings: Any) -> None:
    """A scanner is configured and does not answer."""
    settings.CLAMAV_URL = f"tcp://127.0.0.1:{free_port()}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, without a window."""
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    quiet += ["--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path="/usr/bin/chromium", args=quiet)
        yield opened
        opened.close()
