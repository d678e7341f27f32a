"""The servers that this process asks (scanner, store, broker, counts, mail, sign-in provider): how long each
is waited for, and what happens when one does not answer.

Whoever waited for a server in vain once does not wait again at once: for REST seconds it is not asked at all,
then one request asks whether it is back, and only when it is do all others ask it again. The processes that
one program forks, as the web server its workers, share what they know. Before a scanner or a store is given
work, it is asked whether it is there. So a server that hangs costs one request SHORT seconds, twice a minute,
and no other request anything.
"""

import ctypes
import logging
import mmap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from nudm.core.errors import Refused

# Seconds: until a line stands, until an answer comes on it, how long one that did not answer is left alone.
CONNECT, ANSWER, REST = 2.0, 5.0, 30.0
# Seconds until a server says that it is there, before it is given work that may take longer.
SHORT = 1.0

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
    """Whether a server is asked, for all threads of a process and all processes that were forked since."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        # Until when it is left alone, by the machine's clock; 0 while it answers. Shared without a lock, for
        # a process that is killed would hold it for ever: two that write at once write the same.
        self._again = ctypes.c_double.from_buffer(mmap.mmap(-1, ctypes.sizeof(ctypes.c_double)))

    def open_now(self) -> bool:
        """Whether to do without the server now. After REST seconds one asker is let through to try."""
        with self._lock:
            now, again = time.monotonic(), self._again.value
            if not again:
                return False
            if now < again:
                return True
            self._again.value = now + REST
            return False

    def failed(self, error: object) -> None:
        """It did not answer."""
        with self._lock:
            if not self._again.value:
                log.warning("%s does not answer, and is left alone for %d s: %s", self.name, REST, error)
            self._again.value = time.monotonic() + REST

    def answered(self) -> None:
        """It is there."""
        with self._lock:
            if self._again.value:
                log.warning("%s answers again", self.name)
            self._again.value = 0.0

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
    """As if no server had ever been asked; for tests."""
    for breaker in BREAKERS.values():
        breaker.answered()
