"""A file that comes in pieces, over a slow line: what has arrived stays, and the rest follows later.

A browser begins with name, kind and size, sends one piece after the other, asks after a broken line how much
is there, and sends its form with the upload's id in place of the file (`static/js/pieces.js`). From then on
the file goes the way of every other. What is not finished in a day is forgotten.
"""

import uuid
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.temp import NamedTemporaryFile
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from nudm.core.errors import Refused
from nudm.core.models import PartialFile
from nudm.core.store import WholeFiles
from nudm.core.uploads import check_label

# The most that one piece has, in bytes: a quarter of a minute on a line of 128 kbit/s.
PIECE = 256 * 1024
KEPT = timedelta(days=1)
FIELD, UNKNOWN = "upload", "unknown_upload"


def begin(name: str, mime: str, size: int, *, by: Any) -> PartialFile:
    """Promise a place for a file. Raises Refused for a kind or size that is not taken, before it is sent."""
    name, _kind = check_label(name, size)
    return PartialFile.objects.create(person=by, name=name, mime=mime[:100], size=size)


def add(key: uuid.UUID, at: int, piece: bytes, *, by: Any) -> PartialFile:
    """Keep the piece that begins at byte `at`; one that is there already changes nothing.

    Raises Refused for a piece that does not follow on what is there, is too long, or is nobody's.
    """
    row = own(key, by=by)
    if 0 <= at < row.got:
        return row
    if at != row.got or not 0 < len(piece) <= PIECE or at + len(piece) > row.size:
        raise _refused(_("A piece of the file is missing or too long. Choose the file again."))
    # A name of its own to each, so that a piece sent twice at once is never mixed with itself in any store.
    stored = default_storage.save(f"pieces/{row.pk}/{at}-{uuid.uuid4().hex}", ContentFile(piece))
    moved = PartialFile.objects.filter(pk=row.pk, got=at).update(
        got=at + len(piece), parts=[*row.parts, stored], at=timezone.now()
    )
    if not moved:
        default_storage.delete(stored)
    return own(key, by=by)


def own(key: uuid.UUID, *, by: Any) -> PartialFile:
    """The person's own upload. Raises Refused when there is none."""
    row = PartialFile.objects.filter(pk=key, person=by).first()
    if row is None:
        raise _refused(_("This upload is over a day old or unknown. Choose the file again."), UNKNOWN)
    return row


def files_of(request: HttpRequest) -> MultiValueDict[str, Any]:
    """The files of a form; one that came in pieces stands in the field `file`.

    Raises Refused while a part of it is missing.
    """
    text = request.POST.get(FIELD, "")
    if not text or request.FILES or not request.user.is_authenticated:
        return request.FILES
    row = own(_key(text), by=request.user)
    if row.got != row.size:
        raise _refused(
            _("The file has not arrived in full. Choose it again; what is there is not sent twice.")
        )
    whole = UploadedFile(NamedTemporaryFile(), row.name, row.mime, row.size)
    for name in row.parts:
        with default_storage.open(name) as piece:
            whole.write(piece.read())
    whole.seek(0)
    return MultiValueDict({"file": [whole]})


def forget_old() -> int:
    """Take away what nobody has sent a piece of for a day; how many uploads."""
    if isinstance(default_storage, WholeFiles):
        default_storage.forget_old()
    rows = list(PartialFile.objects.filter(at__lt=timezone.now() - KEPT))
    for row in rows:
        for name in row.parts:
            default_storage.delete(name)
        row.delete()
    return len(rows)


def _key(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)


def _refused(message: str, code: str = "file") -> Refused:
    return Refused(message, code=code, fields={"file": [message]})
