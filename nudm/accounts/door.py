"""Letting a person in: after the password the code, where one is asked; then the session."""

import logging
import secrets
import time
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language

from nudm.accounts.actions import choose_language
from nudm.accounts.browsers import browser_of
from nudm.accounts.models import User
from nudm.core import limits
from nudm.core.audit import note

logger = logging.getLogger(__name__)

BACKEND = "nudm.accounts.backends.EmailBackend"
# Between password and code.
HALF_WAY = "half_way"
HALF_WAY_SECONDS = 300
TRIES = 5
KNOWN = "known_browser"
KNOWN_SALT = "nudm.accounts.known"
YEAR = 365 * 24 * 3600


def first_step(
    request: HttpRequest, person: User, back: str, *, trusted: bool = False, **how: Any
) -> HttpResponse:
    """The person has proved to be `person` by password or provider: in, or on to the code.

    `trusted` says that a provider has asked for a second proof itself.
    """
    if person.code_since is None or trusted:
        return let_in(request, person, back, **how)
    request.session.cycle_key()
    request.session[HALF_WAY] = {"person": person.pk, "at": time.time(), "back": back, "how": how, "wrong": 0}
    return redirect("accounts:code")


def half_way(request: HttpRequest) -> tuple[User, dict[str, Any]] | None:
    """Who stands between password and code, and what was kept of the first step; None after five minutes."""
    kept = request.session.get(HALF_WAY)
    if kept is None or time.time() - kept["at"] > HALF_WAY_SECONDS:
        return None
    person = User.objects.filter(pk=kept["person"], is_active=True).first()
    return (person, kept) if person is not None else None


def let_in(request: HttpRequest, person: User, back: str, **how: Any) -> HttpResponse:
    """Sign the person in, write it down and go on to `back`."""
    now = time.time()
    with transaction.atomic():
        request.session.pop(HALF_WAY, None)
        if person.last_login is None:
            # Nobody has chosen yet: the first sign-in takes the language in which it was made.
            choose_language(person, get_language() or settings.LANGUAGE_CODE)
        login(request, person, backend=BACKEND)
        request.session.update(
            {
                "started": now,
                "address": request.META.get("REMOTE_ADDR", ""),
                "browser": browser_of(request.headers.get("User-Agent", "")),
            }
        )
        note("account.sign_in", by=person, **how)
    return with_language(remember(redirect(safe(request, back)), request, person), person.language)


def safe(request: HttpRequest, back: str) -> str:
    """`back` when it is a place of ours, else the first page."""
    ours = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return back if ours else settings.LOGIN_REDIRECT_URL


def remember(response: HttpResponse, request: HttpRequest, person: User) -> HttpResponse:
    """Mark the browser as one that this account was signed in with."""
    if known_browser(request, person.email) is None:
        told = signing.dumps([person.email, secrets.token_hex(8)], salt=KNOWN_SALT)
        _set(response, KNOWN, told)
    return response


def known_browser(request: HttpRequest, email: str) -> str | None:
    """The mark of this browser when the account with this address was signed in with it before."""
    try:
        whose, mark = signing.loads(request.COOKIES.get(KNOWN, ""), salt=KNOWN_SALT, max_age=YEAR)
    except (signing.BadSignature, ValueError):
        return None
    return str(mark) if whose == email else None


def wrong_limits(request: HttpRequest, email: str) -> list[tuple[str, str]]:
    """What counts the wrong passwords of this request.

    A browser that the account knows is counted by itself, so strangers who guess on purpose use up their
    own limits and never the officer's.
    """
    mark = known_browser(request, email)
    address = request.META.get("REMOTE_ADDR", "")
    if mark is not None:
        return [("wrong_address", address), ("wrong_browser", mark)]
    return [("wrong_address", address), ("wrong_pair", f"{address} {email}"), ("wrong_account", email)]


def refuse_guesses(request: HttpRequest, email: str) -> None:
    """Raises TooMany when a limit of wrong passwords is used up."""
    for kind, who in wrong_limits(request, email):
        limits.room(kind, who)


def count_guess(request: HttpRequest, email: str) -> None:
    """Count one wrong password, and tell the operators. Raises TooMany beyond a limit."""
    logger.warning("Wrong password from %s", request.META.get("REMOTE_ADDR", ""))
    for kind, who in wrong_limits(request, email):
        limits.spend(kind, who)


def with_language(response: HttpResponse, language: str) -> HttpResponse:
    """Keep the account's language for the pages before sign-in."""
    _set(response, settings.LANGUAGE_COOKIE_NAME, language)
    return response


def _set(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=True
    )
