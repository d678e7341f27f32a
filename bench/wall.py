"""`python -m bench.wall`: what the second wall costs a page, on a PostgreSQL of its own (bench/walled.py)."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.test import postgres


def main() -> int:
    """The pages, in a process that signs in as the owner of the tables."""
    with tempfile.TemporaryDirectory(prefix="nudm-") as folder:
        Path(folder).chmod(0o755)
        with postgres(Path(folder)) as url:
            own = {"DATABASE_URL": url, "WEB_DATABASE_URL": url.replace("nudm@", "nudm_web:x@")}
            quiet = {"VAR_DIR": folder, "DEMO": "1", "LOG_LEVEL": "ERROR"}
            quiet["DJANGO_SETTINGS_MODULE"] = "nudm.settings"
            command = [sys.executable, "-m", "bench.walled"]
            return subprocess.run(command, env=os.environ | quiet | own, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
