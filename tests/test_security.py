"""What docs/asvs.md says of the tests, and what the packages have to be."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

from packaging.version import Version

from tests.core.honest import HONEST
from tests.core.hostile import HOSTILE
from tools.fuzz import broken

HERE = Path(__file__).resolve().parent.parent
LEVELS_1_AND_2 = 253


def test_every_requirement_is_answered_once_and_by_tests_that_exist() -> None:
    text = (HERE / "docs/asvs.md").read_text()
    numbers = []
    for first, end in re.findall(r"^\| V(\d+\.\d+\.\d+)(?:-(\d+))? \| [^|]+ \| [^|]{3,} \|$", text, re.M):
        head, _, start = first.rpartition(".")
        numbers += [f"{head}.{n}" for n in range(int(start), int(end or start) + 1)]
    assert len(numbers) == len(set(numbers)) == LEVELS_1_AND_2
    tests = "".join(path.read_text() for path in (HERE / "tests").rglob("test_*.py"))
    existing = set(re.findall(r"def (test_\w+)", tests))
    told = "".join((HERE / "docs" / name).read_text() for name in ("asvs.md", "security.md"))
    assert sorted(set(re.findall(r"`(test_\w+)`", told)) - existing) == []
    rules = "".join(path.read_text() for path in (HERE / "deploy/semgrep").glob("*.yml"))
    for line in text.splitlines():
        if "semgrep" in line:
            for name in re.findall(r"`([a-z]+(?:-[a-z]+)+)`", line.partition("semgrep")[2]):
                assert f"id: {name}\n" in rules, name


def test_no_package_is_below_its_floor() -> None:
    floors = tomllib.loads((HERE / "requirements/floors.toml").read_text())["floors"]
    assert len(floors) >= 10
    for name, (floor, why) in floors.items():
        assert Version(version(name)) >= Version(floor), why


def test_the_files_that_are_refused_and_taken_are_that_many_and_differ() -> None:
    for cases, least in ((HOSTILE, 150), (HONEST, 100)):
        told = {(name, build()) for name, build in _quick(cases)}
        assert len(told) >= least


def _quick(cases):  # type: ignore[no-untyped-def]
    """Without the few that take long to build."""
    return [case for title, case in cases.items() if not re.search("bomb|gigabyte|without end|large", title)]


def test_the_log_of_the_fuzzed_server_is_read_by_place() -> None:
    one = f'Internal Server Error: /x/\n  File "{HERE}/phases/api.py", line 7, in get\nValueError: no\n'
    assert broken("WARNING Not Found\n" + one + "noise\n" + one) == [
        f"/x/: {HERE}/phases/api.py 7 get: ValueError: no"
    ]
