"""Places and servers that tests may fill, kill and stop."""

import contextlib
import glob
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from tools.test import free_port, wait_for


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own that has so much room and no more. Only root may mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    done = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"Missing: the right to mount a small disk. Run as root. {done.stderr}"
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def full(disk: Path) -> Iterator[None]:
    """Not a byte is left on the disk."""
    ballast = disk / "ballast"
    try:
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(b"x" * 4096) == 4096:
                pass
        yield
    finally:
        ballast.unlink(missing_ok=True)


def shifted(folder: Path, by: timedelta) -> tuple[Callable[[timedelta], None], dict[str, str]]:
    """A clock for the processes of an installation that is `by` ahead, and can be set while they run; and the
    environment that gives it to them."""
    library, file = folder / "clock.so", folder / "clock"
    source = Path(__file__).with_name("clock.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(source)], check=True)

    def set_to(ahead: timedelta) -> None:
        part = file.with_suffix(".part")
        part.write_text(f"{ahead.total_seconds():.0f}\n")
        part.replace(file)

    set_to(by)
    return set_to, {"LD_PRELOAD": str(library), "CLOCK_AHEAD": str(file)}


class Postgres:
    """A PostgreSQL of its own, with fsync, that can be killed and started again."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.options, self.stops = options, 0
        self.programs = Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
        self.data, self.port = folder / "pg", free_port()
        folder.chmod(0o755)
        self.data.mkdir(mode=0o700)
        self.user: list[str] = []
        if os.getuid() == 0:
            shutil.chown(self.data, "postgres")
            self.user = ["setpriv", "--reuid=postgres", "--regid=nogroup", "--clear-groups"]
        make = [str(self.programs / "initdb"), "-D", str(self.data), "-U", "nudm", "-A", "trust"]
        subprocess.run([*self.user, *make], check=True, cwd="/", stdout=subprocess.DEVNULL)
        self.url = f"postgres://nudm@127.0.0.1:{self.port}/postgres"
        self.start()

    def start(self) -> None:
        self.launch()
        wait_for(self.port)

    def launch(self) -> None:
        options = [
            "-p",
            str(self.port),
            "-k",
            str(self.data),
            "-c",
            "listen_addresses=127.0.0.1",
            *self.options,
        ]
        command = [*self.user, str(self.programs / "postgres"), "-D", str(self.data), *options]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.server = subprocess.Popen(command, cwd="/", start_new_session=True, **quiet)

    @contextlib.contextmanager
    def kept_up(self) -> Iterator[None]:
        """Started again when it stops, as the compose file does (`restart: unless-stopped`)."""
        over = threading.Event()

        def keep() -> None:
            while not over.wait(0.5):
                if self.server.poll() is not None:
                    self.stops += 1
                    (self.data / "postmaster.pid").unlink(missing_ok=True)
                    self.launch()

        keeper = threading.Thread(target=keep)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()

    def kill(self) -> None:
        """The postmaster and each of its servers, which are sessions of their own."""
        children = subprocess.run(
            ["pgrep", "-P", str(self.server.pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        for pid in [self.server.pid, *map(int, children)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.server.wait()
        # What a crash of the machine would take away, and a crash of the program leaves.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
