"""The servers that this process asks (scanner, store, broker, counts, mail, sign-in provider): how long each
is waited for, and what happens when one does not answer.

Whoever waited for a server in vain once does not wait again at once: for REST seconds it is not asked at all,
then one request asks whether it is back, and only when it is do all others ask it again. So a server that
hangs costs one request in a process its timeout, twice a minute, and no other request anything.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from nudm.core.errors import Refused

# Seconds: until a line stands, until an answer comes on it, how long one that did not answer is left alone.
CONNECT, ANSWER, REST = 2.0, 5.0, 30.0

log = logging.getLogger(__name__)


class Away(Refused):
    """A server that this needs does not answer now. `wait` says in how many seconds to try again."""

    status = 503
    code = "unavailable"

    def __init__(self, peer: str) -> None:
        words = {
            "store": _("The store of files does not answer, so nothing of this was saved. Try again later."),
            "scanner": _("The virus scanner does not answer. Try again later."),
        }
        told = words.get(peer, _("A server that this needs does not answer. Try again later."))
        super().__init__(told, fields={"file": [told]} if peer == "store" else None)
        self.peer, self.wait = peer, int(REST)


class Breaker:
    """Whether a server is asked, for all threads of a process."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._again = 0.0
        self._down = False

    def open_now(self) -> bool:
        """Whether to do without the server now. After REST seconds one asker is let through to try."""
        with self._lock:
            now = time.monotonic()
            if not self._down:
                return False
            if now < self._again:
                return True
            self._again = now + REST
            return False

    def failed(self, error: object) -> None:
        """It did not answer."""
        with self._lock:
            if not self._down:
                log.warning("%s does not answer, and is left alone for %d s: %s", self.name, REST, error)
            self._down, self._again = True, time.monotonic() + REST

    def answered(self) -> None:
        """It is there."""
        with self._lock:
            if self._down:
                log.warning("%s answers again", self.name)
            self._down = False

    @contextmanager
    def asking(self, *failures: type[BaseException], always: bool = False) -> Iterator[None]:
        """Round the question. Raises Away without asking while the server is left alone; an error that is one
        of `failures` counts as no answer and goes on. Who has time asks `always`."""
        if not always and self.open_now():
            raise Away(self.name)
        try:
            yield
        except failures as error:
            self.failed(error)
            raise
        else:
            self.answered()


BREAKERS = {name: Breaker(name) for name in ("scanner", "store", "broker", "counts", "mail", "provider")}


def forget() -> None:
    """As if no server had ever been asked; for tests and for a process that was just forked."""
    for breaker in BREAKERS.values():
        breaker.answered()
