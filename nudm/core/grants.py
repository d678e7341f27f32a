"""Builds the second wall in a PostgreSQL database, and says where one differs from what the models ask for.

Only the owner of the tables builds; whoever runs it again changes nothing.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

from nudm.core import wall

# Each role is made once for all databases of a server; another database may be at it just now.
MAKE_ROLE = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') THEN CREATE ROLE "{name}" {kind}; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$
"""
MEMBERSHIP = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid = '{role}'::regrole
                 AND m.member = '{member}'::regrole) THEN GRANT "{role}" TO "{member}"; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$
"""
# What there is: each table with its policies, as they were written (PostgreSQL keeps them reworded).
PRESENT = """
SELECT c.relname, c.relrowsecurity, p.polname, obj_description(p.oid, 'pg_policy')
FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
"""


@transaction.atomic
def build(web: str, password: str | None = None) -> int:
    """Make the roles, grant what each may do, and write the policies; how many policies are new.

    `web` is the role that web server and worker sign in with; with a `password` it is given one.
    """
    with connection.cursor() as cursor:
        _roles(cursor, web, password)
        there, secured = _present(cursor)
        written = 0
        for table in wall.tables(web):
            _grant(cursor, table)
            wanted = {policy.name: policy.sql(table.name) for policy in table.policies}
            found = there.get(table.name, {})
            if table.policies and table.name not in secured:
                cursor.execute(f'ALTER TABLE "{table.name}" ENABLE ROW LEVEL SECURITY')
            for name in found.keys() - {n for n, sql in wanted.items() if found.get(n) == sql}:
                cursor.execute(f'DROP POLICY "{name}" ON "{table.name}"')
            for name, sql in wanted.items():
                if found.get(name) != sql:
                    cursor.execute(sql)
                    cursor.execute(f'COMMENT ON POLICY "{name}" ON "{table.name}" IS %s', [sql])
                    written += 1
    return written


def faults() -> Iterator[str]:
    """What makes the role of this process, or the wall before it, unsafe to serve with."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper OR rolbypassrls, rolcreaterole, rolinherit "
            "FROM pg_roles WHERE rolname = current_user"
        )
        web, above, makes_roles, inherits = cursor.fetchone()
        if above or makes_roles:
            yield f"the database role {web} is a superuser, passes policies by, or makes roles"
        if inherits:
            yield f"the database role {web} has the rights of the roles it may take all the time (INHERIT)"
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
            "AND relkind IN ('r', 'p') AND pg_has_role(relowner, 'MEMBER')"
        )
        if cursor.fetchone()[0]:
            yield f"the database role {web} owns the tables, and policies do not bind an owner"
        cursor.execute("SELECT rolname FROM pg_roles WHERE pg_has_role(oid, 'MEMBER')")
        roles = {name for (name,) in cursor.fetchall()}
        if missing := sorted(set(wall.ROLES) - roles):
            yield f"the database role {web} may not take {', '.join(missing)}"
        yield from _open_tables(cursor, web)
        cursor.execute(
            "SELECT string_agg(relname, ', ') FROM pg_class "
            "WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('m', 'v')"
        )
        if views := cursor.fetchone()[0]:
            yield f"views read past policies as their owner: {views}"


def _open_tables(cursor: Any, web: str) -> Iterator[str]:
    there, secured = _present(cursor)
    cursor.execute(
        "SELECT relname, array_agg(kind) FROM pg_class CROSS JOIN unnest(%s) kind "
        "WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') "
        "AND has_table_privilege(pg_class.oid, kind) GROUP BY relname",
        [["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"]],
    )
    more = {name: set(kinds) for name, kinds in cursor.fetchall()}
    for table in wall.tables(web):
        wanted = {policy.name: policy.sql(table.name) for policy in table.policies}
        if wanted and (table.name not in secured or there.get(table.name) != wanted):
            yield f"the table {table.name} lacks a policy, or has another one (manage.py grant_database)"
        if table.name in more:
            more[table.name] -= set(table.rights[web].split(", "))
    for name in sorted(name for name, kinds in more.items() if kinds):
        yield f"the database role {web} has rights of its own on {name}: {', '.join(sorted(more[name]))}"


def _roles(cursor: Any, web: str, password: str | None) -> None:
    for name in wall.ROLES:
        cursor.execute(MAKE_ROLE.format(name=name, kind="NOLOGIN"))
    cursor.execute(MAKE_ROLE.format(name=web, kind="LOGIN NOINHERIT"))
    if password:
        cursor.execute(f'ALTER ROLE "{web}" PASSWORD %s', [password])
    cursor.execute("SELECT current_user")
    for member in (web, cursor.fetchone()[0]):
        for role in wall.ROLES:
            cursor.execute(MEMBERSHIP.format(role=role, member=member))


def _present(cursor: Any) -> tuple[dict[str, dict[str, str]], set[str]]:
    """`{table: {policy: its words}}`, and the tables whose row-level security is on."""
    cursor.execute(PRESENT)
    there: dict[str, dict[str, str]] = {}
    secured = set()
    for table, on, name, words in cursor.fetchall():
        if on:
            secured.add(table)
        if name is not None:
            there.setdefault(table, {})[name] = words or ""
    return there, secured


def _grant(cursor: Any, table: wall.Table) -> None:
    roles = ", ".join(f'"{role}"' for role in table.rights)
    cursor.execute(f'REVOKE ALL ON "{table.name}" FROM PUBLIC, {roles}')
    for role, rights in table.rights.items():
        if rights:
            cursor.execute(f'GRANT {rights} ON "{table.name}" TO "{role}"')
