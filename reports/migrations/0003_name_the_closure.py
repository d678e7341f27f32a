from django.db import migrations


def name_the_closure(apps, schema_editor):
    """A stage could be closed only once until now, so a certificate is of the one closure there is."""
    closures = apps.get_model("phases", "Closure")
    for report in apps.get_model("reports", "Report").objects.filter(kind="certificate", closure=None):
        found = closures.objects.filter(state=report.state_id, stage=report.stage).first()
        if found is not None:
            report.closure = found
            report.save(update_fields=["closure"])


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_certificate_of_a_closure")]

    operations = [migrations.RunPython(name_the_closure, migrations.RunPython.noop)]
