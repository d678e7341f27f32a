"""Breaks the rules of access one by one, and asks whether the tests notice: `make mutants`.

Each mutant is one change to one rule: a test turned round, a condition dropped, a power taken from a table
or exchanged. One process collects the tests and sets the database up; each mutant is a child of it, in
which the rule is exchanged before the tests run. What the quick tests let live is shown to the matrix.
What still lives is printed; it must be on the list of those that change nothing.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from tools.mutation import Mutant, apply, mutants_of

HERE = Path(__file__).resolve().parent.parent
# Where rules of access stand: all of a file, or the named parts of it.
TARGETS: dict[str, tuple[str, ...]] = {
    "states/access.py": (),
    "states/rules.py": ("POSTS_OF", "NATIONAL"),
    "phases/rules.py": ("MOVES", "moves_from"),
    "ulbs/rules/registers.py": ("WRITES",),
    "ulbs/rules/cells.py": ("PREPARES", "BUILDS", "DECIDES", "FIELDS_OF", "CLAIMS"),
    "ulbs/actions/rollout.py": ("settable", "_fields_for"),
    "ulbs/actions/import_lgd.py": ("PERMISSION",),
    "ulbs/actions/import_rollout.py": ("PERMISSION",),
    "ulbs/actions/import_tenants.py": ("PERMISSION",),
    "reports/actions/reports.py": ("NATIONAL", "_allowed"),
    "reports/actions/deliveries.py": ("rows_for", "one_for"),
}
QUICK = (
    "tests/walls/test_rules.py",
    "tests/walls/test_rules_granted.py",
    "tests/test_house.py::test_the_table_of_roles_in_the_docs_is_the_one_in_the_code",
)
SLOW = ("tests/walls/test_acts.py", "tests/walls/test_matrix.py")
SECONDS = 240
# What a child says in which the rule could not be exchanged: the trial is over, not the mutant.
BROKEN = 70
# Those that change nothing anybody can see, each with the reason.
SAME: dict[str, str] = {
    f"states/access.py {change}": why
    for change, why in (
        (
            "Standing: dict(self.powers).get(state_id, frozenset()) if  — always True",
            "no powers are kept under None",
        ),
        (
            "visible: held.ulb_codes and town_path — without held.ulb_codes",
            "no codes match no rows",
        ),
        (
            "_made:  for code in codes if code is not None — without if code is not None",
            "the database keeps no town office without a code",
        ),
        (
            "require: held.national and any((permission in GRANTS[Role — without held.national",
            "a row without a state exists for national teams only, which is asked first",
        ),
        (
            "grant: Permission.objects.filter(content_type__app_labe — without content_type__app_label",
            "no other app has a permission of these names",
        ),
    )
}


class Trial:
    """Runs as a plugin: the tests once as things are, then once for each mutant."""

    def __init__(self, mutants: list[Mutant]) -> None:
        self.mutants = mutants
        self.living: list[Mutant] = []
        self.tried = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: Any) -> bool:
        quick = [item for item in session.items if not item.nodeid.startswith(SLOW)]
        slow = [item for item in session.items if item.nodeid.startswith(SLOW)]
        if not self._passes(session, quick):
            raise pytest.UsageError("the tests do not pass as things are")
        for mutant in self.mutants:
            if self._lives(session, mutant, quick) and self._lives(session, mutant, slow):
                self.living.append(mutant)
                print(f"lives: {mutant}", file=sys.stderr, flush=True)
            self.tried += 1
        return True

    def _lives(self, session: Any, mutant: Mutant, items: list[Any]) -> bool:
        connections.close_all()
        child = os.fork()
        if not child:
            self._child(session, mutant, items)
        begun = time.monotonic()
        while True:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                if os.waitstatus_to_exitcode(status) == BROKEN:
                    raise RuntimeError(f"cannot be tried: {mutant}")
                return os.waitstatus_to_exitcode(status) == 0
            if time.monotonic() - begun > SECONDS:
                os.kill(child, signal.SIGKILL)
            time.sleep(0.01)

    def _child(self, session: Any, mutant: Mutant, items: list[Any]) -> None:
        code = BROKEN
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            apply(mutant)
            code = 1
            code = 0 if self._passes(session, items) else 1
        finally:
            os._exit(code)

    def _passes(self, session: Any, items: list[Any]) -> bool:
        """Whether all pass; what lasts for the session is kept for the next mutant."""
        session._setupstate.teardown_exact(items[0])
        for item, following in zip(items, [*items[1:], items[0]], strict=True):
            item._initrequest()
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return False
        return True


def share(number: int, of: int, only: str) -> int:
    """Every `of`-th mutant, in this process; how many there are and live is the last line."""
    targets = [(path, parts) for path, parts in TARGETS.items() if only in path]
    found = [mutant for path, parts in targets for mutant in mutants_of(HERE, path, parts)]
    trial = Trial([mutant for mutant in found if str(mutant) not in SAME][number::of])
    quiet = ["-q", "-s", "-p", "no:cacheprovider", "-m", "not walls and not soak"]
    pytest.main([*quiet, *QUICK, *SLOW], plugins=[trial])
    print(f"{trial.tried} {len(trial.living)}", flush=True)
    return 0


def main() -> int:
    """All of them on all processors; 1 if one lives that is not known to be the same."""
    if len(sys.argv) == 4:
        return share(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
    only, of, begun = (sys.argv[1] if len(sys.argv) > 1 else ""), os.cpu_count() or 1, time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        running = []
        for n in range(of):
            own = {"VAR_DIR": f"{folder}/{n}", "SECRET_KEY": "only-for-mutants-" + "x" * 50, "DEMO": "1"}
            command = [sys.executable, "-m", "tools.mutants", str(n), str(of), only]
            environment = os.environ | own
            running.append(
                subprocess.Popen(command, cwd=HERE, env=environment, stdout=subprocess.PIPE, text=True)
            )
        last = [process.communicate()[0].splitlines()[-1:] for process in running]
    if not all(last):
        return 1
    tried, living = (sum(int(line[0].split()[n]) for line in last) for n in (0, 1))
    print(f"{tried - living} of {tried} mutants killed, {len(SAME)} change nothing,", end=" ")
    print(f"{time.monotonic() - begun:.0f} s")
    return 1 if living or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
