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

# Argon2id: memory in KiB, passes, lanes (nudm/accounts/hashers.py). The environment's ARGON2 changes each.
ARGON2: dict[str, int] = {"memory": 19_456, "passes": 2, "lanes": 1}

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
    "uploads_person": [60, 86_400],
    "files_link": [60, 86_400],
    "town_link": [60, 60],
    "verify": [30, 60],
    # Wrong passwords: from one address, for all accounts and for one; for one account, from browsers that it
    # was never signed in with; and from one that it was.
    "wrong_address": [100, 900],
    "wrong_pair": [10, 900],
    "wrong_account": [30, 3600],
    "wrong_browser": [10, 900],
    "wrong_code": [30, 86_400],
    # Links to set a password: asked for from one address, and for one account.
    "reset_address": [60, 3600],
    "reset_account": [5, 3600],
}

# By role: minutes without use and hours in all until one signs in again; of several roles the shortest.
SESSION_LIMITS: dict[str, list[int]] = {
    "centre": [30, 8],
    "ministry": [30, 8],
    "state": [60, 12],
    "agency": [60, 12],
    "town": [120, 12],
}
