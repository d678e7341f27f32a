"""What the pages' own scripts ask: the session that goes on, and files that arrive in pieces, of which each
answer says how many bytes are there."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nudm.core import pieces
from nudm.core.errors import Refused
from nudm.core.limits import spend
from nudm.core.models import PartialFile
from nudm.core.numbers import number
from nudm.core.problems import answer as problem
from nudm.core.problems import for_a_script


@require_safe
def session(request: HttpRequest) -> JsonResponse:
    """Who is signed in, and the token of their forms: a page that was open when they signed in again goes on
    with it."""
    answer = JsonResponse({"person": request.user.pk, "token": get_token(request)})
    answer.headers["Cache-Control"] = "no-store"
    return answer


def not_taken(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The answer to a form without the token of its session."""
    if for_a_script(request):
        words = _("The form was not taken: its page is older than the session. Open the page again.")
        return problem(403, words, "csrf")
    return csrf_failure(request, reason)


@require_POST
def upload(request: HttpRequest) -> JsonResponse:
    """Begin: name, type and size; the answer has the upload's id."""
    spend("uploads_person", request.user.pk)
    given = request.POST
    name, mime = given.get("name", ""), given.get("type", "")
    return _answer(lambda: pieces.begin(name, mime, number(given.get("size")), by=request.user), 201)


@require_http_methods(["GET", "HEAD", "POST"])
def upload_piece(request: HttpRequest, key: uuid.UUID) -> JsonResponse:
    """How much is there; or, sent to it, the piece that begins at the byte that `Upload-Offset` names."""
    if request.method != "POST":
        return _answer(lambda: pieces.own(key, by=request.user))
    at = number(request.headers.get("Upload-Offset"), -1)
    # Of anything else the body is read already, in search of the form's token.
    piece = request.body if request.content_type == "application/octet-stream" else b""
    return _answer(lambda: pieces.add(key, at, piece, by=request.user))


def _answer(act: Any, status: int = 200) -> JsonResponse:
    try:
        row: PartialFile = act()
    except Refused as error:
        status = 404 if error.code == pieces.UNKNOWN else error.status
        return JsonResponse({"detail": error.message, "code": error.code}, status=status)
    return JsonResponse({"id": str(row.pk), "got": row.got, "piece": pieces.PIECE}, status=status)
