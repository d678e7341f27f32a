"""One size of `bench.growth`: so many nations built, then for each line that is read what is asked in it done
and looked at, and a line of JSON printed."""

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import django

django.setup()

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench import national
from nudm.accounts.models import Session, User
from phases.actions import lines
from ulbs.actions import register, rollout
from ulbs.models import Ulb


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

    return {"nothing": lambda: None, "line": line, "cell": cell, "town": rename}


def look(client: Any, url: str) -> dict[str, float]:
    """How long it took, in milliseconds by the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    answer = client.get(url)
    took = {"clock": time.perf_counter() - clock, "processor": time.process_time() - processor}
    if answer.status_code != 200:
        raise RuntimeError(f"{url} was answered {answer.status_code}")
    return {name: seconds * 1000 for name, seconds in took.items()}


def main(times: float) -> None:
    """Build so many nations, say how many ULBs these are and are in Uttar Pradesh, then answer."""
    settings.ALLOWED_HOSTS = ["*"]
    people = national.build(times)
    acts = changes(people)
    clients = {who: people.client(who) for who in people.emails}
    here = Ulb.objects.filter(state__iso="UP").count()
    print(json.dumps({"ulbs": Ulb.objects.count(), "here": here}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        acts[asked["change"]]()
        client, url = clients[asked["who"]], asked["url"]
        if "count" in asked:
            # As in one look a minute: that the session is in use is to be written too.
            Session.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
            with CaptureQueriesContext(connection) as seen:
                look(client, url)
            frame = sum(query["sql"] in {"BEGIN", "COMMIT"} for query in seen)
            told = f"{len(seen) - frame}" + (f" + {frame}" if frame else "")
            print(json.dumps({"queries": told}), flush=True)
        else:
            print(json.dumps(look(client, url)), flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]))
