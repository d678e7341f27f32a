from datetime import timedelta

import django.core.validators
import django.db.models.deletion
import nudm.core.dates
from django.conf import settings
from django.db import migrations, models


def nothing_twice(apps, _editor):
    """A schedule that mailed today starts with tomorrow; the notices that are there were in a digest."""
    today = nudm.core.dates.today()
    apps.get_model("reports", "Notice").objects.update(mailed="before")
    mails = apps.get_model("core", "Outbox").objects.filter(key__startswith="report:")
    posts = {
        (tenant, key.split(":")[2])
        for tenant, key, at in mails.values_list("tenant", "key", "created_at")
        if nudm.core.dates.day_of(at) == today
    }
    for row in apps.get_model("reports", "Subscription").objects.all():
        if (row.state_id, str(row.post_id)) in posts:
            row.since = today + timedelta(days=1)
            row.save(update_fields=["since"])


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0003_name_the_closure'),
        ('core', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveField(
            model_name='notice',
            name='digested',
        ),
        migrations.AddField(
            model_name='notice',
            name='mailed',
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name='subscription',
            name='since',
            field=models.DateField(default=nudm.core.dates.today),
        ),
        migrations.AlterField(
            model_name='subscription',
            name='day',
            field=models.PositiveSmallIntegerField(default=6, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(31)], verbose_name='day of the month'),
        ),
        migrations.CreateModel(
            name='Digest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('week', models.CharField(max_length=8)),
                ('on', models.DateField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('person', 'week'), name='one_digest_a_week')],
            },
        ),
        migrations.CreateModel(
            name='ScheduleRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('planned', models.DateField()),
                ('ran_on', models.DateField()),
                ('outcome', models.CharField(blank=True, choices=[('', 'Waits'), ('mailed', 'Mailed'), ('unchanged', 'Unchanged'), ('vacant', 'Vacant')], default='', max_length=9)),
                ('mail', models.CharField(blank=True, max_length=200)),
                ('report', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='reports.report')),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='reports.subscription')),
            ],
            options={
                'ordering': ('-planned', '-pk'),
                'constraints': [models.UniqueConstraint(fields=('subscription', 'planned'), name='one_run_a_planned_day')],
            },
        ),
        migrations.RunPython(nothing_twice, migrations.RunPython.noop),
    ]
