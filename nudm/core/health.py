"""Is the process up; is everything it leans on up."""

from celery import current_app
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from nudm.core import scanner


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, broker, storage and scanner (where there is one) answer; 503 with the names of
    those that do not."""
    parts: dict[str, bool | str] = {"database": _database(), "broker": _broker(), "storage": _storage()}
    parts["scanner"] = scanner.alive() if scanner.configured() else "not configured"
    return JsonResponse(parts, status=200 if all(parts.values()) else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker() -> bool:
    try:
        with current_app.connection_for_write() as line:
            line.ensure_connection(max_retries=1, timeout=2)
    except Exception:
        return False
    return True


def _storage() -> bool:
    try:
        default_storage.exists("readyz")
    except Exception:
        return False
    return True
