"""A person says which ULB a tenant of the platform is."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nudm.core.errors import Conflict, Refused
from states.access import require
from states.actions import record, touch
from states.past import keep
from ulbs.actions.aliases import add_aliases, remove_aliases
from ulbs.models import Tenant, Ulb
from ulbs.rules.names import normal


@transaction.atomic
def decide(tenant: Tenant, ulb: Ulb | None, *, seen: str, by: Any) -> Tenant:
    """Settle which ULB a tenant is; None: none of them. It stays so when the list comes again.

    The ULB takes the tenant's code, and its name as another name; a ULB that had them before loses them.
    `seen` is the tenant's `token` as it was shown. Raises NotAllowed without `manage_register`, Conflict
    when another officer decided first, Refused for a ULB of another state or with another tenant.
    """
    require(by, "manage_register", tenant)
    row = Tenant.objects.select_for_update(of=("self",)).select_related("state").get(pk=tenant.pk)
    if row.token != seen:
        raise Conflict(_("Another officer decided on this tenant after you opened the list. Look again."))
    pks = [pk for pk in (row.ulb_id, ulb.pk if ulb else None) if pk]
    locked = {u.pk: u for u in Ulb.objects.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk")}
    former = locked.get(row.ulb_id or 0)
    chosen = locked.get(ulb.pk) if ulb else None
    if ulb is not None:
        _check(row, chosen)
    if former is not None and former != chosen:
        former.tenant_code = ""
        remove_aliases(former.aliases.filter(normal=normal(row.name)))
    if chosen is not None:
        chosen.tenant_code = row.code
        add_aliases([(chosen, row.name)])
    for one in locked.values():
        one.version += 1
    Ulb.objects.bulk_update(locked.values(), ["tenant_code", "version"])
    keep(locked.values())
    before = [row.how, row.ulb_id]
    row.ulb = chosen
    row.how = Tenant.How.PERSON if chosen else Tenant.How.NONE
    row.decided_by, row.decided_at = by, timezone.now()
    row.save(update_fields=["ulb", "how", "decided_by", "decided_at"])
    keep([row])
    touch(row.state, ulbs=list(locked))
    record(
        "tenant.decide", by=by, state=row.state, target=row, before=before, after=[row.how.value, row.ulb_id]
    )
    return row


def _check(row: Tenant, chosen: Ulb | None) -> None:
    if chosen is None or chosen.state_id != row.state_id or chosen.ended:
        raise Refused(_("Choose a ULB of this State/UT that is still there."), code="ulb")
    if chosen.tenant_code not in {"", row.code}:
        raise Refused(
            _("%(ulb)s has the tenant code %(code)s already. Decide on that tenant first.")
            % {"ulb": chosen.label, "code": chosen.tenant_code},
            code="taken",
        )
