"""Ten nations: every ULB of the national set ten times, with all that hangs on it, and 200 MB of files."""

import hashlib
import random
from copy import copy
from typing import Any

import django

django.setup()

from django.core.files.base import ContentFile

from bench import national
from phases.models import Evidence
from ulbs.models import Ulb

TIMES = 10
STEP = 1_000_000
FILES, FILE_BYTES = 400, 512 * 1024


def main() -> None:
    """In the configured database and storage, which are empty."""
    national.build()
    towns = list(Ulb.objects.all())
    hanging: dict[Any, list[str]] = {}
    for relation in Ulb._meta.related_objects:
        hanging.setdefault(relation.related_model, []).append(relation.field.attname)
    rows = {model: list(model._default_manager.all()) for model in hanging}
    for time in range(1, TIMES):
        new = copied(towns)
        for town in new:
            town.lgd_code += time * STEP
        Ulb.objects.bulk_create(new, batch_size=1000)
        place = {old.pk: made.pk for old, made in zip(towns, new, strict=True)}
        for model, names in hanging.items():
            again = copied(rows[model])
            for row in again:
                for name in names:
                    setattr(row, name, place.get(getattr(row, name)))
            model._default_manager.bulk_create(again, batch_size=1000)
    letters()


def copied(rows: list[Any]) -> list[Any]:
    """The same rows, not saved yet."""
    new = [copy(row) for row in rows]
    for row in new:
        row.pk = None
    return new


def letters() -> None:
    """Evidence of random bytes, which no packing makes smaller."""
    model = Evidence.objects.all()[0]
    chance = random.Random(1)
    for _file in range(FILES):
        content = chance.randbytes(FILE_BYTES)
        model.pk, model.sha256, model.size = None, hashlib.sha256(content).hexdigest(), len(content)
        model.file.save("x", ContentFile(content), save=False)
        model.save(force_insert=True)


if __name__ == "__main__":
    main()
