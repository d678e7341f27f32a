"""The thresholds in the settings are ones that there are, with values that they can have: a system check."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from ulbs.rules.counting import wrong_limits


@register
def the_thresholds_are_sound(**kwargs: Any) -> list[CheckMessage]:
    """Refuse to start on a threshold that there is not, or with a value that it cannot have."""
    return [
        Error(f"LIMITS: {fault}", hint="Names and defaults: ulbs/rules/counting.py, Limits.", id="ulbs.E001")
        for fault in wrong_limits(settings.LIMITS)
    ]
