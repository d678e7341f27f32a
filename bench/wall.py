"""`python -m bench.wall`: what the second wall costs a page. The same pages on PostgreSQL in turn, A B A B: as
the owner of the tables, whom no policy binds, without any scope; and as the web role within the person's."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from io import StringIO
from pathlib import Path
from typing import Any

PAIRS = 30
PAGES = (
    ("ministry", "/"),
    ("nodal", "/states/UP/"),
    ("nodal", "/phases/UP/3/"),
    ("nodal", "/ulbs/UP/"),
    ("nodal", "/ulbs/UP/matrix/"),
)


def main() -> None:
    """Measure in this process, which signs in as the owner."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    from bench import national
    from nudm.core import scope

    settings.ALLOWED_HOSTS = ["*"]
    call_command("migrate", verbosity=0)
    call_command("grant_database", stdout=StringIO())
    people = national.build()
    owner = connections["default"]
    web = owner.copy()
    web.settings_dict = {**owner.settings_dict, "USER": "nudm_web", "PASSWORD": "x"}
    whole = scope.of

    @contextmanager
    def behind_the_wall() -> Iterator[None]:
        connections["default"] = web
        try:
            yield
        finally:
            connections["default"] = owner

    @contextmanager
    def without_it() -> Iterator[None]:
        scope.of = lambda person: nullcontext()  # type: ignore[assignment]
        try:
            yield
        finally:
            scope.of = whole

    for who, address in PAGES:
        client = people.client(who)
        for title, before in (("remembered", None), ("after a change", people.touch)):
            print(told(client, who, address, title, before, without_it, behind_the_wall), flush=True)


def told(client: Any, who: str, address: str, title: str, before: Any, *ways: Callable[[], Any]) -> str:
    """One line: medians in milliseconds, and their ratio. Who goes first alternates."""
    times: list[list[float]] = [[], []]
    for pair in range(PAIRS + 2):
        for which in ((0, 1), (1, 0))[pair % 2]:
            if before is not None:
                before()
            with ways[which]():
                began = time.perf_counter()
                answer = client.get(address)
                took = (time.perf_counter() - began) * 1000
            assert answer.status_code == 200 and len(answer.content) > 2000
            if pair > 1:
                times[which].append(took)
    free, walled = map(statistics.median, times)
    return f"{who} {address}, {title}: {free:.1f} ms without, {walled:.1f} ms with: {walled / free:.2f} times"


if __name__ == "__main__":
    if os.environ.get("DATABASE_URL"):
        main()
        sys.exit()
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from tools.test import postgres

    with tempfile.TemporaryDirectory(prefix="nudm-") as folder:
        Path(folder).chmod(0o755)
        with postgres(Path(folder)) as url:
            quiet = {
                "VAR_DIR": folder,
                "DEMO": "1",
                "LOG_LEVEL": "ERROR",
                "DJANGO_SETTINGS_MODULE": "nudm.settings",
            }
            own = {"DATABASE_URL": url, "WEB_DATABASE_URL": url.replace("nudm@", "nudm_web:x@")}
            command = [sys.executable, "-m", "bench.wall"]
            sys.exit(subprocess.run(command, env=os.environ | quiet | own, check=False).returncode)
