"""Texts whose letters were lost before they came: a file saved in an encoding that has no Hindi. Pure.

Three ways: each letter became a question mark; the bytes of UTF-8 were read as those of Windows-1252 or
Latin-1 (`à¤ªà¥`), once or twice; what could not be read became U+FFFD. Nothing brings such letters back.
"""

import re

# Words of question marks alone, or one within a word: `????????`, `????? 5`, `Bed?k`.
_MARKS = re.compile(r"(?<![\w?])\?{2,}|\?{3,}|[^\W\d_]\?[^\W\d_]")
_UNREAD = re.compile("[\ufffd\u0080-\u009f]")
# Three letters and signs in a row of the upper half of Latin-1: no language writes so.
_UPPER = re.compile("[\u00a0-\u00bf\u00d7\u00f7]{2}[\u00c0-\u00ff]|[\u00c0-\u00ff]{4,}")


def _bytes_of() -> dict[str, int]:
    """Each letter of Windows-1252 and of Latin-1 from 128 on, and the byte that it was."""
    found = {chr(n): n for n in range(0x80, 0x100)}
    for n in range(0x80, 0xA0):
        try:
            found[bytes([n]).decode("cp1252")] = n
        except UnicodeDecodeError:
            continue
    return found


_BYTES = _bytes_of()
# The first byte of a letter in UTF-8 and those that follow, as Latin letters and signs.
_FOLLOW = "".join(re.escape(letter) for letter, n in _BYTES.items() if 0x80 <= n < 0xC0)
_TWO = "".join(chr(n) for n in range(0xC2, 0xE0))
_THREE = "".join(chr(n) for n in range(0xE0, 0xF0))
_MISREAD = re.compile(f"[{_TWO}][{_FOLLOW}]|[{_THREE}][{_FOLLOW}]{{1,2}}")
# Most of the letters of Indian scripts begin so in UTF-8, whatever became of the third byte.
_INDIAN = re.compile("à[¤-·]")


def letters_were_lost(text: str) -> bool:
    """Whether a text shows that letters were lost when it was saved or opened in another program."""
    if "?" in text and _MARKS.search(text):
        return True
    if text.isascii():
        return False
    return bool(_UNREAD.search(text) or _INDIAN.search(text) or _MISREAD.search(text) or _UPPER.search(text))
