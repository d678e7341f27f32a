
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('phases', '0004_events_met'),
    ]

    operations = [
        migrations.AddField(
            model_name='item',
            name='handed_over',
            field=models.BooleanField(default=False, verbose_name='handed over to the State/UT'),
        ),
    ]
