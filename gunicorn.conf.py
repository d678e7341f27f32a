"""How gunicorn serves: read by itself from the folder that it is started in (`gunicorn nudm.wsgi`)."""

import os
from pathlib import Path
from typing import Any

from django.utils.module_loading import import_string

bind = f"127.0.0.1:{os.environ.get('PORT') or 8000}"
workers = int(os.environ.get("WEB_WORKERS") or 2)
# The checks are made once, before anybody is served.
preload_app = True
# Longer than any page takes; nginx waits a little longer still (deploy/nginx).
timeout = 60
graceful_timeout = 45
# A process grows with what it has served: each is replaced after so many requests, not all at once.
max_requests = 5000
max_requests_jitter = 500
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


def on_starting(server: Any) -> None:
    """Before a port is open: what is safe on this machine alone need not be where others may knock."""
    server.app.wsgi()
    listens = [one[0] for one in server.cfg.address if isinstance(one, tuple)]
    import_string("nudm.core.checks.refuse_unsafe")(listens)


def post_fork(server: Any, worker: Any) -> None:
    """A long answer that is sent in pieces tells the server with each that its worker is at work."""
    import_string("nudm.core.heartbeat.listen")(worker.notify)
