"""Settings of passwords, locks and what a browser may do with a page."""

from typing import Any

AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
# Account and address together: a stranger who mistypes on purpose locks out his own address only.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429

CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}

# How often, in how many seconds: by person or address. The environment's RATE_LIMITS changes one by one.
RATE_LIMITS: dict[str, list[int]] = {
    "api_person": [600, 60],
    "api_address": [1200, 60],
    "files_person": [300, 86_400],
    "bytes_person": [2 * 1024**3, 86_400],
    "files_link": [60, 86_400],
    "town_link": [60, 60],
    "verify": [30, 60],
}
