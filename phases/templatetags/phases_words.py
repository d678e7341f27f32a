"""Words of the checklist for templates."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nudm.core.dates import show, show_month
from nudm.core.templatetags.ui import PARTY_WORDS, then
from phases.clocks import Clock
from phases.models.item import REASON_LABELS
from phases.rules import Party
from ulbs.models import Ulb

register = template.Library()


@register.filter
def reason(code: str) -> str:
    """A reason code in words."""
    return str(REASON_LABELS.get(code, code))


@register.simple_tag(takes_context=True)
def town_links(context: dict[str, Any], towns: Iterable[Ulb]) -> SafeString:
    """The names of towns for a sentence, each a link to its page."""
    day = then(context)
    links = ((ulb.get_absolute_url(), day, ulb.label) for ulb in towns)
    return format_html_join(", ", '<a href="{}{}">{}</a>', links)


@register.filter
def clock_words(clock: Clock | None) -> str:
    """With whom a line is, since when, for how many days in all, and its age; or what is awaited. Empty for a
    line that is settled."""
    if clock is None:
        return ""
    if clock.awaited is not None:
        month = show_month(clock.awaited - timedelta(days=1))
        return _("Waits for the figures of %(month)s, which can be given from %(day)s.") % {
            "month": month,
            "day": show(clock.awaited),
        }
    if clock.party is Party.NOBODY:
        return ""
    party = str(PARTY_WORDS[clock.party.value])
    if clock.since is None or clock.days is None or clock.age_days is None:
        return _("Pending with: %(party)s.") % {"party": party}
    return _("Pending with: %(party)s, since %(since)s, %(days)s in all. Age: %(age)s.") % {
        "party": party,
        "since": show(clock.since),
        "days": _days(clock.days),
        "age": _days(clock.age_days),
    }


def _days(count: int) -> str:
    return ngettext("%(n)s day", "%(n)s days", count) % {"n": count}
