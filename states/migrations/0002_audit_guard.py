"""The database refuses to change a line of the audit log or to take one away.

May be run where it was run before, under another name.

On SQLite a later migration that rebuilds `states_entry` drops these triggers without a word and has to
make them again; tests/states/test_audit.py notices.
"""

from typing import Any

from django.db import migrations

WORDS = "the audit log is only added to"
POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION states_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- An empty log has nothing to lose: so the tests may empty all tables at once.
  IF TG_OP <> 'TRUNCATE' OR EXISTS (SELECT FROM states_entry) THEN
    RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER states_entry_stays BEFORE UPDATE OR DELETE ON states_entry
  FOR EACH ROW EXECUTE FUNCTION states_entry_stays();
CREATE OR REPLACE TRIGGER states_entry_stays_whole BEFORE TRUNCATE ON states_entry
  FOR EACH STATEMENT EXECUTE FUNCTION states_entry_stays();

-- The last line of a chain, after locking it: in a function that is volatile, each query sees what was
-- committed before it, so the look comes after the wait. It reads as the owner of the tables, because
-- the chain of no state goes on whoever adds to it, and tells nothing but a number and a digest.
CREATE OR REPLACE FUNCTION states_entry_last(chain bigint) RETURNS TABLE (number bigint, digest varchar)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF chain IS NULL THEN
    PERFORM pg_advisory_xact_lock(hashtext('states_entry'));
    RETURN QUERY SELECT e.number, e.digest FROM states_entry e WHERE e.state_id IS NULL
      ORDER BY e.number DESC LIMIT 1;
  ELSE
    PERFORM FROM states_state s WHERE s.id = chain FOR NO KEY UPDATE;
    RETURN QUERY SELECT e.number, e.digest FROM states_entry e WHERE e.state_id = chain
      ORDER BY e.number DESC LIMIT 1;
  END IF;
END $$;
"""
POSTGRESQL_BACK = """
DROP FUNCTION states_entry_last(bigint);
DROP TRIGGER states_entry_stays ON states_entry;
DROP TRIGGER states_entry_stays_whole ON states_entry;
DROP FUNCTION states_entry_stays();
"""
SQLITE = [
    f"CREATE TRIGGER IF NOT EXISTS states_entry_stays_{act} BEFORE {act} ON states_entry "
    f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
    for act in ("update", "delete")
]
SQLITE_BACK = [f"DROP TRIGGER states_entry_stays_{act}" for act in ("update", "delete")]


def _run(schema_editor: Any, postgresql: str, sqlite: list[str]) -> None:
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    with schema_editor.connection.cursor() as cursor:
        for statement in [postgresql] if on_postgresql else sqlite:
            cursor.execute(statement)


def guard(apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, POSTGRESQL, SQLITE)


def unguard(apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, POSTGRESQL_BACK, SQLITE_BACK)


class Migration(migrations.Migration):
    dependencies = [("states", "0001_initial")]

    operations = [migrations.RunPython(guard, unguard)]
