"""Service modules and monthly figures, as data in English and Hindi. Pure: no Django, no clock."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Module:
    """A service of the platform; `dashboard` are its codes at the national dashboard."""

    code: str
    dashboard: list[str]
    en: str
    hi: str

    def in_(self, language: str) -> str:
        return self.hi if language == "hi" else self.en


@dataclass(frozen=True, slots=True)
class Metric:
    """A monthly figure, asked of each ULB or of the state.

    `of` names the metric that it is a share of, `better` the direction of progress (`up` or `down`);
    `adoption` marks those that Stage 4's outcomes read, `baseline` those asked before go-live.
    """

    code: str
    level: str
    unit: str
    better: str
    en: str
    hi: str
    of: str | None = None
    adoption: bool = False
    baseline: bool = False

    def in_(self, language: str) -> str:
        return self.hi if language == "hi" else self.en


@lru_cache(maxsize=1)
def modules() -> dict[str, Module]:
    """`{code: Module}` in the order of the matrix's columns."""
    return {row["code"]: Module(**row) for row in _rows("modules.toml", "module")}


@lru_cache(maxsize=1)
def metrics() -> dict[str, Metric]:
    """`{code: Metric}` in the order in which a form asks for them."""
    return {row["code"]: Metric(**row) for row in _rows("metrics.toml", "metric")}


def is_whole(metric: Metric) -> bool:
    """Whether a figure counts what has no half: people, applications, days."""
    return metric.unit in {"count", "days"}


def _rows(name: str, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((HERE / name).read_text(encoding="utf-8"))[kind]
    return found
