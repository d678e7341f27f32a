"""How pages grow with the number of ULBs: those of an eighth of the nation, of the nation, of ten nations.

`python -m bench.growth` builds each in a database of its own (SQLite; with the word `postgres`, three of a
PostgreSQL server of its own), keeps a process for each (`bench.sizes`) and lets them take turns, look by
look, so that what else the machine does is in all of them. It prints, for a nodal officer of the largest
State/UT and for the centre, queries and medians in milliseconds, by the clock and of the processor: with
nothing changed since the last look, and the first look after an officer changed a line of the checklist, a
module in a ULB, a ULB. The look whose queries are counted also writes that its session is in use; BEGIN and
COMMIT of PostgreSQL's transaction are told behind a +.
The growth is that of the medians; beside it the quartiles of the rounds, which are its noise.
"""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psycopg2

from tools.test import postgres

# The least that fills a page of the list: 100 ULBs in Uttar Pradesh.
TIMES = (0.131, 1.0, 10.0)
OF_A_STATE = ("/states/UP/", "/ulbs/UP/", "/ulbs/UP/matrix/")
# A nodal officer's dashboard is the state's page.
PAGES = {"nodal": OF_A_STATE, "reviewer": ("/", *OF_A_STATE)}
CHANGES = ("nothing", "line", "cell", "town")
MEASURES = ("clock", "processor")
ROUNDS, NOT_COUNTED = 41, 4


class Size:
    """A process with so many nations: it is asked a line and answers a line."""

    def __init__(self, times: float, database: str, stack: ExitStack) -> None:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        quiet = {"VAR_DIR": folder, "DEMO": "1", "LOG_LEVEL": "ERROR", "DATABASE_URL": database}
        quiet["DJANGO_SETTINGS_MODULE"] = "nudm.settings"
        command, pipe = [sys.executable, "-m", "bench.sizes", str(times)], subprocess.PIPE
        self.child = stack.enter_context(
            subprocess.Popen(command, env=os.environ | quiet, stdin=pipe, stdout=pipe, text=True)
        )
        stack.callback(self.child.kill)

    def told(self) -> dict[str, Any]:
        line = self.child.stdout.readline() if self.child.stdout else ""
        if not line:
            raise RuntimeError("The process of one size has ended.")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def look(self, **asked: Any) -> dict[str, Any]:
        print(json.dumps(asked), file=self.child.stdin, flush=True)
        return self.told()


def databases(stack: ExitStack) -> list[str]:
    """One a size: their addresses, empty for a file of SQLite."""
    if "postgres" not in sys.argv[1:]:
        return ["" for _times in TIMES]
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    folder.chmod(0o755)
    server = stack.enter_context(postgres(folder))
    line = psycopg2.connect(server)
    line.autocommit = True
    names = [f"size{n}" for n in range(len(TIMES))]
    with line.cursor() as cursor:
        for name in names:
            cursor.execute(f"CREATE DATABASE {name}")
    line.close()
    return [f"{server.removesuffix('postgres')}{name}" for name in names]


def main() -> None:
    """All sizes, each in a process of its own."""
    with ExitStack() as stack:
        sizes = [
            Size(times, database, stack) for times, database in zip(TIMES, databases(stack), strict=True)
        ]
        built = [size.told() for size in sizes]
        for what, name in (("ULBs", "ulbs"), ("of them in Uttar Pradesh", "here")):
            print(f"{what:48}" + "".join(f"{one[name]:15,}" for one in built))
        print(f"{'page':28}{'changed':>9}{'':56}   growth (goal 1.3), quartiles")
        for who, urls in PAGES.items():
            for url in urls:
                _page(sizes, who, url)


def _page(sizes: list[Size], who: str, url: str) -> None:
    looks: dict[str, list[list[dict[str, Any]]]] = {change: [] for change in CHANGES}
    for turn in range(NOT_COUNTED + ROUNDS):
        for change, rounds in looks.items():
            found: list[dict[str, Any]] = [{} for _size in sizes]
            for n in range(len(sizes)):
                place = (n + turn) % len(sizes)
                found[place] = sizes[place].look(who=who, url=url, change=change)
            if turn >= NOT_COUNTED:
                rounds.append(found)
    for change, rounds in looks.items():
        name = f"{who} {url}" if change == CHANGES[0] else ""
        queries = [size.look(who=who, url=url, change=change, count=True)["queries"] for size in sizes]
        print(f"{name:28}{change:>9}{'queries':>11}" + "".join(f"{told:>15}" for told in queries))
        for measure in MEASURES:
            took = [[one[measure] for one in size] for size in zip(*rounds, strict=True)]
            medians = [median(one) for one in took]
            most = max(range(1, len(sizes)), key=medians.__getitem__)
            low, _middle, high = quantiles((b / a for a, b in zip(took[0], took[most], strict=True)), n=4)
            cells = "".join(f"{one:15.1f}" for one in medians)
            print(f"{'':37}{measure:>11}{cells}   {medians[most] / medians[0]:.2f}  {low:.2f}-{high:.2f}")


if __name__ == "__main__":
    main()
