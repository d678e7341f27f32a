"""The parts of a report as they stand on a page."""

from itertools import pairwise
from typing import Any

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from reports.actions.ladder import missing_levels
from reports.charts import bars
from reports.documents.parts import DATE, TEXT, shown
from states.models import State

register = template.Library()


@register.simple_tag
def levels_without_superior(state: State) -> list[int]:
    """The levels of a State/UT's chain at which no post is named."""
    return missing_levels(state)


@register.simple_tag
def part_bars(part: dict[str, Any]) -> SafeString:
    """The bars of a section."""
    return bars([(label, n, of) for label, n, of in part["bars"]])


@register.simple_tag
def part_rows(table: dict[str, Any]) -> SafeString:
    """The rows of a table, escaped, in one string: a template loop costs three times as much."""
    kinds = [column["kind"] for column in table["columns"]]
    lines = []
    for row in table["rows"]:
        lines.append("<tr>" + "".join(map(_cell, row, kinds)) + "</tr>")
    if table["total"]:
        lines.append('<tr class="total">' + "".join(map(_sum, table["total"], kinds)) + "</tr>")
    return mark_safe("".join(lines))


def _sum(cell: Any, kind: str) -> str:
    return _cell(cell, kind, "")


def _cell(cell: Any, kind: str, nothing: str = "–") -> str:
    text = conditional_escape(shown(cell, kind, nothing))
    return f"<td>{text}</td>" if kind in {TEXT, DATE} else f'<td class="n">{text}</td>'


@register.filter
def widths(table: dict[str, Any]) -> list[int]:
    """The width of each column in per cent, in steps of one; together 100, or the table is wider than its
    page."""
    given = [column["width"] for column in table["columns"]]
    ends = [round(100 * sum(given[:n]) / sum(given)) for n in range(len(given) + 1)]
    return [end - start for start, end in pairwise(ends)]
