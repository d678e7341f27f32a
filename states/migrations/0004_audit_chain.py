"""Number the audit log's lines in their chains and give each the digest that covers it."""

from typing import Any

from django.db import migrations, models
from django.db.models import Q

from states.chain import FIELDS, START, digest_of


def fill(apps: Any, schema_editor: Any) -> None:
    entries = apps.get_model("states", "Entry").objects.using(schema_editor.connection.alias)
    last: dict[int | None, tuple[int, str]] = {}
    told = []
    for entry in entries.order_by("pk").iterator(chunk_size=2000):
        number, previous = last.get(entry.state_id, (0, START))
        entry.number = number + 1
        entry.digest = digest_of(previous, {name: getattr(entry, name) for name in FIELDS})
        last[entry.state_id] = entry.number, entry.digest
        told.append(entry)
    entries.bulk_update(told, ["number", "digest"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("states", "0003_manage_register")]

    operations = [
        migrations.AlterModelOptions(
            name="state",
            options={
                "ordering": ("name",),
                "permissions": [
                    ("update_checklist", "Edit checklist lines and set-up records"),
                    ("submit_item", "Submit checklist lines for review"),
                    ("attach_evidence", "Upload and cite evidence"),
                    ("review_item", "Accept and return checklist lines"),
                    ("close_stage", "Close a stage"),
                    ("manage_ulbs", "Edit the state's ULBs"),
                    ("manage_register", "Read registers and lists of tenants in"),
                    ("update_rollout", "Prepare modules in the state's ULBs"),
                    ("manage_people", "Appoint and relieve"),
                    ("update_town", "Update one's own ULB"),
                    ("read_audit", "Read the audit log"),
                ],
            },
        ),
        migrations.AddField(
            "entry", "number", models.PositiveBigIntegerField(default=0), preserve_default=False
        ),
        migrations.AddField(
            "entry", "digest", models.CharField(default="", max_length=64), preserve_default=False
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddConstraint(
            "entry",
            models.UniqueConstraint(fields=["state", "number"], name="one_entry_a_number"),
        ),
        migrations.AddConstraint(
            "entry",
            models.UniqueConstraint(
                fields=["number"], condition=Q(state__isnull=True), name="one_national_entry_a_number"
            ),
        ),
    ]
