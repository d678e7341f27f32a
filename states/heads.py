"""The last line of a chain of the audit log, held until the transaction ends."""

from collections.abc import Collection

from django.db import connection

from states.chain import START

# A transaction that writes is alone on SQLite; on PostgreSQL the function locks first and looks then, in
# one round trip (migration 0005_audit_guard).
LAST_ENTRY = {
    "sqlite": "SELECT number, digest FROM states_entry WHERE state_id IS %s ORDER BY number DESC LIMIT 1",
    "postgresql": "SELECT number, digest FROM states_entry_last(%s)",
}


def last_entry(state_id: int | None) -> tuple[int, str]:
    """Number and digest of the last line of a chain, to which nobody else can add from now on."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_ENTRY[connection.vendor], [state_id])
        return cursor.fetchone() or (0, START)


def last_entries(state_ids: Collection[int]) -> dict[int, tuple[int, str]]:
    """The same of several states' chains; on PostgreSQL in one round trip."""
    if connection.vendor != "postgresql":
        return {pk: last_entry(pk) for pk in state_ids}
    words = (
        "SELECT chain, number, digest FROM unnest(%s) AS chain "
        "LEFT JOIN LATERAL states_entry_last(chain) ON true"
    )
    with connection.cursor() as cursor:
        cursor.execute(words, [sorted(state_ids)])
        return {pk: (number or 0, digest or START) for pk, number, digest in cursor.fetchall()}
