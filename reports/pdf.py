"""A frozen report as a PDF."""

from pathlib import Path
from typing import Any

import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import override

from nudm.core import pdf
from nudm.core.text import writable
from reports.charts import bars
from reports.signing import code_of
from reports.snapshot import canonical


def render_pdf(content: dict[str, Any], digest: str) -> bytes:
    """The PDF of a frozen report, the same for the same content, with that content inside it as JSON.

    Raises PdfFailed.
    """
    page, css = page_of(content, digest)
    return pdf.render(page, css, (f"{code_of(digest)}.json", canonical(content)))


def page_of(content: dict[str, Any], digest: str) -> tuple[str, str]:
    """The page and the style sheet of a frozen report, as they are laid out."""
    css = (
        Path(settings.BASE_DIR / "static/css/tokens.css").read_text()
        + Path(settings.BASE_DIR / "static/css/report.css").read_text()
    )
    code = code_of(digest)
    address = f"{settings.SITE_URL}/verify/{code}/"
    own = content["kind"] in {"progress", "national"}
    with override(content["language"]):
        content = writable(content)
        context = {
            "r": content,
            "digest": digest,
            "code": code,
            "verify": address,
            "qr": mark_safe(segno.make(address, error="m").svg_inline(border=0)),
            "chart": bars([(row["words"], row["n"], row["of"]) for row in content.get("towns", ())]),
            "sections": [] if own else content["sections"],
            "all_wide": not own and all(part["wide"] for part in content["sections"]),
            "demo": settings.DEMO,
        }
        return render_to_string(f"reports/{content['kind'] if own else 'document'}.html", context), css
