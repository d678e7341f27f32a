"""Words of the checklist for templates."""

from django import template

from phases.models.item import REASON_LABELS

register = template.Library()


@register.filter
def reason(code: str) -> str:
    """A reason code in words."""
    return str(REASON_LABELS.get(code, code))
