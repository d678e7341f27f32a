"""Clean the texts that were stored before their doors did: marks that are not shown, one form for ड़."""

from django.db import migrations

from nudm.core.cleaning import clean_rows
from states.past import keep_changed


class Migration(migrations.Migration):
    dependencies = [("states", "0001_initial"), ("ulbs", "0007_modules_added_later")]

    operations = [migrations.RunPython(clean_rows("ulbs", then=keep_changed), migrations.RunPython.noop)]
