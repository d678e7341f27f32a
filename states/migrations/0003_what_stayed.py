from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("states", "0002_audit_guard")]

    operations = [
        migrations.AddField("state", "towns_same", models.PositiveBigIntegerField(default=0)),
        migrations.AddField("state", "cells_same", models.PositiveBigIntegerField(default=0)),
    ]
