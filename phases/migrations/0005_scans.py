from django.db import migrations


def name_the_model(apps, schema_editor):
    """Scans that were promised before a ULB's files were scanned too name no model."""
    Job = apps.get_model('core', 'Job')
    for job in Job.objects.filter(kind='scan').iterator():
        if 'evidence' in job.args:
            job.args = {'model': 'phases.Evidence', 'row': job.args['evidence']}
            job.save(update_fields=['args'])


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_initial'),
        ('phases', '0004_file_status'),
    ]

    operations = [migrations.RunPython(name_the_model, migrations.RunPython.noop)]
