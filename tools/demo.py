"""Starts the demonstration over: its database, files, mails and broker are forgotten and built anew."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent


def main() -> int:
    """Refuses where another database than the embedded one is named."""
    if os.environ.get("DATABASE_URL") or (HERE / ".env").exists():
        print("DATABASE_URL or .env is set: this only forgets the embedded demonstration.", file=sys.stderr)
        return 1
    var = Path(os.environ.get("VAR_DIR", HERE / "var"))
    for name in ("nudm.sqlite3", "nudm.sqlite3-wal", "nudm.sqlite3-shm"):
        (var / name).unlink(missing_ok=True)
    for name in ("files", "mail", "broker"):
        shutil.rmtree(var / name, ignore_errors=True)
    environment = os.environ | {"DEMO": "1"}
    for command in (["migrate", "--verbosity", "0"], ["demo"]):
        done = subprocess.run([sys.executable, "manage.py", *command], cwd=HERE, env=environment, check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
