"""Clean the texts that were stored before their doors did: marks that are not shown, one form for ड़."""

from django.db import migrations

from nudm.core.cleaning import clean_rows
from states.past import keep_changed


class Migration(migrations.Migration):
    dependencies = [("states", "0001_initial"), ("phases", "0005_item_handed_over")]

    operations = [migrations.RunPython(clean_rows("phases", then=keep_changed), migrations.RunPython.noop)]
