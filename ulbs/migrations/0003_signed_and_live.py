from django.db import migrations, models
from django.db.models import Exists, OuterRef
from django.utils import timezone


def counted(apps, schema_editor):
    """Fill the column of the ULBs, and what is kept of their past: there as it was told then, when a
    sign-off and a go-live of the ULB were read without asking whether they were of the same module. A ULB of
    which that is told otherwise from now on leaves a line of its past today."""
    Ulb, Deployment = apps.get_model("ulbs", "Ulb"), apps.get_model("ulbs", "Deployment")
    active = Deployment.objects.filter(ulb=OuterRef("pk"), in_scope=True, withdrawn_on=None)
    same = active.filter(uat_signed_on__isnull=False, live_on__isnull=False)
    both = Ulb.objects.filter(uat_signed_on__isnull=False, live_on__isnull=False)
    both.filter(Exists(same)).update(signed_and_live=True)
    Past = apps.get_model("states", "Past")
    lines = Past.objects.filter(model="ulb", data__uat_signed_on__isnull=False, data__live_on__isnull=False)
    several = []
    for line in lines.iterator(chunk_size=2000):
        line.data["signed_and_live"] = bool(line.data["uat_signed_on"] and line.data["live_on"])
        several.append(line)
        if len(several) == 2000:
            Past.objects.bulk_update(several, ["data"])
            several = []
    Past.objects.bulk_update(several, ["data"])
    now = timezone.now()
    for ulb in both.filter(signed_and_live=False):
        last = Past.objects.filter(model="ulb", row=ulb.pk, state=ulb.state_id).latest("pk")
        data = last.data | {"signed_and_live": False}
        Past.objects.create(model="ulb", row=ulb.pk, state_id=ulb.state_id, since=now, data=data)


class Migration(migrations.Migration):

    dependencies = [
        ("states", "0005_record_review"),
        ("ulbs", "0002_reviews_files_trainers"),
    ]

    operations = [
        migrations.AddField(
            model_name="ulb",
            name="signed_and_live",
            field=models.BooleanField(default=False, verbose_name="UAT signed off and live"),
        ),
        migrations.RunPython(counted, migrations.RunPython.noop),
    ]
