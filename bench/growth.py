"""How pages grow with the number of ULBs: the demonstration's, the nation's, ten nations'.

`python -m bench.growth` builds each in a database of its own (SQLite, or DATABASE_URL with `{times}` in its
name) and prints, for a nodal officer of the largest State/UT and for the centre, queries and medians in
milliseconds: with nothing changed since the last look, and the first look after an officer changed a line of
the checklist, a module in a ULB, a ULB.
"""

import json
import os
import subprocess
import sys
import tempfile
from typing import Any

TIMES = (0.0, 1.0, 10.0)
CHANGES = ("nothing", "line", "cell", "town")


def main() -> None:
    """All sizes, each in a process of its own."""
    found = [_one(times) for times in TIMES]
    print(
        f"{'':28}{'changed':>9}"
        + "".join(f"{size['ulbs']:>10,} ULBs" for size in found)
        + "   growth (goal 1.3)"
    )
    for name in found[0]["pages"]:
        rows = [size["pages"][name] for size in found]
        print(f"{name:28}{'queries':>9}" + "".join(f"{row['queries']:15}" for row in rows))
        for change in CHANGES:
            took = [row[change] for row in rows]
            cells = "".join(f"{one:15.1f}" for one in took)
            print(f"{'':28}{change:>9}{cells}   {max(took) / took[0]:.2f}")


def _one(times: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        quiet = {"VAR_DIR": folder, "DEMO": "1", "LOG_LEVEL": "ERROR"}
        quiet["DJANGO_SETTINGS_MODULE"] = "nudm.settings"
        if "{times}" in os.environ.get("DATABASE_URL", ""):
            quiet["DATABASE_URL"] = os.environ["DATABASE_URL"].format(times=f"{times:.0f}")
        command = [sys.executable, "-m", "bench.sizes", str(times)]
        done = subprocess.run(command, env=os.environ | quiet, check=True, capture_output=True, text=True)
    size: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return size


if __name__ == "__main__":
    main()
