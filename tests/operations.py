"""In the place of Docker, for the test that types docs/operations.md: what a container would run runs here.

`docker compose ...` becomes the process that the service of docker-compose.yml stands for, with the
environment that compose would give it. Names of hosts become the addresses of the test's real servers:

| compose | here |
|---|---|
| `build` | the static files are gathered, as the Dockerfile does |
| `up -d` | roles, bucket and prepare run; web, worker and beat start, again where their settings changed |
| `run --rm SERVICE ...` | the service's program with these words; `/backups` is BACKUP_FOLDER |
| `stop`, `exec web`, `ps -q web`, `inspect`, `stop ID`, `rm ID` | the processes |
| `exec nginx nginx -s reload` | a real nginx, with `upstream.conf` of deploy/nginx |
| postgres, redis, storage, clamav, mail | servers that the test has started; `bucket` is `make_bucket` |
"""

import http.client
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.compose import compose, env_file

HERE = Path(__file__).resolve().parent.parent
STATE = "NUDM_OPERATIONS"
SERVED = ("web", "worker", "beat")


class Host:
    """The machine that the document is typed on: a folder with the code's files, and what runs there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "host.json"
        held = json.loads(self.file.read_text())
        self.addresses: dict[str, str] = held["addresses"]
        self.port: int = held["port"]
        self.nginx: str = held["nginx"]
        self.running: dict[str, dict[str, Any]] = held.get("running", {})

    def save(self) -> None:
        held = {"addresses": self.addresses, "port": self.port, "nginx": self.nginx, "running": self.running}
        self.file.write_text(json.dumps(held))

    def service(self, name: str) -> dict[str, Any]:
        return dict(compose(env_file(self.folder / ".env"))["services"][name])

    def environment(self, name: str) -> dict[str, str]:
        """What compose gives the service, with this machine's addresses in place of the containers'."""
        given = {key: str(text) for key, text in self.service(name)["environment"].items()}
        for there, here in self.addresses.items():
            given = {key: text.replace(there, here) for key, text in given.items()}
        places = {"VAR_DIR": str(self.folder / "var"), "STATIC_ROOT": str(self.folder / "static_files")}
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        return kept | given | places | {"TMPDIR": str(self.folder), "PORT": str(self.port)}

    def once(self, name: str, words: list[str]) -> int:
        """A program that ends."""
        folder = env_file(self.folder / ".env")["BACKUP_FOLDER"]
        words = [folder + word[8:] if word.startswith("/backups") else word for word in words]
        return subprocess.run(
            self.command(words), cwd=HERE, env=self.environment(name), check=False
        ).returncode

    def command(self, words: list[str]) -> list[str]:
        """The words of a container, with the programs of this machine."""
        programs = {"python": sys.executable, "celery": f"{Path(sys.executable).parent}/celery"}
        return [programs.get(words[0], words[0]), *words[1:]]

    def run(self, name: str, words: list[str]) -> int:
        """`docker compose run`: the words instead of the service's own."""
        service = self.service(name)
        if name == "bucket":
            return self.once("prepare", ["python", "manage.py", "make_bucket"])
        own = shlex.split(service["command"]) if isinstance(service.get("command"), str) else []
        done = (
            self.steps(name, own) if not words else self.once(name, [*service.get("entrypoint", []), *words])
        )
        return done

    def steps(self, name: str, words: list[str]) -> int:
        if words[0] != "sh":
            return self.once(name, words)
        codes = (self.once(name, shlex.split(step)) for step in words[2].split(" && "))
        return next((code for code in codes if code), 0)

    def up(self, names: list[str], *, more: bool = False) -> int:
        if not names:
            for name in ("roles", "bucket", "prepare"):
                if code := self.run(name, []):
                    return code
        for name in names or SERVED:
            wanted = self.environment(name)
            for key in [key for key in self.running if key.startswith(name)]:
                if not more and self.running[key]["environment"] != wanted:
                    self.stop(key)
            if more or not any(key.startswith(name) for key in self.running):
                self.start(name, wanted)
        return 0

    def start(self, name: str, environment: dict[str, str]) -> None:
        number = 1 + max(
            (int(key.removeprefix(name)) for key in self.running if key.startswith(name)), default=0
        )
        # Each web server has an address of its own, and all the same port, as containers have.
        address = f"127.{os.getpid() % 200 + 20}.{self.port % 250}.{number + 1}"
        words = [f"{Path(sys.executable).parent}/gunicorn", "nudm.wsgi", "--bind", f"{address}:{self.port}"]
        if name != "web":
            words = self.command(shlex.split(self.service(name)["command"]))
        with (self.folder / f"{name}{number}.log").open("wb") as log:
            process = subprocess.Popen(
                words, cwd=HERE, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        self.running[f"{name}{number}"] = {
            "pid": process.pid, "address": address, "environment": environment,
        }  # fmt: skip
        self.save()
        if name == "web":
            self.upstream()

    def stop(self, key: str) -> None:
        """SIGTERM, and until it has ended: what it has begun it ends."""
        held = self.running.pop(key)
        self.save()
        try:
            os.kill(held["pid"], signal.SIGTERM)
            for _try in range(600):
                if not alive(held["pid"]):
                    return
                time.sleep(0.1)
            os.killpg(held["pid"], signal.SIGKILL)
        except ProcessLookupError:
            return

    def healthy(self, key: str) -> bool:
        line = http.client.HTTPConnection(self.running[key]["address"], self.port, timeout=5)
        try:
            line.request("GET", "/healthz", headers={"Host": "tracker.example.in"})
            return line.getresponse().status == 200
        except OSError:
            return False

    def upstream(self) -> None:
        """The file that nginx reads, with the name that Docker would resolve put in."""
        text = (self.folder / "deploy/nginx/upstream.conf").read_text()
        webs = [held["address"] for key, held in self.running.items() if key.startswith("web")]
        lines = (
            [text.replace("web:8000", f"{address}:8000") for address in webs]
            if "web:8000" in text
            else [text]
        )
        servers = "".join(lines).replace(":8000", f":{self.port}")
        (Path(self.nginx) / "nudm/upstream.conf").write_text(servers or "server 127.0.0.1:9;")

    def reload(self) -> int:
        self.upstream()
        command = ["/usr/sbin/nginx", "-c", f"{self.nginx}/nginx.conf", "-s", "reload"]
        return subprocess.run(command, check=False).returncode


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def main(words: list[str]) -> int:
    """One call of `docker`."""
    host = Host(Path(os.environ[STATE]))
    if words[0] == "compose":
        act, *rest = words[1:]
        return ACTS[act](host, [word for word in rest if word not in OPTIONS], "--scale" in rest)
    if words[0] == "inspect":
        held = host.running[words[-1]]
        health = "healthy" if host.healthy(words[-1]) else "starting"
        print(held["address"] if "IPAddress" in words[2] else health)
    for key in words[1:]:
        if words[0] in {"stop", "rm"} and key in host.running:
            host.stop(key)
    return 0


OPTIONS = {"-d", "-T", "--rm", "-q", "--no-deps", "--no-recreate"}


def build(host: Host, _words: list[str], _more: bool) -> int:
    building = {"SECRET_KEY": "only-for-building", "VAR_DIR": str(host.folder / "building")}
    places = {"PATH": os.environ["PATH"], "STATIC_ROOT": str(host.folder / "static_files")}
    gather = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    done = subprocess.run(
        [*gather, "--ignore", "*spectacular*"], cwd=HERE, env=building | places, check=False
    )
    return done.returncode or int((host.folder / "building/secret_key").exists())


def stop(host: Host, words: list[str], _more: bool) -> int:
    for key in [key for key in host.running if key.rstrip("0123456789") in words]:
        host.stop(key)
    return 0


def listed(host: Host, _words: list[str], _more: bool) -> int:
    print("\n".join(key for key in host.running if key.startswith("web")))
    return 0


def execute(host: Host, words: list[str], _more: bool) -> int:
    if words[0] == "nginx":
        return host.reload()
    if "healthy.py" not in words[-2]:
        return host.once(words[0], words[1:])
    for _try in range(100):
        if host.healthy(next(key for key in host.running if key.startswith("web"))):
            return 0
        time.sleep(0.3)
    return 1


ACTS: dict[str, Callable[[Host, list[str], bool], int]] = {
    "build": build,
    "up": lambda host, words, more: host.up([word for word in words if word in SERVED], more=more),
    "run": lambda host, words, more: host.run(words[0], words[1:]),
    "stop": stop,
    "ps": listed,
    "exec": execute,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
