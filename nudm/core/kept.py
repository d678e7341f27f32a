"""A page that is remembered whole for one person, with a gap where the token of each form goes."""

import secrets
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.contrib.messages import get_messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.translation import get_language

from nudm.core.dates import today

SECONDS = 24 * 3600
# Drawn when the process starts: nobody can write it into a page.
GAP = secrets.token_hex(16)


def kept_page(
    request: HttpRequest, made_from: tuple[Any, ...], template: str, context: Callable[[], dict[str, Any]]
) -> HttpResponse:
    """The page of `template`, made once for this person, address, language and day, and for `made_from`:
    the versions of all that it shows, read before anything else of it.

    A page that has something to tell once is made anew. The token is never remembered: it is another one
    in each answer.
    """
    if len(get_messages(request)):
        return render(request, template, context())
    user: Any = request.user
    address = sha256(request.get_full_path().encode()).hexdigest()
    key = f"page:{template}:{user.pk}:{address}:{get_language()}:{today()}:{made_from}".replace(" ", "")
    pieces: list[bytes] | None = cache.get(key)
    if pieces is None:
        page = render(request, template, {**context(), "csrf_token": GAP})
        pieces = page.content.split(GAP.encode())
        cache.set(key, pieces, SECONDS)
    return HttpResponse(get_token(request).encode().join(pieces))
