"""Everything that looks for weaknesses, in one run: `make security` ends with 1 on any finding.

Needs no network once its programs are installed (requirements/security.txt, in an environment of their own,
`SECURITY_BIN`). The bill of materials is written to var/sbom.json, the same for the same lock file.
"""

import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from packaging.version import Version

from tools import fuzz

HERE = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
TOOLS = Path(os.environ.get("SECURITY_BIN", BIN.parent.parent / ".venv-security/bin"))
CODE = ["nudm", "states", "ulbs", "phases", "reports"]
SBOM = HERE / "var/sbom.json"
PUBLIC = {
    "SITE_URL": "https://tracker.example.in",
    "SECRET_KEY": "only-for-this-check-" + "k7Q-x9_Z" * 5,
    "ALLOWED_HOSTS": "tracker.example.in",
    "TRUSTED_PROXIES": "10.1.0.0/16",
    "ALLOW_SQLITE": "1",
    "CLAMAV_URL": "unix:///run/clamav/clamd.sock",
}
CORPUS = ["tests/core/test_corpus.py", "tests/core/test_fence.py", "tests/test_security.py"]


def run(program: Path | str, *words: str, **environment: str) -> bool:
    """Run one program; what it says is shown when it finds something."""
    command = [str(program), *words]
    done = subprocess.run(
        command, cwd=HERE, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print((done.stdout + done.stderr)[-6000:], file=sys.stderr)
    return done.returncode == 0


def patterns() -> bool:
    """The house's own rules, without a network and without a word to anybody."""
    words = ["scan", "--config", "deploy/semgrep", "--metrics=off", "--disable-version-check", "--error"]
    return run(TOOLS / "semgrep", *words, "--quiet", *CODE, "templates", "tools")


def floors() -> bool:
    """No package is older than the version that mended it."""
    table = tomllib.loads((HERE / "requirements/floors.toml").read_text())["floors"]
    old = [name for name, (floor, _why) in table.items() if Version(version(name)) < Version(floor)]
    for name in old:
        print(f"{name} {version(name)}: at least {table[name][0]} ({table[name][1]})", file=sys.stderr)
    return not old


def bill() -> bool:
    """The bill of materials (CycloneDX) of what the lock file installs."""
    SBOM.parent.mkdir(exist_ok=True)
    words = ["requirements", "requirements/base.txt", "--output-reproducible", "--output-format", "JSON"]
    return run(TOOLS / "cyclonedx-py", *words, "--output-file", str(SBOM))


STEPS: dict[str, Callable[[], bool]] = {
    "bandit": lambda: run(TOOLS / "bandit", "-q", "-r", *CODE, "-c", "pyproject.toml"),
    "ruff, security rules among them": lambda: run(BIN / "ruff", "check", "."),
    "semgrep, own rules": patterns,
    "floors of packages": floors,
    "bill of materials": bill,
    "check --deploy": lambda: run(
        sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **PUBLIC
    ),
    "files and limits": lambda: run(
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *CORPUS, DEMO="1"
    ),
    "random requests": lambda: fuzz.main([]) == 0,
}


def main(wanted: list[str]) -> int:
    """Every step, or those whose names begin with a given word; 1 where one of them finds something."""
    os.environ.setdefault("SCHEMATHESIS", str(TOOLS / "schemathesis"))
    found = []
    for name, step in STEPS.items():
        if wanted and not name.startswith(tuple(wanted)):
            continue
        began = time.monotonic()
        clean = step()
        print(f"{'clean' if clean else 'FOUND':6} {name} ({time.monotonic() - began:.0f} s)", flush=True)
        found += [] if clean else [name]
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
