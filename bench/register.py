"""Goal 5: reading a register of 4,814 ULBs in, against the database's own way of taking rows."""

import csv
import gc
import io
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from import_export.resources import ModelResource
from tablib import Dataset

from bench.national import TOWNS
from nudm.accounts.models import User
from states.models import Past, State
from states.past import held
from ulbs.actions import imports
from ulbs.models import Import, Ulb

PAIRS = 5
# Row by row is so slow that a part of the rows has to do.
SAMPLE = 400
# What the directory's export says of a ULB.
TOLD = ("state", "lgd_code", "lgd_version", "name", "name_local", "type_code", "census_code")
# The codes of the national set begin here.
OWN_CODES = 900_000
HEADING = (
    "S.No.", "Local Body Code", "Local Body Version", "Local Body Name", "Local Body Name (In Local)",
    "Localbody Type Code", "Census 2011 Code", "State Code", "State Name",
)  # fmt: skip


def export() -> bytes:
    """The LGD's export at the path in NUDM_LGD_FILE, or a twin of it with invented names."""
    if path := os.environ.get("NUDM_LGD_FILE"):
        return Path(path).read_bytes()
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADING)
    code = 248_000
    for state in State.objects.order_by("lgd_code"):
        for _town in range(TOWNS[state.iso]):
            code += 1
            local = f"नगर {code}" if code % 2 else ""
            town = (code - 248_000, code, 1 + code % 4, f"Twin Town {code}", local, (4, 5, 7, 7)[code % 4])
            writer.writerow([*town, 552_000 + code, state.lgd_code, state.name.upper()])
    return out.getvalue().encode()


def measure() -> str:
    """Preview, confirmation, history and log, against the same rows by COPY and by django-import-export as it
    comes, which has its own dry run as preview; its import alone is the stricter measure."""
    person, data = User.objects.get(email="reviewer@demo.nudm"), export()

    def product() -> None:
        imports.confirm(imports.read_in(data, "lgd.csv", state=None, by=person), by=person)

    product()
    codes = list(Import.objects.latest("pk").before["new"])
    rows = list(Ulb.objects.filter(pk__in=codes))
    past = list(Past.objects.filter(model="ulb", row__in=codes))
    way = "COPY" if connection.vendor == "postgresql" else "executemany"
    floors = {
        f"{way} of the same rows": lambda: _bulk([(Ulb, rows)])(),
        f"{way} of them, its text ready": _bulk([(Ulb, rows)]),
        f"{way} of them and their history, ready": _bulk([(Ulb, rows), (Past, past)]),
    }
    given = Dataset(*(_told(row) for row in rows[:SAMPLE]), headers=TOLD)
    acts = {
        "product": product,
        "peer": lambda: _AsItComes().import_data(given, raise_errors=True),
        **floors,
    }
    # What the floors hold ready is not the product's to walk through.
    gc.collect()
    gc.freeze()
    times: dict[str, list[float]] = {name: [] for name in acts}
    for pair in range(PAIRS):
        for name in list(acts)[:: 1 if pair % 2 else -1]:
            times[name].append(_timed(acts[name]))
    gc.unfreeze()
    _forget()
    took = {name: statistics.median(each) for name, each in times.items()}
    full, peer = took.pop("product"), took.pop("peer") * len(rows) / SAMPLE
    against = "; ".join(f"{name} {floor:.0f}: {full / floor:.1f} times" for name, floor in took.items())
    return (
        f"5  {len(rows)} ULBs read in, {connection.vendor}: {full:.0f} ms; {against} (goal 6); "
        f"django-import-export's import without preview {peer / 1000:.1f} s: {peer / full:.0f} times as long "
        f"(goal 20)"
    )


def _timed(act: Callable[[], Any]) -> float:
    """Milliseconds, in a register without these rows."""
    _forget()
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def _forget() -> None:
    """Take away what the last turn wrote: the national set's own towns have higher codes."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ulbs_ulb WHERE lgd_code < %s", [OWN_CODES])
    Past.objects.filter(model="ulb").exclude(row__in=Ulb.objects.values("pk")).delete()
    Import.objects.all().delete()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE ulbs_ulb, states_past, ulbs_import")


def _bulk(tables: list[tuple[Any, list[Any]]]) -> Callable[[], None]:
    """The database's own way of taking these rows, ready to go: their text is not on the clock."""
    ready = [(model, *_prepared(model, rows)) for model, rows in tables]

    def act() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for model, columns, values in ready:
                table = model._meta.db_table
                names = ", ".join(f'"{column}"' for column in columns)
                if connection.vendor == "postgresql":
                    copy = f"COPY {table} ({names}) FROM STDIN WITH (FORMAT csv, NULL '\\N')"
                    cursor.copy_expert(copy, io.StringIO(values))
                else:
                    marks = ", ".join("?" for _column in columns)
                    cursor.connection.cursor().executemany(
                        " ".join(["INSERT INTO", table, f"({names}) VALUES ({marks})"]), values
                    )

    return act


def _prepared(model: Any, rows: list[Any]) -> tuple[list[str], Any]:
    fields = model._meta.concrete_fields
    values = []
    for row in rows:
        told = held(row) if model is Ulb else {f.attname: getattr(row, f.attname) for f in fields}
        values.append([json.dumps(v) if isinstance(v, dict) else v for v in told.values()])
    ready = _text(values) if connection.vendor == "postgresql" else values
    return [field.column for field in fields], ready


def _text(values: list[list[Any]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([["\\N" if v is None else v for v in row] for row in values])
    return out.getvalue()


class _AsItComes(ModelResource):
    """The peer with nothing set but what it cannot know: the model, its key and the columns."""

    class Meta:
        model = Ulb
        import_id_fields = ("lgd_code",)
        fields = TOLD


def _told(row: Ulb) -> list[Any]:
    return [row.state_id if name == "state" else getattr(row, name) for name in TOLD]
