"""Problem details (RFC 9457) on every error under `/api/`."""

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler

from nudm.core.errors import Conflict, Refused
from nudm.core.limits import TooMany
from nudm.core.peers import Away

API = "/api/"
MEDIA_TYPE = "application/problem+json"


def problem(
    status: int, detail: str, code: str, fields: Mapping[str, list[str]] | None = None, **more: Any
) -> dict[str, Any]:
    """The body of an error: `type`, `title`, `status` and `detail` as RFC 9457 has them; `code` is a word for
    programs, `fields` says what is wrong where (`figures.1.month`)."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "fields": dict(fields or {}),
        **more,
    }


def for_a_script(request: HttpRequest) -> bool:
    """Whether a program or a page's own script asks: it is answered in JSON, by no page and no redirect."""
    accepts = request.headers.get("Accept", "")
    return request.path.startswith(API) or ("application/json" in accepts and "text/html" not in accepts)


def answer(status: int, detail: str, code: str, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A problem as Django's own response, for middleware."""
    return JsonResponse(
        problem(status, detail, code), status=status, content_type=MEDIA_TYPE, headers=headers
    )


class ProblemsMiddleware:
    """An error under `/api/` is a problem whoever answered it: an unknown path, another middleware, a view
    that broke. The headers of the answer stay (`Allow`, `Retry-After`, `WWW-Authenticate`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith(API) or response.status_code < 400:
            return response
        if response.headers.get("Content-Type", "").startswith(MEDIA_TYPE):
            return response
        code, detail = _in_words(response.status_code)
        body = answer(response.status_code, detail, code)
        kept = {name: value for name, value in response.headers.items() if not name.startswith("Content-")}
        for name, value in kept.items():
            body.headers.setdefault(name, value)
        body.cookies = response.cookies
        return body


def _in_words(status: int) -> tuple[str, str]:
    """A word for programs and a sentence for people, for an error that brought neither."""
    known = {
        400: ("invalid", _("The request cannot be read. Check the address, the headers and the body.")),
        403: ("permission_denied", _("You may not do this.")),
        404: ("not_found", _("There is nothing at this address. The schema lists all addresses.")),
        405: ("method_not_allowed", _("This address does not take this method.")),
        413: ("too_large", _("The request is too large.")),
        503: ("unavailable", _("The service is not available just now. Try again shortly.")),
        507: ("full", _("There is no room left to save this. Nothing was saved; tell the operators.")),
    }
    broken = ("error", _("Something broke on our side. Nothing was saved; try again."))
    return known.get(status, broken if status >= 500 else known[400])


def handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. An error that is none of ours nor DRF's stays a 500."""
    request = context.get("request")
    if request is not None:
        # The schema is rendered as YAML; its errors are JSON as all others.
        request.accepted_renderer, request.accepted_media_type = JSONRenderer(), MEDIA_TYPE
    if isinstance(error, Refused):
        more: dict[str, Any] = {}
        if isinstance(error, Conflict):
            more["theirs"] = {name: str(value) for name, value in error.theirs.items()}
        headers = {"Retry-After": str(error.wait)} if isinstance(error, TooMany | Away) else None
        body = problem(error.status, error.message, error.code, error.fields, **more)
        return Response(body, status=error.status, content_type=MEDIA_TYPE, headers=headers)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    response = exception_handler(error, context)
    if response is None:
        return None
    fields: dict[str, Any] = {}
    if isinstance(error, exceptions.ValidationError) and isinstance(error.detail, dict):
        fields = dict(_flat(error.detail))
        detail = next(iter(fields.values()))[0]
    else:
        detail = (
            str(response.data.get("detail", "")) if isinstance(response.data, dict) else str(response.data)
        )
    code = getattr(error, "default_code", "error")
    response.data = problem(response.status_code, detail, code, fields)
    response.content_type = MEDIA_TYPE
    return response


def _flat(errors: Any, place: str = "") -> Iterator[tuple[str, list[str]]]:
    """Errors by where they are, as our own refusals name it: `figures.1.month`; of a list that is empty
    `figures`."""
    if isinstance(errors, dict):
        for name, inner in errors.items():
            there = (
                place if name == "non_field_errors" and place else f"{place}.{name}" if place else f"{name}"
            )
            yield from _flat(inner, there)
    elif any(isinstance(one, (dict, list)) for one in errors):
        for n, inner in enumerate(errors):
            yield from _flat(inner, f"{place}.{n}")
    else:
        yield place, [str(text) for text in errors]


def refusal(code: str, detail: str, fields: dict[str, list[str]]) -> Response:
    """The same body for a refusal that is stored, and therefore no error that undoes what was written."""
    return Response(
        problem(Refused.status, detail, code, fields), status=Refused.status, content_type=MEDIA_TYPE
    )
