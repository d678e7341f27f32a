"""Clean the texts that were stored before their doors did: marks that are not shown, one form for ड़."""

from django.db import migrations

from nudm.core.cleaning import clean_rows


class Migration(migrations.Migration):
    dependencies = [("phases", "0005_item_handed_over")]

    operations = [migrations.RunPython(clean_rows("phases"), migrations.RunPython.noop)]
