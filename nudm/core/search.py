"""Searches of the database for what a person typed."""

import re
from typing import Any

from django.db.models import F, Q, Value
from django.db.models.functions import Replace
from django.db.models.lookups import IContains, IRegex

from nudm.core import bounds
from nudm.core.text import (
    DOT,
    MOON,
    NASAL_OF,
    NUKTA,
    VIRAMA,
    WITH_NUKTA,
    ZWJ,
    ZWNJ,
    alike,
    has_devanagari,
    is_consonant,
    loose,
)


def bare(text: Any) -> Any:
    """A text of the database without joiners, as it is compared and sorted."""
    return Replace(Replace(text, Value(ZWJ), Value("")), Value(ZWNJ), Value(""))


def holds(text: str, *fields: str) -> Q:
    """Rows one of whose fields holds the text, whatever its capitals, its joiners and the spelling of its
    Hindi, as `loose` has them."""
    found, wanted = Q(), loose(text)
    hindi = has_devanagari(wanted) and len(wanted) <= bounds.LINE
    for field in fields:
        stored = bare(F(field))
        found |= Q(IRegex(stored, _spellings(wanted)) if hindi else IContains(stored, alike(text)))
    return found


def _spellings(wanted: str) -> str:
    """A pattern of each way in which a text in the form `loose` can be spelled; it has no repetitions."""
    made: list[str] = []
    for n, letter in enumerate(wanted):
        if letter == DOT:
            nasal = NASAL_OF.get(wanted[n + 1 : n + 2])
            made.append(f"(?:[{DOT}{MOON}]|{nasal}{VIRAMA})" if nasal else f"[{DOT}{MOON}]")
        elif letter in WITH_NUKTA:
            made.append(f"[{letter}{WITH_NUKTA[letter]}]")
        elif is_consonant(letter):
            made.append(f"{letter}{NUKTA}?")
        else:
            made.append(re.escape(letter))
    return "".join(made)
