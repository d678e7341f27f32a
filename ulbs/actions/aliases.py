"""Other names of ULBs, many at once, and their past."""

from collections.abc import Iterable

from django.db.models import QuerySet

from states.past import gone, keep
from ulbs.models import Alias, Ulb
from ulbs.rules.names import normal


def add_aliases(names: Iterable[tuple[Ulb, str]]) -> list[Alias]:
    """Keep other names by which ULBs are found; those that were not known already. Three queries."""
    wanted = {
        (ulb.pk, form): Alias(state_id=ulb.state_id, ulb=ulb, name=name, normal=form)
        for ulb, name in names
        if (form := normal(name)) and form != normal(ulb.name)
    }
    known = Alias.objects.filter(ulb__in={ulb for ulb, _form in wanted}).values_list("ulb", "normal")
    for key in known:
        wanted.pop(key, None)
    made = Alias.objects.bulk_create(wanted.values(), batch_size=500)
    keep(made)
    return made


def remove_aliases(rows: QuerySet[Alias]) -> None:
    """Take other names away; they stay in the past."""
    gone(rows)
    rows.delete()
