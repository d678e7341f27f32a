"""A hundred files as officers have them: every kind, size and script that is taken."""

from collections.abc import Callable

from tests.core.files import office, pdf, picture, random_bytes, zipfile

Case = tuple[str, Callable[[], bytes]]

# The word for an order, or for a town, in the scripts of the country.
WORDS = {
    "Assamese": "আদেশ",
    "Bengali": "নির্দেশ",
    "Bodo": "बिथोन",
    "Dogri": "हुक्म",
    "English": "Order",
    "Gujarati": "હુકમ",
    "Hindi": "आदेश",
    "Kannada": "ಆದೇಶ",
    "Kashmiri": "حُکُم",
    "Konkani": "आदेस",
    "Maithili": "आदेश पत्र",
    "Malayalam": "ഉത്തരവ്",
    "Manipuri": "ꯌꯥꯊꯪ",
    "Marathi": "शासन निर्णय",
    "Nepali": "आदेशपत्र",
    "Odia": "ଆଦେଶ",
    "Punjabi": "ਹੁਕਮ",
    "Sanskrit": "आदेशः",
    "Santali": "ᱦᱩᱠᱩᱢ",
    "Sindhi": "حڪم",
    "Tamil": "ஆணை",
    "Telugu": "ఉత్తర్వు",
    "Urdu": "حکم نامہ",
}
LINK = (
    b'<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'relationships/hyperlink" Target="https://example.in/" TargetMode="External"/></Relationships>'
)
TABLES = {
    "names": "code,name\n250001,Alpha\n",
    "semicolons": "code;name\n250001;Alpha\n",
    "tabs": "code\tname\n250001\tAlpha\n",
    "quoted cells": 'code,name\n250001,"Alpha, Town of"\n',
    "a quote in a cell": 'code,name\n250001,"the ""old"" town"\n',
    "negative figures": "head,amount\nrefund,-1200.50\n",
    "phone numbers": "name,phone\nAlpha,+91 (0471) 2300000\n",
    "mail addresses": "name,mail\nAlpha,town@example.in\n",
    "a handle": "name,handle\nAlpha,@alpha_town\n",
    "an equation in words": "rule\nA = B + C\n",
    "pipes": "a|b|c\n1|2|3\n",
    "an exclamation mark": "remark\nDone!\n",
    "dashes for nothing": "ward,count\n1,-\n2,-\n",
    "rupees": "head,amount\nstaff,₹ 12,34,567\n",
    "one cell": "x",
    "empty lines": "\n\na,b\n\n",
    "Windows lines": "a,b\r\n1,2\r\n",
    "old Mac lines": "a,b\r1,2\r",
    "a sign of less": "name,share\nAlpha,<5%\n",
}


def letters() -> dict[str, Case]:
    """A letter named in every scheduled language."""
    return {f"a letter in {language}": (f"{word} 12-2026.pdf", pdf) for language, word in WORDS.items()}


def tables() -> dict[str, Case]:
    """Tables as programs write them, plain and with the mark that spreadsheets put in front."""
    plain = {f"a table with {title}": ("t.csv", text.encode) for title, text in TABLES.items()}
    scripts: dict[str, Case] = {
        f"a table in {language}": ("t.csv", f"code,name\n250001,{word}\n".encode)
        for language, word in list(WORDS.items())[::3]
    }
    marked: Case = ("t.csv", lambda: b"\xef\xbb\xbf" + "कोड,नाम\r\n".encode())
    return (
        plain
        | scripts
        | {
            "a table as a spreadsheet program saves it": marked,
            "a table longer than one read": ("t.csv", lambda: "क,ख\n".encode() * 40_000),
        }
    )


def pictures() -> dict[str, Case]:
    """Photos and scans in the sizes and modes of cameras and scanners."""
    sizes = ((1, 1), (40, 30), (640, 480), (1240, 1754), (4000, 3000), (7000, 7000))
    found: dict[str, Case] = {}
    for kind, name, modes in (
        ("JPEG", "p.jpg", ("RGB", "L", "CMYK")),
        ("PNG", "p.png", ("1", "L", "RGB", "RGBA")),
    ):
        for mode in modes:
            for size in sizes[: 6 if mode in {"L", "1"} else 3]:
                found[f"{kind} {mode} {size}"] = (
                    name,
                    lambda kind=kind, size=size, mode=mode: picture(kind, size, mode),
                )
    return found | {
        "a photo named jpeg": ("office.jpeg", lambda: picture("JPEG")),
        "a photo for the web": ("office.jpg", lambda: picture("JPEG", progressive=True)),
        "a photo with a camera's notes": (
            "office.jpg",
            lambda: picture("JPEG", exif=b"Exif\0\0" + b"MM\0*" + b"\0" * 20_000),
        ),
        "a photo with a long colour profile": ("a.jpg", lambda: picture("JPEG", icc_profile=bytes(200_000))),
        "a photo with fill bytes": ("a.jpg", lambda: picture("JPEG")[:2] + b"\xff\xff" + picture("JPEG")[2:]),
        "a photo of just the points that are allowed": (
            "a.jpg",
            lambda: picture("JPEG", (10_000, 5_000), "L"),
        ),
        "a picture that is interlaced": ("a.png", lambda: picture("PNG", optimize=True)),
    }


def documents() -> dict[str, Case]:
    """Documents and sheets, with the parts that office programs put into them."""
    parts: dict[str, tuple[str, dict[str, bytes]]] = {
        "alone": ("docx", {}),
        "a picture": ("docx", {"word/media/image1.png": picture("PNG")}),
        "a link": ("docx", {"word/_rels/document.xml.rels": LINK}),
        "a footnote": ("docx", {"word/footnotes.xml": b"<w/>"}),
        "a chart's sheet": ("docx", {"word/embeddings/Microsoft_Excel_Sheet1.xlsx": office("xlsx")}),
        "a font": ("docx", {"word/fonts/font1.odttf": random_bytes(4000)}),
        "the word vba in its text": ("docx", {"word/comments.xml": b"<w>vba and macros are not used</w>"}),
        "a sheet": ("xlsx", {}),
        "many sheets": ("xlsx", {f"xl/worksheets/sheet{n}.xml": b"<sheet/>" for n in range(200)}),
        "many rows": (
            "xlsx",
            {"xl/worksheets/sheet1.xml": b"<s>%s</s>" % b"".join(b"<c>%d</c>" % n for n in range(200_000))},
        ),
        "printer settings": ("xlsx", {"xl/printerSettings/printerSettings1.bin": random_bytes(900)}),
    }
    found: dict[str, Case] = {
        f"a document: {title}": (f"a.{kind}", lambda kind=kind, more=more: office(kind, more))
        for title, (kind, more) in parts.items()
    }
    return found | {
        "a document that is stored unpacked": ("a.docx", lambda: office("docx", packed=zipfile.ZIP_STORED)),
        "a large document": ("a.docx", lambda: office("docx", {"word/media/a.jpg": random_bytes(9_000_000)})),
    }


def pdfs() -> dict[str, Case]:
    """Letters of any length, and the words that would be harmful elsewhere."""
    return {
        "a page": ("order.pdf", pdf),
        "a long letter": ("order.pdf", lambda: pdf(pages=200)),
        "a name in capitals": ("ORDER.PDF", pdf),
        "a name with two dots": ("order.no.12.pdf", pdf),
        "a name with spaces and brackets": ("G.O. (Ms) No 12-2026.pdf", pdf),
        "a name like a program's": ("order.exe.pdf", pdf),
        "a line before the beginning": ("order.pdf", lambda: b"\r\n" + pdf()),
        "words after the end": ("order.pdf", lambda: pdf() + b"\n\n"),
        "a name of a name": ("order.pdf", lambda: pdf() + b"% /JavaScripts and /Launched\n%%EOF"),
        "twenty megabytes": ("order.pdf", lambda: pdf() + random_bytes(20_000_000) + b"\n%%EOF"),
    }


HONEST: dict[str, Case] = letters() | tables() | pictures() | documents() | pdfs()
