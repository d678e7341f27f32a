"""Which ULBs moved lately, as a state's row tells it: a word for each act, the latest first
(docs/decisions/0020-which-ulbs-moved.md)."""

import secrets
from collections.abc import Collection
from typing import Any

from django.db.models import Value
from django.db.models.functions import Concat, Substr

from states.models import State

# A `cells_version` and the last word then.
Stamp = tuple[int, str]
# More ULBs than these are not told one by one.
FEW = 20


def told(ulbs: Collection[int]) -> dict[str, Any]:
    """For the UPDATE of the state: that these ULBs moved and no others; nothing where they are none or many.

    The word is drawn, so that no word of a database that was put back from a backup is taken for it.
    """
    if not 0 < len(ulbs) <= FEW:
        return {}
    word = f"{secrets.token_hex(3)}:{','.join(map(str, sorted(ulbs)))};"
    return {"moved": Substr(Concat(Value(word), "moved"), 1, State._meta.get_field("moved").max_length)}


def stamp_of(state: State) -> Stamp:
    """What the ULBs and their modules are remembered under, where `moved_since` may mend it."""
    return state.cells_version, "".join(_words(state)[:1])


def moved_since(state: State, stamp: Stamp) -> frozenset[int] | None:
    """The ULBs that moved, or whose modules did, since this stamp; None where that is not known: too long
    ago, not all acts have said it, or it is the stamp of a database that was put back."""
    version, last = stamp
    rises, words = state.cells_version - version, _words(state)
    if not 0 <= rises <= len(words) or "".join(words[rises : rises + 1]) != last:
        return None
    return frozenset(int(pk) for word in words[:rises] for pk in word.partition(":")[2].split(","))


def _words(state: State) -> list[str]:
    """Those that are whole: what follows the last ; was cut off."""
    return state.moved.split(";")[:-1]
