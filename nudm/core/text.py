"""Text as it is stored, compared and written out. Pure.

Every door cleans what comes in by `long` (paragraphs) or `line` (a name, a title): pages and query
parameters in `nudm.core.doors.CleanRequest`, forms in `nudm.core.forms`, the API in `nudm.core.api_fields`,
cells of sheets in `ulbs.importing.cells.tidy`, commands in `nudm.core.commands`. What is compared, sorted
or asked for its first letter is brought to `alike` first, what is searched to `loose`. Writers call `long` or
`line` again: a row that was stored before its door cleaned it, or a frozen report, is written without what no
file can hold.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Any

from nudm.core.normal_form import normal_form

ZWNJ, ZWJ = "\u200c", "\u200d"
# Every way to begin a new line: also Word's break within a paragraph (VT), form feed, NEL, U+2028 and U+2029.
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
# Only where one of these stands is there anything to do beyond line ends and spaces.
_PLAIN = re.compile(r"[\t\n\x20-\x7e]*\Z")
# Letters and marks that are shown as nothing (Default_Ignorable_Code_Point), and the empty Braille cell.
_EMPTY = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\u2065\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
# Marks of the category Cf that are shown: signs that stand round a number in Arabic, Syriac and Kaithi.
_SHOWN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co"})
# Word's bullets, ticks and arrows come as private codes of the fonts Symbol and Wingdings.
_PRIVATE = {
    0xF0B7: "•", 0xF0A7: "•", 0xF0A8: "•", 0xF076: "•", 0xF06E: "•", 0xF06F: "•", 0xF0D8: "•", 0xF0FC: "✓",
    0xF0E0: "→", 0xF0DF: "←", 0xF02D: "-", 0xF020: " ",
}  # fmt: skip
# What older keyboards write as consonant, virama and joiner: Malayalam's chillus, Bengali's khanda ta.
_WITH_JOINER = {
    "\u0d23\u0d4d\u200d": "\u0d7a", "\u0d28\u0d4d\u200d": "\u0d7b", "\u0d30\u0d4d\u200d": "\u0d7c",
    "\u0d32\u0d4d\u200d": "\u0d7d", "\u0d33\u0d4d\u200d": "\u0d7e", "\u0d15\u0d4d\u200d": "\u0d7f",
    "\u09a4\u09cd\u200d": "\u09ce",
}  # fmt: skip
_JOINED = re.compile("|".join(_WITH_JOINER))
# The nukta belongs to its consonant; keyboards also write it behind the vowel sign, or twice.
_NUKTA_LATE = re.compile(
    "([\u0900-\u0903\u093a\u093b\u093e-\u094c\u094e\u094f\u0955-\u0957\u0962\u0963]{1,4})\u093c+"
)
_NUKTA_TWICE = re.compile("\u093c{2,}")
_SPACES = re.compile(r"[^\S\n\t]")
_DEVANAGARI = re.compile("[\u0900-\u097f]")
# What is written in two ways in Hindi: with a nukta or without (ज़िला, जिला), the moon or the dot (गाँव, गांव),
# a nasal before a consonant of its own group or the dot (मुम्बई, मुंबई).
NUKTA, VIRAMA, DOT, MOON = "\u093c", "\u094d", "ं", "ँ"
WITH_NUKTA = {"न": "\u0929", "र": "\u0931", "ळ": "\u0934"}
NASAL_OF = {
    consonant: nasal
    for nasal, group in {"ङ": "कखगघ", "ञ": "चछजझ", "ण": "टठडढ", "न": "तथदध", "म": "पफबभ"}.items()
    for consonant in group
}
_ONE_SPELLING = {ord(NUKTA): None, ord(MOON): DOT} | {ord(two): one for one, two in WITH_NUKTA.items()}
_NASALS = re.compile("|".join(f"{nasal}{VIRAMA}(?={consonant})" for consonant, nasal in NASAL_OF.items()))
_AROUND_BREAK = re.compile(r"(?<![^\S\n])[^\S\n]++(?=\n)")


def long(text: str) -> str:
    """A text of several lines as it is stored: line ends are `\\n`, what is not shown is taken out, letters
    are in NFC, so that ड़ is always the same two signs. Joiners stay between letters of Indian scripts,
    where they are part of the spelling."""
    text = _BREAKS.sub("\n", text)
    if not _PLAIN.match(text):
        text = _composed(text)
    return _AROUND_BREAK.sub("", text)


def line(text: str) -> str:
    """A text of one line: the same, with one space between words and none around."""
    plain = text if text.isascii() and text.isprintable() else long(text)
    return " ".join(plain.split())


def _composed(text: str) -> str:
    text = _JOINED.sub(lambda found: _WITH_JOINER[found[0]], text.translate(_PRIVATE))
    text = "".join(letter for letter in text if _is_shown(letter))
    text = _NUKTA_LATE.sub("\u093c\\1", _NUKTA_TWICE.sub("\u093c", normal_form("NFC", text)))
    text = _without_loose_joiners(normal_form("NFC", _EMPTY.sub("", text)))
    return _SPACES.sub(" ", text)


def _is_shown(letter: str) -> bool:
    if letter in "\n\t\u200c\u200d":
        return True
    return (unicodedata.category(letter) not in _UNSHOWN and not _is_no_character(letter)) or letter in _SHOWN


def _is_no_character(letter: str) -> bool:
    code = ord(letter)
    return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE


def _without_loose_joiners(text: str) -> str:
    if ZWNJ not in text and ZWJ not in text:
        return text
    made: list[str] = []
    for n, letter in enumerate(text):
        if letter in (ZWNJ, ZWJ):
            after = text[n + 1 : n + 2]
            if not made or not is_indian(made[-1]) or not after or not is_indian(after):
                continue
        made.append(letter)
    return "".join(made)


def is_indian(letter: str) -> bool:
    """Whether it is a letter or a sign on one, of a script in which an Indian language is written and
    letters are joined: from Devanagari to Malayalam, and the Arabic letters of Urdu, Kashmiri and Sindhi."""
    code = ord(letter)
    in_script = (
        0x0900 <= code <= 0x0DFF
        or 0x1CD0 <= code <= 0x1CFF
        or 0xA8E0 <= code <= 0xA8FF
        or 0xAAE0 <= code <= 0xAAFF
        or 0xABC0 <= code <= 0xABFF
        or 0x0620 <= code <= 0x06FF
        or 0x0750 <= code <= 0x077F
        or 0x11080 <= code <= 0x1137F
    )
    return in_script and unicodedata.category(letter)[0] in "LM"


@lru_cache(maxsize=16_384)
def alike(text: str) -> str:
    """The form in which two texts are compared, searched and sorted: one line, capitals as small letters,
    without joiners, and with ड़, whichever way it was typed, the same."""
    return line(text).replace(ZWJ, "").replace(ZWNJ, "").casefold()


@lru_cache(maxsize=16_384)
def loose(text: str) -> str:
    """The form in which a search, a heading or a name in a sheet is looked for: `alike`, and what Hindi
    spells in two ways is one: the dot, and no nukta."""
    text = alike(text)
    return _NASALS.sub(DOT, text.translate(_ONE_SPELLING)) if has_devanagari(text) else text


def has_devanagari(text: str) -> bool:
    """Whether a letter or sign of the script of Hindi stands in a text."""
    return not text.isascii() and _DEVANAGARI.search(text) is not None


def is_consonant(letter: str) -> bool:
    """Whether it is a consonant of the script of Hindi."""
    return "क" <= letter <= "ह"


def first_letter(text: str) -> str:
    """The first letter or digit that is shown; empty where there is none."""
    return next((letter for letter in line(text) if letter.isalnum()), "")


# Full-width forms of ASCII (U+FF01 to U+FF5E), and other dashes, slashes and marks.
_NARROW = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {
    ord(mark): plain
    for plain, marks in {
        "-": "‐‑‒–—―−﹣⁃", "/": "⁄∕", ".": "．﹒․", ",": "،٬﹐", ":": "：﹕∶",
    }.items()
    for mark in marks
} | {0x066B: "."}  # fmt: skip


def narrow(text: str) -> str:
    """What was typed for a code, a day or a number in plain signs: digits of every script as 0-9, full-width
    letters and signs, dashes and slashes as those of the keyboard; without joiners, one space between
    words."""
    text = line(text)
    if text.isascii():
        return text
    text = text.replace(ZWJ, "").replace(ZWNJ, "").translate(_NARROW)
    return "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text)


def writable(value: Any) -> Any:
    """A value of JSON with all its texts as a file can hold them: a report that was frozen before its texts
    were cleaned, or a row that was stored before, is written whatever it holds."""
    if isinstance(value, str):
        return long(value)
    if isinstance(value, dict):
        return {long(name): writable(held) for name, held in value.items()}
    return [writable(held) for held in value] if isinstance(value, list | tuple) else value


def cut(text: str, most: int) -> str:
    """As much of a text as a place of a file holds; that it goes on is shown."""
    return text if len(text) <= most else text[: most - 1] + "…"
