"""Reads what was downloaded: a CSV file's rows, and a workbook's cells with their types."""

import csv
import html
import io
import re
import zipfile
from typing import Any

CELL = re.compile(r'<c r="([A-Z]+)(\d+)"([^>]*?)(?:/>|>(.*?)</c>)', re.S)


def body(answer: Any) -> bytes:
    """The bytes of a download."""
    return b"".join(answer.streaming_content)


def read_csv(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body(answer).decode("utf-8-sig"), newline="")))


def sheet_of(answer: Any) -> str:
    """The XML of the workbook's sheet."""
    with zipfile.ZipFile(io.BytesIO(body(answer))) as book:
        return book.read("xl/worksheets/sheet1.xml").decode()


def read_xlsx(sheet: str) -> list[dict[str, tuple[str, str]]]:
    """Row by row and by column letter, each cell's type (`text` or `number`) and text."""
    rows: dict[int, dict[str, tuple[str, str]]] = {}
    for letter, number, attributes, inner in CELL.findall(sheet):
        kind = "text" if 't="inlineStr"' in attributes else "number"
        rows.setdefault(int(number), {})[letter] = (kind, html.unescape(re.sub(r"<[^>]+>", "", inner)))
    return [rows[number] for number in sorted(rows)]


def read_html(page: str) -> list[list[str]]:
    """The words of each row of a page's first table, header and totals included."""
    table = page[page.index("<table") : page.index("</table>")]
    rows = [re.split(r"<t[hd][^>]*>", row)[1:] for row in table.split("<tr>")[1:]]
    return [[html.unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in row] for row in rows]
