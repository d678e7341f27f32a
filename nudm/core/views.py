"""Files that arrive in pieces, for the pages' script: each answer says how many bytes are there."""

import uuid
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_http_methods, require_POST

from nudm.core import pieces
from nudm.core.errors import Refused
from nudm.core.limits import spend
from nudm.core.models import PartialFile
from nudm.core.numbers import number


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
