"""The pages, as ordinary officers see them, against their floors. Prints one line a goal."""

import gzip
import re
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench import national, register, urls

PAIRS = 15


def main() -> None:
    """Build the national set and measure goals 1, 2, 3, 5, 6 and 8."""
    settings.ROOT_URLCONF = "bench.urls"
    settings.ALLOWED_HOSTS = ["*"]
    people = national.build()
    for goal in (dashboard, queries, move, imported, memory, weight):
        print(goal(people), flush=True)


def in_turn(floor: Callable[[], Any], product: Callable[[], Any]) -> tuple[float, float]:
    """Medians in milliseconds; who goes first alternates."""
    times: dict[int, list[float]] = {0: [], 1: []}
    for pair in range(PAIRS):
        for which in ((0, 1), (1, 0))[pair % 2]:
            began = time.perf_counter()
            (floor, product)[which]()
            times[which].append((time.perf_counter() - began) * 1000)
    return statistics.median(times[0]), statistics.median(times[1])


def dashboard(people: Any) -> str:
    """Goal 1: the national dashboard against the same bytes after session and user."""
    client = people.client("ministry")
    page = client.get("/").content
    urls.READY["page"] = page
    floor, warm = in_turn(lambda: client.get("/floor/page"), lambda: client.get("/"))

    def changed() -> None:
        people.touch()
        client.get("/")

    floor_2, cold = in_turn(lambda: client.get("/floor/page"), changed)
    packed = len(gzip.compress(page)) / 1000
    return (
        f"1  national dashboard: {warm:.1f} ms against {floor:.1f}: {warm / floor:.2f} times (goal 1.3); "
        f"after a change {cold:.1f} ms: {cold / floor_2:.2f} times (goal 6); "
        f"{len(page) / 1000:.0f} kB (goal 60), {packed:.1f} gzipped (goal 12)"
    )


def queries(people: Any) -> str:
    """Goal 2: queries a page, for the centre, a nodal officer and an agency."""
    found = []
    for who, pages in (
        ("reviewer", ["/", "/states/UP/", "/phases/UP/1/", "/phases/UP/3/", "/ulbs/UP/", "/ulbs/UP/matrix/"]),
        ("nodal", ["/states/UP/", "/phases/UP/1/", "/phases/UP/3/", "/ulbs/UP/", "/ulbs/UP/matrix/"]),
        ("agency", ["/states/UP/", "/phases/UP/1/"]),
    ):
        client = people.client(who)
        for url in pages:
            client.get(url)
            with CaptureQueriesContext(connection) as seen:
                began = time.perf_counter()
                client.get(url)
                took = (time.perf_counter() - began) * 1000
            found.append(f"{who} {url} {len(seen)} ({took:.0f} ms)")
    return "2  queries (goal 10): " + ", ".join(found)


def move(people: Any) -> str:
    """Goal 3: a checklist move with everything, against a bare change in a transaction."""
    client = people.client("nodal")
    item = people.item()

    def product() -> None:
        item.refresh_from_db()
        act = "withdraw" if item.status == "under_review" else "submit"
        data = {"act": act, "version": item.version, "form_key": str(uuid.uuid4())}
        answer = client.post(item.get_absolute_url(), data)
        if answer.status_code != 302:
            raise RuntimeError(f"the move was answered {answer.status_code}")

    def floor() -> None:
        client.post("/floor/move", {"item": item.pk, "remark": "x"})

    bare, full = in_turn(floor, product)
    return f"3  checklist move: {full:.1f} ms against {bare:.1f}: {full / bare:.2f} times (goal 1.5)"


def imported(_people: Any) -> str:
    """Goal 5: a register read in, with validation, preview, history and log."""
    return register.measure()


def memory(_people: Any) -> str:
    """Goal 6: a web worker that has served pages against a bare Django process (resident memory)."""
    bare = (
        "import django; from django.conf import settings as s; s.configure(); django.setup();"
        "import django.urls, django.template, django.db, django.forms"
    )
    tail = "; print([line.split()[1] for line in open('/proc/self/status') if line.startswith('VmRSS')][0])"
    web = (
        "import nudm.wsgi; from django.conf import settings as s; s.ALLOWED_HOSTS=['*'];"
        "from django.test import Client; c=Client(); c.get('/accounts/login/')"
    )
    size = [
        int(
            subprocess.run(
                [sys.executable, "-c", code + tail], capture_output=True, text=True, check=True
            ).stdout
        )
        for code in (bare, web)
    ]
    ratio = size[1] / size[0]
    return (
        f"6  web worker: {size[1] / 1000:.0f} MB against {size[0] / 1000:.0f}: {ratio:.2f} times (goal 1.6)"
    )


def weight(people: Any) -> str:
    """Goal 8: a first visit with all assets, gzipped."""
    client = people.client("reviewer")
    heaviest = 0.0
    for url in ("/", "/states/UP/", "/phases/UP/1/", "/phases/review/", "/ulbs/UP/matrix/", "/reports/"):
        page = client.get(url).content
        assets = set(re.findall(r'(?:href|src)="/static/([^"]+)"', page.decode()))
        files = [settings.BASE_DIR / "static" / re.sub(r"\.[0-9a-f]{12}(?=\.)", "", name) for name in assets]
        total = len(gzip.compress(page)) + sum(len(gzip.compress(file.read_bytes())) for file in files)
        heaviest = max(heaviest, total / 1000)
    return f"8  first visit, all assets, gzipped: at most {heaviest:.1f} kB (goal 100)"


if __name__ == "__main__":
    main()
