"""Where text enters from a browser: cleaned before any view reads it, acknowledged when it is saved."""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict

from nudm.core.problems import API
from nudm.core.text import long

# Never touched: a password is what was typed, sign by sign.
SECRET = "password"  # noqa: S105


class CleanRequest:
    """The texts of a query and of a form hold nothing that no output can hold (`nudm.core.text`). Stands
    behind the check of the form's token; what a program sends is cleaned by the API's fields."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        request.GET = cleaned(request.GET)  # type: ignore[assignment]
        if request.method == "POST" and not request.path.startswith(API):
            request.POST = cleaned(request.POST)  # type: ignore[assignment]


class Acknowledge:
    """Names to the browser the form whose work is done, so that it forgets what was typed there
    (`static/js/typed.js`). A form that was not done is answered by a page, or by no view at all. Stands
    last: who has to sign in first never comes here."""

    COOKIE, FIELD, KEY = "typed_done", "typed_key", re.compile(r"[0-9a-f]{32}")
    # Seconds: until the next page has looked.
    LASTS = 3600

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        key = getattr(request, "typed_key", "")
        if key and response.status_code == HTTPStatus.FOUND:
            secure = bool(settings.SESSION_COOKIE_SECURE)
            response.set_cookie(self.COOKIE, key, max_age=self.LASTS, secure=secure, samesite="Lax")
        return response

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> None:
        key = request.POST.get(self.FIELD, "") if request.method == "POST" else ""
        request.typed_key = key if self.KEY.fullmatch(key) else ""


def cleaned(given: QueryDict) -> QueryDict:
    """The same names with cleaned texts."""
    made = QueryDict(mutable=True, encoding=given.encoding)
    for name, texts in given.lists():
        made.setlist(name, texts if SECRET in name else [long(text) for text in texts])
    made._mutable = False
    return made
