"""Where text enters from a browser: cleaned once, before any view reads it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

from nudm.core.fence import API
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


def cleaned(given: QueryDict) -> QueryDict:
    """The same names with cleaned texts."""
    made = QueryDict(mutable=True, encoding=given.encoding)
    for name, texts in given.lists():
        made.setlist(name, texts if SECRET in name else [long(text) for text in texts])
    made._mutable = False
    return made
