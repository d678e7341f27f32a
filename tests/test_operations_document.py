"""docs/operations.md typed as it is printed, command by command, on real servers: all but Docker itself.

`tests/operations.py` says what stands in the place of each `docker` command.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from aiosmtpd.controller import Controller
from moto.server import ThreadedMotoServer

from tests.compose import env_file
from tests.operations import STATE, Host
from tests.test_nginx import Proxy
from tools.test import clamd, free_port, postgres, redis

HERE = Path(__file__).resolve().parent.parent
DOCUMENT = HERE / "docs/operations.md"
ADMIN = "of the superuser"
FILE = """
import hashlib
from django.core.files.base import ContentFile
from nudm.accounts.models import User
from phases.models import Evidence
from states.models import State
row = Evidence(state=State.objects.get(iso="KL"), title="Order", name="order.csv", mime="text/csv",
               size=7, sha256=hashlib.sha256(b"a,b,c\\n1").hexdigest(), status="accepted",
               uploaded_by=User.objects.get())
row.file.save("evidence/KL/order.csv", ContentFile(b"a,b,c\\n1"))
row.save()
"""
GONE = """
from phases.models import Evidence
row = Evidence.objects.get()
row.file.delete(save=False)
Evidence.objects.all().delete()
"""
THERE = """
import hashlib
from phases.models import Evidence
row = Evidence.objects.get()
assert hashlib.sha256(row.file.read()).hexdigest() == row.sha256
"""
BROKEN_BY_HAND = (
    "ALTER ROLE nudm_web NOLOGIN INHERIT; ALTER ROLE r_state LOGIN; REVOKE r_national FROM nudm_web"
)


class Peer:
    """Takes every mail."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mails.append(envelope.content)
        return "250 taken"


class Typed:
    """Somebody who types the document."""

    def __init__(self, folder: Path, proxy: Proxy, peer: Peer, admin: str) -> None:
        self.folder, self.proxy, self.peer, self.admin = folder, proxy, peer, admin
        self.environment = os.environ | {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            STATE: str(folder),
            "PYTHONPATH": str(HERE),
            "DRAIN": "5",
        }

    def type(self, block: str) -> str:
        done = subprocess.run(
            ["bash", "-e", "-c", block], cwd=self.folder, env=self.environment, capture_output=True, text=True
        )
        logs = "".join(path.read_text(errors="replace")[-1500:] for path in self.folder.glob("*.log"))
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr[-3000:]}\n{logs}"
        return done.stdout + done.stderr

    def shell(self, code: str) -> None:
        self.type(f"docker compose run --rm manage shell -c '{code}'")

    def ready(self) -> dict[str, Any]:
        """What `/readyz` says through the proxy, once all parts are up, or a minute is over."""
        for _try in range(60):
            status, _headers, body = self.proxy.ask("/readyz", secure=True, Host="tracker.example.in")
            if status == 200:
                break
            time.sleep(1)
        assert status == 200, body
        return dict(json.loads(body))


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Typed]:
    """A machine with the code's files and every server that compose would start."""
    place = tempfile.mkdtemp(prefix="nudm-")
    folder, peer = Path(place), Peer()
    folder.chmod(0o755)
    shutil.copy(HERE / ".env.example", folder)
    shutil.copytree(HERE / "deploy", folder / "deploy")
    (folder / "bin").mkdir()
    docker = folder / "bin/docker"
    docker.write_text(f'#!/bin/sh\nexec {sys.executable} -m tests.operations "$@"\n')
    docker.chmod(0o755)
    if os.getuid():
        (folder / "bin/chown").symlink_to("/bin/true")
    storage = ThreadedMotoServer("127.0.0.1", free_port(), verbose=False)
    storage.start()
    mail = Controller(peer, hostname="127.0.0.1", port=free_port())
    mail.start()
    (folder / "nginx").mkdir()
    proxy = Proxy(folder / "nginx", "tls", "127.0.0.1:9")
    servers = folder / "servers"
    servers.mkdir(mode=0o755)
    with postgres(servers, password=ADMIN) as database, redis(servers) as broker, clamd(servers) as scanner:
        port = re.search(r":(\d+)/", database).group(1)  # type: ignore[union-attr]
        addresses = {
            "postgres:5432": f"127.0.0.1:{port}",
            "redis://redis:6379/0": broker,
            "storage:9000": f"127.0.0.1:{storage._port}",
            "tcp://clamav:3310": scanner,
            "mail:1025": f"127.0.0.1:{mail.port}",
        }
        held = {"addresses": addresses, "port": free_port(), "nginx": str(folder / "nginx")}
        (folder / "host.json").write_text(json.dumps(held))
        with proxy.started():
            try:
                yield Typed(folder, proxy, peer, f"host=127.0.0.1 port={port} user=postgres dbname=postgres")
            finally:
                host = Host(folder)
                for key in list(host.running):
                    host.stop(key)
    mail.stop()
    storage.stop()
    shutil.rmtree(folder, ignore_errors=True)


class Officers(threading.Thread):
    """Sends one POST after the other through the proxy, each of which the application has to answer."""

    def __init__(self, proxy: Proxy) -> None:
        super().__init__()
        self.proxy, self.over = proxy, threading.Event()
        self.answers: list[int] = []

    def run(self) -> None:
        while not self.over.is_set():
            try:
                answer = self.proxy.ask(
                    "/accounts/login/", secure=True, data=b"x=1", Host="tracker.example.in"
                )
                self.answers.append(answer[0])
            except OSError:
                self.answers.append(0)


def test_the_document_can_be_typed_as_it_is_printed(typed: Typed, record_property: Any) -> None:
    done: list[str] = []
    for kind, block in re.findall(r"^```(\w*)\n(.*?)^```", DOCUMENT.read_text(), re.M | re.S):
        if kind == "cron":
            line = block.splitlines()[1].split("root", 1)[1]
            typed.type(line.replace("/srv/nudm", str(typed.folder)))
        elif kind == "sh":
            before, after = hooks(block, done)
            before(typed)
            said = typed.type(block)
            after(typed, said)
        else:
            assert kind == "console", "say of every block whether it can be typed here"
            continue
        done.append(block)
    assert len(done) > 20
    record_property("told", f"{len(done)} blocks of docs/operations.md typed as printed")


def until_all_of_nginx_asks_web(proxy: Proxy) -> None:
    """nginx takes what it has read over in its own time: until then some of its processes know no web."""
    in_a_row = 0
    for _try in range(600):
        status = proxy.ask("/accounts/login/", secure=True, data=b"x=1", Host="tracker.example.in")[0]
        in_a_row = in_a_row + 1 if status == 403 else 0
        if in_a_row == 20:
            return
        time.sleep(0.1)
    pytest.fail(f"nginx does not ask web: {status}")


@pytest.mark.soak
@pytest.mark.once
def test_an_upgrade_loses_no_post(typed: Typed, record_property: Any) -> None:
    """Web is changed under load, by the script that the document names."""
    blocks = re.findall(r"^```sh\n(.*?)^```", DOCUMENT.read_text(), re.M | re.S)
    first = next(n for n, block in enumerate(blocks) if block.startswith("docker compose build"))
    for block in blocks[: first + 1]:
        before, _after = hooks(block, [])
        before(typed)
        typed.type(block)
        settings_of_the_test(typed)
    typed.type(
        "docker compose exec -T web python deploy/healthy.py web\n"
        "docker compose exec -T nginx nginx -s reload"
    )
    until_all_of_nginx_asks_web(typed.proxy)
    officers = [Officers(typed.proxy) for _n in range(4)]
    for officer in officers:
        officer.start()
    time.sleep(2)
    typed.type("sh deploy/upgrade.sh")
    time.sleep(1)
    for officer in officers:
        officer.over.set()
        officer.join()
    answers = [answer for officer in officers for answer in officer.answers]
    lost = [answer for answer in answers if answer != 403]
    assert len(answers) > 50 and lost == []
    assert list(k for k in Host(typed.folder).running if k.startswith("web")) == ["web2"]
    record_property("told", f"web changed under load: {len(answers)} POSTs, 0 lost")


Before, After = Callable[[Typed], None], Callable[[Typed, str], None]


def hooks(block: str, done: list[str]) -> tuple[Before, After]:
    """What happens before a block is typed, and what has to hold afterwards."""
    if "backup --into" in block and not any("backup --into" in one for one in done):
        return nothing, backed_up
    for words, before, after in HOOKS:
        if words in block:
            return before, after
    return nothing, lambda typed, said: None


def nothing(_typed: Typed) -> None:
    """Nothing has to happen before."""


def settings_of_the_test(typed: Typed) -> None:
    """The superuser's password is the one that the test's server was made with."""
    path = typed.folder / ".env"
    if path.exists():
        path.write_text(
            re.sub(
                r"^ADMIN_DATABASE_PASSWORD=.*",
                f"ADMIN_DATABASE_PASSWORD='{ADMIN}'",
                path.read_text(),
                flags=re.M,
            )
        )


def made(typed: Typed, _said: str) -> None:
    held = env_file(typed.folder / ".env")
    secrets = [
        held[name] for name in held if name.endswith(("SECRET_KEY", "DATABASE_PASSWORD", "STORAGE_PASSWORD"))
    ]
    assert len([text for text in secrets if len(text) == 64]) >= 5 and len(set(secrets) - {""}) >= 5
    settings_of_the_test(typed)


def answers(typed: Typed, _said: str) -> None:
    typed.type("docker compose exec -T nginx nginx -s reload")
    told = typed.ready()
    assert {told[part] for part in ("database", "broker", "storage", "scanner", "worker", "beat")} == {True}


def arrived(typed: Typed, _said: str) -> None:
    assert any(b"desk@tracker.example.in" in text for text in typed.peer.mails)


def seated(typed: Typed, _said: str) -> None:
    typed.shell(FILE)


def backed_up(typed: Typed, _said: str) -> None:
    (kept,) = (typed.folder / "backups").iterdir()
    manifest = json.loads((kept / "manifest.json").read_text())
    assert manifest["tables"]["states_state"] == 36 and len(manifest["files"]) == 1 and manifest["version"]
    assert typed.ready()["ages"]["last_backup"] < 60


def damage(typed: Typed) -> None:
    """What a bad day does: rows and a file are gone, and somebody has set the roles by hand."""
    typed.shell(GONE)
    with psycopg2.connect(typed.admin, password=ADMIN) as line, line.cursor() as cursor:
        cursor.execute(BROKEN_BY_HAND)


def restored(typed: Typed, said: str) -> None:
    assert "0 differences" in said, said
    typed.shell(THERE)


def back_to_work(typed: Typed, said: str) -> None:
    assert "no issues" in said, said
    typed.type("docker compose exec -T web python deploy/healthy.py web")
    answers(typed, said)


def still_ready(typed: Typed, _said: str) -> None:
    typed.type("docker compose exec -T web python deploy/healthy.py web")
    answers(typed, _said)


HOOKS: list[tuple[str, Before, After]] = [
    ('openssl rand -hex 32)|" .env\ndone', nothing, made),
    ("exec -T web python deploy/healthy.py", nothing, answers),
    ("sendtestemail", nothing, arrived),
    ("seat_head", nothing, seated),
    ("docker compose stop web worker beat", damage, lambda typed, said: None),
    ("manage restore", nothing, restored),
    ("docker compose up -d\ndocker compose exec -T web python manage.py check", nothing, back_to_work),
    ("docker compose up -d worker beat", nothing, still_ready),
    ("manage reseal", nothing, still_ready),
    ("verify_audit", nothing, lambda typed, said: None),
]
