"""Runs the suite twice, on SQLite and on PostgreSQL + Redis, with throw-away servers of its own."""

import contextlib
import glob
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
CLAMD = "/usr/sbin/clamd"
# What of the caller's environment reaches the tests: the machine's own, the path of a real export of the LGD,
# how often the long suites kill, how many rounds they race.
KEPT = {"PATH", "HOME", "LANG", "CI", "TMPDIR", "NUDM_LGD_FILE", "SOAK_KILLS", "SOAK_ROUNDS"}
# In two parts, so that no scanner takes this file for the test file.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
MARKER = b"nudm test marker: " + b"the scanner finds this"


def main(arguments: list[str]) -> int:
    """Both runs, whatever the first says; the last line is pytest's own; non-zero if either failed."""
    os.chdir(HERE)
    with tempfile.TemporaryDirectory(prefix="nudm-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with postgres(folder) as database, redis(folder) as broker, clamd(folder) as scanner:
            plain = {
                "VAR_DIR": str(folder / "var-sqlite"),
                "CLAMAV_URL": scanner,
                "NUDM_TEST_RUN": "sqlite",
            }
            served = {
                "VAR_DIR": str(folder / "var-postgres"),
                "DATABASE_URL": database,
                "CELERY_BROKER_URL": broker,
                "CLAMAV_URL": f"unix://{folder / 'clamd/socket'}",
                "NUDM_TEST_RUN": "postgres",
            }
            results = []
            for title, settings in (("SQLite", plain), ("PostgreSQL + Redis", served)):
                print(f"== {title}", flush=True)
                results.append(pytest([*marks_of(title, arguments), *arguments], settings))
    return next((code for code in results if code), 0)


def marks_of(title: str, arguments: list[str]) -> list[str]:
    """What is left out: the long suites, and on SQLite the browser, which walks the real servers once."""
    if "-m" in arguments:
        return []
    short = "not soak and not walls"
    return ["-m", f"{short} and not browser" if title == "SQLite" else short]


def pytest(arguments: list[str], settings: dict[str, str]) -> int:
    """One run on two processes, in an environment that no setting of the caller reaches but those KEPT."""
    kept = {k: v for k, v in os.environ.items() if k in KEPT}
    environment = (
        kept | settings | {"SECRET_KEY": "only-for-tests-" + "x" * 50, "DEMO": "1", "LANG": "C.UTF-8"}
    )
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", *arguments]
    return subprocess.run(command, env=environment, check=False).returncode


@contextlib.contextmanager
def postgres(folder: Path, *, durable: bool = False, password: str = "") -> Iterator[str]:
    """A PostgreSQL server on a free port, as a user that is not root, gone at the end. Only a `durable` one
    waits for the disk. With a `password` its superuser is `postgres`, and everybody has to give theirs."""
    programs = Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
    data = folder / "pg"
    data.mkdir()
    user = []
    if os.getuid() == 0:
        owner = next(name for name in ("postgres", "nobody") if _known(name))
        shutil.chown(data, owner)
        user = ["setpriv", f"--reuid={owner}", "--regid=nogroup", "--clear-groups"]
    port = free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    asked = ["-U", "nudm", "-A", "trust"]
    if password:
        secret = folder / "superuser"
        secret.write_text(password)
        secret.chmod(0o644)
        asked = ["-U", "postgres", "-A", "scram-sha-256", f"--pwfile={secret}"]
    make = [str(programs / "initdb"), "-D", str(data), *asked, "-E", "UTF8", "--no-sync"]
    subprocess.run([*user, *make], check=True, cwd="/", **quiet)
    options = ["-p", str(port), "-k", str(data), "-c", "listen_addresses=127.0.0.1"]
    options += [] if durable else ["-c", "fsync=off"]
    server = subprocess.Popen(
        [*user, str(programs / "postgres"), "-D", str(data), *options], cwd="/", **quiet
    )
    try:
        wait_for(port)
        time.sleep(0.5)
        yield f"postgres://nudm@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        server.wait(20)


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis server on a free port that keeps nothing."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(20)


@contextlib.contextmanager
def clamd(folder: Path) -> Iterator[str]:
    """A virus scanner on a free port and on a socket, with the limits of deploy/clamd.conf. It knows two
    signatures: the industry's test file and MARKER."""
    home = folder / "clamd"
    home.mkdir()
    port = free_port()
    signatures = (("Test-File", EICAR), ("Test-Marker", MARKER))
    (home / "test.ndb").write_text("".join(f"{name}:0:*:{text.hex()}\n" for name, text in signatures))
    own = ("LocalSocket", "TCPSocket", "User")
    deployed = (HERE / "deploy/clamd.conf").read_text().splitlines(keepends=True)
    limits = "".join(line for line in deployed if not line.startswith(own))
    (home / "clamd.conf").write_text(
        f"{limits}TCPSocket {port}\nTCPAddr 127.0.0.1\nLocalSocket {home}/socket\nDatabaseDirectory {home}\n"
    )
    command = [CLAMD, "--config-file", str(home / "clamd.conf")]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield f"tcp://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Until somebody listens, or 30 seconds are over."""
    for _try in range(150):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise TimeoutError(f"nothing listens on port {port}")


def _known(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
