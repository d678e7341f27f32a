"""Begin the past of other names, successions, tenants, ULBs at events and points of action: what is there
has been known since what it hangs on."""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from django.db import migrations
from django.db.models import Min
from django.utils import timezone

from states.past import held

# What a row hangs on: its model and the column with its key.
HANGS_ON = {
    "Alias": ("ulb", "ulb_id"),
    "Succession": ("ulb", "before_id"),
    "EventUlb": ("event", "event_id"),
    "ActionPoint": ("event", "event_id"),
}


def begin(apps: Any, schema_editor: Any) -> None:
    past = apps.get_model("states", "Past").objects.using(schema_editor.connection.alias)
    lines = []
    for name, (parent, column) in HANGS_ON.items():
        first = dict(past.filter(model=parent).order_by().values("row").annotate(at=Min("since")).values_list("row", "at"))
        for row in apps.get_model("ulbs", name).objects.order_by("pk").iterator(chunk_size=2000):
            for since, data in told(row, first.get(getattr(row, column)) or timezone.now()):
                lines.append(past.model(model=name.lower(), row=row.pk, state_id=row.state_id, since=since, data=data))
    read = {}
    for made in apps.get_model("ulbs", "Import").objects.filter(kind="tenants", applied_at__isnull=False):
        read |= dict.fromkeys(made.before.get("new", ()), made.applied_at)
    for row in apps.get_model("ulbs", "Tenant").objects.order_by("pk").iterator(chunk_size=2000):
        since = row.decided_at or read.get(row.pk) or timezone.now()
        lines.append(past.model(model="tenant", row=row.pk, state_id=row.state_id, since=since, data=held(row)))
    past.bulk_create(lines, batch_size=2000)


def told(row: Any, first: datetime) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """What a row held, and since when: a succession from its day on, a point of action first without what
    was done about it."""
    data = held(row)
    on: date | None = getattr(row, "on", None)
    done: date | None = getattr(row, "done_on", None)
    if done is not None:
        yield first, data | {"done_on": None, "taken": ""}
    begun = on or done
    yield (max(first, timezone.make_aware(datetime.combine(begun, time()))) if begun else first), data


class Migration(migrations.Migration):
    dependencies = [("states", "0006_confirmed_on"), ("ulbs", "0004_indexes")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
