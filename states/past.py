"""What was known on a day: every change of a kept row leaves what the row then held.

A model with `kept = True` is kept. The actions that change its rows say so with `keep` and `gone`, in
the same transaction; nothing else writes to `Past`.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from django.apps import apps as registry
from django.db import connection, models
from django.db.models import BooleanField, F, Func, Max, Min, Model, Q, QuerySet, Value
from django.db.models.functions import JSONObject
from django.utils import timezone

from states import access, wrote
from states.models import Entry, Past

AnyModel = TypeVar("AnyModel", bound=Model)


def keep(rows: Iterable[Model], at: datetime | None = None, *, removed: Iterable[Model] = ()) -> None:
    """Keep what these rows hold now, from `at` on (now by default), and that those `removed` are taken
    away, which still have their primary keys. One INSERT for all of them."""
    since = at or timezone.now()
    lines = [line(row, since, held(row)) for row in rows] + [line(row, since, None) for row in removed]
    for made in Past.objects.bulk_create(lines, batch_size=2000):
        wrote.note(made.state_id, {(wrote.PAST, made.pk): _covered(made)})


def _covered(made: Past) -> list[Any]:
    return wrote.held_past(made.model, made.row, made.state_id, made.since, made.data)


class _Whole(Func):
    """A whole row as JSON, as `held` has it."""

    template = "%(expressions)s"

    def __init__(self, model: type[Model]) -> None:
        truths = {f.attname for f in model._meta.concrete_fields if isinstance(f, BooleanField)}
        names = [f.attname for f in model._meta.concrete_fields]
        super().__init__(JSONObject(**{name: _Truth(name) if name in truths else F(name) for name in names}))
        self.table = model._meta.db_table

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return f"to_jsonb({connection.ops.quote_name(self.table)})", []


class _Truth(Func):
    """Yes or no as JSON has it: SQLite keeps it as a number."""

    template = "JSON(CASE WHEN %(expressions)s THEN 'true' ELSE 'false' END)"


def keep_stored(rows: QuerySet[Any], at: datetime | None = None) -> None:
    """The same for thousands of rows as they are stored: the database copies them itself.

    For models whose columns JSON has as they are (no decimals, no moments).
    """
    model, name = rows.model, connection.ops.quote_name
    since = Value(at or timezone.now())
    asked = (Value(model._meta.model_name), F("pk"), F("state_id"), since, _Whole(model))
    sql, values = rows.order_by("pk").values_list(*asked).query.sql_with_params()
    into = ", ".join(name(column) for column in ("model", "row", "state_id", "since", "data"))
    words = ["INSERT INTO", name(Past._meta.db_table), f"({into})", sql, f"RETURNING {name('id')}"]
    with connection.cursor() as cursor:
        cursor.execute(" ".join(words), values)
        made = [pk for (pk,) in cursor.fetchall()]
    for start in range(0, len(made), 5000):
        for one in Past.objects.filter(pk__in=made[start : start + 5000]):
            wrote.note(one.state_id, {(wrote.PAST, one.pk): _covered(one)})


def gone(rows: Iterable[Model], at: datetime | None = None) -> None:
    """Keep that these rows are taken away. Call it before they are deleted."""
    keep((), at, removed=rows)


def keep_changed(apps: Any, model: Any, ids: Collection[int]) -> None:
    """Keep what rows hold that a migration has changed; `apps` and `model` are the migration's own. Rows of
    models that are not kept are left out."""
    if not getattr(registry.get_model(model._meta.label), "kept", False):
        return
    lines = apps.get_model("states", "Past").objects
    about = lines.filter(model=model._meta.model_name, row__in=ids).order_by("pk")
    states = dict(about.values_list("row", "state_id"))
    lines.bulk_create(
        [
            lines.model(
                model=model._meta.model_name,
                row=row.pk,
                state_id=states[row.pk],
                since=timezone.now(),
                data=held(row),
            )
            for row in model._base_manager.filter(pk__in=states).order_by("pk")
        ],
        batch_size=2000,
    )


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


def first_day(state_ids: Sequence[int], model: type[Model] | None = None) -> date | None:
    """The day of the first line about these states, or about their rows of a model; None where there is
    none yet."""
    about = Past.objects.filter(state__in=state_ids, **({"model": model._meta.model_name} if model else {}))
    first: datetime | None = about.aggregate(at=Min("since"))["at"]
    return timezone.localdate(first) if first else None


def as_on(
    model: type[AnyModel], state_ids: Sequence[int], day: date, where: Q | None = None
) -> list[AnyModel]:
    """The rows of a kept model as they were known at the end of `day`, rows removed since included;
    with `where` those whose line fits, such as `Q(data__ulb_id=7)`.

    In one query; instances that are not meant to be saved, with the row's own primary key.
    """
    return made(model, lines_on([model], state_ids, day).filter(where or Q()))


def made(model: type[AnyModel], lines: Iterable[Past]) -> list[AnyModel]:
    """The rows of a model that these lines tell of, in their order."""
    make = _maker(model)
    return [make(line.data or {}) for line in lines]


def as_on_all(kinds: Sequence[type[Any]], state_ids: Sequence[int], day: date) -> dict[type[Any], list[Any]]:
    """The same for several models at once, still in one query."""
    found: dict[type[Any], list[Any]] = {model: [] for model in kinds}
    makers = {model._meta.model_name: (found[model], _maker(model)) for model in kinds}
    for name, data in lines_on(kinds, state_ids, day).order_by("pk").values_list("model", "data"):
        rows, make = makers[name]
        rows.append(make(data or {}))
    return found


def visible_on(model: type[AnyModel], user: Any, day: date) -> list[AnyModel]:
    """The rows that exist for this person now, as they were known at the end of `day`."""
    return made(model, visible_lines(model, user, day))


def visible_lines(model: type[Model], user: Any, day: date) -> QuerySet[Past]:
    """The lines about the rows that exist for this person now, as they were known at the end of `day`.

    Whoever sees a state sees its past; who sees some rows only, such as a town its own ULB, the past of
    these rows. For models with a state of their own.
    """
    wide = set(access.standing(user).states())
    others: Any = access.visible(model, user).exclude(state__in=wide)
    own = dict(others.values_list("pk", "state_id")) if access.standing(user).ulb_codes else {}
    lines = lines_on([model], sorted(wide | set(own.values())), day)
    return lines.filter(Q(state__in=wide) | Q(row__in=own)).order_by("pk")


def told(row: Any) -> list[tuple[Past, Entry | None]]:
    """What a kept row held since when, oldest first, each with the audit line of the same moment.

    Two queries. Ask it only of a row that exists for the reader.
    """
    lines = list(Past.objects.filter(state=row.state_id, model=row._meta.model_name, row=row.pk))
    entries = Entry.objects.filter(state=row.state_id, at__in=[past.since for past in lines])
    by_moment = {entry.at: entry for entry in entries.select_related("actor", "post__team")}
    return [(past, by_moment.get(past.since)) for past in lines]


def before(row: Any, **held: Any) -> dict[str, Any]:
    """What a kept row held when its columns last had these values; nothing where they never had."""
    lines = Past.objects.filter(state=row.state_id, model=row._meta.model_name, row=row.pk)
    last = lines.filter(**{f"data__{name}": value for name, value in held.items()}).order_by("pk").last()
    return last.data or {} if last else {}


def lines_on(kinds: Sequence[type[Any]], state_ids: Sequence[int], day: date) -> QuerySet[Past]:
    """The lines that tell how rows stood at the end of `day`: one for each row that was there then."""
    names = [model._meta.model_name for model in kinds]
    known = Past.objects.filter(state__in=state_ids, model__in=names, since__lt=end_of(day))
    latest = known.order_by().values("model", "row").annotate(last=Max("pk")).values("last")
    return Past.objects.filter(pk__in=latest, data__isnull=False)


# What JSON cannot hold as it is.
TYPED = (models.DateField, models.TimeField, models.DecimalField, models.UUIDField)


def _maker(model: type[AnyModel]) -> Callable[[dict[str, Any]], AnyModel]:
    """Makes rows of a model from what was kept; a column that is younger than the line has its default."""
    names = [field.attname for field in model._meta.concrete_fields]
    blank = {field.attname: field.get_default() for field in model._meta.concrete_fields}
    typed = [(f.attname, f.to_python) for f in model._meta.concrete_fields if isinstance(f, TYPED)]

    def make(data: dict[str, Any]) -> AnyModel:
        values = blank | data
        for name, read in typed:
            if values[name] is not None:
                values[name] = read(values[name])
        return model.from_db("default", names, [values[name] for name in names])

    return make
