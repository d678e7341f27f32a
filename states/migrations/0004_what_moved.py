from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("states", "0003_what_stayed")]

    operations = [
        migrations.AddField("state", "moved", models.CharField(max_length=400, blank=True, default="")),
    ]
