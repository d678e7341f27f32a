"""A store that falls silent in the middle of a file, and commands whose server does not answer."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client

from nudm.core import jobs, peers
from nudm.core.models import Job
from nudm.core.peers import ANSWER, REST
from nudm.core.store import WholeFiles
from phases.models import Evidence
from reports.actions import reports
from reports.actions.reports import Asked
from reports.models import Report
from tests.core.files import pdf, uploaded
from tests.core.test_peers import silent
from tests.core.test_pieces import all_of, letter
from tests.world import World, day
from tools.test import free_port
from ulbs.actions import event_files, events, readiness
from ulbs.models import Fact
from ulbs.rules.events import EventKind

pytestmark = pytest.mark.django_db
Act = Callable[[], Any]
LIBRARY = "/phases/KL/evidence/"
# More than one part of a download, which is fetched in parts of 8 MB.
LONG = 20 * 1024 * 1024


@contextmanager
def silent_halfway(size: int) -> Iterator[int]:
    """The port of a store that has every file, tells its size, sends half of it and then nothing more."""
    over = threading.Event()

    class Store(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            # It has every file of pages that ask for one, and none by the name of one that is sent.
            self.send_response(404 if "new" in self.path else 200)
            self.send_header("Content-Length", str(size))
            self.send_header("ETag", '"0"')
            self.send_header("Last-Modified", "Tue, 01 Dec 2026 00:00:00 GMT")
            self.end_headers()

        def do_GET(self) -> None:
            self.do_HEAD()
            self.wfile.write(b"x" * (size // 2))
            self.wfile.flush()
            over.wait(60)
            self.close_connection = True

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)) // 2)
            over.wait(60)
            self.close_connection = True

        do_POST = do_PUT

        def log_message(self, *_words: Any) -> None:
            """The tests' output is not its log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Store) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield int(server.server_address[1])
        over.set()
        server.shutdown()


def stored_at(port: int, settings: Any) -> None:
    options = {"access_key": "k", "secret_key": "s", "bucket_name": "nudm"}
    options |= {"endpoint_url": f"http://127.0.0.1:{port}", "region_name": "us-east-1"}
    store = {"BACKEND": "nudm.core.object_store.ObjectStore", "OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"default": store}


def evidence(world: World) -> str:
    return f"/phases/evidence/{world.letter(world.kl, world.nodal).pk}/"


def paper(world: World) -> str:
    report, job = reports.ask(Asked("brief", world.kl, "en"), by=world.nodal)
    assert jobs.run(job.pk)
    return f"/reports/{report.pk}/file/"


@pytest.mark.parametrize(
    ("page", "beginning", "size"),
    [(evidence, "", 600_000), (evidence, "", LONG), (paper, "", 600_000), (paper, "/api/v1", 600_000)],
)
def test_a_download_that_breaks_off_is_answered_in_words_and_the_next_one_at_once(
    world: World, settings: Any, page: Any, beginning: str, size: int
) -> None:
    address, client = beginning + page(world), world.client(world.nodal)
    with silent_halfway(size) as port:
        stored_at(port, settings)
        took, answers = [], []
        for _try in range(2):
            began = time.monotonic()
            answers.append(client.get(address))
            took.append(time.monotonic() - began)
    for answer in answers:
        assert (answer.status_code, answer["Retry-After"]) == (503, str(int(REST)))
        assert "store of files does not answer" in answer.content.decode()
        assert answer["Content-Type"].startswith("application/problem+json" if beginning else "text/html")
        assert "Content-Disposition" not in answer
    assert took[0] < 3 * ANSWER and took[1] < ANSWER, took


@pytest.mark.parametrize(("page", "beginning"), [(evidence, ""), (paper, ""), (paper, "/api/v1")])
def test_a_file_that_the_store_has_lost_is_not_there(world: World, page: Any, beginning: str) -> None:
    address = beginning + page(world)
    for row in (*Evidence.objects.all(), *Report.objects.all()):
        default_storage.delete(row.file.name)
    assert world.client(world.nodal).get(address).status_code == 404


@pytest.mark.parametrize("size", [100_000, LONG])
def test_an_upload_that_the_store_stops_to_take_is_refused_in_words(settings: Any, size: int) -> None:
    with silent_halfway(0) as port:
        stored_at(port, settings)
        took = []
        for _try in range(2):
            began = time.monotonic()
            with pytest.raises(peers.Away, match="store of files does not answer"):
                default_storage.save("evidence/new", ContentFile(b"x" * size))
            took.append(time.monotonic() - began)
    assert took[0] < 3 * ANSWER and took[1] < ANSWER, took


@contextmanager
def refusing(status: int) -> Iterator[int]:
    """The port of a store that is there and refuses every file."""

    class Store(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            bucket = self.command == "HEAD" and self.path.strip("/") == "nudm"
            self.send_response(200 if bucket else 404 if self.command == "HEAD" else status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_HEAD = do_POST = do_PUT

        def log_message(self, *_words: Any) -> None:
            """The tests' output is not its log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Store) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()


@pytest.mark.parametrize("status", [401, 403, 404, 500, 501, 503])
@pytest.mark.parametrize("size", [100_000, LONG])
def test_a_store_that_refuses_a_file_is_said_in_words(settings: Any, status: int, size: int) -> None:
    with refusing(status) as port:
        stored_at(port, settings)
        with pytest.raises(peers.Away, match="store of files does not answer"):
            default_storage.save("evidence/new", ContentFile(b"x" * size))
    assert peers.BREAKERS["store"].open_now() is (status >= 500)


def test_a_form_whose_file_came_in_pieces_that_cannot_be_read_saves_nothing(
    world: World, settings: Any
) -> None:
    client, content = world.client(world.nodal), letter(600_000)
    form = {"title": "Order", "upload": all_of(client, content)}
    with silent_halfway(600_000) as port:
        stored_at(port, settings)
        answer = client.post("/phases/KL/evidence/", form)
    assert answer.status_code == 503 and "store of files does not answer" in answer.content.decode()
    assert not Evidence.objects.exists()


def test_work_on_a_file_that_breaks_off_waits_and_is_no_failure(world: World, settings: Any) -> None:
    """A scan: it is the store that is to blame, so the scanner is asked on for other files."""
    settings.CLAMAV_URL = f"tcp://127.0.0.1:{free_port()}"
    world.client(world.nodal).post(LIBRARY, {"title": "Order", "file": uploaded("letter.pdf", letter())})
    job = Job.objects.get(kind="scan")
    peers.forget()
    with silent_halfway(600_000) as port, silent() as scanner:
        settings.CLAMAV_URL = f"tcp://127.0.0.1:{scanner}"
        stored_at(port, settings)
        assert not jobs.run(job.pk)
    job.refresh_from_db()
    assert job.finished_at is None and job.error == peers.Away("store").message
    assert not peers.BREAKERS["scanner"].open_now()


@pytest.mark.parametrize("command", ["make_bucket", "clean_store", "rescan", "backup"])
@pytest.mark.parametrize("hangs", [True, False])
@pytest.mark.django_db(transaction=True)
def test_a_command_whose_store_does_not_answer_says_so_in_words(
    settings: Any, tmp_path: Path, command: str, hangs: bool
) -> None:
    world = World()
    world.letter(world.kl, world.nodal)
    more = ["--into", str(tmp_path / "backups")] if command == "backup" else []
    with silent() as port:
        settings.CLAMAV_URL = f"tcp://127.0.0.1:{free_port()}"
        stored_at(port if hangs else free_port(), settings)
        with pytest.raises(CommandError, match="store of files does not answer"):
            call_command(command, *more, stdout=StringIO())


@pytest.mark.parametrize("hangs", [True, False])
def test_the_first_mail_says_in_words_that_the_server_does_not_take_it(settings: Any, hangs: bool) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    with silent() as port:
        settings.EMAIL_PORT = port if hangs else free_port()
        began = time.monotonic()
        with pytest.raises(CommandError, match="EMAIL_URL"):
            call_command("sendtestemail", "desk@example.in")
    assert time.monotonic() - began < 3 * ANSWER


def test_what_waits_for_no_store_goes_on(world: World, settings: Any) -> None:
    with silent() as port:
        stored_at(port, settings)
        assert world.client(world.nodal).get("/phases/KL/evidence/").status_code == 200
        assert Client().get("/healthz").status_code == 200


class Watched(WholeFiles):
    """A store that notes each call before which the transaction has taken a State/UT's row, or a line of its
    log: whoever else acts there would wait for the store."""

    sent: ClassVar[list[str]] = []
    calls: ClassVar[list[str]] = []
    early: ClassVar[list[str]] = []
    TAKES = re.compile(
        r'INSERT INTO "states_entry"|UPDATE "states_state"|"states_state".* FOR (NO KEY )?UPDATE'
    )

    def _save(self, name: str, content: Any) -> str:
        self._called(f"save {name}")
        return super()._save(name, content)

    def _open(self, name: str, mode: str = "rb") -> Any:
        self._called(f"open {name}")
        return super()._open(name, mode)

    def _called(self, words: str) -> None:
        self.calls.append(words)
        self.early.extend(f"{words} after {sql}" for sql in self.sent if self.TAKES.search(sql))

    @classmethod
    def watch(cls, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        cls.sent.append(sql)
        return execute(sql, params, many, context)


def an_event(world: World) -> Any:
    values = {"title": "Kick-off", "on": day(1), "minutes": "All came"}
    return events.save_event(world.kl, EventKind.KICKOFF, values, towns=[world.ulb], by=world.nodal)


def sends_evidence(world: World) -> Act:
    return lambda: world.client(world.nodal).post(LIBRARY, {"title": "A", "file": uploaded("a.pdf", pdf())})


def takes_evidence(world: World) -> Act:
    address = evidence(world)
    return lambda: world.client(world.nodal).get(address)


def sends_a_file_of_an_event(world: World) -> Act:
    event = an_event(world)
    address = f"/ulbs/KL/registers/kickoff/{event.pk}/files/"
    return lambda: world.client(world.nodal).post(address, {"file": uploaded("a.pdf", pdf())})


def takes_a_file_of_an_event(world: World) -> Act:
    event = an_event(world)
    row = event_files.attach(event, uploaded("a.pdf", pdf()), by=world.nodal)
    address = f"/ulbs/KL/registers/kickoff/{event.pk}/files/{row.pk}/"
    return lambda: world.client(world.nodal).get(address)


def answer_of_a_town(world: World) -> Any:
    data = {"answer": True, "who": "B. Operator", "contact": "", "note": ""}
    file = uploaded("b.pdf", pdf())
    return readiness.answer(world.ulb, Fact.DATA_OPERATOR, data, version=0, file=file, by=world.town)


def sends_a_file_of_a_town(world: World) -> Act:
    return lambda: answer_of_a_town(world)


def takes_a_file_of_a_town(world: World) -> Act:
    row = answer_of_a_town(world)
    return lambda: world.client(world.nodal).get(f"/ulbs/files/{row.pk}/")


def makes_a_report(world: World) -> Act:
    _report, job = reports.ask(Asked("brief", world.kl, "en"), by=world.nodal)
    return lambda: jobs.run(job.pk)


def takes_a_report(world: World) -> Act:
    address = paper(world)
    return lambda: world.client(world.nodal).get(address)


def takes_a_report_by_program(world: World) -> Act:
    address = f"/api/v1{paper(world)}"
    return lambda: world.client(world.nodal).get(address)


ACTS = (
    sends_evidence,
    takes_evidence,
    sends_a_file_of_an_event,
    takes_a_file_of_an_event,
    sends_a_file_of_a_town,
    takes_a_file_of_a_town,
    makes_a_report,
    takes_a_report,
    takes_a_report_by_program,
)


@pytest.mark.parametrize("begin", ACTS, ids=lambda act: act.__name__)
def test_nobody_waits_for_the_store_with_a_states_row_in_hand(
    world: World, settings: Any, tmp_path: Path, begin: Any
) -> None:
    store = {"BACKEND": f"{__name__}.Watched", "OPTIONS": {"location": str(tmp_path / "watched")}}
    settings.STORAGES = settings.STORAGES | {"default": store}
    act = begin(world)
    for noted in (Watched.sent, Watched.calls, Watched.early):
        noted.clear()
    with connection.execute_wrapper(Watched.watch):
        act()
    assert Watched.calls, "the store was not asked at all"
    assert Watched.early == []


def test_the_same_file_sent_twice_by_a_town_lies_in_the_store_once(world: World) -> None:
    rows = []
    for version in (0, 1):
        data = {"answer": True, "who": "B. Operator", "contact": "", "note": str(version)}
        file = uploaded("b.pdf", pdf())
        with transaction.atomic():
            sent = readiness.answer(
                world.ulb, Fact.DATA_OPERATOR, data, version=version, file=file, by=world.town
            )
        rows.append(sent)
    assert rows[0] == rows[1]
