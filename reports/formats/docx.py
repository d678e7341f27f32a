"""A report as a document for a note sheet."""

from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from reports.documents.parts import DATE, TEXT, Part, shown


def document(content: dict[str, Any], sections: list[Part], digest: str, code: str) -> bytes:
    """An office note on A4: the subject, as on which day and by which post, numbered paragraphs, and tables
    whose first row repeats on each page. Only a wide section lies across, and what follows the last."""
    doc = Document()
    doc.core_properties.title = content["title"]
    doc.core_properties.author = "NUDM Tracker"
    doc.core_properties.language = content["language"]
    across = all(part.get("wide", False) for part in sections)
    _page(doc.sections[0], wide=across)
    _style(doc.styles["Normal"])
    for label, value in [(_("Subject"), content["title"]), *content["head"]]:
        line = doc.add_paragraph()
        line.paragraph_format.space_after = Pt(2)
        _bold(line.add_run(f"{label}: "))
        line.add_run(value)
    for part in sections:
        if part.get("wide", False) != across:
            across = not across
            _page(doc.add_section(), wide=across)
        doc.add_heading(part["title"], 1)
        for words in part["text"]:
            doc.add_paragraph(words, style="List Number")
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
    grid.style = "Table Grid"
    page = doc.sections[-1]
    room = page.page_width - page.left_margin - page.right_margin
    whole = sum(column["width"] for column in table["columns"])
    for side, column in zip(grid.columns, table["columns"], strict=True):
        side.width = int(room * column["width"] / whole)
    labels = [column["label"] for column in table["columns"]]
    kinds = [column["kind"] for column in table["columns"]]
    _row(grid.rows[0], labels, kinds, bold=True)
    repeat = OxmlElement("w:tblHeader")
    repeat.set(qn("w:val"), "true")
    grid.rows[0]._tr.get_or_add_trPr().append(repeat)
    for line, row in zip(grid.rows[1:], table["rows"], strict=False):
        _row(line, list(map(shown, row, kinds)), kinds)
    if table["total"]:
        _row(
            grid.rows[-1],
            [shown(*cell, "") for cell in zip(table["total"], kinds, strict=True)],
            kinds,
            bold=True,
        )
    doc.add_paragraph("")


def _row(line: Any, cells: list[str], kinds: list[str], *, bold: bool = False) -> None:
    """Figures stand to the right, as they do on paper."""
    for cell, text, kind in zip(line.cells, cells, kinds, strict=True):
        run = cell.paragraphs[0].add_run(text)
        if bold:
            _bold(run)
        if kind not in {TEXT, DATE}:
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _bold(run: Any) -> None:
    """Bold in both scripts: Devanagari has a mark of its own."""
    run.font.bold = run.font.cs_bold = True


def _style(style: Any) -> None:
    """The letters of both scripts, of one size."""
    style.font.name, style.font.size = "Noto Sans", Pt(9)
    style.element.rPr.rFonts.set(qn("w:cs"), "Noto Sans Devanagari")
    size = OxmlElement("w:szCs")
    size.set(qn("w:val"), "18")
    style.element.rPr.append(size)
