"""A report as a document for a note sheet."""

from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from reports.documents.parts import Part, shown


def document(content: dict[str, Any], sections: list[Part], digest: str, code: str) -> bytes:
    """An office note on A4: the subject, as on which day and by which post, numbered paragraphs, and tables
    whose first row repeats on each page. Only a wide section lies across."""
    doc = Document()
    doc.core_properties.title = content["title"]
    doc.core_properties.author = "NUDM Tracker"
    doc.core_properties.language = content["language"]
    _page(doc.sections[0], wide=False)
    style = doc.styles["Normal"]
    style.font.name, style.font.size = "Noto Sans", Pt(9)
    style.element.rPr.rFonts.set(qn("w:cs"), "Noto Sans Devanagari")
    for label, value in [(_("Subject"), content["title"]), *content["head"]]:
        line = doc.add_paragraph()
        line.add_run(f"{label}: ").bold = True
        line.add_run(value)
    across = False
    for part in sections:
        if part.get("wide", False) != across:
            across = not across
            _page(doc.add_section(), wide=across)
        doc.add_heading(part["title"], 1)
        for words in part["text"]:
            doc.add_paragraph(words, style="List Number")
        for table in part["tables"]:
            _table(doc, table)
    if across:
        _page(doc.add_section(), wide=False)
    doc.add_paragraph(_("Check: %(code)s") % {"code": code})
    doc.add_paragraph(f"SHA-256 {digest}")
    if "audit" in content:
        head = {"chain": content["audit"]["chain"], "n": content["audit"]["number"]}
        words = _("Audit log %(chain)s, line %(n)s: %(digest)s")
        doc.add_paragraph(words % {**head, "digest": content["audit"]["digest"]})
    out = BytesIO()
    doc.save(out)
    return out.getvalue()


def _page(page: Any, *, wide: bool) -> None:
    sides = Mm(210), Mm(297)
    page.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    page.page_width, page.page_height = reversed(sides) if wide else sides
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(18)


def _table(doc: Any, table: Part) -> None:
    if not table["rows"]:
        doc.add_paragraph(table["empty"])
        return
    rows = [*table["rows"], *([table["total"]] if table["total"] else [])]
    grid = doc.add_table(rows=1 + len(rows), cols=len(table["columns"]))
    grid.style = "Light Grid Accent 1"
    page = doc.sections[-1]
    room = page.page_width - page.left_margin - page.right_margin
    whole = sum(column["width"] for column in table["columns"])
    for side, column in zip(grid.columns, table["columns"], strict=True):
        side.width = int(room * column["width"] / whole)
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
