"""The press: a child that has the layout engine loaded, and lays out each PDF in a limited child of its own.

It reads orders on standard input and answers on standard output, until its input ends. It fetches nothing:
all that a report shows is in its page.
"""

import gc
import os
import re
import resource
import signal
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any

import pydyf
import weasyprint.pdf
from fontTools.ttLib import TTFont
from weasyprint import CSS, HTML, Attachment
from weasyprint.formatting_structure.boxes import TextBox
from weasyprint.pdf.fonts import Font
from weasyprint.text.ffi import ffi, fontconfig
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

MEMORY, CPU_SECONDS, SECONDS = 1_500 * 1024 * 1024, 80, 90
# Something of all that reports are made of, in both scripts and weights: what the layout engine looks up at
# the first use (fonts, types of foreign functions, parts of itself) is there before a child needs it. There
# are rows enough for the interpreter to have settled on the quick form of what it runs through.
WARM = f"""<!doctype html><html lang="hi"><head><title>अ</title></head><body><section>
<div><svg viewBox="0 0 9 9" width="9" height="9"><path d="M0 0h9" stroke="#000"/></svg></div>
<h1>Aa अआ</h1><h2>Aa अआ</h2><h3>Aa अआ</h3><p>Aa <b>Aa</b> अआ <b>अआ</b> ✓◷◐</p>
<dl><div><dt>A<dd>अ</div></dl><ul><li>Aa अआ</ul>
<table><colgroup><col><col><col></colgroup><thead><tr><th>A<th>अ<th>1
<tbody>{"<tr><td>Aa अआ<td>अ<td>1 234" * 40}</table></section></body></html>"""
JOINERS = "\u200c\u200d"
DEVANAGARI = re.compile("[\u0900-\u097f]")


class Nothing(URLFetcher):
    """Knows no address at all."""

    def fetch(self, url: str, headers: Any = None) -> Any:
        raise ValueError(f"a report may not fetch {url[:80]}")


class Letters(dict[int, str]):
    """`{code: letters}` of a font of Devanagari. A syllable's shapes stand in another order than its letters,
    and one shape is part of many syllables: so a shape has a code for each of its readings, and the codes of
    a line, read in the order in which they are drawn, are its text.

    The layout engine holds that a shape has one reading. Before it draws one it asks whether that is known,
    and says it if not: the text of a syllable with its last shape, nothing with the others.
    """

    def __init__(self, widths: dict[int, int], blank: int) -> None:
        super().__init__()
        self.widths = widths
        self.blank = blank
        widths[blank] = 0
        self.codes: dict[tuple[int, str], int] = {}
        self.shapes: dict[int, int] = {}
        self.syllable: list[Drawn] = []

    def __contains__(self, shape: object) -> bool:
        return False

    def __setitem__(self, shape: int, text: str) -> None:
        DRAWN.append(Drawn(self, shape))
        self.syllable.append(DRAWN[-1])
        if text:
            *before, last = self.syllable
            for drawn, letter in zip(before, text, strict=False):
                drawn.text = letter
            last.text = text[len(before) :]
            self.syllable.clear()

    def code(self, shape: int, text: str) -> int:
        """The shape's own number for its first reading, for others one that no font has a shape for."""
        if (shape, text) not in self.codes:
            code = LAST_CODE - len(self.codes) if shape in self.shapes else shape
            self.codes[shape, text] = code
            self.shapes[code] = shape
            self.widths[code] = self.widths[shape]
            super().__setitem__(code, text)
        return self.codes[shape, text]


@dataclass(slots=True)
class Drawn:
    """A shape on a line, and the letters that it is read as."""

    letters: Letters
    shape: int
    text: str = ""

    def coded(self) -> bytes:
        """Its code, as a page has it. What a wide shape is read as beyond one letter goes to a blank of no
        width behind it, since some readers take all that a sign for joining letters is in to have none.
        """
        letters, shape, text = self.letters, self.shape, self.text
        if len(text) < 2 or not letters.widths[shape]:
            return b"%04x" % letters.code(shape, text)
        return b"%04x%04x" % (letters.code(shape, text[:1]), letters.code(letters.blank, text[1:]))


# What was drawn since a piece of a line was last written.
DRAWN: list[Drawn] = []
RUN, SHAPE, STEP = re.compile(rb"<[0-9a-f]+>"), re.compile(rb"[0-9a-f]{4}"), re.compile(rb">-(\d{3,})<")
LAST_CODE = 0xFFFF


def written(piece: bytes, codes: Iterator[bytes]) -> bytes:
    """A piece of a line with codes in the place of its shapes."""
    return RUN.sub(lambda run: SHAPE.sub(lambda _shape: next(codes), run[0]), piece)


def small_steps(step: re.Match[bytes]) -> bytes:
    """A step of the pen, as it goes on from under a vowel sign, in several: a wide one is read as a space."""
    size = int(step[1])
    count = size // 100 + 1
    return b">%b<" % b" ".join(
        b"-%d" % (size * (at + 1) // count - size * at // count) for at in range(count)
    )


class Page(weasyprint.pdf.Stream):
    """A page whose Devanagari can be read, searched and copied: its shapes have the codes of their letters,
    and beside the shapes of each line stands its text."""

    def __init__(self, *of: Any, **named: Any) -> None:
        super().__init__(*of, **named)
        self.pieces: list[tuple[int, list[Drawn]]] = []

    @contextmanager
    def marked(self, box: Any, tag: str) -> Iterator[None]:
        text = box.text if isinstance(box, TextBox) else ""
        with super().marked(box, tag):
            if DEVANAGARI.search(text):
                self.begin_marked_content("Span", pydyf.Dictionary({"ActualText": pydyf.String(text)}))
                yield
                self.end_marked_content()
            else:
                yield

    def show_text(self, text: str) -> None:
        if DRAWN:
            self.pieces.append((len(self.stream), DRAWN.copy()))
            DRAWN.clear()
        super().show_text(text)

    def end_text(self) -> None:
        """Write the codes, now that the last shape of each syllable has told its text."""
        for at, drawn in self.pieces:
            self.stream[at] = STEP.sub(small_steps, written(self.stream[at], (one.coded() for one in drawn)))
            drawn[0].letters.syllable.clear()
        self.pieces.clear()
        super().end_text()


class ReadFont(Font):
    """A font that knows the letters of its shapes."""

    def __init__(self, *of: Any) -> None:
        super().__init__(*of)
        if (face := (self.family, self.weight, self.style)) not in BLANKS:
            file = TTFont(BytesIO(self.file_content), fontNumber=self.index, lazy=True)
            names = file.getBestCmap()
            BLANKS[face] = file.getGlyphID(names[BLANK]) if {BLANK, ord("क")} <= names.keys() else 0
        if BLANKS[face]:
            self.to_unicode = Letters(self.widths, BLANKS[face])

    def clean(self, letters: dict[int, str], hinting: bool) -> None:
        """Keep the shapes that the codes stand for."""
        shapes = getattr(self.to_unicode, "shapes", {})
        super().clean({shapes.get(code, code): text for code, text in letters.items()}, hinting)


# The shape of no width and no ink of a font of Devanagari; 0 for other fonts.
BLANKS: dict[tuple[str, int, int], int] = {}
BLANK = 0x200B


def finish(document: Any, pdf: Any) -> None:
    """Tell which shape each code of a font stands for."""
    fonts = {font.name: font.to_unicode for font in document.fonts.values()}
    for part in pdf.objects:
        letters = isinstance(part, pydyf.Dictionary) and fonts.get(part.get("BaseFont"))
        if isinstance(letters, Letters) and "CIDToGIDMap" in part:
            shapes = bytearray(2 * LAST_CODE + 2)
            for code, shape in letters.shapes.items():
                shapes[2 * code : 2 * code + 2] = shape.to_bytes(2)
            table = pydyf.Stream([bytes(shapes)], compress=True)
            pdf.add_object(table)
            part["CIDToGIDMap"] = table.reference


def new(kind: str, *values: Any, made: Callable[..., Any] = weasyprint.pdf.fonts.ffi.new) -> Any:
    """A value for the libraries of fonts. The layout engine names a list's type by its length, each another
    type that takes 15 ms to learn; one for lists of any length does."""
    return made(re.sub(r"\[\d+\]$", "[]", kind) if values and kind[-1] == "]" else kind, *values)


# The layout engine has no setting for any of these.
weasyprint.pdf.Stream = Page
weasyprint.pdf.stream.Font = ReadFont
weasyprint.pdf.fonts.ffi.new = new
FONTS = FontConfiguration()


@cache
def sheet(css: str) -> CSS:
    """A style sheet, read once."""
    return CSS(string=css, font_config=FONTS, url_fetcher=Nothing())


@cache
def warm(css: str) -> None:
    """Lay a page out in the fonts and sizes of a style sheet, once: children find them loaded.

    What is there then is never looked through again, so that children share its memory. A sheet that cannot
    be used is the child's to complain of.
    """
    with suppress(Exception):
        lay_out(css, WARM, "a.json", b"{}")
    gc.collect()
    gc.freeze()


# What every installation of the fonts can draw, so that their tables are read only for what is unusual.
SURE = frozenset(
    {*map(ord, WARM), *range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x900, 0x980), *range(0x2010, 0x2028)}
    | set(map(ord, "₹→←↑↓≥≤×●○■□"))
)
# The letters of the fonts that were looked into, and the fonts that were not yet.
KNOWN: set[int] = set()
UNREAD: list[str] = []


def font_files() -> list[str]:
    """The files of all fonts that the layout engine may choose; the plain one of a family is looked into
    first."""
    config = fontconfig.FcInitLoadConfigAndFonts()
    fonts, name, found = (
        fontconfig.FcConfigGetFonts(config, fontconfig.FcSetSystem),
        ffi.new("FcChar8 **"),
        set(),
    )
    for n in range(fonts.nfont):
        if fontconfig.FcPatternGetString(fonts.fonts[n], b"file", 0, name) == fontconfig.FcResultMatch:
            found.add(ffi.string(name[0]).decode())
    fontconfig.FcConfigDestroy(config)
    return sorted(found, key=lambda file: ("Regular" in file or "DejaVuSans." in file, -len(file)))


def is_known(letter: str) -> bool:
    """Whether any font has a shape for a letter; fonts are read until one has."""
    code = ord(letter)
    while code not in SURE and code not in KNOWN and UNREAD:
        # A font that cannot be read is not drawn with either.
        with suppress(Exception):
            KNOWN.update(TTFont(UNREAD.pop(), fontNumber=0, lazy=True).getBestCmap())
    return code in SURE or code in KNOWN


def drawable(page: str) -> str:
    """The page without a letter that no font has, which would be drawn as a box: in its place stands the
    plain letter that it is a form of, or its number."""
    unknown = {letter for letter in set(page) if letter not in JOINERS and not is_known(letter)}
    return page.translate({ord(letter): _stand_in(letter) for letter in unknown}) if unknown else page


def _stand_in(letter: str) -> str:
    plain = unicodedata.normalize("NFKD", letter)
    if plain != letter and all(map(is_known, plain)):
        return plain
    return "" if unicodedata.category(letter)[0] in "CM" else f"[U+{ord(letter):04X}]"


def lay_out(css: str, page: str, name: str, content: bytes) -> bytes:
    """A tagged PDF of one page of HTML with one file inside it."""
    attached = [Attachment(string=content, name=name, relationship="Data")] if content else []
    made: bytes = HTML(string=page, url_fetcher=Nothing(), base_url=None).write_pdf(
        stylesheets=[sheet(css)],
        font_config=FONTS,
        attachments=attached,
        finisher=finish,
        pdf_variant="pdf/ua-1",
    )
    return made


def limited(*order: Any) -> tuple[str, bytes]:
    """What became of an order (`done`, `failed`, `late`, `slow`) and the PDF or the reason."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _child(write, *order)
    os.close(write)
    with os.fdopen(read, "rb") as result:
        answer = result.read()
    _child_id, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        ended = {int(signal.SIGXCPU): "late", int(signal.SIGALRM): "slow"}
        return ended.get(os.WTERMSIG(status), "failed"), f"signal {os.WTERMSIG(status)}".encode()
    return ("done" if status == 0 else "failed"), answer


def _child(write: int, *order: Any) -> None:
    """Lay out within the limits, hand over the result, and end without the press's own farewells."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    signal.alarm(SECONDS)
    # It ends with its one report: to look for cycles among its boxes is a fifth of its time.
    gc.disable()
    code = 0
    with os.fdopen(write, "wb") as result:
        try:
            result.write(lay_out(*order))
        except BaseException as error:
            result.write(f"{type(error).__name__}: {error}".encode())
            code = 1
    os._exit(code)


# The interpreter maps room for calls 16 kB at a time and unmaps what is empty; the engine's calls cross such
# a border some thousand times a page. The first call takes room for all.
_child.__code__ = _child.__code__.replace(co_stacksize=100_000)


def main() -> None:
    """Take orders until there are no more."""
    warm("")
    UNREAD.extend(font_files())
    orders, answers = sys.stdin.buffer, sys.stdout.buffer
    while head := orders.readline():
        css_size, file_size, page_size, name = head.decode().rstrip("\n").split(" ", 3)
        css = orders.read(int(css_size)).decode()
        warm(css)
        content = orders.read(int(file_size))
        page = drawable(orders.read(int(page_size)).decode())
        word, answer = limited(css, page, name, content)
        answers.write(f"{word} {len(answer)}\n".encode() + answer)
        answers.flush()


if __name__ == "__main__":
    main()
