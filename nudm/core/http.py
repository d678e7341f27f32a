"""Turns the errors that carry a sentence into pages."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from nudm.core.as_on import asked_day
from nudm.core.errors import Conflict, Refused
from nudm.core.limits import TooMany
from nudm.core.peers import Away
from nudm.core.problems import API, for_a_script
from nudm.core.problems import answer as problem


class ErrorsMiddleware:
    """A refusal that no view handled itself becomes a page with what to do next (403, 409, 422)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """A page that knows today only says so: it never shows today as if it were the day asked for."""
        if "as_on" not in request.GET or request.path.startswith(API) or hasattr(view, "shows_the_past"):
            return None
        try:
            day = asked_day(request)
        except Refused as error:
            return self.process_exception(request, error)
        return None if day is None else render(request, "errors/no_past.html", {"day": day}, status=422)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refused):
            return None
        if for_a_script(request):
            wait = {"Retry-After": str(error.wait)} if isinstance(error, TooMany | Away) else None
            return problem(error.status, error.message, error.code, wait)
        if isinstance(error, TooMany):
            return too_many(request, error)
        template = "errors/conflict.html" if isinstance(error, Conflict) else "errors/refused.html"
        context = {"error": error, "both": _side_by_side(error), "more": _more(error)}
        answer = render(request, template, context, status=error.status)
        if isinstance(error, Away):
            answer.headers["Retry-After"] = str(error.wait)
        return answer


def too_many(request: HttpRequest, error: TooMany) -> HttpResponse:
    """The page of a limit that is reached."""
    answer = render(
        request, "errors/refused.html", {"error": error, "more": _more(error)}, status=error.status
    )
    answer.headers["Retry-After"] = str(error.wait)
    return answer


def _more(error: Refused) -> list[str]:
    """What the fields say beyond the sentence of the whole."""
    return [text for texts in error.fields.values() for text in texts if text not in error.message]


def _side_by_side(error: Refused) -> list[tuple[str, Any, Any]]:
    """What was sent and what is stored, in the order of the form, as far as the two differ."""
    if not isinstance(error, Conflict):
        return []
    names = error.mine | error.theirs
    told = [(name, error.mine.get(name, ""), error.theirs.get(name, "")) for name in names]
    return list(error.both) or [row for row in told if str(row[1]) != str(row[2])]
