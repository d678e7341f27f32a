"""What stands in a cell: whole numbers, days, yes or no, names. None where it is not that. Pure."""

import re
from datetime import date, datetime
from decimal import Decimal

YES = {"y", "yes", "true", "1", "✓", "✔", "live", "हाँ", "हां", "लाइव"}
NO = {"n", "no", "false", "0", "✗", "✘", "-", "–", "na", "n/a", "नहीं", "नही"}
DAYS = ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%Y/%m/%d")
# 1,20,000 as in India, or 120,000: a comma elsewhere may stand for a decimal point.
_WHOLE = r"\d{1,2}(?:,\d{2})*,\d{3}|\d{1,3}(?:,\d{3})+|\d+"
_NUMBER = re.compile(_WHOLE)
_AMOUNT = re.compile(rf"-?(?:{_WHOLE})(?:\.\d+)?")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_NAMED = re.compile(r"([a-z]{3,9})\.?[ ,/’'-]{0,2}(\d{4}|\d{2})")
_NUMBERED = re.compile(r"(?:(\d{1,2})[-/.](\d{4})|(\d{4})[-/.](\d{1,2}))")
_LATIN = re.compile(r"[A-Za-z]")
_OTHER_LETTER = re.compile(r"[^\W\d_A-Za-z]")
# Words that stay as they are when a name in capitals gets small letters.
INITIALS = re.compile(r"\b(?:[A-Z]\.)+|\b(?:MB|TC|BK|NP|MC|NPP|NAC|II|III|IV)\b")


def tidy(text: str) -> str:
    """One space between words, none around; no marks that are not shown."""
    if not text.isascii():
        text = text.replace("\u200b", "").replace("\ufeff", "")
    return " ".join(text.split())


def number(text: str) -> int | None:
    """`22,076`, `5.0` and `२५` are whole numbers; `5.5` and `5 km` are not."""
    if text.isdecimal():
        return int(text)
    plain = tidy(text).lstrip("'")
    plain = plain.split(".")[0] if re.fullmatch(r"[\d,]+\.0+", plain) else plain
    return int(plain.replace(",", "")) if _NUMBER.fullmatch(plain) else None


def amount(text: str) -> Decimal | None:
    """A number with or without decimals: `1,20,000`, `120,000`, `12.5`; `1,5`, `1_000` and `1e5` are none."""
    plain = tidy(text).lstrip("'")
    return Decimal(plain.replace(",", "")) if _AMOUNT.fullmatch(plain) else None


def month(text: str) -> date | None:
    """The first of a month: `10-2026`, `10/2026`, `2026-10`, `Oct-26`, `October 2026`, or a day of it.

    None for what may be another month, too: `10/01/2026` is the first of October where days stand second.
    """
    plain = tidy(text).lstrip("'").casefold()
    if named := _NAMED.fullmatch(plain):
        known = [n for n, name in enumerate(MONTHS, 1) if name.startswith(named[1])]
        year = int(named[2]) + (2000 if len(named[2]) == 2 else 0)
        return date(year, known[0], 1) if known and year else None
    if numbered := _NUMBERED.fullmatch(plain):
        n, year = int(numbered[1] or numbered[4]), int(numbered[2] or numbered[3])
        return date(year, n, 1) if 1 <= n <= 12 and year else None
    found = day(plain)
    if found is None:
        return None
    sure = plain[:4].isdecimal() or any(c.isalpha() for c in plain) or found.day > 12
    return found.replace(day=1) if sure or found.day in {1, found.month} else None


def day(text: str) -> date | None:
    """A day as dd-mm-yyyy or in ISO form, with or without a time."""
    plain = tidy(text).lstrip("'")
    plain = re.sub(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$", "", plain)
    for form in DAYS:
        try:
            return datetime.strptime(plain, form).date()
        except ValueError:
            continue
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
