from django.db import migrations, models
from django.db.models import Count, F
from django.db.models.functions import TruncMonth
from django.utils import timezone


def recount(apps, schema_editor):
    """Months that a ULB has reported are counted from its go-live on. A ULB of which another number is told
    from now on leaves a line of its past today."""
    Ulb, Figure, Past = (
        apps.get_model("ulbs", "Ulb"),
        apps.get_model("ulbs", "Figure"),
        apps.get_model("states", "Past"),
    )
    since = Figure.objects.filter(purpose="actual", month__gte=TruncMonth("ulb__live_on"))
    months = dict(
        since.order_by().values("ulb").annotate(n=Count("month", distinct=True)).values_list("ulb", "n")
    )
    now, states = timezone.now(), set()
    for ulb in Ulb.objects.filter(months_reported__gt=0).order_by("pk"):
        n = months.get(ulb.pk, 0)
        if n == ulb.months_reported:
            continue
        ulb.months_reported = n
        ulb.save(update_fields=["months_reported"])
        states.add(ulb.state_id)
        last = Past.objects.filter(model="ulb", row=ulb.pk, state=ulb.state_id).order_by("pk").last()
        if last is not None and last.data:
            data = last.data | {"months_reported": n}
            Past.objects.create(model="ulb", row=ulb.pk, state_id=ulb.state_id, since=now, data=data)
    apps.get_model("states", "State").objects.filter(pk__in=states).update(
        facts_version=F("facts_version") + 1
    )


class Migration(migrations.Migration):

    dependencies = [
        ("states", "0005_record_review"),
        ("ulbs", "0004_exclusions"),
    ]

    operations = [
        migrations.AddField(
            model_name="figure",
            name="sure",
            field=models.CharField(
                blank=True, default="", max_length=300, verbose_name="why it is right although it looks impossible"
            ),
            preserve_default=False,
        ),
        migrations.RunPython(recount, migrations.RunPython.noop),
    ]
