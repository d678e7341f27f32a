"""Runs the demonstration: web server, worker and scheduler, as one. Ctrl-C stops all and loses nothing."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

HERE = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PORT = os.environ.get("PORT", "8000")
ADDRESS = f"http://127.0.0.1:{PORT}"
CHILDREN = {
    "web": [
        str(BIN / "gunicorn"),
        "nudm.wsgi",
        "--bind",
        f"127.0.0.1:{PORT}",
        "--workers",
        "2",
        "--preload",
        "--log-level",
        "warning",
    ],
    "worker": [
        str(BIN / "celery"),
        "--quiet",
        "-A",
        "nudm",
        "worker",
        "-B",
        "--concurrency",
        "1",
        "--loglevel",
        "WARNING",
    ],
}


def main() -> int:
    """Prepare the data, start the children, start again one that dies, stop all when asked to."""
    os.chdir(HERE)
    os.environ |= {"DEMO": "1", "SITE_URL": ADDRESS, "DJANGO_SETTINGS_MODULE": "nudm.settings"}
    if taken():
        print(f"Port {PORT} is in use. Choose another: PORT=8001 make run", file=sys.stderr)
        return 1
    commands = [["migrate", "--verbosity", "0"], ["demo"]]
    if not collected():
        commands.append(["collectstatic", "--noinput", "--verbosity", "0", "--ignore", "*redoc*"])
    for command in commands:
        done = subprocess.run([sys.executable, "manage.py", *command], check=False)
        if done.returncode:
            return done.returncode
    asked: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    running = {name: start(name) for name in CHILDREN}
    born = dict.fromkeys(CHILDREN, time.monotonic())
    greet()
    while not asked:
        time.sleep(0.2)
        for name, child in running.items():
            if child.poll() is not None and time.monotonic() - born[name] > 3:
                print(f"The {name} stopped ({child.returncode}); it is started again.", file=sys.stderr)
                running[name], born[name] = start(name), time.monotonic()
    end(list(running.values()))
    return 0


def start(name: str) -> subprocess.Popen[bytes]:
    """A child in a process group of its own, so that Ctrl-C reaches only this program."""
    return subprocess.Popen(CHILDREN[name], start_new_session=True)


def end(children: list[subprocess.Popen[bytes]]) -> None:
    """Ask each to finish what it does; after 20 seconds, end the rest with all they started."""
    for child in children:
        child.terminate()
    limit = time.monotonic() + 20
    for child in children:
        try:
            child.wait(max(0.1, limit - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)


def collected() -> bool:
    """Whether the static files were gathered since the last of them, and the packages, changed."""
    made = Path(os.environ.get("VAR_DIR") or HERE / "var") / "static/staticfiles.json"
    sources = [HERE / "requirements/base.txt", *(HERE / "static").rglob("*")]
    return made.exists() and made.stat().st_mtime > max(source.stat().st_mtime for source in sources)


def taken() -> bool:
    """Whether somebody listens on the port already."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(PORT))) == 0


def greet() -> None:
    """The address and the demonstration accounts."""
    password = os.environ.get("DEMO_PASSWORD", "nudm-demo-2026")
    print(
        f"\n  NUDM Tracker, demonstration: {ADDRESS}\n"
        f"  Password of all accounts: {password}\n"
        "    centre@demo.nudm  reviewer@demo.nudm  ministry@demo.nudm\n"
        "    state.kl@demo.nudm  state.mh@demo.nudm  … one nodal officer a State/UT\n"
        "    agency@demo.nudm  town.kl@demo.nudm\n"
        "  Mail is written to var/mail. Ctrl-C stops.\n",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
