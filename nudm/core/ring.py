"""Ring the bell for a row; when nobody hears it, the sweeper comes by within seconds."""

import logging
from typing import Any

from nudm.core.peers import BREAKERS

log = logging.getLogger(__name__)


def ring(task: Any, pk: int) -> None:
    """Hand a row's id to the broker. A broker that is down loses nothing: the row is the promise."""
    try:
        with BREAKERS["broker"].asking(Exception):
            task.apply_async((pk,), retry=False)
    except Exception:
        log.warning("the broker does not answer; the sweeper will find %s %s", task.name, pk)
