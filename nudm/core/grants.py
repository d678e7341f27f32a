"""Builds the second wall in a PostgreSQL database, and says where one differs from what the models ask for.

Only the owner of the tables builds; whoever runs it again changes nothing.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

from nudm.core import wall
from nudm.core.errors import Refused

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
# What a role may be, as PostgreSQL stores it and as ALTER ROLE takes it.
ATTRIBUTES = (
    ("rolcanlogin", "LOGIN"),
    ("rolinherit", "INHERIT"),
    ("rolsuper", "SUPERUSER"),
    ("rolbypassrls", "BYPASSRLS"),
    ("rolcreaterole", "CREATEROLE"),
    ("rolcreatedb", "CREATEDB"),
    ("rolreplication", "REPLICATION"),
)
PLAIN = frozenset({"INHERIT"})
SIGNS_IN = frozenset({"LOGIN"})
OWNS = frozenset({"LOGIN", "INHERIT"})
# What there is: each table with its policies, as they were written (PostgreSQL keeps them reworded).
PRESENT = """
SELECT c.relname, c.relrowsecurity, p.polname, obj_description(p.oid, 'pg_policy')
FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
"""


def make_database(owner: str, owner_password: str, database: str, web: str, web_password: str) -> bool:
    """Make or repair the roles and the database, as the server's superuser; whether the database is new.

    Safe to run again: what is right stays, passwords are set to those given, and a role that an administrator
    made by hand in another way (it may not sign in, or it inherits) is set right.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MAKE_ROLE.format(name=owner, kind="LOGIN"))
        _repair(cursor, owner, OWNS)
        cursor.execute(f'ALTER ROLE "{owner}" PASSWORD %s', [owner_password])
        _roles(cursor, web, web_password, owner)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", [database])
        found = cursor.fetchone()
        name = connection.ops.quote_name(database)
        if found is None:
            cursor.execute(f"CREATE DATABASE {name} OWNER \"{owner}\" ENCODING 'UTF8' TEMPLATE template0")
        elif found[0] != owner:
            cursor.execute(f'ALTER DATABASE {name} OWNER TO "{owner}"')
        cursor.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        cursor.execute(f'GRANT CONNECT ON DATABASE {name} TO "{web}"')
    return found is None


@transaction.atomic
def build(web: str, password: str | None = None) -> int:
    """Make or repair the roles, grant what each may do, and write the policies; how many policies are new.

    `web` is the role that web server and worker sign in with; with a `password` it is given one. An owner who
    may not make roles only looks at them. Raises Refused where they are not right then.
    """
    repair_roles(web, password)
    with connection.cursor() as cursor:
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


def repair_roles(web: str, password: str | None = None) -> None:
    """Make or repair the roles, where this one may. Raises Refused where it may not and they are wrong."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
        owner, may_make_roles = cursor.fetchone()
        if may_make_roles:
            _roles(cursor, web, password, owner)
        elif wrong := list(_wrong_roles(cursor, web, owner)):
            raise Refused(
                f"The database roles are not right: {'; '.join(wrong)}. Run `manage.py make_database` as a "
                "superuser of the server; it repairs them."
            )


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
    # By whatever role it may take, a column that is written once is not changed.
    cursor.execute(
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "CROSS JOIN unnest(%s) role WHERE c.relnamespace = current_schema()::regnamespace AND a.attnum > 0 "
        "AND NOT a.attisdropped AND has_column_privilege(role, c.oid, a.attnum, 'UPDATE')",
        [[web, *wall.ROLES]],
    )
    changeable = set(cursor.fetchall())
    for table in wall.tables(web):
        wanted = {policy.name: policy.sql(table.name) for policy in table.policies}
        if wanted and (table.name not in secured or there.get(table.name) != wanted):
            yield f"the table {table.name} lacks a policy, or has another one (manage.py grant_database)"
        if changed := sorted(name for name in table.fixed if (table.name, name) in changeable):
            yield f"the web role may change {table.name}.{', '.join(changed)} (manage.py grant_database)"
        if table.name in more:
            more[table.name] -= set(table.rights[web].split(", "))
    for name in sorted(name for name, kinds in more.items() if kinds):
        yield f"the database role {web} has rights of its own on {name}: {', '.join(sorted(more[name]))}"


def _roles(cursor: Any, web: str, password: str | None, owner: str) -> None:
    """Make or repair the web role and those that it takes, and who belongs to whom."""
    for name in wall.ROLES:
        cursor.execute(MAKE_ROLE.format(name=name, kind="NOLOGIN"))
        _repair(cursor, name, PLAIN)
    cursor.execute(MAKE_ROLE.format(name=web, kind="LOGIN NOINHERIT"))
    _repair(cursor, web, SIGNS_IN)
    if password:
        cursor.execute(f'ALTER ROLE "{web}" PASSWORD %s', [password])
    for role, member in _surplus(cursor, web):
        cursor.execute(f'REVOKE "{role}" FROM "{member}"')
    for member in (web, owner):
        for role in wall.ROLES:
            cursor.execute(MEMBERSHIP.format(role=role, member=member))


def _wrong_roles(cursor: Any, web: str, owner: str) -> Iterator[str]:
    """What `_roles` would change, in words."""
    for name in (*wall.ROLES, web):
        if changes := _changes(cursor, name, SIGNS_IN if name == web else PLAIN):
            yield f"{name} should be {' '.join(changes)}" if changes != ["MISSING"] else f"{name} is missing"
    for role, member in _surplus(cursor, web):
        yield f"{member} belongs to {role}"
    cursor.execute(
        "SELECT member.rolname, pg_get_userbyid(m.roleid) FROM pg_roles member "
        "JOIN pg_auth_members m ON m.member = member.oid WHERE member.rolname = ANY(%s)",
        [[web, owner]],
    )
    there = set(cursor.fetchall())
    for member in (web, owner):
        for role in wall.ROLES:
            if (member, role) not in there:
                yield f"{member} does not belong to {role}"


def _repair(cursor: Any, name: str, wanted: frozenset[str]) -> None:
    if changes := _changes(cursor, name, wanted):
        cursor.execute(f'ALTER ROLE "{name}" {" ".join(changes)}')


def _changes(cursor: Any, name: str, wanted: frozenset[str]) -> list[str]:
    """The words by which a role becomes what it should be; `MISSING` where there is none."""
    cursor.execute("SELECT to_jsonb(r) FROM pg_roles r WHERE rolname = %s", [name])
    found = cursor.fetchone()
    if found is None:
        return ["MISSING"]
    has = json.loads(found[0]) if isinstance(found[0], str) else found[0]
    return [
        word if word in wanted else f"NO{word}"
        for column, word in ATTRIBUTES
        if has[column] != (word in wanted)
    ]


def _surplus(cursor: Any, web: str) -> list[tuple[str, str]]:
    """Memberships by which the web role would have more than its own: `(role, member)`."""
    cursor.execute(
        "SELECT pg_get_userbyid(roleid), pg_get_userbyid(member) FROM pg_auth_members "
        "WHERE pg_get_userbyid(member) = ANY(%s)",
        [[web, *wall.ROLES]],
    )
    return [(role, member) for role, member in cursor.fetchall() if member != web or role not in wall.ROLES]


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
            cursor.execute(f'GRANT {table.granted(rights)} ON "{table.name}" TO "{role}"')
