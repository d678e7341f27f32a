"""The versions under which things are remembered."""

from django.db import connection


def versions() -> tuple[int, int]:
    """That of people's rights, which is another one after every appointment and every relief, also those
    that are dated back; and that of all states' facts together. In one look."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT value FROM states_counter WHERE name = 'people'), "
            "(SELECT SUM(facts_version) FROM states_state)"
        )
        people, facts = cursor.fetchone()
    return int(people or 0), int(facts or 0)
