"""The components that every page is made of. Shown in every state at `/styleguide/`."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from html import unescape
from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxSelectMultiple
from django.utils.html import escape, format_html, format_html_join, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from nudm.core import dates, money
from nudm.core.bounds import REMARK
from nudm.core.forms import bound_attributes
from nudm.core.forms import counted as counted_down
from nudm.core.left import left_words
from nudm.core.ratio import Ratio
from nudm.core.receipts import new_key
from nudm.core.widgets import DayInput

register = template.Library()

HEADING = re.compile(r"<th\b[^>]*>(.*?)</th>", re.S)
# The beginning of a row, or of a cell that stands under one heading.
PLACE = re.compile(r"<(tr|th|td(?! colspan))\b")

STATUS_WORDS = {
    "not_started": gettext_lazy("Not started"),
    "in_progress": gettext_lazy("In progress"),
    "under_review": gettext_lazy("Under review"),
    "returned": gettext_lazy("Returned"),
    "accepted": gettext_lazy("Accepted"),
    "not_applicable": gettext_lazy("Not applicable"),
    "complete": gettext_lazy("Complete"),
    "ongoing": gettext_lazy("Ongoing"),
    "met": gettext_lazy("Met"),
    "not_met": gettext_lazy("Not met"),
    "unknown": gettext_lazy("Not yet known"),
    "quarantine": gettext_lazy("In quarantine"),
    "checked": gettext_lazy("Waiting for the scan"),
    "scanned": gettext_lazy("Scanned"),
    "refused": gettext_lazy("Refused"),
    "removed": gettext_lazy("Removed"),
}
PARTY_WORDS = {
    "state": gettext_lazy("State/UT"),
    "agency": gettext_lazy("IA"),
    "town": gettext_lazy("Town"),
    "centre": gettext_lazy("Centre"),
    "nobody": "–",
}


@register.simple_tag
def badge(status: str) -> SafeString:
    """A status as shape, colour and word."""
    value = str(status)
    return format_html('<span class="badge b-{}">{}</span>', value, STATUS_WORDS.get(value, value))


@register.simple_tag
def counted(ratio: Ratio, truth: str = "") -> SafeString:
    """A measured line's count: “Counted: 3 of 5”, as done where that is enough by the line's `truth`."""
    kind = "accepted" if ratio.complete or truth == "met" else "in_progress" if ratio.begun else "not_started"
    words = _("Counted: %(n)s of %(of)s") % {
        "n": money.indian(ratio.n),
        "of": money.indian(ratio.of),
    }
    left = left_words(ratio)
    if left:
        return format_html(
            '<span class="badge b-{}">{}</span> <span class="small">{}</span>', kind, words, left
        )
    return format_html('<span class="badge b-{}">{}</span>', kind, words)


@register.filter
def left(ratio: Ratio) -> str:
    """How many have left the whole of a ratio, in words; nothing where none has."""
    return left_words(ratio)


@register.simple_tag
def meter(met: int, total: int) -> SafeString:
    """So many of so many, as marks and as figures."""
    marks = mark_safe('<i class="y"></i>' * met + "<i></i>" * max(total - met, 0))
    return format_html(
        '<span class="meter" aria-hidden="true">{}</span><span class="num">{}/{}</span>',
        marks,
        met,
        total,
    )


@register.simple_tag
def days(count: int | None, warn: int = 31) -> SafeString:
    """“12 days”, in the warning colour from `warn` days on; a dash where it is not known.

    Officers count what is pending as 0-7, 8-15, 16-30 and over 30 days.
    """
    if count is None:
        return mark_safe('<span class="muted">–</span>')
    words = ngettext("%(n)s day", "%(n)s days", count) % {"n": count}
    return format_html('<span class="{}">{}</span>', "late" if count >= warn else "num", words)


@register.simple_tag
def delta(count: int) -> SafeString:
    """A movement with its sign."""
    if not count:
        return format_html('<span class="muted">{}</span>', _("no change"))
    return format_html(
        '<span class="up">{}{}</span>',
        "+" if count > 0 else "−",
        money.indian(abs(count)),
    )


@register.simple_tag
def with_party(party: str) -> str:
    return str(PARTY_WORDS.get(str(party), party))


@register.simple_block_tag
def stacked(content: str, name: str, look: str = "", box: str = "scroll") -> SafeString:
    """A table in its box. On a phone each row is a card, in which every cell says its heading."""
    head, body = content.split("</thead>", 1)
    labels = [escape(unescape(strip_tags(words)).strip()) for words in HEADING.findall(head)]
    place = -1

    def told(found: re.Match[str]) -> str:
        nonlocal place
        place = -1 if found[1] == "tr" else place + 1
        label = labels[place] if found[1] == "td" else ""
        return f'{found[0]} data-label="{label}"' if label else found[0]

    if "sort=" in head:
        head = head.replace("<tr", format_html('<tr data-label="{}"', _("In the order of")), 1)
    return format_html(
        '<div class="{}" tabindex="0" role="region" aria-label="{}"><table class="stack {}">{}</thead>{}'
        "</table></div>",
        box,
        name,
        look,
        mark_safe(head),
        mark_safe(PLACE.sub(told, body)),
    )


@register.simple_tag
def letters(most: int = REMARK) -> SafeString:
    """The attributes of a text that is drawn by hand: how many letters it takes."""
    return format_html_join(" ", '{}="{}"', counted_down(most).items())


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """A form field with its label, help and error beside it."""
    described = [f"{bound.auto_id}_help"] if bound.help_text else []
    described += [f"{bound.auto_id}_error"] if bound.errors else []
    extra: dict[str, Any] = bound_attributes(bound.field)
    if described:
        extra["aria-describedby"] = " ".join(described)
    if bound.errors:
        extra["aria-invalid"] = "true"
    many = isinstance(bound.field.widget, CheckboxSelectMultiple)
    tick = not many and getattr(bound.field.widget, "input_type", "") == "checkbox"
    # Django's nine hyphens for “nothing chosen” are read out one by one; a dash is what the house writes.
    widget = mark_safe(bound.as_widget(attrs=extra).replace(">---------<", ">–<"))
    return {"field": bound, "widget": widget, "tick": tick, "many": many}


@register.inclusion_tag("ui/error_summary.html")
def error_summary(form: BaseForm) -> dict[str, Any]:
    """Every error of a form in one place, each a link to its field."""
    return {
        "errors": [
            (form[name].auto_id if name in form.fields else "", error)
            for name, errors in form.errors.items()
            for error in errors
        ]
    }


@register.simple_tag(takes_context=True)
def query_with(context: dict[str, Any], **changes: Any) -> str:
    """The page's query string with some values changed; None takes one away."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"?{query.urlencode()}"


@register.simple_tag
def day_field(name: str, value: date | None) -> SafeString:
    """A day to ask a page for: the same field as in forms."""
    return DayInput().render(name, value, {"id": name})


@register.inclusion_tag("ui/as_on.html", takes_context=True)
def as_on_form(context: dict[str, Any]) -> dict[str, Any]:
    """The field by which a page is asked for a day; keeps what else the query says."""
    query = context["request"].GET.lists()
    return {
        "shown": context.get("as_on") or dates.today(),
        "others": [(name, one) for name, values in query if name not in {"as_on", "page"} for one in values],
    }


@register.simple_tag(takes_context=True)
def then(context: dict[str, Any], mark: str = "?") -> str:
    """What a link carries along so that the next page is of the same day: `?as_on=23-11-2026`; with the
    mark `&` behind a query of its own."""
    asked = context.get("as_on")
    return f"{mark}as_on={dates.show(asked)}" if asked else ""


@register.simple_tag
def form_key() -> SafeString:
    """The key by which a form that is sent twice is done once (nudm/core/receipts.py)."""
    return format_html('<input type="hidden" name="form_key" value="{}">', new_key())


@register.filter
def text(value: Any) -> str:
    """A catalogue text in the reader's language."""
    return str(value.in_(get_language() or "en"))


@register.filter
def day(value: date | datetime | None) -> str:
    return dates.show(value) if value else "–"


@register.filter
def moment(value: datetime | None) -> str:
    return dates.show_time(value) if value else "–"


@register.filter
def indian(value: Any) -> str:
    return money.indian(value)


@register.filter
def size(value: int) -> str:
    """A file's size as officers say it: 412 kB."""
    return f"{value / 1_048_576:.1f} MB" if value >= 1_048_576 else f"{max(value // 1024, 1)} kB"


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """A value by its key; None when it is not there."""
    return mapping.get(key) if mapping else None


@register.simple_tag
def options(choices: Iterable[tuple[Any, Any]], chosen: Any) -> SafeString:
    """The options of a select, with one chosen."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        (
            (value, mark_safe(" selected") if str(value) == str(chosen) else "", label)
            for value, label in choices
        ),
    )
