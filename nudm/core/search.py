"""Searches of the database for what a person typed."""

from typing import Any

from django.db.models import F, Q, Value
from django.db.models.functions import Replace
from django.db.models.lookups import IContains

from nudm.core.text import ZWJ, ZWNJ, alike


def bare(text: Any) -> Any:
    """A text of the database without joiners, as it is compared and sorted."""
    return Replace(Replace(text, Value(ZWJ), Value("")), Value(ZWNJ), Value(""))


def holds(text: str, *fields: str) -> Q:
    """Rows one of whose fields holds the text, whatever its capitals and its joiners; texts are stored with
    ड़ as the two signs in which `alike` has it."""
    found, wanted = Q(), alike(text)
    for field in fields:
        found |= Q(IContains(bare(F(field)), wanted))
    return found
