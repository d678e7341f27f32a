"""Charts as inline SVG, made on the server; a table with the same figures stands beside each."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

LABEL, WIDTH, STEP = 230, 300, 24


def bars(rows: Sequence[tuple[str, int, int]], title: str) -> SafeString:
    """One bar a row: so many of so many. A row of nothing shows an empty bar."""
    drawn = (
        (
            LABEL - 10,
            number * STEP + 15,
            words,
            LABEL,
            number * STEP + 4,
            WIDTH,
            LABEL,
            number * STEP + 4,
            round(WIDTH * n / of) if of else 0,
            LABEL + WIDTH + 8,
            number * STEP + 15,
            f"{n} / {of}",
        )
        for number, (words, n, of) in enumerate(rows)
    )
    body = format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="end">{}</text>'
        '<rect x="{}" y="{}" width="{}" height="14" fill="#ebeef4"/>'
        '<rect x="{}" y="{}" width="{}" height="14" fill="#17724a"/>'
        '<text x="{}" y="{}">{}</text>',
        drawn,
    )
    return format_html(
        '<svg class="chart" role="img" viewBox="0 0 620 {}" font-size="11" xmlns="http://www.w3.org/2000/svg">'
        "<title>{}</title>{}</svg>",
        len(rows) * STEP + 4,
        title,
        body,
    )
