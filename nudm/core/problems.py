"""Problem details for the API: `{"detail", "code", "fields"}` for every error."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from nudm.core.errors import Conflict, Refused
from nudm.core.limits import TooMany


def handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. An error that is none of ours nor DRF's stays a 500."""
    if isinstance(error, Refused):
        body: dict[str, Any] = {
            "detail": error.message,
            "code": error.code,
            "fields": error.fields,
        }
        if isinstance(error, Conflict):
            body["theirs"] = {name: str(value) for name, value in error.theirs.items()}
        answer = _problem(body, error.status)
        if isinstance(error, TooMany):
            answer.headers["Retry-After"] = str(error.wait)
        return answer
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
    response.data = {"detail": detail, "code": code, "fields": fields}
    response.content_type = "application/problem+json"
    return response


def _flat(told: Any, place: str = "") -> Iterator[tuple[str, list[str]]]:
    """Errors by where they are, as our own refusals name it: `figures.1.month`; of a list that is empty
    `figures`."""
    if isinstance(told, dict):
        for name, inner in told.items():
            there = (
                place if name == "non_field_errors" and place else f"{place}.{name}" if place else f"{name}"
            )
            yield from _flat(inner, there)
    elif any(isinstance(one, (dict, list)) for one in told):
        for n, inner in enumerate(told):
            yield from _flat(inner, f"{place}.{n}")
    else:
        yield place, [str(text) for text in told]


def refusal(code: str, detail: str, fields: dict[str, list[str]]) -> Response:
    """The same body for a refusal that is stored, and therefore no error that undoes what was written."""
    return _problem({"detail": detail, "code": code, "fields": fields}, Refused.status)


def _problem(body: dict[str, Any], status: int) -> Response:
    return Response(body, status=status, content_type="application/problem+json")
