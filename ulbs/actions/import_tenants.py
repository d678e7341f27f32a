"""A list of the platform's tenants: which ULB each is, remembering it, and taking it back."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from nudm.core import scope
from states.models import State
from states.past import gone, keep
from ulbs.actions.aliases import add_aliases, remove_aliases
from ulbs.actions.import_lgd import places
from ulbs.actions.undoing import bar
from ulbs.importing import tenants
from ulbs.importing.headings import Found
from ulbs.importing.lines import Plan, Result
from ulbs.models import Alias, Import, Tenant, Ulb
from ulbs.rules.names import Names

PERMISSION = "manage_register"
NEEDS_STATE = False


def parse(found: Found, state: State | None, today: date) -> Plan:
    """What each row says; with a state, of that state's rows."""
    return tenants.parse(found, places(), state.pk if state else None)


def compare(plan: Plan, state: State | None, heading: Mapping[str, str], today: date) -> None:
    """Say of each line which ULB it is, as the register is now."""
    register = tenants.Register(names=names_of(plan.states))
    coded = Ulb.objects.filter(state__in=plan.states).exclude(tenant_code="")
    for state_id, ulb, tenant_code in coded.values_list("state", "lgd_code", "tenant_code"):
        register.of_code[tenant_code] = (state_id, ulb)
        register.tenant_of[ulb] = tenant_code
    codes = [line.key for line in plan.lines]
    # A tenant's code is one tenant's in the whole nation.
    with scope.national():
        for first in range(0, len(codes), 5000):
            stored = Tenant.objects.filter(code__in=codes[first : first + 5000])
            for held in stored.values_list("code", "state", "name", "ulb__lgd_code", "how"):
                register.held[held[0]] = tenants.Held(*held[1:])
    tenants.compare(plan, register, heading)


def names_of(state_ids: list[int]) -> dict[int, Names]:
    """The names of each state's ULBs that are still there, by LGD code."""
    aliases: dict[int, list[str]] = {}
    for pk, name in Alias.objects.filter(state__in=state_ids).values_list("ulb", "name"):
        aliases.setdefault(pk, []).append(name)
    found = {pk: Names() for pk in state_ids}
    rows: Any = Ulb.objects.filter(state__in=state_ids, ended="")
    for state_id, pk, *ulb in rows.values_list("state", "pk", "lgd_code", "type_code", "name"):
        code, type_code, name = ulb
        found[state_id].add(code, type_code, name, aliases.get(pk, ()))
    return found


def apply(made: Import, plan: Plan, by: Any) -> dict[str, Any]:
    """Remember the tenants; those whose ULB is sure give it their code and name."""
    lines = {str(line.key): line for line in plan.lines if line.result in {Result.NEW, Result.CHANGED}}
    codes = {line.values["ulb"] for line in lines.values()} - {None}
    ulbs = {
        ulb.lgd_code: ulb
        for ulb in Ulb.objects.select_for_update(of=("self",)).filter(lgd_code__in=codes).order_by("pk")
    }
    stored = {row.code: row for row in Tenant.objects.select_for_update(of=("self",)).filter(code__in=lines)}
    before = [[row.pk, {"name": row.name, "ulb_id": row.ulb_id, "how": row.how}] for row in stored.values()]
    rows = []
    for code, line in lines.items():
        row = stored.get(code) or Tenant(code=code, state_id=line.values["state"])
        row.name, row.how, row.ulb = line.name, line.values["how"], ulbs.get(line.values["ulb"])
        rows.append(row)
    new = Tenant.objects.bulk_create([row for row in rows if row.pk is None], batch_size=500)
    Tenant.objects.bulk_update(stored.values(), ["name", "how", "ulb"], batch_size=300)
    keep(rows)
    given = [(row.ulb, row) for row in rows if row.ulb is not None]
    marked = [ulb for ulb, row in given if ulb.tenant_code != row.code]
    former = [[ulb.pk, ulb.version + 1, ulb.tenant_code] for ulb in marked]
    for ulb, row in given:
        ulb.tenant_code = row.code
    for ulb in marked:
        ulb.version += 1
    Ulb.objects.bulk_update(marked, ["tenant_code", "version"], batch_size=300)
    keep(marked)
    aliases = add_aliases((ulb, row.name) for ulb, row in given)
    return {
        "new": [row.pk for row in new],
        "changed": before,
        "after": [[row.pk, row.how, row.ulb_id] for row in rows],
        "ulbs": former,
        "aliases": [alias.pk for alias in aliases],
    }


def revert(made: Import, by: Any) -> None:
    """Forget the new tenants and put former ones back. Raises Refused with what stands against it, such
    as what a person has decided since."""
    before = made.before
    after = {pk: (how, ulb) for pk, how, ulb in before["after"]}
    rows = {row.pk: row for row in Tenant.objects.select_for_update(of=("self",)).filter(pk__in=after)}
    versions = {pk: (version, code) for pk, version, code in before["ulbs"]}
    ulbs = list(Ulb.objects.select_for_update(of=("self",)).filter(pk__in=versions).order_by("pk"))
    against: list[Any] = [row for row in rows.values() if (row.how, row.ulb_id) != after[row.pk]]
    against += [ulb for ulb in ulbs if ulb.version != versions[ulb.pk][0]]
    bar(against, removed=len(rows) != len(after) or len(ulbs) != len(versions))
    for ulb in ulbs:
        ulb.tenant_code = versions[ulb.pk][1]
        ulb.version += 1
    Ulb.objects.bulk_update(ulbs, ["tenant_code", "version"], batch_size=300)
    keep(ulbs)
    new = Tenant.objects.filter(pk__in=before["new"])
    gone(new)
    new.delete()
    for pk, values in before["changed"]:
        for name, value in values.items():
            setattr(rows[pk], name, value)
    changed = [rows[pk] for pk, _values in before["changed"]]
    Tenant.objects.bulk_update(changed, ["name", "how", "ulb"], batch_size=300)
    keep(changed)
    remove_aliases(Alias.objects.filter(pk__in=before["aliases"]))
