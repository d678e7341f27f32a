"""What a person reads when something broke; a full disk is told apart, for it is mended by somebody else."""

import errno
import logging
import sys

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# PostgreSQL's class of errors, and SQLite's words.
DISK_FULL, WORDS = "53100", ("database or disk is full", "disk I/O error")

log = logging.getLogger(__name__)


def page(request: HttpRequest) -> HttpResponse:
    """The page of an error that nobody foresaw (500), or of a full disk (507). Nothing of it was saved."""
    if is_full(sys.exc_info()[1]):
        log.critical("The disk is full: %s", request.path)
        return HttpResponse(render_to_string("errors/full.html"), status=507)
    return HttpResponse(render_to_string("500.html"), status=500)


def is_full(error: BaseException | None) -> bool:
    """Whether an error, or one that it came from, says that there is no room."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            return True
        if isinstance(error, DatabaseError) and any(words in str(error) for words in WORDS):
            return True
        if getattr(error, "pgcode", None) == DISK_FULL:
            return True
        error = error.__cause__ or error.__context__
    return False
