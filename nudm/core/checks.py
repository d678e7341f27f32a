"""The process refuses to start unsafe: errors where others than this machine can reach it."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

LOCAL = {"127.0.0.1", "localhost", "::1"}


@register
def safe_to_serve(**kwargs: Any) -> list[CheckMessage]:
    """On a public address: https, a strong key, named hosts, a virus scanner, no DEBUG, no demo, SQLite by
    name only."""
    address = urlsplit(settings.SITE_URL)
    if address.hostname in LOCAL:
        return []
    faults = {
        "DEBUG is on": settings.DEBUG,
        "the demonstration's accounts are open (DEMO)": settings.DEMO,
        "SITE_URL is not https": address.scheme != "https",
        "SECRET_KEY is shorter than 50 characters": len(settings.SECRET_KEY) < 50,
        "ALLOWED_HOSTS has a * in it": "*" in settings.ALLOWED_HOSTS,
        "the database is SQLite (set DATABASE_URL, or ALLOW_SQLITE to insist)": (
            settings.DATABASES["default"]["ENGINE"].endswith("sqlite3") and not settings.ALLOW_SQLITE
        ),
        "uploads are not scanned for viruses (set CLAMAV_URL to tcp://host:port or unix:///path)": (
            urlsplit(settings.CLAMAV_URL).scheme not in {"tcp", "unix"}
        ),
    }
    return [
        Error(f"Unsafe on {settings.SITE_URL}: {fault}.", hint="See .env.example.", id="core.E001")
        for fault, there in faults.items()
        if there
    ]
