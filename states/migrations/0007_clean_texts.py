"""Clean the texts that were stored before their doors did: marks that are not shown, one form for ड़."""

from django.db import migrations

from nudm.core.cleaning import clean_rows


class Migration(migrations.Migration):
    dependencies = [("states", "0006_last_line_of_a_state")]

    operations = [migrations.RunPython(clean_rows("states", "Entry", "Past"), migrations.RunPython.noop)]
