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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from io import BytesIO
from typing import Any

import pydyf
import weasyprint.pdf
from fontTools.ttLib import TTFont
from weasyprint import CSS, HTML, Attachment
from weasyprint.formatting_structure.boxes import TextBox
from weasyprint.pdf.fonts import Font
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

MEMORY = 1_500 * 1024 * 1024
CPU_SECONDS = 80
SECONDS = 90
# Something of all that reports are made of, in both scripts and weights: what the layout engine looks up at
# the first use (fonts, types of foreign functions, parts of itself) is there before a child needs it. There
# are rows enough for the interpreter to have settled on the quick form of what it runs through.
WARM = f"""<!doctype html><html lang="hi"><head><title>अ</title></head><body><section>
<div><svg viewBox="0 0 9 9" width="9" height="9"><path d="M0 0h9" stroke="#000"/></svg></div>
<h1>Aa अआ</h1><h2>Aa अआ</h2><h3>Aa अआ</h3><p>Aa <b>Aa</b> अआ <b>अआ</b> ✓◷◐</p>
<dl><div><dt>A<dd>अ</div></dl><ul><li>Aa अआ</ul>
<table><colgroup><col><col><col></colgroup><thead><tr><th>A<th>अ<th>1
<tbody>{"<tr><td>Aa अआ<td>अ<td>1 234" * 40}</table></section></body></html>"""
PLAIN = """p, td { font: 9pt "Noto Sans", "Noto Sans Devanagari"; text-align: right; overflow-wrap: anywhere }
table { border-collapse: collapse; table-layout: fixed } td { border-bottom: 1px solid }
div { width: 9em; background: #eee; float: left } @page { @bottom-left { content: counter(page) } }"""


DEVANAGARI = re.compile("[\u0900-\u097f]")


class Nothing(URLFetcher):
    """Knows no address at all."""

    def fetch(self, url: str, headers: Any = None) -> Any:
        raise ValueError(f"a report may not fetch {url[:80]}")


class Page(weasyprint.pdf.Stream):
    """A page whose Devanagari can be read, searched and copied: beside the shapes of each line stands the
    text itself, since shapes are in another order than letters and one may be several of them."""

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


class Letters(dict[int, str]):
    """What each shape of a font is read as by programs that pass over the text beside it."""

    def __init__(self, known: dict[int, str]) -> None:
        super().__init__()
        self.known = known

    def __setitem__(self, shape: int, text: str) -> None:
        super().__setitem__(shape, self.known.get(shape, text))


class ReadFont(Font):
    """A font that knows the letters of its shapes; the layout engine guesses them from the first word in
    which it meets one, which for a part of a conjunct is wrong."""

    def __init__(self, *of: Any) -> None:
        super().__init__(*of)
        face = (self.family, self.weight, self.style)
        if face not in KNOWN:
            KNOWN[face] = letters_of(self.file_content, self.index)
        self.to_unicode = Letters(KNOWN[face])


KNOWN: dict[tuple[str, int, int], dict[int, str]] = {}


def letters_of(file: bytes, index: int) -> dict[int, str]:
    """`{shape: letters}` of a font of Devanagari, those of conjuncts and half letters by what the font makes
    them from; nothing for other fonts."""
    font = TTFont(BytesIO(file), fontNumber=index, lazy=True)
    plain = font.getBestCmap()
    if ord("क") not in plain:
        return {}
    letters = {name: chr(code) for code, name in sorted(plain.items(), reverse=True)}
    made: dict[str, tuple[str, ...]] = {}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for part in lookup.SubTable:
            part = getattr(part, "ExtSubTable", part)
            for name, given in getattr(part, "ligatures", {}).items():
                made.update((one.LigGlyph, (name, *one.Component)) for one in given)
            if part.LookupType == 1:
                made.update((shape, (name,)) for name, shape in part.mapping.items() if shape not in made)

    def read(name: str, depth: int = 9) -> str:
        if name in letters or not depth:
            return letters.get(name, "")
        return "".join(read(one, depth - 1) for one in made.get(name, ()))

    known = {font.getGlyphID(name): unicodedata.normalize("NFC", read(name)) for name in {*letters, *made}}
    return {shape: text for shape, text in known.items() if text}


class Foreign:
    """The libraries of fonts. What names a list's type by its length, a type for each number of shapes, is
    given the type of a list of any length: to learn a type takes 15 ms."""

    def __init__(self, known: Any) -> None:
        self.known = known

    def __getattr__(self, name: str) -> Any:
        return getattr(self.known, name)

    def new(self, kind: str, *values: Any) -> Any:
        return self.known.new(LENGTH.sub("[]", kind) if values else kind, *values)


LENGTH = re.compile(r"\[\d+\]$")


# The layout engine has no setting for any of these.
weasyprint.pdf.Stream = Page
weasyprint.pdf.stream.Font = ReadFont
weasyprint.pdf.fonts.ffi = Foreign(weasyprint.pdf.fonts.ffi)
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


def lay_out(css: str, page: str, name: str, content: bytes) -> bytes:
    """A tagged PDF of one page of HTML with one file inside it."""
    attached = [Attachment(string=content, name=name, relationship="Data")] if content else []
    made: bytes = HTML(string=page, url_fetcher=Nothing(), base_url=None).write_pdf(
        stylesheets=[sheet(css)], font_config=FONTS, attachments=attached, pdf_variant="pdf/ua-1"
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


def main() -> None:
    """Take orders until there are no more."""
    warm(PLAIN)
    orders, answers = sys.stdin.buffer, sys.stdout.buffer
    while head := orders.readline():
        css_size, file_size, page_size, name = head.decode().rstrip("\n").split(" ", 3)
        css = orders.read(int(css_size)).decode()
        warm(css)
        content = orders.read(int(file_size))
        page = orders.read(int(page_size)).decode()
        word, answer = limited(css, page, name, content)
        answers.write(f"{word} {len(answer)}\n".encode() + answer)
        answers.flush()


if __name__ == "__main__":
    main()
