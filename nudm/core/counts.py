"""Named counts of many kinds in one query."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import CharField, Count, FloatField, QuerySet
from django.db.models.functions import Cast


def named(rows: QuerySet[Any], group: str, name: Any, n: Any = None) -> QuerySet[Any, Any]:
    """Rows grouped by `group` and `name`, as `(group, name, n)`; `n` counts the rows by default."""
    labelled = rows.order_by().annotate(name_=Cast(name, CharField()))
    value = n if n is not None else Cast(Count("pk", distinct=True), FloatField())
    counted: QuerySet[Any, Any] = labelled.values(group, "name_").annotate(n_=value)
    return counted.values_list(group, "name_", "n_")


def gather(ids: Iterable[int], queries: Sequence[QuerySet[Any, Any]]) -> dict[int, dict[str, float]]:
    """`{group: {name: n}}` of all the queries, asked as one."""
    return sort_out(ids, together(queries))


def together(queries: Sequence[QuerySet[Any, Any]]) -> QuerySet[Any, Any]:
    """The queries as one."""
    return queries[0].union(*queries[1:], all=True)


def sort_out(ids: Iterable[int], rows: Iterable[tuple[int, str, float]]) -> dict[int, dict[str, float]]:
    """`{group: {name: n}}` of what was found."""
    found: dict[int, dict[str, float]] = {pk: {} for pk in ids}
    for group, name, n in rows:
        found[group][name] = float(n)
    return found


def moment_of(text: str) -> datetime:
    """A moment that was cast to text in a name; SQLite leaves the zone out, which is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
