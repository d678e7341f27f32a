"""Begin the past of what set-up records say and of their rows: it has been so since each was saved last.

What a record said before that was not kept; of those days its letter and its standing are known.
"""

from collections.abc import Iterator
from typing import Any

from django.db import migrations
from django.db.models import Max, Model

from states.past import held

# Each kind of record, and the rows that hang on it.
KINDS = {
    "Mou": "",
    "NodalOrder": "",
    "Adoption": "",
    "Hosting": "",
    "Engagement": "TeamMember",
    "RequirementReport": "",
    "GapReport": "Gap",
    "Procurement": "ProcurementLine",
    "Charter": "",
    "Plan": "",
    "Finance": "BudgetLine",
    "Modules": "ModuleChoice",
    "PilotApproach": "",
}


def begin(apps: Any, schema_editor: Any) -> None:
    past = apps.get_model("states", "Past").objects.using(schema_editor.connection.alias)
    saved = dict(past.filter(model="record").order_by().values("row").annotate(at=Max("since")).values_list("row", "at"))
    lines = [
        past.model(
            model=row._meta.model_name,
            row=row.pk,
            state_id=record.state_id,
            since=saved.get(record.pk, record.saved_at),
            data=held(row),
        )
        for record, row in _there(apps)
    ]
    past.bulk_create(lines, batch_size=2000)


def _there(apps: Any) -> Iterator[tuple[Any, Model]]:
    """Each record, beside what it says itself and beside each of its rows."""
    for kind, rows in KINDS.items():
        for record in apps.get_model("phases", kind).objects.order_by("pk"):
            yield record, record
        if rows:
            for row in apps.get_model("phases", rows).objects.select_related("record").order_by("pk"):
                yield row.record, row


class Migration(migrations.Migration):
    dependencies = [("states", "0001_initial"), ("phases", "0001_initial")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
