"""One size of `bench.growth`: so many nations built, the pages looked at, a line of JSON printed."""

import json
import statistics
import sys
import time
from typing import Any

import django

django.setup()

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench import national
from states.actions import touch
from states.models import State
from ulbs.models import Ulb

PAGES = ("/", "/states/UP/", "/ulbs/UP/", "/ulbs/UP/matrix/")
ROUNDS = 21


def measure(times: float) -> dict[str, Any]:
    """Build so many nations and look at the pages."""
    settings.ALLOWED_HOSTS = ["*"]
    people = national.build(times)
    up = State.objects.get(iso="UP")
    pages: dict[str, tuple[float, float, int]] = {}
    for who in ("nodal", "reviewer"):
        client = people.client(who)

        def look(url: str, client: Any = client) -> float:
            began = time.perf_counter()
            answer = client.get(url, follow=True)
            took = (time.perf_counter() - began) * 1000
            if answer.status_code != 200:
                raise RuntimeError(f"{url} was answered {answer.status_code}")
            return took

        for url in PAGES:
            look(url)
            warm = statistics.median(look(url) for _round in range(ROUNDS))
            with CaptureQueriesContext(connection) as seen:
                look(url)
                queries = len(seen)
            cold = []
            for _round in range(ROUNDS):
                touch(up)
                cold.append(look(url))
            pages[f"{who} {url}"] = (warm, statistics.median(cold), queries)
    return {"ulbs": Ulb.objects.count(), "pages": pages}


if __name__ == "__main__":
    print(json.dumps(measure(float(sys.argv[1]))))
