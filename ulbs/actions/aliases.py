"""Other names of ULBs, many at once."""

from collections.abc import Iterable

from ulbs.models import Alias, Ulb
from ulbs.rules.names import normal


def add_aliases(names: Iterable[tuple[Ulb, str]]) -> list[Alias]:
    """Keep other names by which ULBs are found; those that were not known already. Two queries."""
    wanted = {
        (ulb.pk, form): Alias(state_id=ulb.state_id, ulb=ulb, name=name, normal=form)
        for ulb, name in names
        if (form := normal(name)) and form != normal(ulb.name)
    }
    known = Alias.objects.filter(ulb__in={ulb for ulb, _form in wanted}).values_list("ulb", "normal")
    for key in known:
        wanted.pop(key, None)
    return Alias.objects.bulk_create(wanted.values(), batch_size=500)
