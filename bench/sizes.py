"""One size of `bench.growth`: so many nations built, the pages looked at, a line of JSON printed."""

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import django

django.setup()

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench import national
from nudm.accounts.models import User
from phases.actions import lines
from ulbs.actions import register, rollout
from ulbs.models import Ulb

PAGES = ("/", "/states/UP/", "/ulbs/UP/", "/ulbs/UP/matrix/")
ROUNDS = 21


def changes(people: national.People) -> dict[str, Callable[[], Any]]:
    """What an officer of Uttar Pradesh changes: a line of the checklist, a module in a ULB, a ULB's name."""
    nodal, turn = User.objects.get(email=people.emails["nodal"]), count(1)
    item = people.item()
    item = (
        lines.move(item, "withdraw", version=item.version, by=nodal)
        if item.status == "under_review"
        else item
    )
    town = Ulb.objects.filter(state__iso="UP", in_scope=True, ended="").select_related("state")[0]

    def line() -> None:
        version = type(item).objects.get(pk=item.pk).version
        lines.save_remark(item, f"Remark {next(turn)}", version=version, by=nodal)

    def cell() -> None:
        rollout.save_cell(town, "SV", {"in_scope": bool(next(turn) % 2)}, version=None, by=nodal)

    def rename() -> None:
        version = Ulb.objects.get(pk=town.pk).version
        register.edit_details(town, {"name": f"Town {next(turn)}"}, version=version, by=nodal)

    return {"line": line, "cell": cell, "town": rename}


def measure(times: float) -> dict[str, Any]:
    """Build so many nations and look at the pages: nothing changed, and after each kind of change."""
    settings.ALLOWED_HOSTS = ["*"]
    people = national.build(times)
    acts, pages = changes(people), {}
    for who in ("nodal", "reviewer"):
        client = people.client(who)

        def look(url: str, client: Any = client) -> float:
            began = time.perf_counter()
            answer = client.get(url, follow=True)
            took = (time.perf_counter() - began) * 1000
            if answer.status_code != 200:
                raise RuntimeError(f"{url} was answered {answer.status_code}")
            return took

        def after(act: Callable[[], Any], url: str, look: Any = look) -> Iterator[float]:
            for _round in range(ROUNDS):
                act()
                yield look(url)

        for url in PAGES:
            look(url)
            warm = statistics.median(look(url) for _round in range(ROUNDS))
            with CaptureQueriesContext(connection) as seen:
                look(url)
                queries = len(seen)
            cold = {name: statistics.median(after(act, url)) for name, act in acts.items()}
            pages[f"{who} {url}"] = {"queries": queries, "nothing": warm, **cold}
    return {"ulbs": Ulb.objects.count(), "pages": pages}


if __name__ == "__main__":
    print(json.dumps(measure(float(sys.argv[1]))))
