"""Turns the errors that carry a sentence into pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from nudm.core.errors import Conflict, Refused
from nudm.core.limits import TooMany


class ErrorsMiddleware:
    """A refusal that no view handled itself becomes a page with what to do next (403, 409, 422)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refused):
            return None
        if isinstance(error, TooMany):
            return too_many(request, error)
        template = "errors/conflict.html" if isinstance(error, Conflict) else "errors/refused.html"
        return render(
            request,
            template,
            {"error": error, "both": _side_by_side(error)},
            status=error.status,
        )


def too_many(request: HttpRequest, error: TooMany) -> HttpResponse:
    """The page of a limit that is reached."""
    answer = render(request, "errors/refused.html", {"error": error}, status=error.status)
    answer.headers["Retry-After"] = str(error.wait)
    return answer


def _side_by_side(error: Refused) -> list[tuple[str, object, object]]:
    if not isinstance(error, Conflict):
        return []
    names = sorted(error.mine.keys() | error.theirs.keys())
    return [(name, error.mine.get(name, ""), error.theirs.get(name, "")) for name in names]
