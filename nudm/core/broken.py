"""What a person or a program reads when a request cannot be served: something broke, there is no room, the
database does not answer, or more was sent than is taken."""

import errno
import logging
import sqlite3
import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views import defaults

from nudm.core.problems import API, for_a_script
from nudm.core.problems import answer as problem

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# PostgreSQL's class of errors, and SQLite's words.
DISK_FULL, WORDS = "53100", ("database or disk is full", "disk I/O error")
# PostgreSQL's classes of errors that pass by themselves: the line is cut, the server is too busy or is being
# stopped, two transactions wait for each other or one waited too long.
PASSES = ("08", "53", "57", "40", "55P03")
BUSY = "database is locked"
# Seconds after which a request is worth another try.
AGAIN = 30
TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)

log = logging.getLogger(__name__)


def page(request: HttpRequest) -> HttpResponse:
    """The answer to an error that nobody foresaw (500), to a full disk (507), and to a database that does not
    answer (503, with the time after which to try again). Nothing of the request was saved."""
    error = sys.exc_info()[1]
    if is_full(error):
        log.critical("The disk is full: %s", request.path)
        return _answer(request, "errors/full.html", 507, "no_room", _("There is no room on the server."))
    if is_away(error):
        log.critical("The database does not answer: %s", error)
        words = _("The database does not answer. Nothing of this was saved. Try again in half a minute.")
        answer = _answer(request, "errors/away.html", 503, "unavailable", words)
        answer.headers["Retry-After"] = str(AGAIN)
        return answer
    words = _("Something broke on our side. Nothing of this was saved.")
    return _answer(request, "500.html", 500, "server_error", words)


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The answer to a request that is none (400), and to one that holds more than is taken (413)."""
    if isinstance(exception, TOO_MUCH):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2
        words = _(
            "More was sent than is taken at once (%(most)s MB of text, 1,000 fields). "
            "Nothing of it was saved. Go back, shorten the text or send it in parts, "
            "and attach long texts as a file."
        ) % {"most": most}
        return _answer(request, "errors/too_much.html", 413, "too_large", words)
    if request.path.startswith(API):
        return problem(400, _("This request cannot be read."), "invalid")
    return defaults.bad_request(request, exception)


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


def is_away(error: BaseException | None) -> bool:
    """Whether an error, or one that it came from, says that the database cannot be asked now."""
    while error is not None:
        if isinstance(error, InterfaceError):
            return True
        if isinstance(error, OperationalError):
            code = getattr(error.__cause__, "pgcode", None)
            if code is None and isinstance(error.__cause__, sqlite3.Error):
                return BUSY in str(error)
            return code is None or code.startswith(PASSES)
        error = error.__cause__ or error.__context__
    return False


def _answer(request: HttpRequest, template: str, status: int, code: str, words: str) -> HttpResponse:
    if for_a_script(request):
        return problem(status, words, code)
    back = request.headers.get("Referer", "/")
    return HttpResponse(render_to_string(template, {"words": words, "back": back}), status=status)
