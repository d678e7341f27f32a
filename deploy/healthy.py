"""`healthy.py web|worker|beat`: ends with 0 when the process of this container is at work.

The web server is asked as the proxy would ask it. Worker and scheduler touch a file of their own every few
seconds (nudm/core/heartbeats.py); it may be a minute old.
"""

import http.client
import os
import sys
import tempfile
import time
from pathlib import Path

OLDEST = 60.0


def main(role: str) -> int:
    if role == "web":
        return web()
    beat = Path(tempfile.gettempdir()) / f"nudm-{role}"
    if not beat.exists():
        print(f"{role} has not said yet that it is at work", file=sys.stderr)
        return 1
    return int(time.time() - beat.stat().st_mtime > OLDEST)


def web() -> int:
    host = os.environ.get("ALLOWED_HOSTS", "127.0.0.1").split(",")[0].strip().lstrip(".") or "127.0.0.1"
    line = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or 8000), timeout=5)
    try:
        line.request("GET", "/healthz", headers={"Host": host})
        return int(line.getresponse().status != 200)
    except OSError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "web"))
