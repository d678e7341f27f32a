"""Catalogue and measures agree: a Django system check."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from phases.catalogue import catalogue, problems
from phases.progress import MEASURES


@register
def the_catalogue_is_sound(**kwargs: Any) -> list[CheckMessage]:
    """Refuse to start on a catalogue with doubled codes, loose references, circles or gaps."""
    return [
        Error(problem, hint="Mend phases/catalogue/stage_*.toml.", id="phases.E001")
        for problem in problems(catalogue(), MEASURES)
    ]
