"""Texts whose letters were lost before they came: a file saved in an encoding that has no Hindi. Pure.

Each letter became a question mark, plain or turned round; the bytes of UTF-8 were read as those of another
encoding (`à¤ªà¥`), once or twice; what could not be read became U+FFFD; a program wrote the number of each
letter (`&#2346;`, `\\u092a`). Nothing here brings such letters back.
"""

import re

# Words of question marks alone, or one within a word: `????????`, `????? 5`, `Bed?k`.
_MARKS = re.compile(r"(?<![\w?])\?{2,}|\?{3,}|[^\W\d_]\?[^\W\d_]")
_NUMBERS = re.compile(r"&#(?:\d{2,6}|x[0-9a-f]{2,5});|\\u[0-9a-f]{4}", re.IGNORECASE)
_TURNED = re.compile("¿{2,}|[□▯]{2,}")
# The same bytes as a Mac (`‡§™`), DOS in English (`αñ¬`) and DOS in Western Europe (`Óñ¬`) show them.
_OTHERS = re.compile(
    f"‡[{re.escape(bytes(range(0xA4, 0xB8)).decode('mac_roman'))}]"
    f"|α[{re.escape(bytes(range(0xA4, 0xB8)).decode('cp437'))}]"
    f"|Ó[{re.escape(bytes(range(0xA4, 0xB8)).decode('cp850'))}]"
)
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
    if ("&" in text or "\\" in text) and _NUMBERS.search(text):
        return True
    if text.isascii():
        return False
    return any(kind.search(text) for kind in (_UNREAD, _INDIAN, _MISREAD, _UPPER, _TURNED, _OTHERS))
