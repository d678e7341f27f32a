"""On PostgreSQL what production serves with the web role, tests serve with the web role.

The tests' own hands (building a world, looking afterwards) are the owner's. A request of a test's client is
in the same transaction, so it cannot sign in anew; `SET SESSION AUTHORIZATION` makes the server take it for
the web role in every respect: rights, policies, and which roles it may take. Threads (the live server, the
races) sign in as the web role for good.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

WEB = "nudm_web"


@contextmanager
def web_role() -> Iterator[None]:
    """What runs within is done by the web role, without any rights that a scope does not give it."""
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    _say(f"SET SESSION AUTHORIZATION {WEB}")
    try:
        yield
    finally:
        # A transaction that a failed statement has broken can only be rolled back, and this with it.
        if connection.connection.info.transaction_status != TRANSACTION_STATUS_INERROR:
            _say("RESET SESSION AUTHORIZATION")


def _say(words: str) -> None:
    """Past Django's count of queries: this is the tests' doing, not the product's."""
    with connection.connection.cursor() as cursor:
        cursor.execute(words)


def threads_sign_in_as_web() -> None:
    """Every thread but the tests' own opens its connections as the web role."""
    if connection.vendor != "postgresql":
        return
    make = connections.create_connection

    def create(alias: str) -> Any:
        made = make(alias)
        if threading.current_thread() is not threading.main_thread():
            made.settings_dict = {**made.settings_dict, "USER": WEB}
        return made

    connections.create_connection = create  # type: ignore[method-assign]
