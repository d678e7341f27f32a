"""The second wall: what each database role may touch, read off the models (PostgreSQL).

Every model with a path to its tenant gets row-level security, so a model that is added later is covered
by `manage.py grant_database` without a word here. On a model:

- `state_path`: its tenant (see `states.access`); `wall_path` where only this wall knows one.
- `common_rows`: rows without a state are read by everybody (the centre's posts, national holidays).
- `person_path`: rows that reach the person at work are read before and within any scope.
- `desk_path`: the same, and written: drafts and notices of one's own posts, also where their team has
  no state.
- `anyone_adds`: rows may be added for any state (the mail with a link for whoever forgot a password).
- `looked_up`: read to find out what a person's scope is.

Tables without a tenant are named in `RIGHTS`; one that is not named is nobody's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.apps import apps
from django.db.models import ForeignKey, Model

PERSON, STATE, NATIONAL = "r_person", "r_state", "r_national"
ROLES = (PERSON, STATE, NATIONAL)
SCOPED = (STATE, NATIONAL)

# The login role, in sign-in, reset, health and the worker's own bookkeeping; the look-up of a person's
# posts; work within a scope. Nothing that is not named here is granted.
ALL, READ, ADD, EDIT = "SELECT, INSERT, UPDATE, DELETE", "SELECT", "SELECT, INSERT", "SELECT, INSERT, UPDATE"
RIGHTS: dict[str, tuple[str, str, str]] = {
    "accounts.Authenticator": ("SELECT, UPDATE", "", ALL),
    "accounts.Identity": (ADD, "", ALL),
    "accounts.RecoveryCode": ("SELECT, UPDATE", "", ALL),
    "accounts.Session": (ALL, "", ALL),
    "accounts.User": ("SELECT, UPDATE", "", EDIT),
    "accounts.User_groups": ("", "", ""),
    "accounts.User_user_permissions": ("", "", ""),
    "accounts.Token": ("SELECT, UPDATE", "", EDIT),
    "auth.Group": ("", "", ADD),
    "auth.Group_permissions": ("", "", ""),
    "auth.Permission": ("", READ, READ),
    "contenttypes.ContentType": ("", "", READ),
    "core.Heartbeat": (ALL, "", READ),
    "core.Job": (EDIT, "", EDIT),
    "core.Outbox": (EDIT, "", EDIT),
    "core.PartialFile": ("SELECT, DELETE", "", EDIT),
    "core.Receipt": ("", "", EDIT),
    "guardian.GroupObjectPermission": ("", "", ""),
    "guardian.UserObjectPermission": ("", "", ""),
    "reports.Digest": ("", "", ALL),
    "reports.MailChoice": ("", "", ALL),
    "reports.SigningKey": (ADD, "", ADD),
    "states.Counter": ("", READ, EDIT),
    "states.StateUserObjectPermission": ("", "", ""),
}
# What is only ever added to; and the tenants themselves, which are loaded once.
ADDED_TO = {"states.Entry": ADD, "states.Past": ADD, "phases.Step": ADD}
OF_A_STATE = {"states.State": "SELECT, UPDATE"}

# Columns that are written when a row is made and never after: what a person is, whose a key is, what a mail
# says and to whom. No request has a reason to change them, so none can (rights by column).
WRITTEN_ONCE: dict[str, frozenset[str]] = {
    "accounts.Authenticator": frozenset({"id", "person"}),
    "accounts.RecoveryCode": frozenset({"id", "person", "digest"}),
    "accounts.Token": frozenset({"id", "person", "digest", "start", "scope", "created_at", "expires_at"}),
    "accounts.User": frozenset({"id", "is_superuser", "is_demo", "joined_at"}),
    "core.Job": frozenset({"id", "kind", "key", "asked_by", "tenant", "created_at"}),
    "core.Outbox": frozenset(
        {"id", "key", "kind", "to", "subject", "text", "attachments", "reader", "tenant", "created_at"}
    ),
    "states.State": frozenset({"id"}),
}

SCOPE = "ANY (string_to_array(current_setting('app.scope', true), ',')::bigint[])"
ME = "NULLIF(current_setting('app.person', true), '')::bigint"


@dataclass(frozen=True, slots=True)
class Policy:
    """One rule of one role on one table. `check` is what a written row must hold; `using` by default."""

    name: str
    role: str
    using: str
    command: str = "ALL"
    check: str = ""

    def sql(self, table: str) -> str:
        using = "" if self.command == "INSERT" else f" USING ({self.using})"
        check = f" WITH CHECK ({self.check or self.using})" if self.command in {"ALL", "INSERT"} else ""
        return f'CREATE POLICY "{self.name}" ON "{table}" FOR {self.command} TO "{self.role}"{using}{check}'


@dataclass(frozen=True, slots=True)
class Table:
    """What the roles may do with a table; without policies it has no row-level security."""

    name: str
    rights: dict[str, str]
    policies: tuple[Policy, ...]
    # Columns that are written once, and all of them.
    fixed: frozenset[str] = frozenset()
    columns: tuple[str, ...] = ()

    def granted(self, rights: str) -> str:
        """The rights as GRANT takes them: UPDATE without the columns that are written once."""
        if not self.fixed:
            return rights
        open_ = ", ".join(f'"{name}"' for name in self.columns if name not in self.fixed)
        return ", ".join(f"UPDATE ({open_})" if one == "UPDATE" else one for one in rights.split(", "))


def tables(web: str) -> Iterator[Table]:
    """Every table of every app; `web` is the login role."""
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.proxy and model._meta.managed:
            names = WRITTEN_ONCE.get(model._meta.label, ())
            fixed = frozenset(_column(model._meta.get_field(name)) for name in names)
            columns = tuple(str(field.column) for field in model._meta.local_concrete_fields)
            yield replace(_table(model, web), fixed=fixed, columns=columns)


def undecided() -> list[str]:
    """Models without a tenant that `RIGHTS` does not name."""
    return [
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        if path_of(model) is None and model._meta.label not in RIGHTS and not model._meta.proxy
    ]


def path_of(model: type[Model]) -> str | None:
    """The path to the tenant; a table that only joins two models has that of one of them."""
    path: str | None = getattr(model, "state_path", None) or getattr(model, "wall_path", None)
    if path is None and model._meta.auto_created:
        for field in model._meta.local_fields:
            if isinstance(field, ForeignKey) and (end := path_of(field.related_model)) is not None:
                return field.name if end == "pk" else f"{field.name}__{end}"
    return path


def _table(model: type[Model], web: str) -> Table:
    label, path = model._meta.label, path_of(model)
    login, person, scoped = RIGHTS.get(label, ("", "", ""))
    rights = {web: login, PERSON: person, STATE: scoped, NATIONAL: scoped}
    if path is None:
        return Table(model._meta.db_table, rights, ())
    if label not in RIGHTS:
        scoped = ADDED_TO.get(label, ALL)
        rights |= {STATE: OF_A_STATE.get(label, scoped), NATIONAL: scoped}
    policies = tuple(_policies(model, path))
    if any(policy.role == PERSON for policy in policies):
        rights[PERSON] = READ
    if login:
        policies += (Policy("web", web, "true"),)
    return Table(model._meta.db_table, rights, policies)


def _policies(model: type[Model], path: str) -> Iterator[Policy]:
    """One policy a role, so that no plan has to weigh one role's rule against another's."""
    own = reaches(model, path, f"= {SCOPE}")
    yield Policy(STATE, STATE, own, check=" AND ".join([own, *_pointers(model, path)]))
    yield Policy(NATIONAL, NATIONAL, "true")
    if getattr(model, "common_rows", False):
        yield Policy(f"{STATE}_common", STATE, reaches(model, path, "IS NULL"), "SELECT")
    if getattr(model, "anyone_adds", False):
        yield Policy(f"{STATE}_add", STATE, "true", "INSERT")
    if desk := getattr(model, "desk_path", None):
        yield Policy(f"{STATE}_desk", STATE, reaches(model, desk, f"= {ME}"))
    if mine := getattr(model, "person_path", None):
        rule = reaches(model, mine, f"= {ME}")
        yield Policy(f"{STATE}_person", STATE, rule, "SELECT")
        yield Policy(PERSON, PERSON, rule, "SELECT")
    elif getattr(model, "looked_up", False):
        yield Policy(PERSON, PERSON, "true", "SELECT")


def _pointers(model: type[Model], path: str) -> Iterator[str]:
    """Foreign keys are checked as the owner, past all policies; so what a written row points at must be
    visible too. Not for rows of its own table: a policy may not ask its own table."""
    for field in model._meta.local_fields:
        if not isinstance(field, ForeignKey) or field.name == path.split("__")[0]:
            continue
        target: type[Model] = field.related_model
        common = getattr(target, "common_rows", False) or field.remote_field.parent_link
        if target is not model and path_of(target) == "state" and not common:
            seen = _exists(model, [(target._meta.db_table, _column(field.target_field), _column(field))])
            yield f'("{field.column}" IS NULL OR {seen})' if field.null else seen


def reaches(model: type[Model], path: str, test: str) -> str:
    """SQL that holds for a row of `model` from which `path` leads to a column with `test`."""
    hops: list[tuple[str, str, str]] = []
    here, column, steps = model, "", path.split("__")
    while steps:
        name = steps.pop(0)
        field: Any = here._meta.pk if name == "pk" else here._meta.get_field(name)
        if field.concrete and field.model is not here:
            # The column is in a parent's table.
            steps = [here._meta.get_ancestor_link(field.model).name, name, *steps]  # type: ignore[union-attr]
        elif field.concrete:
            column = _column(field)
            if steps:
                here = field.related_model
                hops.append((here._meta.db_table, _column(field.target_field), column))
        else:
            hops.append((field.related_model._meta.db_table, _column(field.field), _column(here._meta.pk)))
            here = field.related_model
            column = _column(here._meta.pk)
    return _exists(model, hops, f'."{column}" {test}') if hops else f'"{column}" {test}'


def _column(field: Any) -> str:
    return str(field.column)


def _exists(model: type[Model], hops: list[tuple[str, str, str]], test: str = "") -> str:
    (first, key, outer), *rest = hops
    joins = "".join(
        f' JOIN "{table}" t{n} ON t{n}."{to}" = t{n - 1}."{of}"' for n, (table, to, of) in enumerate(rest, 1)
    )
    where = f't0."{key}" = "{model._meta.db_table}"."{outer}"'
    return f'EXISTS (SELECT 1 FROM "{first}" t0{joins} WHERE {where}{test and f" AND t{len(rest)}{test}"})'
