"""What every page knows of the site itself."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """`demo`, and the other language's code and own name for the switch."""
    other = "en" if getattr(request, "LANGUAGE_CODE", "en") == "hi" else "hi"
    return {
        "demo": settings.DEMO,
        "other_language": other,
        "other_language_name": {"en": "English", "hi": "हिन्दी"}[other],
    }
