"""Where progress is computed from: the tables, or what was kept of their rows."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import (
    CharField,
    DateTimeField,
    OuterRef,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Concat

from nudm.core.counts import gather, moment_of, named, sort_out, together
from nudm.core.dates import today
from nudm.core.prepared import Prepared
from nudm.core.ratio import Ratio
from phases.models import Closure, EventMet, Item, Mark, Record
from states import past
from states import tally as posts
from states.models import Past, State
from ulbs import dated
from ulbs import tally as towns
from ulbs.models import Ulb

Kept = Mapping[type[Any], list[Any]]
# State, name, moment; of a closed stage what it was closed on; of a closure that was undone why, and when.
Signed = tuple[int, str, Any, Any, Any]
Named = Mapping[int, Mapping[str, float]]
Source = tuple[Iterable[Item], Iterable[Signed], Mapping[int, dict[str, Ratio]], Named]


def now(ids: list[int], since: date | None, states: Mapping[int, State] | None = None) -> Source:
    """Items, what was signed, the tallies and the named counts, from the tables; `states` as `ulbs.tally` has
    them."""
    counted = _counted(ids)
    tallies = towns.tallies(ids, since, counted, states)
    merged = {pk: tallies[pk] | posts.measures_of(counted[pk]) for pk in ids}
    return Item.objects.filter(state__in=ids).order_by(), _signed(ids), merged, counted


def _counts(ids: list[int], day: date) -> Any:
    return together([*posts.counts(ids, day), _last_moved(ids), *towns.counts(ids, day)])


COUNTS = Prepared(lambda pk, day: _counts([pk], day))


def _counted(ids: list[int]) -> dict[int, dict[str, float]]:
    """Of one state, as after each change, without building the long query again."""
    day = today()
    if len(ids) != 1:
        return sort_out(ids, _counts(ids, day))
    return sort_out(ids, (tuple(row.values()) for row in COUNTS.rows(ids[0], day)))


def kept_on(ids: list[int], day: date, also: Iterable[type[Any]] = (), *, known: date | None = None) -> Kept:
    """The rows that progress is computed from, as they were known at the end of `day`, and of models that
    are asked for `also`: one query. With a later day `known`, facts dated up to `day` as they were known at
    its end: two queries."""
    rows = past.as_on_all([Item, Record, Closure, Mark, EventMet, *towns.KEPT, *also], ids, day)
    if known is None or known <= day:
        return rows
    early = rows | past.as_on_all([kind for kind in dated.LATER if kind not in rows], ids, day)
    return dated.up_to(day, early, past.as_on_all(dated.LATER, ids, known))


def then(ids: list[int], day: date, since: date | None, kept: Kept, known: date | None = None) -> Source:
    """The same from what was kept of each row; figures of the months up to `day`, as known at the end of a
    later day `known`."""
    signed: list[Signed] = [
        (row.state_id, row.kind, row.saved_at, None, None) for row in kept[Record] if row.complete
    ]
    signed += [
        (row.state_id, f"closed:{row.stage}", row.at, row.saw, None)
        if row.undone_at is None
        else (row.state_id, f"undone:{row.stage}", row.at, row.undone_reason, row.undone_at)
        for row in kept[Closure]
    ]
    signed += [(row.state_id, f"mark:{row.code}", row.at, None, None) for row in kept[Mark]]
    signed += [(row.state_id, f"event:{row.code}", row.at, None, None) for row in kept[EventMet]]
    of_figures = towns.counts_on(ids, known or day, kept[Ulb])
    counted = gather(ids, [*posts.counts(ids, day), _last_moved(ids, day), *of_figures])
    if known is not None and known > day:
        counted = {
            pk: {name: n for name, n in of.items() if not _later(name, day)} for pk, of in counted.items()
        }
    tallies = towns.tallies_on(ids, day, since, kept, counted)
    return kept[Item], signed, {pk: tallies[pk] | posts.measures_of(counted[pk]) for pk in ids}, counted


def _later(name: str, day: date) -> bool:
    """Whether a count is of a month that begins after `day` (`actual:citizens:2026-11-01:36`)."""
    return name.startswith("actual:") and name.split(":")[2] > day.isoformat()


def _signed(ids: list[int]) -> Iterable[Signed]:
    """Complete set-up records, closed stages, closures that were undone, done marks and events that have been
    met, in one query."""
    nothing = Value("", output_field=TextField())
    never = Cast(Value(None), DateTimeField())
    records = (
        Record.objects.filter(state__in=ids, complete=True)
        .order_by()
        .values_list("state_id", "kind", "saved_at", nothing, never)
    )
    closures = Closure.objects.filter(state__in=ids).order_by()
    closed, undone = (
        Concat(Value(f"{name}:"), Cast("stage", CharField()), output_field=CharField())
        for name in ("closed", "undone")
    )
    standing = closures.filter(undone_at__isnull=True).values_list(
        "state_id", closed, "at", Cast("saw", TextField()), never
    )
    withdrawn = closures.filter(undone_at__isnull=False).values_list(
        "state_id", undone, "at", Cast("undone_reason", TextField()), "undone_at"
    )
    marked = Concat(Value("mark:"), "code", output_field=CharField())
    marks = (
        Mark.objects.filter(state__in=ids).order_by().values_list("state_id", marked, "at", nothing, never)
    )
    event = Concat(Value("event:"), "code", output_field=CharField())
    events = EventMet.objects.filter(state__in=ids).order_by()
    happened = events.values_list("state_id", event, "at", nothing, never)
    for state_id, name, at, text, until in records.union(standing, withdrawn, marks, happened, all=True):
        yield state_id, name, at, json.loads(text) if name.startswith("closed:") else text, until


MOVED = "moved|"


def moved_of(counted: Mapping[str, float]) -> datetime | None:
    """When any fact of a state was recorded last, from its named counts."""
    found = [name.removeprefix(MOVED) for name in counted if name.startswith(MOVED)]
    return moment_of(found[0]) if found else None


def _last_moved(ids: list[int], day: date | None = None) -> QuerySet[Any, Any]:
    """The moment of each state's last line in the past, of items, ULBs, registers and figures alike; with
    `day` the last one up to its end."""
    lines = Past.objects.filter(state=OuterRef("pk"), **({"since__lt": past.end_of(day)} if day else {}))
    last = Subquery(lines.order_by("-since").values("since")[:1])
    rows = State.objects.filter(pk__in=ids).annotate(last=last).filter(last__isnull=False)
    return named(rows, "pk", Concat(Value(MOVED), Cast("last", CharField())))
