"""Lines that leave as they are read, so that a long list needs no room and no wait."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe(cell: Any) -> str:
    """Text that no spreadsheet takes for a formula."""
    text = str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


class Line:
    """A file for the writer that hands each line back instead of keeping it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    """The rows as CSV, each line as it is read: UTF-8 with a byte order mark, as spreadsheets open it."""
    write = csv.writer(Line(), lineterminator="\r\n").writerow
    yield b"\xef\xbb\xbf"
    for row in rows:
        yield str(write([safe(cell) for cell in row])).encode()
