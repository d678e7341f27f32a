"""Goal 4: a report of six pages against itself laid out without care, a cold browser, two workers, memory."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

from pypdf import PdfReader
from weasyprint import CSS, HTML

from nudm.core import pdf
from nudm.core.dates import today
from reports import pdf as papers
from reports import snapshot
from reports.documents.build import content_of
from reports.models import Report
from states.models import State

PAIRS, REPORTS, BROWSER = 5, 37, "/usr/bin/chromium"


def measure() -> str:
    """One line: medians in turn, and their ratios."""
    month = today().replace(day=1)
    report = Report(kind=Report.Kind.MPR, state=State.objects.get(iso="HP"), language="hi")
    report.month, report.as_on, report.number = month, today(), 0
    content = content_of(report)
    page, css = papers.page_of(content, snapshot.digest_of(content))
    plain = css.replace("table-layout: fixed;", "")
    with tempfile.TemporaryDirectory() as folder:
        sheet = Path(folder) / "page.html"
        sheet.write_text(page.replace("<head>", f"<head><style>{css}</style>"))
        ours, untuned, browser = in_turn(
            lambda: pdf.render(page, css),
            lambda: HTML(string=page).write_pdf(stylesheets=[CSS(string=plain)], pdf_variant="pdf/ua-1"),
            lambda: printed(sheet),
        )
        order = Path(folder) / "order.json"
        order.write_text(json.dumps([page, css]))
        turns = {(turn, count): crowd(count, order) for turn, count in enumerate((1, 2, 2, 1))}
        one, two = (median(took for (_turn, of), took in turns.items() if of == count) for count in (1, 2))
        own, press, together = weights(order)
    pages = len(PdfReader(BytesIO(pdf.render(page, css))).pages)
    return (
        f"4  report of {pages} pages, tagged: {ours:.2f} s against {untuned:.2f} without care: "
        f"{ours / untuned:.2f} times (goal 0.85); a cold browser {browser:.2f} s: {ours / browser:.2f} times "
        f"(goal 1); {REPORTS} reports on one worker {one:.1f} s, on two {two:.1f}: {one / two:.2f} times "
        f"(goal 1.85); a worker {own:.0f} MB, its child that lays out {press:.0f} (goal 110), both and what "
        f"they share {together:.0f}"
    )


def in_turn(*acts: Callable[[], Any]) -> Iterable[float]:
    """The median seconds of each; who goes first changes; the first round is not counted."""
    times: list[list[float]] = [[] for _act in acts]
    for turn in range(PAIRS + 1):
        for step in range(len(acts)):
            which = (turn + step) % len(acts)
            began = time.perf_counter()
            acts[which]()
            if turn:
                times[which].append(time.perf_counter() - began)
    return [median(seconds) for seconds in times]


def printed(sheet: Path) -> None:
    """The same page by a browser started for it, with a profile of its own: workers cannot share one."""
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
    quiet += ["--disable-background-networking", "--disable-component-update", "--no-pdf-header-footer"]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        own = [f"--user-data-dir={profile}", f"--print-to-pdf={sheet.with_suffix('.pdf')}"]
        subprocess.run([BROWSER, *quiet, *own, str(sheet)], capture_output=True, check=True)


def crowd(count: int, order: Path) -> float:
    """Seconds for all reports on `count` workers, from the moment when all are ready."""
    with workers(count, order) as (todo, crew):
        began = time.perf_counter()
        os.write(todo, b"." * REPORTS)
        os.close(todo)
        for worker in crew:
            worker.wait()
        return time.perf_counter() - began


def weights(order: Path) -> tuple[float, float, float]:
    """MB at the peak of one worker: its own, of its child that lays out, of all that it started, where what
    they share is counted once. Not while time is taken: to ask for it costs time.
    """
    own = press = together = 0.0
    with workers(1, order) as (todo, (worker,)):
        os.write(todo, b"..")
        os.close(todo)
        while worker.poll() is None:
            first, *rest = family(worker.pid)
            own = max(own, megabytes(first, "Rss"))
            press = max(press, *(megabytes(pid, "Rss") for pid in rest), 0.0)
            together = max(together, sum(megabytes(pid, "Pss") for pid in (first, *rest)))
            time.sleep(0.02)
    return own, press, together


@contextmanager
def workers(count: int, order: Path) -> Iterator[tuple[int, list[subprocess.Popen[bytes]]]]:
    """So many workers, ready, that take one order for each byte written to the pipe which they share."""
    orders, todo = os.pipe()
    command = [sys.executable, "-m", "bench.worker", str(order)]
    crew = [subprocess.Popen(command, stdin=orders, stdout=subprocess.PIPE) for _worker in range(count)]
    os.close(orders)
    for worker in crew:
        if not worker.stdout or worker.stdout.readline() != b"ready\n":
            raise RuntimeError("a worker did not start")
    yield todo, crew
    for worker in crew:
        worker.communicate()


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in family(int(child)))]


def megabytes(pid: int, kind: str) -> float:
    """The resident memory of a process; `Pss` counts what it shares by shares."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{kind}:")), 0.0)
