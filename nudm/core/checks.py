"""The process refuses to start unsafe: errors where others than this machine can reach it."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register, run_checks
from django.db import connection, connections

from nudm.core import grants

LOCAL = {"127.0.0.1", "localhost", "::1"}


@register
def safe_to_serve(**kwargs: Any) -> list[CheckMessage]:
    """On a public address: https, a strong key, named hosts, a virus scanner, no DEBUG, no demo, SQLite by
    name only."""
    if _local():
        return []
    address = urlsplit(settings.SITE_URL)
    faults = {
        "DEBUG is on": settings.DEBUG,
        "the demonstration's accounts are open (DEMO)": settings.DEMO,
        "SITE_URL is not https": address.scheme != "https",
        "the sign-in provider is not https (OIDC_ISSUER)": (
            urlsplit(settings.OIDC_ISSUER).scheme not in {"", "https"}
        ),
        "SECRET_KEY is shorter than 50 characters": len(settings.SECRET_KEY) < 50,
        "ALLOWED_HOSTS has a * in it": "*" in settings.ALLOWED_HOSTS,
        "TRUSTED_PROXIES does not name the proxies in front (none, where there is none)": (
            not settings.PROXIES_NAMED
        ),
        "the database is SQLite (set DATABASE_URL, or ALLOW_SQLITE to insist)": (
            settings.DATABASES["default"]["ENGINE"].endswith("sqlite3") and not settings.ALLOW_SQLITE
        ),
        "uploads are not scanned for viruses (set CLAMAV_URL to tcp://host:port or unix:///path)": (
            urlsplit(settings.CLAMAV_URL).scheme not in {"tcp", "unix"}
        ),
        "files of evidence lie where everybody reads (VAR_DIR is below the static files)": _public_files(),
    }
    return [
        Error(f"Unsafe on {settings.SITE_URL}: {fault}.", hint="See .env.example.", id="core.E001")
        for fault, there in faults.items()
        if there
    ]


@register(deploy=True)
def walled_in(**kwargs: Any) -> list[CheckMessage]:
    """On a public address with PostgreSQL: a role that policies bind, and a policy on every tenant's table.

    Not asked by `migrate` and the like, which the owner of the tables runs.
    """
    if _local() or connection.vendor != "postgresql":
        return []
    return [
        Error(f"Unsafe on {settings.SITE_URL}: {fault}.", hint="See docs/operations.md.", id="core.E002")
        for fault in grants.faults()
    ]


def refuse_unsafe() -> None:
    """End a process that is about to serve where any check finds an error. Raises SystemExit."""
    faults = [message for message in run_checks(include_deployment_checks=True) if message.is_serious()]
    connections.close_all()
    if faults:
        raise SystemExit("\n".join(str(fault) for fault in faults))


def _public_files() -> bool:
    """Whether the local store is within what is served without a question."""
    store = Path(
        settings.STORAGES["default"].get("OPTIONS", {}).get("location") or settings.VAR_DIR
    ).resolve()
    shown = [Path(folder).resolve() for folder in (settings.STATIC_ROOT, *settings.STATICFILES_DIRS)]
    return any(store.is_relative_to(folder) for folder in shown)


def _local() -> bool:
    return urlsplit(settings.SITE_URL).hostname in LOCAL
