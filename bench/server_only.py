"""Hides the packages that only developers have: a library that finds one more loads it, and its memory."""

import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def hide() -> None:
    """From now on only what `requirements/base.txt` names can be imported anew."""
    lines = (Path(__file__).parent.parent / "requirements/base.txt").read_text().splitlines()
    served = {_plain(line.split("==")[0].split("[")[0]) for line in lines if "==" in line}
    for module, packages in packages_distributions().items():
        if not {_plain(package) for package in packages} & served:
            sys.modules.setdefault(module, None)  # type: ignore[arg-type]
