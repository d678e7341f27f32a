"""What the work at hand may touch: a database role and its scope, for one transaction (PostgreSQL).

A process signs in as a role that may read no tenant's row. `of(person)` and `national()` take a role that
may, inside one transaction; its end, or theirs within a longer one, gives it back. Nothing is set for the
session, so a connection pool cannot carry it to somebody else. On SQLite both do nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection, transaction
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, TRANSACTION_STATUS_INERROR

from nudm.core import wall


@dataclass(frozen=True, slots=True)
class Reach:
    """A role, the states of its scope by id, and the person at work."""

    role: str
    states: Sequence[int] = ()
    person: int | None = None

    @property
    def sql(self) -> str:
        """Sets all three until the transaction ends. Ids and the roles' names only: nothing to quote."""
        scope = ",".join(str(int(pk)) for pk in self.states)
        person = "" if self.person is None else int(self.person)
        return (
            f"SELECT set_config('role', '{self.role}', true), set_config('app.scope', '{scope}', true), "
            f"set_config('app.person', '{person}', true)"
        )


NOTHING = Reach("none")
_now: ContextVar[Reach] = ContextVar("reach", default=NOTHING)
_asked: list[Callable[[Any], Reach]] = []


def answers(ask: Callable[[Any], Reach]) -> Callable[[Any], Reach]:
    """Register who knows what a person may touch (`states.access`; core does not)."""
    _asked[:] = [ask]
    return ask


@contextmanager
def of(person: Any) -> Iterator[None]:
    """Work for a person: within the states of today's posts, or over all by a national post."""
    with _looking_up(Reach(wall.PERSON, person=person.pk)):
        reach = _asked[0](person)
    with _transaction(), _taken(reach):
        yield


@contextmanager
def of_state(state: int) -> Iterator[None]:
    """Work of somebody without an account in one state, by its id: a town by its link."""
    with _transaction(), _taken(Reach(wall.STATE, (state,))):
        yield


@contextmanager
def national() -> Iterator[None]:
    """Work of the system itself, over all states. Each use is listed in tests/walls/test_rows.py."""
    with _transaction(), _taken(Reach(wall.NATIONAL)):
        yield


@contextmanager
def _transaction() -> Iterator[None]:
    """One transaction round the work, unless there is one. What it commits must be whole: PostgreSQL
    answers the commit of a transaction with a swallowed error by rolling all of it back in silence."""
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    try:
        with transaction.atomic():
            yield
            if _broken():
                raise DatabaseError("A statement failed and its error was swallowed; nothing is saved.")
    finally:
        _send(None)


@contextmanager
def _looking_up(reach: Reach) -> Iterator[None]:
    """Before a transaction each statement takes the role along: one message is a transaction of its own, and
    a page that needs no more costs no BEGIN and no COMMIT."""
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        with _taken(reach):
            yield
        return

    def along(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        return execute(f"{reach.sql}; {sql}", params, many, context)

    with connection.execute_wrapper(along):
        yield


@contextmanager
def _taken(reach: Reach) -> Iterator[None]:
    if connection.vendor != "postgresql":
        yield
        return
    outer = _now.set(reach)
    _send(reach)
    try:
        yield
    finally:
        _now.reset(outer)
        # After an error it is the way back to the savepoint that restores what was before.
        _send(None if _broken() else _now.get())


def _broken() -> bool:
    line: Any = connection.connection
    return line is not None and bool(line.info.transaction_status == TRANSACTION_STATUS_INERROR)


def _at_its_start() -> bool:
    line: Any = connection.connection
    return line is None or bool(line.info.transaction_status == TRANSACTION_STATUS_IDLE)


class _Send:
    """Sends a reach in front of the next statement, in one message: a role costs no round trip.

    A cursor kept by the server, or one statement for many rows, takes nothing along; it is sent before.
    """

    def __init__(self, reach: Reach) -> None:
        self.reach, self.sql = reach, reach.sql

    def __call__(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        _send(None)
        if self.reach is NOTHING and _at_its_start():
            # What there was to take back went with the transaction before.
            return execute(sql, params, many, context)
        if many or context["cursor"].name or not isinstance(sql, str):
            with connection.cursor() as cursor:
                cursor.execute(self.sql)
            return execute(sql, params, many, context)
        return execute(f"{self.sql}; {sql}", params, many, context)


def _send(reach: Reach | None) -> None:
    waiting = [wrapper for wrapper in connection.execute_wrappers if not isinstance(wrapper, _Send)]
    connection.execute_wrappers[:] = waiting if reach is None else [*waiting, _Send(reach)]
