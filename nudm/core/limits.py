"""How often one person or one address may do something. Counted where all web workers see it.

The figures are in `settings.RATE_LIMITS`: `{kind: [how often, in how many seconds]}`.
"""

import fcntl
import hashlib
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.filebased import FileBasedCache
from django.utils import timezone
from django.utils.translation import gettext as _
from redis.exceptions import RedisError
from rest_framework.throttling import BaseThrottle

from nudm.core.errors import NotAllowed
from nudm.core.peers import BREAKERS, Away

logger = logging.getLogger(__name__)
NO_COUNTS = (RedisError, OSError, ValueError)


class TooMany(NotAllowed):
    """Not now: a limit is reached; `wait` says in how many seconds there is room again."""

    status = 429
    code = "too_many"

    def __init__(self, wait: int) -> None:
        again = timezone.localtime() + timedelta(seconds=wait)
        words = _("This was done more often than it may be. Nothing was saved. Try again after %(time)s.")
        super().__init__(words % {"time": f"{again:%H:%M:%S}"})
        self.wait = wait


class CountsInFiles(FileBasedCache):
    """Counts of several processes on one machine: a lock makes reading and adding one step."""

    def __init__(self, folder: str, params: dict[str, Any]) -> None:
        super().__init__(folder, params)
        self._folder = Path(folder)

    def add(self, *args: Any, **kwargs: Any) -> bool:
        with self._alone():
            return bool(super().add(*args, **kwargs))

    def incr(self, *args: Any, **kwargs: Any) -> int:
        with self._alone():
            return int(super().incr(*args, **kwargs))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def spend(kind: str, who: object, amount: int = 1) -> None:
    """Count one more of this kind for a person or an address. Raises TooMany beyond the limit.

    Counted by windows of the clock, so that one addition is all it takes. Where the counts cannot be reached,
    people go on working and the log says so.
    """
    most, seconds, now = *settings.RATE_LIMITS[kind], int(time.time())
    key = _key(kind, who, now // seconds)
    try:
        with BREAKERS["counts"].asking(*NO_COUNTS):
            caches["counts"].add(key, 0, 2 * seconds)
            used = int(caches["counts"].incr(key, amount))
    except Away:
        return
    except NO_COUNTS:
        logger.exception("The limits are not counted")
        return
    if used > most:
        raise TooMany(seconds - now % seconds)


def room(kind: str, who: object) -> None:
    """Raises TooMany when the limit is used up; counts nothing. For what is counted only when it fails."""
    most, seconds, now = *settings.RATE_LIMITS[kind], int(time.time())
    try:
        with BREAKERS["counts"].asking(*NO_COUNTS):
            used = int(caches["counts"].get(_key(kind, who, now // seconds), 0))
    except Away:
        return
    except NO_COUNTS:
        logger.exception("The limits are not counted")
        return
    if used >= most:
        raise TooMany(seconds - now % seconds)


def _key(kind: str, who: object, window: int) -> str:
    """Who may be anything that somebody typed; the counts hold no name and no address."""
    return f"{kind}:{hashlib.sha256(str(who).encode()).hexdigest()[:32]}:{window}"


def spend_file(size: int | None, *, by: Any, link: int | None = None) -> None:
    """Count a file and its bytes for the person, or for the link that a town without an account has."""
    if link is not None:
        spend("files_link", link)
        return
    spend("files_person", by.pk)
    spend("bytes_person", by.pk, size or 0)


class PersonThrottle(BaseThrottle):
    """The API's limit of a person, by whichever token or session."""

    def allow_request(self, request: Any, view: Any) -> bool:
        spend("api_person", request.user.pk)
        return True
