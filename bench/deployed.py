"""A checkout as it is deployed, on this machine alone: real servers, gunicorn, worker, scheduler, nginx."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.test import clamd, free_port, postgres, redis, wait_for

HERE = Path(__file__).resolve().parent.parent
# Seconds that a program has to end by itself.
ENDING = 20
SITE = "https://127.0.0.1"


@dataclass(frozen=True)
class Deployed:
    """The port that officers ask, whether nginx stands there, the processes of the peers, and who is who."""

    port: int
    proxied: bool
    peers: dict[str, int]
    officers: dict[str, Any]
    logs: Path


@contextmanager
def deployed(checkout: Path, folder: Path, officers: int) -> Iterator[Deployed]:
    """Start everything; at the end everything that was started has ended. Raises CalledProcessError where
    the data cannot be built, TimeoutError where a server does not begin to listen within 30 seconds."""
    with ExitStack() as stack:
        peers: dict[str, int] = {}

        def peer(name: str, server: AbstractContextManager[str]) -> str:
            before = _children()
            address = stack.enter_context(server)
            (peers[name],) = _children() - before
            return address

        def started(name: str, words: list[str], port: int = 0, **environment: str) -> int:
            program = _program(words, checkout, folder / f"{name}.log", environment, port)
            return stack.enter_context(program)

        owner = peer("PostgreSQL", postgres(folder, durable=True))
        web_role = owner.replace("nudm@", "nudm_web:web@")
        broker, scanner = peer("Redis", redis(folder)), peer("the scanner", clamd(folder))
        store, relay, web = free_port(), free_port(), free_port()
        moto = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(store)]
        peers["the store"] = started("store", moto, store, **_kept())
        _bucket(store)
        sink = ["-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"127.0.0.1:{relay}"]
        peers["the mail relay"] = started(
            "relay", [sys.executable, "-m", "aiosmtpd", *sink], relay, **_kept()
        )

        common = _kept() | {
            "DJANGO_SETTINGS_MODULE": "nudm.settings",
            "SECRET_KEY": "only-for-measuring-" + "m" * 50,
            "DEMO": "1",
            "VAR_DIR": str(folder / "var"),
            "SITE_URL": SITE,
            "ALLOWED_HOSTS": "127.0.0.1",
            "TRUSTED_PROXIES": "127.0.0.1",
            "CELERY_BROKER_URL": broker,
        }
        served = common | {
            "DATABASE_URL": web_role,
            "CLAMAV_URL": scanner,
            "STORAGE_URL": f"s3://nudm:secret@127.0.0.1:{store}/nudm",
            "STORAGE_SCHEME": "http",
            "EMAIL_URL": f"smtp://127.0.0.1:{relay}",
        }
        building = common | {"DATABASE_URL": owner, "WEB_DATABASE_URL": web_role, "LOG_LEVEL": "ERROR"}
        people = _built(checkout, building, officers)
        started("web", _web(checkout, web), web, **served)
        celery = [sys.executable, "-m", "celery", "-A", "nudm"]
        started("worker", [*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING"], **served)
        started("beat", [*celery, "beat", "--loglevel", "WARNING"], **served)
        nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        port = web
        if nginx is not None:
            port = free_port()
            _configured(checkout, folder / "nginx", web, port)
            started("nginx", [nginx, "-c", str(folder / "nginx/nginx.conf")], port, **_kept())
        yield Deployed(port, nginx is not None, peers, people, folder)


@contextmanager
def hanging(pid: int) -> Iterator[Callable[[], None]]:
    """The process takes lines and says nothing, until the function that this gives is called or the end."""

    def go_on() -> None:
        os.kill(pid, signal.SIGCONT)

    os.kill(pid, signal.SIGSTOP)
    try:
        yield go_on
    finally:
        go_on()


@contextmanager
def _program(
    words: list[str], checkout: Path, log: Path, environment: dict[str, str], port: int
) -> Iterator[int]:
    """A program in a process group of its own, once it listens; its number."""
    with log.open("wb") as out:
        program = subprocess.Popen(
            words, cwd=checkout, env=environment, stdout=out, stderr=out, start_new_session=True
        )
        try:
            if port:
                wait_for(port)
            yield program.pid
        finally:
            program.terminate()
            try:
                program.wait(ENDING)
            except subprocess.TimeoutExpired:
                os.killpg(program.pid, signal.SIGKILL)
                program.wait()


def _built(checkout: Path, environment: dict[str, str], officers: int) -> dict[str, Any]:
    """The data set of the checkout, and its officers (bench/officers.py)."""
    command = [sys.executable, str(HERE / "bench/officers.py"), str(officers)]
    done = subprocess.run(
        command, cwd=checkout, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _web(checkout: Path, port: int) -> list[str]:
    """The image's own command: the same options, on a port of ours."""
    found = re.search(r"^CMD (\[.*\])$", (checkout / "Dockerfile").read_text(), re.MULTILINE)
    assert found is not None
    words = json.loads(found[1])
    words[words.index("--bind") + 1] = f"127.0.0.1:{port}"
    return [sys.executable, "-m", *words]


def _configured(checkout: Path, folder: Path, web: int, port: int) -> None:
    """The project's own configuration behind a balancer, which the officers' requests come from. Only paths
    and ports differ from what is deployed."""
    source = checkout / "deploy/nginx"
    single = not source.is_dir()
    shutil.copytree(checkout / "deploy" if single else source, folder)
    changes = {
        "listen 80;": f"listen 127.0.0.1:{port};",
        "web:8000": f"127.0.0.1:{web}",
        "${BALANCER}": "127.0.0.1",
        "127.0.0.1:8081": f"127.0.0.1:{free_port()}",
        "/etc/nginx/nudm": str(folder),
        "/dev/stdout": str(folder / "access.log"),
    }
    for path in folder.glob("*.conf"):
        text = path.read_text()
        for old, new in changes.items():
            text = text.replace(old, new)
        path.write_text(text)
    site = folder / "site-of-the-measure.conf"
    (folder / ("nginx.conf" if single else "balancer.conf")).rename(site)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    user = "user root;\n" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off;\n{user}worker_processes auto;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        "events { worker_connections 1024; }\nhttp {\ninclude /etc/nginx/mime.types;\n"
        f"{places}include {site};\n}}\n"
    )


def _bucket(port: int) -> None:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    line.request("PUT", "/nudm")
    if line.getresponse().status != 200:
        raise RuntimeError("The store made no bucket.")
    line.close()


def _kept() -> dict[str, str]:
    """What of the caller's environment reaches the programs."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}


def _children() -> set[int]:
    """The processes that this one has started."""
    return {int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}
