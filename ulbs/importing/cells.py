"""What stands in a cell: whole numbers, days, yes or no, names. None where it is not that. Pure."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TypeVar

from nudm.core import reading
from nudm.core.text import line

Value = TypeVar("Value")

YES = {"y", "yes", "true", "1", "✓", "✔", "live", "हाँ", "हां", "लाइव"}
NO = {"n", "no", "false", "0", "✗", "✘", "-", "–", "na", "n/a", "नहीं", "नही"}
_LATIN = re.compile(r"[A-Za-z]")
_OTHER_LETTER = re.compile(r"[^\W\d_A-Za-z]")
# Words that stay as they are when a name in capitals gets small letters.
INITIALS = re.compile(r"\b(?:[A-Z]\.)+|\b(?:MB|TC|BK|NP|MC|NPP|NAC|II|III|IV)\b")


def tidy(text: str) -> str:
    """One line: one space between words, none around; no marks that are not shown."""
    return line(text)


def number(text: str) -> int | None:
    """`22,076`, `5.0` and `२५` are whole numbers; `5.5`, `5 km` and `-5` are not."""
    value = _read(reading.whole, text)
    return value if value is not None and value >= 0 else None


def code(text: str) -> int | None:
    """A code of digits, as a page reads it: `248056`, `248 056`, `248056.0`."""
    return _read(reading.number_code, text)


def amount(text: str) -> Decimal | None:
    """A number with or without decimals: `1,20,000`, `120,000`, `12.5`; `1,5`, `1_000` and `1e5` are none."""
    return _read(reading.amount, text)


def share(text: str) -> Decimal | None:
    """A number in per cent, with or without the sign."""
    return _read(reading.share, text)


def month(text: str) -> date | None:
    """The first of a month: `10-2026`, `10/2026`, `2026-10`, `Oct-26`, `October 2026`, or a day of it."""
    return _read(reading.month, text)


def day(text: str) -> date | None:
    """A day as `nudm.core.reading` reads it, with or without a time."""
    return _read(reading.day, text)


def _read(reader: Callable[[str], Value], text: str) -> Value | None:
    try:
        return reader(text)
    except reading.Unclear:
        return None


def yes(text: str) -> bool | None:
    """Y, Yes, ✓ or N, No, -; in English or Hindi."""
    plain = tidy(text).casefold()
    return True if plain in YES else False if plain in NO else None


def proper(text: str) -> str:
    """A name in capitals or in small letters only gets a capital at each word; others stay."""
    name = tidy(text)
    if not name.isupper() and not name.islower():
        return name
    kept = {match.start(): match[0] for match in INITIALS.finditer(name)}
    made = re.sub(r"[^\W\d_]+", lambda word: word[0].capitalize(), name)
    for start, word in kept.items():
        made = made[:start] + word + made[start + len(word) :]
    return made


def same(one: str, other: str) -> bool:
    """Whether two names differ in case and spaces at most."""
    return one == other or "".join(one.split()).casefold() == "".join(other.split()).casefold()


def in_latin(text: str) -> bool:
    """Whether a name has Latin letters and no others."""
    return bool(_LATIN.search(text)) and not _OTHER_LETTER.search(text)


def formula(text: str) -> bool:
    """Whether a spreadsheet would take the text for a formula."""
    return text[:1] in {"=", "+", "@", "\t"} or (text[:1] == "-" and text[1:2].isalpha())
