"""The pages, as ordinary officers see them, against their floors. Prints one line a goal."""

import gzip
import re
import time
from typing import Any

import django

django.setup()

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench import national, register, reports, served


def main() -> None:
    """Build the national set and measure: what is served and read in on both databases, the rest once."""
    settings.ROOT_URLCONF = "bench.urls"
    settings.ALLOWED_HOSTS = ["*"]
    people = national.build()
    for line in served.measure(people):
        print(line, flush=True)
    once = (queries, laid_out, weight) if connection.vendor == "sqlite" else ()
    for goal in (*once, imported):
        print(goal(people), flush=True)


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


def laid_out(_people: Any) -> str:
    """Goal 4: a report as a tagged PDF, against the layout engine without care and a cold browser."""
    return reports.measure()


def imported(_people: Any) -> str:
    """Goal 5: a register read in, with validation, preview, history and log."""
    return register.measure()


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
