"""What a form saw of what it is about to write over; sent back, it tells whether somebody was first."""

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from nudm.core.errors import Conflict


def seen(values: Mapping[str, Any]) -> str:
    """The hidden field of a form that is about to be shown with these values."""
    held = {name: value for name, value in values.items() if value is not None}
    return json.dumps(held, sort_keys=True, ensure_ascii=False, default=str)


def unchanged(saw: str | None, stored: Mapping[str, Any], mine: Mapping[str, Any]) -> None:
    """Raises Conflict with both texts when what is stored is not what the form saw. None: it was no form."""
    if saw is not None and saw != seen(stored) and dict(mine) != dict(stored):
        words = _("Another officer saved this record after you opened it. Compare, then save again.")
        raise Conflict(words, mine=mine, theirs=stored)
