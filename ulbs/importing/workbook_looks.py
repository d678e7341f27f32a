"""How the cells of a workbook look, where that is not what they hold: number formats, merges, errors,
formulas without a value, hidden rows. Read from the file's own parts, for xlsx, xls and ods; used by the
child.
"""

import operator
import re
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from io import BytesIO
from posixpath import join, normpath
from typing import Any
from xml.parsers import expat

import xlrd

PIECE = 1024 * 1024
# A cell that stands there more often is an empty one at the end of a sheet.
MAX_REPEATED = 100_000
# Row and column, both from 0.
Place = tuple[int, int]
# Formats that a program knows by a number (ECMA-376, part 1, 18.8.30); 14 and up are days and times.
KNOWN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 14: "d/m/yyyy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm", 19: "h:mm:ss",
    20: "h:mm", 21: "h:mm:ss", 22: "d/m/yyyy h:mm", 37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)",
    39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss",
    48: "##0.0E+0",
}  # fmt: skip
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Colours, languages and currencies in brackets, room for a sign, a sign that fills the cell.
_SILENT = re.compile(r"\[(?:\$[^\]]*|[A-Za-z]+ ?\d*)\]|_.|\*.")
# For which values a part of a format is meant: `[>=100000]##\\,##\\,##0`.
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)\]")
_HOLDS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq,
    "<>": operator.ne,
}  # fmt: skip
_ELAPSED = re.compile(r"\[[hms]+\]", re.I)
_LITERAL = re.compile(r'"([^"]*)"|\\(.)')
_CURRENCY = re.compile(r"(?:rs\.?|inr|₹|\$|€|£|/-|[\s(),.-])*", re.I)


@dataclass(slots=True)
class Looks:
    """What one sheet shows otherwise than it holds: the format of cells that have one, cells that show a word
    in place of a value (`error`, `uncomputed`, with what stands there), merged ranges by their first and last
    cells, hidden rows and columns."""

    formats: dict[Place, str] = field(default_factory=dict)
    words: dict[Place, tuple[str, str]] = field(default_factory=dict)
    merged: list[tuple[Place, Place]] = field(default_factory=list)
    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)


class Entities(ValueError):
    """A part declares entities, which unfold: no spreadsheet program writes them."""


def _parse(
    archive: zipfile.ZipFile,
    name: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    letters: Callable[[str], None] | None = None,
) -> None:
    """Hand each element of a part to `start` as its name without prefix and its attributes, its end to `end`,
    text to `letters`."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_entities
    parser.StartElementHandler = lambda tag, told: start(tag.rpartition(":")[2], told)
    if end is not None:
        parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
    if letters is not None:
        parser.CharacterDataHandler = letters
    with archive.open(name) as part:
        while piece := part.read(PIECE):
            parser.Parse(piece, False)
    parser.Parse(b"", True)


def _no_entities(*_told: Any) -> None:
    raise Entities


def looks_of(data: bytes) -> dict[str, Looks]:
    """`{name of a sheet: how it looks}` of an xlsx, xls or ods file.

    Raises ValueError for one that cannot be read, or is of another kind.
    """
    try:
        if not data.startswith(b"PK"):
            return dict(_of_xls(data))
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = set(archive.namelist())
            return _of_ods(archive) if "content.xml" in names else dict(_of_xlsx(archive, names))
    except (zipfile.BadZipFile, expat.ExpatError, KeyError, RuntimeError, xlrd.XLRDError) as error:
        raise ValueError("the workbook is damaged") from error


# xlsx


def _of_xlsx(archive: zipfile.ZipFile, names: set[str]) -> Iterator[tuple[str, Looks]]:
    main = "xl/workbook.xml"
    sheets: list[tuple[str, str]] = []
    targets: dict[str, str] = {}

    def sheet(tag: str, told: dict[str, str]) -> None:
        if tag == "sheet":
            relation = next((value for key, value in told.items() if key.rpartition(":")[2] == "id"), "")
            sheets.append((told.get("name", ""), relation))

    def relation(tag: str, told: dict[str, str]) -> None:
        if tag == "Relationship":
            targets[told.get("Id", "")] = normpath(join("/xl", told.get("Target", ""))).lstrip("/")

    _parse(archive, main, sheet)
    _parse(archive, "xl/_rels/workbook.xml.rels", relation)
    styles = _styles(archive) if "xl/styles.xml" in names else []
    for name, key in sheets:
        if targets.get(key, "") in names:
            yield name, _sheet(archive, targets[key], styles)


def _styles(archive: zipfile.ZipFile) -> list[str]:
    """The number format of each style, by its number; empty for one that changes nothing."""
    own: dict[int, str] = {}
    formats: list[str] = []
    within = ""

    def start(tag: str, told: dict[str, str]) -> None:
        nonlocal within
        if tag == "numFmt":
            own[int(told["numFmtId"])] = told.get("formatCode", "")
        elif tag in {"cellXfs", "cellStyleXfs"}:
            within = tag
        elif tag == "xf" and within == "cellXfs":
            n = int(told.get("numFmtId", 0))
            formats.append(own.get(n) or KNOWN.get(n, ""))

    _parse(archive, "xl/styles.xml", start)
    return ["" if code.casefold() in {"general", "@"} else code for code in formats]


class _Sheet:
    """Reads one sheet's part."""

    def __init__(self, styles: list[str]) -> None:
        self.styles, self.looks = styles, Looks()
        self.row, self.column, self.kind = -1, -1, "n"
        self.formulas: dict[Place, list[str]] = {}
        self.valued: set[Place] = set()
        self.text: list[str] | None = None

    def start(self, tag: str, told: dict[str, str]) -> None:
        if tag == "c":
            self._cell(told)
        elif tag == "f":
            self.text = self.formulas[self.row, self.column] = []
        elif tag == "v" and (self.kind == "e" or (self.row, self.column) in self.formulas):
            self.text = []
        elif tag == "row":
            self.row, self.column = int(told["r"]) - 1 if "r" in told else self.row + 1, -1
            if told.get("hidden") in {"1", "true"}:
                self.looks.rows.add(self.row)
        elif tag == "mergeCell":
            first, _colon, last = told.get("ref", "").partition(":")
            self.looks.merged.append((_place(first), _place(last or first)))
        elif tag == "col" and told.get("hidden") in {"1", "true"}:
            self.looks.columns |= set(range(int(told["min"]) - 1, min(int(told["max"]), 500)))

    def _cell(self, told: dict[str, str]) -> None:
        self.row, self.column = _place(told["r"]) if "r" in told else (self.row, self.column + 1)
        self.kind = told.get("t", "n")
        style = int(told.get("s", 0))
        if self.kind == "n" and style < len(self.styles) and self.styles[style]:
            self.looks.formats[self.row, self.column] = self.styles[style]

    def end(self, tag: str) -> None:
        place = self.row, self.column
        if tag == "v" and self.text is not None:
            if self.kind == "e":
                self.looks.words[place] = ("error", "".join(self.text))
            if self.text:
                self.valued.add(place)
        if tag == "c" and self.kind == "str":
            # The result of its formula is a text, and may be an empty one.
            self.valued.add(place)
        if tag in {"f", "v"}:
            self.text = None

    def letters(self, said: str) -> None:
        if self.text is not None:
            self.text.append(said)


def _sheet(archive: zipfile.ZipFile, name: str, styles: list[str]) -> Looks:
    reader = _Sheet(styles)
    _parse(archive, name, reader.start, reader.end, reader.letters)
    for place, formula in reader.formulas.items():
        if place not in reader.valued and place not in reader.looks.words:
            reader.looks.words[place] = ("uncomputed", f"={''.join(formula)[:40]}")
    return reader.looks


@lru_cache(maxsize=4096)
def _column(letters: str) -> int:
    n = 0
    for letter in letters:
        n = n * 26 + ord(letter) - 64
    return n - 1


def _place(name: str) -> Place:
    """`C5` as row and column, both from 0."""
    plain = name.replace("$", "").upper()
    letters = plain.rstrip("0123456789")
    return int(plain[len(letters) :]) - 1, _column(letters)


def named(place: Place) -> str:
    """Row and column, both from 0, as `C5`."""
    row, n = place[0], place[1] + 1
    letters = ""
    while n:
        n, rest = divmod(n - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


# xls


def _of_xls(data: bytes) -> Iterator[tuple[str, Looks]]:
    """The library writes what it wonders about to the standard error, never into the answer."""
    book = xlrd.open_workbook(file_contents=data, formatting_info=True, logfile=sys.stderr)
    styles = [book.format_map[style.format_key].format_str for style in book.xf_list]
    for sheet in book.sheets():
        looks = Looks()
        for n in range(sheet.nrows):
            for k, kind in enumerate(sheet.row_types(n)):
                if kind == xlrd.XL_CELL_ERROR:
                    known = xlrd.error_text_from_code.get(sheet.cell_value(n, k), "#N/A")
                    looks.words[n, k] = ("error", known)
                elif kind in {xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE}:
                    code = styles[sheet.cell_xf_index(n, k)]
                    if code.casefold() not in {"general", "@"}:
                        looks.formats[n, k] = code
        looks.merged = [
            ((top, left), (below - 1, right - 1)) for top, below, left, right in sheet.merged_cells
        ]
        looks.rows = {n for n, row in sheet.rowinfo_map.items() if row.hidden}
        looks.columns = {k for k, column in sheet.colinfo_map.items() if column.hidden}
        yield sheet.name, looks


# ods


class _Ods:
    """Reads the sheets of an ods file: cells in per cent show the sign, those with an error its text; spans
    are merges. Equal cells and rows that follow each other stand there once, with how often."""

    def __init__(self) -> None:
        self.found: dict[str, Looks] = {}
        self.text: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        told = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        if tag == "table":
            self.looks = self.found[told.get("name", "")] = Looks()
            self.row, self.rows, self.column, self.columns, self.place = -1, 1, -1, 1, 0
        elif tag == "table-column":
            first, self.place = self.place, self.place + int(told.get("number-columns-repeated", 1))
            if told.get("visibility", "visible") != "visible":
                self.looks.columns |= set(range(first, min(self.place, 500)))
        elif tag == "table-row":
            self.row, self.column, self.columns = self.row + self.rows, -1, 1
            self.rows = int(told.get("number-rows-repeated", 1))
            if told.get("visibility", "visible") != "visible" and self.rows < MAX_REPEATED:
                self.looks.rows |= set(range(self.row, self.row + self.rows))
        elif tag in {"table-cell", "covered-table-cell"}:
            self.column += self.columns
            self.columns = int(told.get("number-columns-repeated", 1))
            self._cell(told, attributes.get("calcext:value-type") == "error")

    def _cell(self, told: dict[str, str], wrong: bool) -> None:
        rows, columns = (int(told.get(f"number-{name}-spanned", 1)) for name in ("rows", "columns"))
        if rows > 1 or columns > 1:
            last = self.row + rows - 1, self.column + columns - 1
            self.looks.merged.append(((self.row, self.column), last))
        if wrong:
            self.text = []
        elif told.get("value-type") == "percentage":
            self.looks.formats.update(dict.fromkeys(self._places(), "0.####%"))
        elif "formula" in told and "value-type" not in told:
            formula = told["formula"].partition(":")[2][:41]
            self.looks.words.update(dict.fromkeys(self._places(), ("uncomputed", formula)))

    def _places(self) -> Iterator[Place]:
        """The places of the cell, as often as it stands there."""
        if self.rows * self.columns <= MAX_REPEATED:
            for n in range(self.row, self.row + self.rows):
                yield from ((n, k) for k in range(self.column, self.column + self.columns))

    def end(self, tag: str) -> None:
        if tag == "table-cell" and self.text is not None:
            wrong = ("error", "".join(self.text) or "#N/A")
            self.looks.words.update(dict.fromkeys(self._places(), wrong))
            self.text = None

    def letters(self, said: str) -> None:
        if self.text is not None:
            self.text.append(said)


def _of_ods(archive: zipfile.ZipFile) -> dict[str, Looks]:
    reader = _Ods()
    _parse(archive, "content.xml", reader.start, reader.end, reader.letters)
    return reader.found


# What a format shows


def shown(value: Any, code: str) -> tuple[str, str] | None:
    """A value as its format shows it: the text, and a word where the text is not the value (`format`). None
    where the format changes nothing that is read.

    85 per cent is held as 0.85; `mmm-yy` shows no day, `d-mmm` no year; a comma at the end of a format hides
    three digits; a format may hold words of its own.
    """
    if isinstance(value, date):
        return _day(value, code)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _number(Decimal(format(value, ".15g")), code)


def _day(value: date, code: str) -> tuple[str, str] | None:
    plain = _LITERAL.sub("", _SILENT.sub("", _ELAPSED.sub("h", code))).split(";")[0].lower()
    has_day, has_year = "d" in plain, "y" in plain
    month = MONTHS[value.month - 1]
    if has_day and not has_year:
        return f"{value.day}-{month}", ""
    if has_year and not has_day:
        return (f"{month}-{value.year}" if "m" in plain else f"{value.year}"), ""
    return None


def _number(value: Decimal, code: str) -> tuple[str, str] | None:
    parts = _sections(code)
    n = _meant(value, parts)
    part = _CONDITION.sub("", _SILENT.sub("", parts[n]))
    words = "".join(one or other for one, other in _LITERAL.findall(part))
    bare = _LITERAL.sub("", part)
    told = numeral(value)
    if n == 2 and value == 0 and not any(mark in bare for mark in "0#?"):
        return ("", "") if not words.strip("- ") else (words, "format")
    if not any(mark in bare for mark in "0#?"):
        return (words, "format") if bare.lower() != "general" or words else None
    if "e+" in bare.lower() or "e-" in bare.lower():
        return f"{float(value):.2E}", "format"
    if "/" in bare.replace("/-", "") and value % 1:
        return told, "format"
    if not _CURRENCY.fullmatch(words) or re.search(r"[A-Za-z]", _CURRENCY_WORDS.sub("", bare)):
        return f"{told} ({code[:20]})", "format"
    if n == 1 and value < 0 and "-" not in bare + words and "(" not in bare + words:
        return told.lstrip("-"), "format"
    digits = bare.rstrip(" %)-/")
    if re.search(r"[0#?],+(?:\.|$)", digits):
        return f"{told} ({code[:20]})", "format"
    percent = bare.count("%") + words.count("%")
    decimals = len(re.sub(r"[^0#?]", "", bare.partition(".")[2]))
    value = _rounded(value * 100**percent, decimals)
    return numeral(value) + "%" * percent, ""


def _meant(value: Decimal, parts: Sequence[str]) -> int:
    """Which part of a format a value has: the first whose condition holds, else the first without one;
    without conditions the parts are for values above zero, below and zero."""
    asked = [_CONDITION.search(part) for part in parts]
    if any(asked):
        fits = (n for n, one in enumerate(asked) if one and _HOLDS[one[1]](value, Decimal(one[2])))
        others = (n for n, one in enumerate(asked) if not one)
        return next(fits, next(others, 0))
    return 1 if value < 0 and len(parts) > 1 else 2 if value == 0 and len(parts) > 2 else 0


def numeral(value: Decimal) -> str:
    """A number in digits. Three decimals get a fourth: `1.125` alone could be a thousand and more."""
    text = format(value.normalize(), "f")
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text


_CURRENCY_WORDS = re.compile(r"rs\.?|inr", re.I)


def _rounded(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


@lru_cache(maxsize=500)
def _sections(code: str) -> tuple[str, ...]:
    """The parts of a format: for numbers above zero, below, zero, and for text."""
    found, part, quoted, escaped = [], "", False, False
    for letter in code:
        if letter == ";" and not quoted and not escaped:
            found.append(part)
            part = ""
            continue
        quoted ^= letter == '"' and not escaped
        escaped = letter == "\\" and not escaped
        part += letter
    return (*found, part)
