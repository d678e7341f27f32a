"""Days, months, numbers and codes as people write them: one reader of each, for page, sheet, paste, API,
query parameter and command.

`day`, `month`, `whole`, `amount`, `share` and `code` return the value or raise `Unclear`, whose words say
what to type. What could be two things is refused and never guessed: `12,5`, `1.20.000`, `10/30/2026`,
`5-11-26`. All of them take digits of every Indian script, full-width signs, and text with marks that are not
shown.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from nudm.core.text import alike, narrow

INDIA = ZoneInfo("Asia/Kolkata")
# Longer than anything that is a day, a month or a number.
LONGEST = 60
MONTHS = (
    ("january", "जनवरी"), ("february", "फरवरी"), ("march", "मार्च"), ("april", "अप्रैल"), ("may", "मई"),
    ("june", "जून"), ("july", "जुलाई"), ("august", "अगस्त"), ("september", "सितंबर"), ("october", "अक्टूबर"),
    ("november", "नवंबर"), ("december", "दिसंबर"),
)  # fmt: skip
# Spellings of the months' names in Hindi, brought to those above.
_SPELLINGS = (
    ("\u093c", ""), ("म्ब", "ंब"), ("अक्तू", "अक्टू"), ("अक्तु", "अक्टू"), ("अक्टु", "अक्टू"),
    ("सितम", "सितं"), ("अप्रे", "अप्रै"),
)  # fmt: skip
_BETWEEN = r"(?:\s*[-/.]\s*|\s+)"
_DAY_FIRST = re.compile(rf"(\d{{1,2}}){_BETWEEN}(\d{{1,2}}){_BETWEEN}(\d{{4}})")
_YEAR_FIRST = re.compile(rf"(\d{{4}}){_BETWEEN}(\d{{1,2}}){_BETWEEN}(\d{{1,2}})")
_APART = r"[\s,./’'-]{0,3}"
_WORD = r"([^\W\d_][^\d\s,/’'-]*?)\.?"
_NTH = r"(\d{1,2})(?:st|nd|rd|th)?"
_DAY_NAMED = re.compile(rf"{_NTH}{_APART}{_WORD}{_APART}(\d{{4}}|\d{{2}})")
_NAME_FIRST = re.compile(rf"{_WORD}{_APART}{_NTH}(?:,|\s)\s*(\d{{4}})")
_MONTH_NAMED = re.compile(rf"{_WORD}{_APART}(\d{{4}}|\d{{2}})")
_NAMED_MONTH = re.compile(rf"(\d{{4}}){_APART}{_WORD}")
_MONTH_NUMBER = re.compile(r"(\d{1,2})\s*[-/. ]\s*(\d{4})|(\d{4})\s*[-/. ]\s*(\d{1,2})")
_TIME = re.compile(
    r"[T ]((?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?)(?: ?([AP]M))?(Z|[+-]\d{2}:?\d{2})?$",
    re.IGNORECASE,
)
# 1,20,000 as in India, or 120,000: a comma elsewhere may stand for a decimal point.
_WHOLE = r"[1-9]\d?(?:,\d{2})*,\d{3}|[1-9]\d{0,2}(?:,\d{3})+|\d+"
_AMOUNT = re.compile(rf"([-+]?)(?P<whole>{_WHOLE})?(?:\.(?P<part>\d*))?")

# A thousand as Europe writes it, or one with three decimals.
_TWO_WAYS = re.compile(r"[-+]?[1-9]\d{0,2}\.\d{3}")


class Unclear(ValueError):
    """What stands there is no day (month, number, code), or could be two of them; the words say what to
    type."""


def day(text: str) -> date:
    """`05-11-2026`, `5/11/2026`, `५.११.२०२६`, `2026-11-05`, `5 Nov 2026`, `५ नवंबर २०२६`, each with or
    without a time; the day stands before the month, the year has four digits.

    Raises Unclear for anything else, such as `11/30/2026` or a day that no month has.
    """
    plain = _typed(text)
    found = _day_in(plain) if len(plain) <= LONGEST else None
    if found is None:
        raise Unclear(_("“%(text)s” is not a day. Write it as 05-11-2026.") % {"text": plain[:20]})
    return found


def _typed(text: str) -> str:
    """In plain signs, without the apostrophe by which a spreadsheet keeps a text a text."""
    return narrow(text).lstrip("'’").strip()


def _day_in(plain: str) -> date | None:
    if found := _TIME.search(plain):
        rest = plain[: found.start()].strip().rstrip(",")
        on = _date_in(rest)
        return _in_india(on, found[1], found[3]) if on and found[3] else on
    return _date_in(plain)


def _in_india(on: date, clock: str, zone: str) -> date | None:
    """The day in India of a moment that names its zone."""
    try:
        return datetime.fromisoformat(f"{on}T{clock:0>5}{zone}").astimezone(INDIA).date()
    except ValueError:
        return None


def _date_in(plain: str) -> date | None:
    if found := _DAY_FIRST.fullmatch(plain):
        return _made(found[3], found[2], found[1])
    if found := _YEAR_FIRST.fullmatch(plain):
        return _made(found[1], found[2], found[3])
    if (found := _DAY_NAMED.fullmatch(plain)) and (n := _named(found[2])):
        return _made(_year(found[3]), n, found[1])
    if (found := _NAME_FIRST.fullmatch(plain)) and (n := _named(found[1])):
        return _made(found[3], n, found[2])
    return None


def _made(year: str | int, month: str | int, on: str | int) -> date | None:
    try:
        return date(int(year), int(month), int(on))
    except ValueError:
        return None


def _year(text: str) -> int:
    """Behind a month's name two digits are a year of this century."""
    return int(text) + (2000 if len(text) == 2 else 0)


def _named(text: str) -> int | None:
    """The number of the month that a name means: whole or shortened, in English or Hindi."""
    plain = alike(text).rstrip(".॰")
    for spelling, usual in _SPELLINGS:
        plain = plain.replace(spelling, usual)
    if len(plain) < (3 if plain.isascii() else 2) and plain != "मई":
        return None
    plain = "sep" if plain == "sept" else plain
    known = [n for n, names in enumerate(MONTHS, 1) if any(name.startswith(plain) for name in names)]
    return known[0] if len(known) == 1 else None


def month(text: str) -> date:
    """The first of a month: `10-2026`, `2026-10`, `Oct-26`, `October 2026`, `अक्टूबर 2026`, or a day of it.

    Raises Unclear for what is none, and for what may be another month, too: `10/01/2026` is the first of
    October where days stand second.
    """
    plain = _typed(text)
    found = _month_in(plain) if len(plain) <= LONGEST else None
    if found is None:
        raise Unclear(_("“%(text)s” is not a month. Write it as 10-2026.") % {"text": plain[:20]})
    return found


def _month_in(plain: str) -> date | None:
    if (named := _MONTH_NAMED.fullmatch(plain)) and (n := _named(named[1])):
        return _made(_year(named[2]), n, 1)
    if (named := _NAMED_MONTH.fullmatch(plain)) and (n := _named(named[2])):
        return _made(named[1], n, 1)
    if numbered := _MONTH_NUMBER.fullmatch(plain):
        return _made(numbered[2] or numbered[3], numbered[1] or numbered[4], 1)
    on = _day_in(plain)
    if on is None:
        return None
    sure = plain[:4].isdecimal() or any(letter.isalpha() for letter in plain) or on.day > 12
    return on.replace(day=1) if sure or on.day in {1, on.month} else None


def amount(text: str) -> Decimal:
    """A number with or without decimals: `1,20,000`, `120,000`, `१२.५`, `-3`.

    Raises Unclear for what could be two numbers (`1,5`, `1.20.000`, `1.200`) and for what is none (`1e5`, `5
    km`).
    """
    plain = _typed(text)
    found = _AMOUNT.fullmatch(plain) if len(plain) <= LONGEST and not _TWO_WAYS.fullmatch(plain) else None
    if found is None or not (found["whole"] or found["part"]):
        raise Unclear(_not_a_number(plain))
    whole_part = (found["whole"] or "0").replace(",", "")
    value = Decimal(
        f"{found[1]}{whole_part}.{found['part'] or '0'}" if found["part"] else found[1] + whole_part
    )
    # There is no nought below zero.
    return value if value else abs(value)


def _not_a_number(plain: str) -> str:
    if re.fullmatch(r"[-+]?[\d.,]*\d[\d.,]*", plain):
        return _(
            "“%(text)s” could be more than one number. Write thousands as 1,20,000, decimals as 12.5."
        ) % {"text": plain[:20]}
    return _("“%(text)s” is not a number. Write digits only, such as 120000 or 1,20,000.") % {
        "text": plain[:20]
    }


def whole(text: str) -> int:
    """A count: `22,076`, `5.0` and `२५` are whole numbers.

    Raises Unclear for `5.5`, and for what `amount` refuses.
    """
    if text.isascii() and text.isdecimal() and len(text) <= LONGEST:
        return int(text)
    value = amount(text)
    if value != value.to_integral_value():
        raise Unclear(
            _("“%(text)s” is not a whole number. This is a count: write it without decimals.")
            % {"text": _typed(text)[:20]}
        )
    return int(value)


def share(text: str) -> Decimal:
    """A number in per cent, with or without the sign: `85`, `85 %`, `85.5 per cent`, `85 प्रतिशत`.

    Raises Unclear as `amount` does.
    """
    return amount(re.sub(r"\s*(?:%|٪|per ?cent|प्रतिशत|फीसदी)$", "", _typed(text), flags=re.IGNORECASE))


def code(text: str) -> str:
    """A code as it is compared and stored: in plain signs, without marks that are not shown and without the
    apostrophe of a spreadsheet, one space between its parts. A code is anything; nothing is refused."""
    return _typed(text)


def number_code(text: str) -> int:
    """A code of digits, as the LGD's: `248056`, `२४८०५६`, `248 056`, `248056.0`, `2,48,056`.

    Raises Unclear for what is not digits only.
    """
    plain = _typed(text)
    try:
        value = whole(plain.replace(" ", ""))
    except Unclear:
        value = -1
    if value < 0:
        raise Unclear(
            _("“%(text)s” is not a code. Write its digits only, such as 248056.") % {"text": plain[:20]}
        )
    return value
