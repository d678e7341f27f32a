"""A sign of life to the web server from within a long answer.

gunicorn ends a worker of which it has heard nothing for its `timeout`; it hears of it between two requests.
An answer that is sent in pieces for longer says with each piece that it goes on (`gunicorn.conf.py`).
"""

from collections.abc import Callable


def _nobody_listens() -> None:
    """Outside gunicorn."""


_notify: list[Callable[[], None]] = [_nobody_listens]


def listen(notify: Callable[[], None]) -> None:
    """Register whom to tell, once in each process."""
    _notify[:] = [notify]


def beat() -> None:
    """This process is at work."""
    _notify[0]()
