"""PDF from HTML, laid out in a limited child process."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from nudm.core.errors import Refused

# By its path and not as a module: the program's package would load the queue and half of the framework,
# 20 MB that the press has no use for. -P keeps this folder's names from hiding those of the library.
PROGRAM = [sys.executable, "-P", str(Path(__file__).with_name("pdf_child.py"))]


class PdfFailed(Refused):
    """The page could not be laid out within its limits."""

    code = "pdf_failed"


class Press:
    """A child that stays and takes one order after the other: to load the layout engine takes longer than
    to lay out most reports. It ends with the process that started it."""

    def __init__(self, program: Sequence[str] = PROGRAM) -> None:
        self.program = program
        self.lock = threading.Lock()
        self.child: subprocess.Popen[bytes] | None = None
        self.owner = os.getpid()

    def order(self, order: bytes) -> tuple[str, bytes]:
        """The answer; a press that died is started again, once."""
        with self.lock:
            for _time in range(2):
                try:
                    return self._ask(order)
                except OSError:
                    self.stop()
                except BaseException:
                    # The answer to this order would be taken for that to the next.
                    self.stop()
                    raise
        return "failed", b"the press stopped"

    def stop(self) -> None:
        """End the child; the next order starts another."""
        if self.child is not None:
            self.child.kill()
            self.child.communicate()
            self.child = None

    def _ask(self, order: bytes) -> tuple[str, bytes]:
        if self.child is None:
            pipe = subprocess.PIPE
            self.child = subprocess.Popen(self.program, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        orders, answers = self.child.stdin, self.child.stdout
        if orders is None or answers is None:
            raise OSError("the press has no ears")
        orders.write(order)
        orders.flush()
        head = answers.readline().decode().split()
        if len(head) != 2:
            raise OSError("the press stopped")
        return head[0], answers.read(int(head[1]))


_press = Press()


def press() -> Press:
    """This process's own press: a fork does not share its parent's."""
    global _press
    if _press.owner != os.getpid():
        _press = Press()
    return _press


def render(html: str, css: str = "", attached: tuple[str, bytes] | None = None) -> bytes:
    """A tagged PDF (PDF/UA-1) of an HTML page with an optional style sheet and one file inside it.

    The child has no way to files or the network, and limits on time and memory. Raises PdfFailed, and
    TimeoutError where the machine was too busy: no verdict on the page, which may be tried again.
    """
    word, answer = press().order(_packed(html.encode(), css.encode(), attached or ("", b"")))
    if word == "slow":
        raise TimeoutError("the machine is too busy to lay the pages out in time")
    if word == "late":
        raise PdfFailed(_("The report took too long to lay out. Choose fewer rows."))
    if word != "done" or not answer.startswith(b"%PDF"):
        why = answer.decode(errors="replace").strip().splitlines()[-1:]
        raise PdfFailed(_("The report could not be laid out: %(why)s") % {"why": " ".join(why)})
    return answer


def _packed(html: bytes, css: bytes, attached: tuple[str, bytes]) -> bytes:
    """What the child reads: the sizes and the name of the file on one line, then the parts."""
    name, content = attached
    return f"{len(css)} {len(content)} {len(html)} {name}\n".encode() + css + content + html
