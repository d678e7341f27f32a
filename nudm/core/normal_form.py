"""One Unicode form of a text, in a time that grows with its length. Pure."""

import unicodedata
from typing import Literal

# Marks on one letter. Unicode's stream-safe text format (UAX 15, section 13) allows as many, ten times what
# any script needs; Python sorts a longer run in a time that grows with its square.
MOST_MARKS = 30


def normal_form(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """The text in a normal form of Unicode; marks beyond the thirtieth on one letter are left out."""
    if text.isascii():
        return text
    return unicodedata.normalize(form, _few_marks(text))


def _few_marks(text: str) -> str:
    run, longest = 0, 0
    for c in text:
        run = run + 1 if unicodedata.combining(c) else 0
        longest = max(longest, run)
    if longest <= MOST_MARKS:
        return text
    run, kept = 0, list[str]()
    for c in text:
        run = run + 1 if unicodedata.combining(c) else 0
        if run <= MOST_MARKS:
            kept.append(c)
    return "".join(kept)
