"""Turns the errors that carry a sentence into pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from nudm.core.errors import Conflict, Refused


class ErrorsMiddleware:
    """A refusal that no view handled itself becomes a page with what to do next (403, 409, 422)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refused):
            return None
        template = "errors/conflict.html" if isinstance(error, Conflict) else "errors/refused.html"
        return render(
            request,
            template,
            {"error": error, "both": _side_by_side(error)},
            status=error.status,
        )


def _side_by_side(error: Refused) -> list[tuple[str, object, object]]:
    if not isinstance(error, Conflict):
        return []
    names = sorted(error.mine.keys() | error.theirs.keys())
    return [(name, error.mine.get(name, ""), error.theirs.get(name, "")) for name in names]
