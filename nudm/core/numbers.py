"""Numbers as they come in a request: anything may stand there."""

import re
from collections.abc import Iterable

from nudm.core.text import narrow

# `isdigit` also takes “²”, which no `int` reads; ten digits and more are beyond a column.
PLAIN = re.compile(r"[0-9]{1,9}")


def number(text: str | None, otherwise: int = 0) -> int:
    """The number that a text is; `otherwise` for anything else (0: no row has this id)."""
    plain = narrow(text) if text else ""
    return int(plain) if PLAIN.fullmatch(plain) else otherwise


def numbers(texts: Iterable[str]) -> list[int]:
    """Those of the texts that are numbers."""
    return [int(text) for text in texts if PLAIN.fullmatch(text)]
