"""Goal 4: a report of six pages against itself laid out without care, a cold browser, two workers, memory."""

import multiprocessing
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

from pypdf import PdfReader
from weasyprint import CSS, HTML

from bench.worker import work
from nudm.core import pdf
from nudm.core.dates import today
from reports import pdf as papers
from reports import snapshot
from reports.documents.build import content_of, day_for
from reports.models import Report
from states.models import State

PAIRS, REPORTS, BROWSER = 5, 37, "/usr/bin/chromium"


def measure() -> str:
    """One line: medians in turn, and their ratios."""
    month = today().replace(day=1)
    report = Report(kind=Report.Kind.MPR, state=State.objects.get(iso="HP"), language="hi")
    report.month, report.as_on = month, day_for(month)
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
    pages = len(PdfReader(BytesIO(pdf.render(page, css))).pages)
    (one, size, peak), (two, _size, _peak) = (crowd(count, page, css) for count in (1, 2))
    return (
        f"4  report of {pages} pages, tagged: {ours:.2f} s against {untuned:.2f} without care: "
        f"{ours / untuned:.2f} times (goal 0.85); a cold browser {browser:.2f} s: {ours / browser:.2f} times "
        f"(goal 1); {REPORTS} reports on one worker {one:.1f} s, on two {two:.1f}: {one / two:.2f} times "
        f"(goal 1.85); a worker {size:.0f} MB (goal 110), with its press at the peak {peak:.0f}"
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
    """The same page by a browser that is started for it."""
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
    quiet += ["--disable-background-networking", "--disable-component-update", "--no-pdf-header-footer"]
    out = sheet.with_suffix(".pdf")
    command = [
        BROWSER,
        *quiet,
        f"--user-data-dir={sheet.parent}/profile",
        f"--print-to-pdf={out}",
    ]
    subprocess.run([*command, str(sheet)], capture_output=True, check=True)


def crowd(count: int, page: str, css: str) -> tuple[float, float, float]:
    """Seconds for all reports on `count` workers, the memory of one in MB, and that of all it started."""
    spawn = multiprocessing.get_context("spawn")
    ready, go, todo = spawn.Barrier(count + 1), spawn.Barrier(count + 1), spawn.Queue()
    for _report in range(REPORTS):
        todo.put(True)
    for _worker in range(count):
        todo.put(False)
    workers = [spawn.Process(target=work, args=(ready, go, todo, page, css)) for _worker in range(count)]
    for worker in workers:
        worker.start()
    ready.wait()
    began = time.perf_counter()
    go.wait()
    first, size, peak = workers[0].pid or 0, 0.0, 0.0
    while any(worker.is_alive() for worker in workers):
        own = megabytes(first, "Rss")
        size, peak = max(size, own), max(peak, sum(megabytes(pid, "Pss") for pid in family(first)))
        time.sleep(0.1)
    return time.perf_counter() - began, size, peak


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
