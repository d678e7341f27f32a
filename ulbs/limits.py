"""The thresholds in force: the defaults, with what the operator's settings say (`LIMITS`, as JSON)."""

from functools import lru_cache

from django.conf import settings

from ulbs.rules.counting import Limits


@lru_cache(maxsize=1)
def limits() -> Limits:
    """Raises TypeError at the first use when the settings name a threshold that there is not."""
    return Limits(**settings.LIMITS)
