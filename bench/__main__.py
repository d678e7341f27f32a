"""`make bench`: floor and product in turn, A B A B, medians, as ordinary officers, on the national set.

On PostgreSQL 15 with its own settings (each commit is on the disk), through the role of the web behind
row-level security; then on SQLite.
"""

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from tools.test import postgres

HERE = Path(__file__).resolve().parent.parent
PORT = "8973"


def main() -> int:
    """Both databases in processes of their own; then how long the program takes to start."""
    with tempfile.TemporaryDirectory(prefix="nudm-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with postgres(folder, durable=True) as url:
            web = url.replace("nudm@", "nudm_web:web@")
            served = measure(folder / "postgresql", DATABASE_URL=url, WEB_DATABASE_URL=web)
        failed = measure(folder / "sqlite", DATABASE_URL="") or served
    with tempfile.TemporaryDirectory() as place:
        seconds = [start(place) for _time in range(3)]
    first, again = seconds[0], min(seconds[1:])
    print(f"7  make run, to the first page: data built {first:.1f} s, again {again:.1f} s (goal: 5)")
    return failed


def measure(place: Path, **database: str) -> int:
    """One database; what the process ended with."""
    place.mkdir()
    own = {"VAR_DIR": str(place), "DEMO": "1", "LOG_LEVEL": "ERROR"}
    environment = os.environ | own | {"DJANGO_SETTINGS_MODULE": "nudm.settings"} | database
    return subprocess.run([sys.executable, "-m", "bench.measure"], env=environment, check=False).returncode


def start(folder: str) -> float:
    """Seconds from the start of the demonstration to its first page."""
    began = time.monotonic()
    program = subprocess.Popen(
        [sys.executable, "tools/run.py"],
        cwd=HERE,
        env=os.environ | {"VAR_DIR": folder, "PORT": PORT},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while time.monotonic() - began < 60:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}/accounts/login/", timeout=1)
                return time.monotonic() - began
            except OSError:
                time.sleep(0.05)
        raise TimeoutError("the demonstration did not answer within a minute")
    finally:
        program.terminate()
        program.wait(30)


if __name__ == "__main__":
    sys.exit(main())
