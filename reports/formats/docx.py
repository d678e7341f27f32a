"""A report as a document for a note sheet."""

from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

from reports.documents.parts import Part, shown


def document(content: dict[str, Any], sections: list[Part], digest: str, code: str) -> bytes:
    """The document: headings, paragraphs and tables whose first row repeats on each page."""
    doc = Document()
    doc.core_properties.title = content["title"]
    doc.core_properties.author = "NUDM Tracker"
    doc.core_properties.language = content["language"]
    page = doc.sections[0]
    page.orientation = WD_ORIENT.LANDSCAPE
    page.page_width, page.page_height = page.page_height, page.page_width
    style = doc.styles["Normal"]
    style.font.name, style.font.size = "Noto Sans", Pt(9)
    style.element.rPr.rFonts.set(qn("w:cs"), "Noto Sans Devanagari")
    doc.add_heading(content["title"], 0)
    for label, value in content["head"]:
        doc.add_paragraph(f"{label}: {value}")
    for part in sections:
        doc.add_heading(part["title"], 1)
        for words in part["text"]:
            doc.add_paragraph(words)
        for table in part["tables"]:
            _table(doc, table)
    doc.add_paragraph(_("Check: %(code)s") % {"code": code})
    doc.add_paragraph(f"SHA-256 {digest}")
    if "audit" in content:
        head = {"chain": content["audit"]["chain"], "n": content["audit"]["number"]}
        words = _("Audit log %(chain)s, line %(n)s: %(digest)s")
        doc.add_paragraph(words % {**head, "digest": content["audit"]["digest"]})
    out = BytesIO()
    doc.save(out)
    return out.getvalue()


def _table(doc: Any, table: Part) -> None:
    if not table["rows"]:
        doc.add_paragraph(table["empty"])
        return
    rows = [*table["rows"], *([table["total"]] if table["total"] else [])]
    grid = doc.add_table(rows=1 + len(rows), cols=len(table["columns"]))
    grid.style = "Light Grid Accent 1"
    head = grid.rows[0]
    for cell, column in zip(head.cells, table["columns"], strict=True):
        cell.text = column["label"]
    repeat = OxmlElement("w:tblHeader")
    repeat.set(qn("w:val"), "true")
    head._tr.get_or_add_trPr().append(repeat)
    for line, row in zip(grid.rows[1:], rows, strict=True):
        for cell, value, column in zip(line.cells, row, table["columns"], strict=True):
            cell.text = shown(value, column["kind"])
    doc.add_paragraph("")
