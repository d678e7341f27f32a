"""What was known on a day: every change of a kept row leaves what the row then held.

A model with `kept = True` is kept. The actions that change its rows say so with `keep` and `gone`, in
the same transaction; nothing else writes to `Past`.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from django.db import connection
from django.db.models import BooleanField, F, Func, Max, Model, QuerySet, Value
from django.db.models.functions import JSONObject
from django.utils import timezone

from states.models import Entry, Past

AnyModel = TypeVar("AnyModel", bound=Model)


def keep(rows: Iterable[Model], at: datetime | None = None, *, removed: Iterable[Model] = ()) -> None:
    """Keep what these rows hold now, from `at` on (now by default), and that those `removed` are taken
    away, which still have their primary keys. One INSERT for all of them."""
    since = at or timezone.now()
    lines = [line(row, since, held(row)) for row in rows] + [line(row, since, None) for row in removed]
    Past.objects.bulk_create(lines, batch_size=2000)


class _Truth(Func):
    """Yes or no as JSON has it, where the database keeps it as a number."""

    template = "%(expressions)s"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        words = "JSON(CASE WHEN %(expressions)s THEN 'true' ELSE 'false' END)"
        return self.as_sql(compiler, connection, template=words, **context)


def keep_stored(rows: QuerySet[Any], at: datetime | None = None) -> None:
    """The same for thousands of rows as they are stored: the database copies them itself.

    For models whose columns JSON has as they are (no decimals, no moments).
    """
    model, name = rows.model, connection.ops.quote_name
    columns = {
        field.attname: _Truth(field.attname) if isinstance(field, BooleanField) else F(field.attname)
        for field in model._meta.concrete_fields
    }
    since = Value(at or timezone.now())
    asked = (Value(model._meta.model_name), F("pk"), F("state_id"), since, JSONObject(**columns))
    sql, values = rows.order_by("pk").values_list(*asked).query.sql_with_params()
    into = ", ".join(name(column) for column in ("model", "row", "state_id", "since", "data"))
    with connection.cursor() as cursor:
        cursor.execute(" ".join(["INSERT INTO", name(Past._meta.db_table), f"({into})", sql]), values)


def gone(rows: Iterable[Model], at: datetime | None = None) -> None:
    """Keep that these rows are taken away. Call it before they are deleted."""
    keep((), at, removed=rows)


def line(row: Any, since: datetime, data: dict[str, Any] | None) -> Past:
    """A line about a row, not saved yet; `held` gives its data."""
    return Past(model=row._meta.model_name, row=row.pk, state_id=row.state_id, since=since, data=data)


def held(row: Model) -> dict[str, Any]:
    """The values of a row's own columns, as JSON holds them."""
    values: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        value = field.value_from_object(row)
        plain = value is None or isinstance(value, (str, int, float, bool, list, dict))
        moment = isinstance(value, (date, datetime))
        values[field.attname] = value if plain else value.isoformat() if moment else str(value)
    return values


def end_of(day: date) -> datetime:
    """The first moment after `day` in India."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))


def as_on(model: type[AnyModel], state_ids: Sequence[int], day: date) -> list[AnyModel]:
    """The rows of a kept model as they were known at the end of `day`, rows removed since included.

    In one query; instances that are not meant to be saved, with the row's own primary key.
    """
    return as_on_all([model], state_ids, day)[model]


def as_on_all(models: Sequence[type[Any]], state_ids: Sequence[int], day: date) -> dict[type[Any], list[Any]]:
    """The same for several models at once, still in one query."""
    by_name = {model._meta.model_name: model for model in models}
    lines = Past.objects.filter(state__in=state_ids, model__in=by_name, since__lt=end_of(day))
    latest = lines.order_by().values("model", "row").annotate(last=Max("pk")).values("last")
    found: dict[type[Any], list[Any]] = {model: [] for model in models}
    for name, data in Past.objects.filter(pk__in=latest).order_by("pk").values_list("model", "data"):
        if data is not None:
            found[by_name[name]].append(_row(by_name[name], data))
    return found


def told(row: Any) -> list[tuple[Past, Entry | None]]:
    """What a kept row held since when, oldest first, each with the audit line of the same moment.

    Two queries. Ask it only of a row that exists for the reader.
    """
    lines = list(Past.objects.filter(state=row.state_id, model=row._meta.model_name, row=row.pk))
    entries = Entry.objects.filter(state=row.state_id, at__in=[past.since for past in lines])
    by_moment = {entry.at: entry for entry in entries.select_related("actor", "post__team")}
    return [(past, by_moment.get(past.since)) for past in lines]


def _row(model: type[Any], data: dict[str, Any]) -> Any:
    row = model()
    for field in model._meta.concrete_fields:
        if field.attname in data:
            setattr(row, field.attname, field.to_python(data[field.attname]))
    row._state.adding = False
    return row
