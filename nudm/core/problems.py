"""Problem details for the API: `{"detail", "code", "fields"}` for every error."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from nudm.core.errors import Conflict, Refused


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
        return _problem(body, error.status)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    response = exception_handler(error, context)
    if response is None:
        return None
    fields: dict[str, Any] = {}
    if isinstance(error, exceptions.ValidationError) and isinstance(error.detail, dict):
        fields = {name: [str(x) for x in texts] for name, texts in error.detail.items()}
        detail = str(next(iter(next(iter(fields.values())))))
    else:
        detail = (
            str(response.data.get("detail", "")) if isinstance(response.data, dict) else str(response.data)
        )
    code = getattr(error, "default_code", "error")
    response.data = {"detail": detail, "code": code, "fields": fields}
    response.content_type = "application/problem+json"
    return response


def refusal(code: str, detail: str, fields: dict[str, list[str]]) -> Response:
    """The same body for a refusal that is stored, and therefore no error that undoes what was written."""
    return _problem({"detail": detail, "code": code, "fields": fields}, Refused.status)


def _problem(body: dict[str, Any], status: int) -> Response:
    return Response(body, status=status, content_type="application/problem+json")
