"""Clean the texts that were stored before their doors did: marks that are not shown, one form for ड़."""

from django.db import migrations

from nudm.core.cleaning import clean_rows


class Migration(migrations.Migration):
    dependencies = [("reports", "0004_schedules_ladder_digest")]

    operations = [migrations.RunPython(clean_rows("reports"), migrations.RunPython.noop)]
