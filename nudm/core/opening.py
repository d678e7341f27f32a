"""Whether a file opens for the person who will read it: looked at in a child process with limits."""

import os
import sys
from pathlib import Path
from typing import Any

from nudm.core.contents import Fault
from nudm.core.pdf import Press

PROGRAM = [sys.executable, "-P", str(Path(__file__).with_name("opening_child.py"))]
WORDS = {
    "opens": None,
    "password": Fault.LOCKED,
    "no_pages": Fault.NO_PAGES,
    "entities": Fault.ENTITIES,
    "runs": Fault.ACTIVE,
    "damaged": Fault.DAMAGED,
    "slow": Fault.SLOW,
}
_child = Press(PROGRAM)


def fault_in_opening(file: Any, kind: str) -> Fault | None:
    """Why a seekable file of `kind` does not open for a reader; None for one that opens.

    A PDF must open without a password and have a page, a picture must be whole, of a document or a
    workbook the parts that a program reads first must be there and well formed. A table of text opens
    always. What takes more memory or computing than any honest file is damaged; where the machine was too
    busy for an answer, the fault is SLOW.
    """
    if kind == "csv":
        return None
    file.seek(0)
    content = file.read()
    word, answer = _own_child().order(f"{kind} {len(content)}\n".encode() + content)
    return WORDS.get(answer.decode() if word == "done" else word, Fault.DAMAGED)


def _own_child() -> Press:
    """This process's own child: a fork does not share its parent's."""
    global _child
    if _child.owner != os.getpid():
        _child = Press(PROGRAM)
    return _child
