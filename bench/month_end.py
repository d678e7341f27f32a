"""`python -m bench.month_end`: goal 9 of docs/speed.md, the end of a month on the machine that this runs on.

PostgreSQL, Redis, ClamAV, a store of files, a mail relay, gunicorn, Celery, its scheduler and nginx, as
they are deployed, and the national data set. Officers who are signed in read a page or save a remark
every eight seconds. A few more upload letters, sign in and ask for a new password: what needs a peer.
First all peers are well; then one after the other hangs: it takes lines and says nothing. At the end
everybody signs in at once while others go on reading.

Ends with 1 where the goal is missed. `--base PATH` measures another checkout, which may be older, with
the same officers. Everything stays on 127.0.0.1, and ends after so many seconds, whatever answers.
"""

import argparse
import copy
import http.client
import math
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.deployed import HERE, SITE, Deployed, deployed, hanging

# Seconds: the goal's p95 of a read and of a write, and how long all may take to sign in.
READ, WRITE, ALL_IN = 0.25, 0.5, 60.0
# How many times slower a page may be that does not need the peer that hangs.
SLOWER = 2.0
THINK, PATIENCE, PAUSE = 8.0, 60.0, 6.0
# One act in so many saves a remark. How many others upload, sign in and ask for passwords, and how often.
WRITES, NEEDY, NEEDY_PAUSE = 5, 6, 4.0
# Who goes on reading while all sign in, and how many seconds between two looks.
BYSTANDERS, LOOKS = 20, 2.0
WELL, SIGN_IN = "all peers well", "all sign in at once"
# The store last: uploads are refused for a while after it answers again.
PEERS = ("the scanner", "Redis", "the mail relay", "the store")


@dataclass(frozen=True)
class Sample:
    """One answer: of what kind, after how many seconds, and what was wrong with it."""

    kind: str
    seconds: float
    error: str = ""


@dataclass
class Phase:
    """What was answered in one phase. Threads only append."""

    name: str
    samples: list[Sample] = field(default_factory=list)
    lasted: float = 0.0

    def seconds(self, kind: str) -> list[float]:
        return [one.seconds for one in self.samples if one.kind == kind]

    def p95(self, kind: str) -> float:
        return percentile(self.seconds(kind), 95)

    def errors(self, *kinds: str) -> Counter[str]:
        """How often which error, of these kinds of acts or of all."""
        wrong = (one for one in self.samples if one.error and (not kinds or one.kind in kinds))
        return Counter(f"{one.kind}: {one.error}" for one in wrong)


def percentile(seconds: Iterable[float], percent: int) -> float:
    """The smallest of the values that so many per cent do not exceed; 0 where there is none."""
    held = sorted(seconds)
    return held[math.ceil(len(held) * percent / 100) - 1] if held else 0.0


def misses(phases: list[Phase], wanted: int) -> list[str]:
    """What of goal 9 is not met; `wanted` is how many sign in at once."""
    by_name = {phase.name: phase for phase in phases}
    well, found = by_name[WELL], []
    for kind, limit in (("read", READ), ("write", WRITE)):
        if not well.seconds(kind):
            found.append(f"{WELL}: no {kind} was measured")
        if well.p95(kind) >= limit:
            found.append(f"{WELL}: p95 of a {kind} is {well.p95(kind):.3f} s, goal {limit} s")
    found += [f"{WELL}: {times} x {error}" for error, times in well.errors().items()]
    for phase in phases:
        if phase.name in (WELL, SIGN_IN):
            continue
        for kind in ("read", "write"):
            times = phase.p95(kind) / (well.p95(kind) or math.inf)
            if times > SLOWER:
                found.append(f"{phase.name}: p95 of a {kind} is {times:.1f} times, goal {SLOWER:.0f}")
        found += [f"{phase.name}: {n} x {error}" for error, n in phase.errors("read", "write").items()]
    if SIGN_IN in by_name:
        rush = by_name[SIGN_IN]
        done = [one for one in rush.samples if one.kind == "sign-in" and not one.error]
        if len(done) < wanted:
            found.append(f"{SIGN_IN}: {len(done)} of {wanted} are in")
        if rush.lasted > ALL_IN:
            found.append(f"{SIGN_IN}: {rush.lasted:.0f} s, goal {ALL_IN:.0f}")
        found += [f"{SIGN_IN}: {times} x {error}" for error, times in rush.errors().items()]
    return found


class Wrong(Exception):
    """An answer that a working page does not give."""


class Officer:
    """A browser: its cookies, and the item that it writes to, with the version and keys of its last page."""

    def __init__(self, port: int, who: dict[str, str], office: int, cookie: str = "") -> None:
        self.port, self.email, self.state, self.item = port, who["email"], who["state"], who["item"]
        self.address = f"10.0.{office % 36}.{office // 36 + 1}"
        self.cookies = {cookie: who["session"]} if cookie else {}
        self.form: dict[str, str] = {}
        self.saved = 0

    def window(self) -> "Officer":
        """Another window of the same browser."""
        other = copy.copy(self)
        other.cookies, other.form = self.cookies.copy(), {}
        return other

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> tuple[int, str, bytes]:
        """Status, where it leads and content. Raises OSError or HTTPException where nothing is answered."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        sent = {
            "Host": "127.0.0.1",
            "Origin": SITE,
            "Referer": f"{SITE}{path}",
            "X-Forwarded-For": self.address,
            "X-Forwarded-Proto": "https",
            "Cookie": "; ".join(f"{name}={text}" for name, text in self.cookies.items()),
            "Connection": "close",
        } | ({"Content-Type": kind} if kind else {})
        try:
            line.request(method, path, body or None, sent)
            answer = line.getresponse()
            content = answer.read()
        finally:
            line.close()
        for name, text in answer.headers.items():
            if name.lower() == "set-cookie":
                key, _equals, rest = text.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return answer.status, urlsplit(answer.headers.get("Location", "")).path, content

    def page(self, path: str) -> bytes:
        """A page that is there, or that the first page leads to; its token and keys are remembered for its
        forms. Raises Wrong."""
        status, to, content = self.ask("GET", path)
        if path == "/" and status == 302 and re.fullmatch(r"/states/\w+/", to):
            status, to, content = self.ask("GET", to)
        if status != 200:
            raise Wrong(f"{status} {to}".strip())
        for name in ("csrfmiddlewaretoken", "form_key", "version"):
            if found := re.search(rf'name="{name}" value="([^"]*)"'.encode(), content):
                self.form[name] = found[1].decode()
        return content

    def open_item(self) -> None:
        """The item's page; who may not write to it after all, only reads. Raises Wrong."""
        if b'value="save"' not in self.page(self.item):
            self.item = ""

    def save(self) -> None:
        """A remark. Raises Wrong where it was not saved."""
        self.saved += 1
        words = f"Collected {self.saved} of the letters of the month. {'In progress. ' * 20}"
        fields = self.form | {"act": "save", "remark": words}
        self.send(self.item, fields, self.item)

    def send(self, path: str, fields: dict[str, str], leads_to: str) -> str:
        """A form; where it led. Raises Wrong for any other place."""
        form = "application/x-www-form-urlencoded"
        status, to, _content = self.ask("POST", path, urlencode(fields).encode(), form)
        if status != 302 or not re.fullmatch(leads_to, to):
            raise Wrong(f"{status} {to}".strip())
        return to

    def upload(self, letter: bytes, number: int) -> None:
        """A letter into the State/UT's library. Raises Wrong."""
        path, edge = f"/phases/{self.state}/evidence/", "edge-of-the-parts"
        fields = self.form | {"title": f"Letter {number} of {self.email}"}
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
            for name, text in fields.items()
        ]
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="letter.pdf"\r\n'
        # Each is another file: a comment behind its end.
        body = "".join(parts).encode() + head.encode() + b"Content-Type: application/pdf\r\n\r\n"
        body += letter + f"% {self.email} {number}\n\r\n--{edge}--\r\n".encode()
        status, to, _content = self.ask("POST", path, body, f"multipart/form-data; boundary={edge}")
        if status != 302 or to != path:
            raise Wrong(f"{status} {to}".strip())


class Crowd:
    """All officers, and what they do in a phase."""

    def __init__(self, site: Deployed, think: float) -> None:
        held = site.officers
        self.site, self.think, self.people, self.password = site, think, held["officers"], held["password"]
        self.letter = held["letter"].encode("latin-1")
        self.officers = [Officer(site.port, who, n, held["cookie"]) for n, who in enumerate(self.people)]
        self.uploads = 0

    def run(self, name: str, seconds: float, until: Callable[[], None] = lambda: None) -> Phase:
        """So many seconds of a working day; then `until` is called, and what was asked is waited for."""
        phase = Phase(name)
        end = time.monotonic() + seconds
        acts = [
            threading.Thread(target=self._work, args=(phase, officer, n, end))
            for n, officer in enumerate(self.officers)
        ]
        acts += [threading.Thread(target=self._need, args=(phase, n, end)) for n in range(NEEDY)]
        _all(acts, lambda: (time.sleep(max(0.0, end - time.monotonic())), until()))
        phase.lasted = seconds
        return phase

    def _work(self, phase: Phase, officer: Officer, n: int, end: float) -> None:
        """A read or a write, think, again; the first after a part of the thinking."""
        chance = random.Random(f"{phase.name} {n}")
        wait = chance.uniform(0, self.think)
        while time.monotonic() + wait < end:
            time.sleep(wait)
            if officer.item and officer.form.get("version") and chance.randrange(WRITES) == 0:
                if _timed(phase, "write", officer.save):
                    _timed(phase, "read", officer.open_item)
                else:
                    officer.form.clear()
            elif officer.item and not officer.form.get("version"):
                _timed(phase, "read", officer.open_item)
            else:
                path = chance.choice(pages_of(officer))
                own = officer.form.copy()
                _timed(phase, "read", lambda path=path: officer.page(path))  # type: ignore[misc]
                if path != officer.item:
                    officer.form = own
            wait = chance.uniform(self.think / 2, self.think * 1.5)

    def _need(self, phase: Phase, n: int, end: float) -> None:
        """In turn what needs the scanner and the store, the counts, and the mail relay."""
        writers = [place for place, who in enumerate(self.people) if who["item"]]
        wait = NEEDY_PAUSE * n / NEEDY
        turn = n
        while time.monotonic() + wait < end:
            time.sleep(wait)
            place = writers[(n + NEEDY * turn) % len(writers)]
            who = self.people[place]
            if turn % 3 == 0:
                self._upload(phase, self.officers[place])
            elif turn % 3 == 1:
                self.sign_in(phase, who, n)
            else:
                self._forgot(phase, who, turn)
            turn, wait = turn + 1, NEEDY_PAUSE

    def _upload(self, phase: Phase, officer: Officer) -> None:
        """By the same browser, in another window."""
        other = officer.window()
        if _timed(phase, "read", lambda: other.page(f"/phases/{other.state}/evidence/")):
            self.uploads += 1
            number = self.uploads
            _timed(phase, "upload", lambda: other.upload(self.letter, number))

    def sign_in(self, phase: Phase, who: dict[str, str], office: int) -> None:
        """From a new browser, and the first page."""
        fresh = Officer(self.site.port, who, office)
        if not _timed(phase, "sign-in page", lambda: fresh.page("/accounts/login/")):
            return
        fields = fresh.form | {"username": who["email"], "password": self.password}
        led = [""]

        def send() -> None:
            led[0] = fresh.send("/accounts/login/", fields, r"/(states/\w+/)?")

        if _timed(phase, "sign-in", send):
            _timed(phase, "first page", lambda: _followed(fresh, led[0]))

    def _forgot(self, phase: Phase, who: dict[str, str], turn: int) -> None:
        """The link for a new password: a mail."""
        fresh = Officer(self.site.port, who, turn)
        if _timed(phase, "password page", lambda: fresh.page("/accounts/reset/")):
            fields = fresh.form | {"email": who["email"]}
            _timed(
                phase,
                "password mail",
                lambda: fresh.send("/accounts/reset/", fields, "/accounts/reset/sent/"),
            )

    def all_at_once(self) -> Phase:
        """Everybody signs in, and some who are in go on reading until the last is in."""
        phase, over = Phase(SIGN_IN), threading.Event()

        def look(n: int) -> None:
            officer = self.officers[n % len(self.officers)]
            chance = random.Random(n)
            for _look in range(int(PATIENCE / LOOKS)):
                path = chance.choice(pages_of(officer))
                other = officer.window()
                _timed(phase, "bystander", lambda other=other, path=path: other.page(path))  # type: ignore[misc]
                if over.wait(LOOKS):
                    return

        bystanders = [threading.Thread(target=look, args=(n,)) for n in range(BYSTANDERS)]
        rush = [
            threading.Thread(target=self.sign_in, args=(phase, who, n)) for n, who in enumerate(self.people)
        ]

        def signing() -> None:
            began = time.monotonic()
            _all(rush)
            phase.lasted = time.monotonic() - began
            over.set()

        _all(bystanders, signing)
        return phase


def pages_of(officer: Officer) -> list[str]:
    """What such an officer reads at the end of a month."""
    state = officer.state
    if not officer.item:
        return ["/", "/", f"/states/{state}/", f"/ulbs/{state}/"]
    phases = [f"/phases/{state}/{number}/" for number in (1, 2, 3)]
    return [f"/states/{state}/", *phases, f"/ulbs/{state}/", f"/ulbs/{state}/matrix/", officer.item]


def _followed(officer: Officer, path: str) -> None:
    """A page, or the one that it leads on to. Raises Wrong."""
    status, to, _content = officer.ask("GET", path)
    if status == 302 and "login" not in to:
        officer.page(to)
    elif status != 200:
        raise Wrong(f"{status} {to}".strip())


def _all(threads: list[threading.Thread], meanwhile: Callable[[], Any] = lambda: None) -> None:
    """Start all, do something, wait for all. Each ends by itself: what it asks has a limit of time."""
    for thread in threads:
        thread.start()
    try:
        meanwhile()
    finally:
        for thread in threads:
            thread.join()


def _timed(phase: Phase, kind: str, act: Callable[[], Any]) -> bool:
    """Whether it went well; how long it took is noted either way."""
    began, error = time.monotonic(), ""
    try:
        act()
    except Wrong as wrong:
        error = str(wrong)
    except (OSError, http.client.HTTPException) as wrong:
        error = type(wrong).__name__
    phase.samples.append(Sample(kind, time.monotonic() - began, error))
    return not error


def shown(phase: Phase) -> str:
    """A phase as lines: each kind of act with its number, its percentiles in milliseconds and its errors."""
    lines = [f"{phase.name} ({phase.lasted:.0f} s)"]
    for kind in dict.fromkeys(one.kind for one in sorted(phase.samples, key=lambda one: one.kind)):
        held = phase.seconds(kind)
        figures = "".join(f"  p{p} {percentile(held, p) * 1000:6.0f}" for p in (50, 95, 99))
        errors = ", ".join(f"{n} x {error}" for error, n in phase.errors(kind).items())
        lines.append(f"  {kind:14}{len(held):6}{figures}  most {max(held) * 1000:6.0f} ms  {errors}".rstrip())
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Measure, print, and say by the code whether the goal is met."""
    asked = argparse.ArgumentParser(prog="python -m bench.month_end")
    asked.add_argument("--base", type=Path, default=HERE, help="the checkout to measure; this one by default")
    asked.add_argument("--officers", type=int, default=300)
    asked.add_argument("--seconds", type=float, default=60.0, help="of each phase, at most 120")
    asked.add_argument("--think", type=float, default=THINK, help="seconds between two acts of an officer")
    given = asked.parse_args(arguments)
    # Whoever ends this program ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(1))
    seconds, checkout = min(given.seconds, 120.0), given.base.resolve()
    with tempfile.TemporaryDirectory(prefix="nudm-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with deployed(checkout, folder, given.officers) as site:
            phases = measured(checkout, site, seconds, given.think)
        if errors := [
            line for log in ("web", "worker", "beat") for line in _tracebacks(folder / f"{log}.log")
        ]:
            print("In the logs: " + "; ".join(f"{n} x {error}" for error, n in Counter(errors).items()))
    found = misses(phases, given.officers)
    print("Goal 9 is met." if not found else "Goal 9 is missed:\n  " + "\n  ".join(found))
    return 1 if found else 0


def measured(checkout: Path, site: Deployed, seconds: float, think: float) -> list[Phase]:
    """All phases, each printed when it is over."""
    crowd = Crowd(site, think)
    where = (
        "through nginx"
        if site.proxied
        else "WITHOUT nginx: it is not installed (apt-get install nginx-light)"
    )
    print(
        f"{_version(checkout)}: {len(crowd.officers)} officers, think time {think:g} s, {where}", flush=True
    )
    crowd.run("warm", think + 2)
    phases = []
    for peer in ("", *PEERS):
        print(f"load {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores; ", end="", flush=True)
        if not peer:
            phases.append(crowd.run(WELL, seconds))
        else:
            with hanging(site.peers[peer]) as go_on:
                phases.append(crowd.run(f"{peer} hangs", seconds, go_on))
        print(shown(phases[-1]), flush=True)
        time.sleep(PAUSE)
    phases.append(crowd.all_at_once())
    print(shown(phases[-1]), flush=True)
    return phases


def _version(checkout: Path) -> str:
    """The commit that is measured."""
    git = shutil.which("git")
    if git is None:
        return str(checkout.name)
    words = [git, "-C", str(checkout), "describe", "--always", "--dirty"]
    return subprocess.run(words, check=False, capture_output=True, text=True).stdout.strip()


def _tracebacks(log: Path) -> list[str]:
    """The last line of each traceback in a log."""
    found = re.findall(r"^Traceback.*?\n((?:[ \t].*\n|\n)*)(\S.*)$", log.read_text(errors="replace"), re.M)
    return [f"{log.stem}: {last[:120]}" for _lines, last in found]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
