"""What is read out of a finished report, each form by a reader of its own, to be compared with its source."""

import csv
import io
import itertools
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from docx import Document
from python_calamine import CalamineWorkbook

from reports.documents.parts import shown

NUMBER = re.compile(r"\d[\d,]*(?:[.-]\d+)*")
WORD = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)</word>')
WORDS = re.compile(r"[\s\u00ad\u2010/-]+")
PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', re.S)


def tables(sections: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], list[list[Any]]]]:
    """Every table of the source that has rows, with its rows and its total."""
    for part in sections:
        for table in part["tables"]:
            if table["rows"]:
                yield table, [*table["rows"], *([table["total"]] if table["total"] else [])]


def as_read(sections: list[dict[str, Any]]) -> list[list[list[str]]]:
    """Every table of the source as a reader sees it."""
    return [
        [
            [
                shown(cell, column["kind"], "" if row is t["total"] else "–")
                for cell, column in zip(row, t["columns"], strict=True)
            ]
            for row in rows
        ]
        for t, rows in tables(sections)
    ]


def bare(sections: list[dict[str, Any]]) -> list[str]:
    """What the tables of the source say that have no rows."""
    return [table["empty"] for part in sections for table in part["tables"] if not table["rows"]]


def as_cells(sections: list[dict[str, Any]]) -> list[list[list[str]]]:
    """Every table of the source as a sheet holds it: a share takes two cells, nothing is empty. One without
    rows is a line that says so."""
    found = []
    for table in (table for part in sections for table in part["tables"]):
        if not table["rows"]:
            found.append([[table["empty"]]])
            continue
        rows = [*table["rows"], *([table["total"]] if table["total"] else [])]
        kinds = [column["kind"] for column in table["columns"]]
        found.append([list(itertools.chain(*map(_cells, row, kinds))) for row in rows])
    return found


def _cells(cell: Any, kind: str) -> list[str]:
    if kind == "share":
        return [str(n) for n in cell] if isinstance(cell, list) else ["" if cell is None else str(cell), ""]
    return ["" if cell is None else str(cell)]


def paragraphs(content: bytes) -> list[str]:
    """The paragraphs of a document, those of its tables left out."""
    return [paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs]


def of_docx(content: bytes) -> list[list[list[str]]]:
    return [
        [[cell.text for cell in row.cells] for row in table.rows[1:]]
        for table in Document(io.BytesIO(content)).tables
    ]


def of_csv(content: bytes) -> list[list[list[str]]]:
    """The tables: after an empty line a title and the labels, which one without columns has not; an
    apostrophe before a formula is taken off."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    blocks = [list(block) for empty, block in itertools.groupby(rows, key=lambda row: not row) if not empty]
    return [
        [[cell.removeprefix("'") for cell in row] for row in block[2:] or block[1:]] for block in blocks[1:]
    ]


def of_xlsx(content: bytes) -> list[list[list[str]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = [book.get_sheet_by_name(name).to_python()[3:] for name in book.sheet_names]
    found = [[[_typed(cell) for cell in row] for row in rows] for rows in sheets]
    # A sheet without rows says so in its first cell.
    return [[rows[0][:1]] if len(rows) == 1 and not any(rows[0][1:]) else rows for rows in found]


def _typed(cell: Any) -> str:
    if isinstance(cell, float):
        return str(int(cell))
    return str(cell)


def tight(text: str) -> str:
    """A text without what the breaking of its lines adds or takes: spaces and hyphens."""
    return re.sub(r"[\s\u00ad\u2010-]+", "", text)


def missing(sections: list[dict[str, Any]], text: str, headings: bool) -> list[str]:
    """Cells and headings of the source that a text does not hold whole, and their words that it holds only
    in pieces: those are cut off, overprinted or broken in the middle. The progress report has headings of
    its own and calls a line of a stage O1, not S1-O1; a word of over 16 letters may be broken."""
    cells = {re.sub(r"^S\d-", "", cell) for table in as_read(sections) for row in table for cell in row}
    if headings:
        cells |= set(bare(sections))
        cells |= {column["label"] for table, _rows in tables(sections) for column in table["columns"]}
    joined, apart = tight(text), set(WORDS.split(text))
    words = {word for cell in cells for word in WORDS.split(cell) if len(word) <= 16}
    return sorted({cell for cell in cells if tight(cell) not in joined} | (words - apart - {""}))


def in_order(cells: list[str], line: str) -> bool:
    """Whether a line says every cell that has something to say, one after the other."""
    return re.search(".*".join(re.escape(cell) for cell in cells if cell != "–"), line) is not None


def numbers(text: str) -> list[str]:
    return NUMBER.findall(text)


def of_pdf(path: str) -> str:
    """The text of a PDF in the order in which it is written."""
    return subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, text=True, check=True).stdout


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    left: float
    top: float
    right: float
    bottom: float


def pages_of(path: str) -> list[tuple[float, float, list[Word]]]:
    """Width, height and words of each page."""
    done = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, text=True, check=True)
    found = []
    for width, height, body in PAGE.findall(done.stdout):
        words = [
            Word(text, float(a), float(b), float(c), float(d)) for a, b, c, d, text in WORD.findall(body)
        ]
        found.append((float(width), float(height), words))
    return found


def overprinted(words: list[Word]) -> list[tuple[str, str]]:
    """Words that lie on one another: by more than 2 points across and half a line down."""
    found = []
    words = sorted(words, key=lambda word: word.left)
    for place, one in enumerate(words):
        for other in itertools.takewhile(lambda w, o=one: w.left < o.right - 2, words[place + 1 :]):
            shared = min(one.bottom, other.bottom) - max(one.top, other.top)
            if shared > 0.5 * min(one.bottom - one.top, other.bottom - other.top):
                found.append((one.text, other.text))
    return found
