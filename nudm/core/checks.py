"""The process refuses to start unsafe: errors where others than this machine can reach it."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register, run_checks
from django.db import DatabaseError, connection, connections
from django.http.request import validate_host

from nudm.conf.environment import is_loopback, reachable
from nudm.core import grants
from nudm.core.health import warnings

# Addresses beside loopback that this process itself listens on, once it knows (gunicorn.conf.py).
LISTENS: list[str] = []


@register
def safe_to_serve(**kwargs: Any) -> list[CheckMessage]:
    """Where others than this machine may be answered: https, a strong key, named hosts, a virus scanner, no
    DEBUG, no demo, SQLite by name only."""
    if not (ways := _ways()):
        return []
    address = urlsplit(settings.SITE_URL)
    faults = {
        "DEBUG is on": settings.DEBUG,
        "the demonstration's accounts are open (DEMO)": settings.DEMO,
        "SITE_URL is not https": address.scheme != "https",
        "the sign-in provider is not https (OIDC_ISSUER)": (
            urlsplit(settings.OIDC_ISSUER).scheme not in {"", "https"}
        ),
        "SECRET_KEY is shorter than 50 characters, or has less than 5 different ones": (
            len(settings.SECRET_KEY) < 50 or len(set(settings.SECRET_KEY)) < 5
        ),
        "a former key in SECRET_KEY_FALLBACKS is shorter than 50 characters": any(
            len(key) < 50 for key in settings.SECRET_KEY_FALLBACKS
        ),
        "ALLOWED_HOSTS has a * in it": "*" in settings.ALLOWED_HOSTS,
        "ALLOWED_HOSTS does not name the host of SITE_URL": not validate_host(
            address.hostname or "", settings.ALLOWED_HOSTS
        ),
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
        Error(f"Unsafe where others reach it ({ways[0]}): {fault}.", hint="See .env.example.", id="core.E001")
        for fault, there in faults.items()
        if there
    ]


@register(deploy=True)
def walled_in(**kwargs: Any) -> list[CheckMessage]:
    """On a public address with PostgreSQL: a role that policies bind, and a policy on every tenant's table.

    Not asked by `migrate` and the like, which the owner of the tables runs.
    """
    if not (ways := _ways()) or connection.vendor != "postgresql":
        return []
    return [
        Error(
            f"Unsafe where others reach it ({ways[0]}): {fault}.",
            hint="See docs/operations.md.",
            id="core.E002",
        )
        for fault in grants.faults()
    ]


@register(deploy=True)
def watched_over(**kwargs: Any) -> list[CheckMessage]:
    """On a public address: how old the last good backup is, where that is too old."""
    if not _ways():
        return []
    with suppress(DatabaseError):
        return [
            Warning(words, hint="See docs/operations.md, Back up.", id="core.W001") for words in warnings()
        ]
    return []


def refuse_unsafe(listens: Iterable[str] = ()) -> None:
    """End a process that is about to serve where a check finds an error, or cannot be made at all: a database
    that is down now is up later, and nobody would have looked. `listens` are the addresses on which it takes
    requests, where it knows them. Raises SystemExit."""
    LISTENS.extend(one for one in listens if not is_loopback(one))
    try:
        faults = [
            str(message) for message in run_checks(include_deployment_checks=True) if message.is_serious()
        ]
    except Exception as error:
        faults = [f"Not started, for it cannot be said whether this is safe: {type(error).__name__}: {error}"]
    finally:
        connections.close_all()
    if faults:
        raise SystemExit("\n".join(faults))


def _public_files() -> bool:
    """Whether the local store is within what is served without a question."""
    store = Path(
        settings.STORAGES["default"].get("OPTIONS", {}).get("location") or settings.VAR_DIR
    ).resolve()
    shown = [Path(folder).resolve() for folder in (settings.STATIC_ROOT, *settings.STATICFILES_DIRS)]
    return any(store.is_relative_to(folder) for folder in shown)


def _ways() -> list[str]:
    """By what others than this machine may be answered; empty on a machine by itself."""
    named = reachable(settings.SITE_URL, settings.ALLOWED_HOSTS, settings.TRUSTED_PROXIES)
    return named + [f"listens on {one}" for one in LISTENS]
