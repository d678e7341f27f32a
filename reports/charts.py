"""Bars of a report, as HTML made on the server; a table with the same figures stands beside each."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from nudm.core.money import indian


def bars(rows: Sequence[tuple[str, int, int]]) -> SafeString:
    """One bar a row: so many of so many. A row of nothing shows an empty bar.

    No SVG: its letters are set one by one on paper, which takes Devanagari apart.
    """
    drawn = ((words, round(100 * n / of) if of else 0, indian(n), indian(of)) for words, n, of in rows)
    body = format_html_join(
        "",
        '<div><span class="l">{}</span><span class="b"><i class="p{}"></i></span>'
        '<span class="s">{} / {}</span></div>',
        drawn,
    )
    return format_html('<div class="chart">{}</div>', body)
