"""A frozen report as a PDF."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

from nudm.core import pdf
from reports.charts import bars


def render_pdf(content: dict[str, Any], digest: str) -> bytes:
    """The PDF of a snapshot, the same for the same content. Raises PdfFailed."""
    css = (
        Path(settings.BASE_DIR / "static/css/tokens.css").read_text()
        + Path(settings.BASE_DIR / "static/css/report.css").read_text()
    )
    with override(content["language"]):
        chart = _chart(content)
        page = render_to_string(
            f"reports/{content['kind']}.html",
            {"r": content, "digest": digest, "chart": chart, "demo": settings.DEMO},
        )
    return pdf.render(page, css)


def _chart(content: dict[str, Any]) -> str:
    if content["kind"] == "progress":
        return bars(
            [(row["words"], row["n"], row["of"]) for row in content["towns"]],
            content["title"],
        )
    rows = [(str(n + 1), done, content["states_total"]) for n, done in enumerate(content["complete"])]
    return bars(rows, content["title"])
