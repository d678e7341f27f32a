"""What is counted from the towns: `{state id: {measure: Ratio}}` in two queries, whatever their number."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Concat, TruncMonth

from nudm.core.counts import gather, named
from nudm.core.dates import today
from nudm.core.prepared import Prepared
from nudm.core.ratio import Ratio
from states.models import State
from states.past import as_on, as_on_all, lines_on
from states.told import Stamp, moved_since, stamp_of
from ulbs import gathered
from ulbs.limits import limits
from ulbs.models import (
    ActionPoint,
    Batch,
    Cadence,
    Event,
    Exclusion,
    Figure,
    HelpDesk,
    Incident,
    PolicyItem,
    Trainer,
    Ulb,
)
from ulbs.parts import EVERY, Span, part_of, renewed, span_of
from ulbs.registers import SETTLED
from ulbs.rules.counting import COUNTED, Group, measures_of
from ulbs.rules.events import unanswered
from ulbs.rules.months import Reported, counts_from

# What of a ULB that left a count is told beside that count, and the name by which it is counted.
LEFT = ("agreed", "corrected")
_LEFT = Concat(Value("left:"), "status", Value(":"), "counts")
# What is counted, but for the figures, which the database sums up.
KEPT = (Ulb, Batch, Event, ActionPoint, Incident, HelpDesk, Cadence, PolicyItem, Trainer, Exclusion)


def tallies(
    state_ids: Iterable[int],
    since: date | None = None,
    counted: Mapping[int, Mapping[str, float]] | None = None,
    states: Mapping[int, State] | None = None,
) -> dict[int, dict[str, Ratio]]:
    """The measures of each state over its ULBs in scope that are still there; with `since`, also how
    many of those live went live on or after that day (`all.live_since`).

    `counted` is what `counts` gave, where it was asked together with other counts already. With the
    `states` themselves, read before, ULBs are counted only where they or their modules have moved.

    `Ratio(0, 0)` stands where there is nothing to count (Lakshadweep has no ULB): not complete.
    A batch counts once a town is in it.
    """
    ids = list(state_ids)
    day = today()
    counted = gather(ids, counts(ids, day)) if counted is None else counted
    groups = _groups_of(ids, since or date.max, states or {})
    return {pk: measures_of(groups[pk], counted[pk], limits(), day) for pk in ids}


# What a state's ULBs were counted to since a day, by parts of them, and the state's stamp before that.
GROUPS: dict[tuple[int, date], tuple[Stamp, dict[int, list[Group]]]] = {}


def _groups_of(ids: list[int], since: date, states: Mapping[int, State]) -> dict[int, list[Group]]:
    known = {pk: kept for pk in ids if pk in states and (kept := GROUPS.get((pk, since))) is not None}
    parts = {pk: counted for pk, (stamp, counted) in known.items() if stamp == stamp_of(states[pk])}
    stale = [pk for pk in ids if pk not in parts]
    if len(stale) == 1:
        pk = stale[0]
        stamp, before = known.get(pk, (None, {}))
        moved = moved_since(states[pk], stamp) if stamp is not None else None
        span = span_of(moved) if moved else EVERY
        counted = _parts(GROUPED.rows(pk, *span, since))
        parts[pk] = renewed(before, span, counted.get(pk, {}))
    elif stale:
        counted = _parts(_grouped(stale, EVERY, since))
        parts |= {pk: counted.get(pk, {}) for pk in stale}
    if len(GROUPS) > 500:
        GROUPS.clear()
    GROUPS.update({(pk, since): (stamp_of(states[pk]), parts[pk]) for pk in stale if pk in states})
    return {pk: [group for groups in parts[pk].values() for group in groups] for pk in ids}


def _parts(rows: Iterable[Mapping[str, Any]]) -> dict[int, dict[int, list[Group]]]:
    """By state and part."""
    parts: dict[int, dict[int, list[Group]]] = {}
    for row in rows:
        parts.setdefault(row["state"], {}).setdefault(row["part"], []).append(
            Group(
                pilot=bool(row["pilot"]),
                priority=bool(row["priority_planned"]),
                batch=row["batch__number"],
                started=row["batch__started_on"] is not None,
                towns=row["towns"],
                have={column: row[f"n_{column}"] for column in COUNTED},
                tracked=row["tracked"],
                recent=row["recent"],
            )
        )
    return parts


def _grouped(ids: list[int], span: Span, since: date) -> QuerySet[Any, Any]:
    """ULBs in scope counted by state, part, pilot and batch."""
    columns: dict[str, Any] = {
        f"n_{column}": Count("pk", filter=has(column)) for column in COUNTED if column != "live_on"
    }
    live = Q(live_on__isnull=False)
    columns["n_live_on"] = Count("pk", filter=live)
    columns["tracked"] = Count("pk", filter=live & Q(baseline_given=True, months_reported__gt=0))
    columns["recent"] = Count("pk", filter=Q(live_on__gte=since))
    return (
        Ulb.objects.filter(state__in=ids, pk__range=span, in_scope=True, ended="")
        .order_by()
        .values(
            "state", "pilot", "priority_planned", "batch__number", "batch__started_on", part=part_of("pk")
        )
        .annotate(towns=Count("pk"), **columns)
    )


GROUPED = Prepared(lambda pk, first, last, since: _grouped([pk], (first, last), since))


def pilots_signed(state_id: int) -> Ratio:
    """How many of a state's pilots have UAT signed off."""
    pilots = Ulb.objects.filter(state=state_id, pilot=True, in_scope=True, ended="")
    found = pilots.aggregate(of=Count("pk"), n=Count("pk", filter=has("uat_signed_on")))
    return Ratio(found["n"], found["of"])


def has(column: str) -> Q:
    """Which ULBs have what is counted in this column of COUNTED."""
    return Q(**{f"{column}__isnull": False}) if column.endswith("_on") else Q(**{column: True})


def counts(state_ids: Iterable[int], day: date) -> list[QuerySet[Any, Any]]:
    """Events closed, incidents, help desk, cadence, policies, trainers and summed figures as they stand on
    `day`, as `(state, name, n)`."""
    where = {"state__in": list(state_ids)}
    incidents = Incident.objects.filter(**where)
    still_open = incidents.filter(severity="critical", closed_on__isnull=True)
    policies = PolicyItem.objects.filter(**where)
    figures = Figure.objects.filter(**where)
    total = Sum(Cast("value", FloatField()))
    of_none = ExpressionWrapper(Q(ulb=None), output_field=BooleanField())
    asked: list[tuple[Any, Any, Any]] = [
        *((rows, name, None) for rows, name in gathered.counts(where, day)),
        (Trainer.objects.filter(Q(until=None) | Q(until__gt=day), **where), Value("trainer"), None),
        (incidents, Concat(Value("incident:"), "severity"), None),
        (incidents.filter(review=None), Value("incident:tested"), None),
        (still_open, Value("critical:open"), None),
        (HelpDesk.objects.filter(**where), Value("help_desk"), None),
        (Cadence.objects.filter(**where), Concat(Value("cadence:"), "every"), None),
        (policies, Concat(Value("policy:"), "topic"), None),
        (policies.filter(status__in=SETTLED), Concat(Value("policy:"), "topic", Value(":settled")), None),
        (Exclusion.objects.filter(status__in=LEFT, **where), _LEFT, None),
        (figures.filter(purpose="target", ulb__isnull=True), Concat(Value("target:"), "metric"), total),
    ]
    found = [named(rows, "state_id", name, n) for rows, name, n in asked]
    actual = figures.filter(COUNTED_FIGURE, purpose="actual")
    return [*found, _by_month(actual, F("metric"), F("month"), of_none, total)]


# The State/UT's own figures, and those of ULBs that count, from the month of their go-live on
# (`ulbs.rules.months.counts_from`).
COUNTED_FIGURE = Q(ulb__isnull=True) | Q(
    ulb__in_scope=True, ulb__ended="", month__gte=TruncMonth("ulb__live_on")
)


class _OfNoUlb(Func):
    """Whether what was kept of a figure names no ULB; on SQLite `data__ulb_id=None` would read it twice."""

    template = "(JSON_TYPE(%(expressions)s, '$.ulb_id') = 'null')"
    output_field = BooleanField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "((%(expressions)s ->> 'ulb_id') IS NULL)"
        return self.as_sql(compiler, connection, template=template, **context)


def _by_month(rows: QuerySet[Any, Any], metric: Any, month: Any, own: Any, total: Any) -> QuerySet[Any, Any]:
    """Figures summed up by state, metric and month, the State/UT's `own` apart from those of its ULBs, named
    with how many ULBs were summed: a figure is one row a month of each ULB, so this is how many reported it
    (`actual:citizens:2026-11-01:36`), and 0 for the State/UT's own."""
    grouped = rows.order_by().values("state_id", metric_=metric, month_=month, own_=own)
    by = Case(When(own_=True, then=Value("0")), default=Cast(Count("pk"), CharField()))
    told = (Value("actual:"), "metric_", Value(":"), Cast("month_", CharField()), Value(":"), by)
    counted: QuerySet[Any, Any] = grouped.annotate(name_=Concat(*told, output_field=CharField()), n_=total)
    return counted.values_list("state_id", "name_", "n_")


def by_month(rows: QuerySet[Figure]) -> dict[int, dict[str, dict[str, Reported]]]:
    """What was reported of these figures by state, metric and month, as far as it counts, in one query."""
    of_ulbs = Q(ulb__isnull=False)
    asked = rows.filter(COUNTED_FIGURE, purpose="actual").order_by().values_list("state", "metric", "month")
    told = asked.annotate(
        total=Sum("value", filter=of_ulbs), by=Count("ulb"), own=Sum("value", filter=~of_ulbs)
    )
    found: dict[int, dict[str, dict[str, Reported]]] = {}
    for state, metric, month, total, by, own in told:
        of = found.setdefault(state, {}).setdefault(metric, {})
        of[str(month)] = Reported(float(total or 0), by, None if own is None else float(own))
    return found


def tallies_on(
    state_ids: Iterable[int],
    day: date,
    since: date | None = None,
    kept: Mapping[type[Any], list[Any]] | None = None,
    counted: Mapping[int, Mapping[str, float]] | None = None,
) -> dict[int, dict[str, Ratio]]:
    """The same as they were known at the end of `day`, counted from what was kept of each row.

    `kept` is what `as_on_all` gave for `KEPT`, and `counted` what `counts_on` gave, where these were
    asked together with others already.
    """
    ids = list(state_ids)
    rows = kept if kept is not None else as_on_all(KEPT, ids, day)
    counted = gather(ids, counts_on(ids, day, rows[Ulb])) if counted is None else counted
    groups = groups_of((ulb for ulb in rows[Ulb] if ulb.counts), rows[Batch], since)
    named_: dict[int, dict[str, float]] = {pk: dict(counted[pk]) for pk in ids}
    for state_id, name in _kept_counts(rows, day):
        named_[state_id][name] = named_[state_id].get(name, 0) + 1
    return {pk: measures_of(groups.get(pk, ()), named_[pk], limits(), day) for pk in ids}


def counts_on(
    state_ids: Iterable[int], day: date, ulbs: Iterable[Ulb] | None = None
) -> list[QuerySet[Any, Any]]:
    """The figures as they were known at the end of `day`, as far as they count, summed where they lie: they
    are too many to be brought here one by one. `ulbs` are those of the states as they were known then, where
    they are at hand; else they are read in one query more."""
    ids = list(state_ids)
    lines = lines_on([Figure], ids, day)
    counted = _counted_on(as_on(Ulb, ids, day) if ulbs is None else ulbs)
    metric, month, value = (
        KeyTextTransform(name, "data", output_field=CharField()) for name in ("metric", "month", "value")
    )
    total = Sum(Cast(value, FloatField()))
    targets = lines.filter(data__purpose="target", data__ulb_id=None)
    return [
        named(targets, "state_id", Concat(Value("target:"), metric), total),
        _by_month(
            lines.annotate(of_month=Cast(month, CharField())).filter(counted, data__purpose="actual"),
            metric,
            month,
            _OfNoUlb("data"),
            total,
        ),
    ]


def _counted_on(ulbs: Iterable[Ulb]) -> Q:
    """`COUNTED_FIGURE` for what was kept of figures, annotated with `of_month`."""
    of: dict[date, list[int]] = {}
    for ulb in ulbs:
        first = counts_from(ulb)
        if first is not None:
            of.setdefault(first, []).append(ulb.pk)
    counted = Q(data__ulb_id=None)
    for first, pks in of.items():
        counted |= Q(data__ulb_id__in=pks, of_month__gte=first.isoformat())
    return counted


def groups_of(ulbs: Iterable[Ulb], batches: Iterable[Batch], since: date | None) -> dict[int, list[Group]]:
    """The groups that `tallies` has the database count, of rows at hand, by state."""
    numbers = {batch.pk: (batch.number, batch.started_on is not None) for batch in batches}
    have: dict[tuple[int, bool, bool, int | None, bool], Counter[str]] = {}
    for ulb in ulbs:
        of = have.setdefault(
            (ulb.state_id, ulb.pilot, ulb.priority_planned, *numbers.get(ulb.batch_id or 0, (None, False))),
            Counter(),
        )
        of["towns"] += 1
        of["tracked"] += bool(ulb.live_on and ulb.baseline_given and ulb.months_reported)
        of["recent"] += bool(since and ulb.live_on and ulb.live_on >= since)
        for column in COUNTED:
            of[column] += bool(getattr(ulb, column))
    groups: dict[int, list[Group]] = {}
    for (state_id, pilot, priority, batch, started), of in have.items():
        groups.setdefault(state_id, []).append(
            Group(
                pilot=pilot,
                priority=priority,
                batch=batch,
                started=started,
                towns=of["towns"],
                have={column: of[column] for column in COUNTED},
                tracked=of["tracked"],
                recent=of["recent"],
            )
        )
    return groups


def _kept_counts(rows: Mapping[type[Any], list[Any]], day: date) -> Iterable[tuple[int, str]]:
    waiting = {point.event_id for point in rows[ActionPoint] if unanswered(point, day)}
    for event in rows[Event]:
        if event.closed_on:
            names = gathered.names_of(event, answered=event.pk not in waiting)
            yield from ((event.state_id, name) for name in names)
    yield from ((row.state_id, "trainer") for row in rows[Trainer] if row.until is None or row.until > day)
    for incident in rows[Incident]:
        yield incident.state_id, f"incident:{incident.severity}"
        if incident.review_id is None:
            yield incident.state_id, "incident:tested"
        if incident.severity == "critical" and incident.closed_on is None:
            yield incident.state_id, "critical:open"
    for left in rows[Exclusion]:
        if left.status in LEFT:
            yield left.state_id, f"left:{left.status}:{left.counts}"
    yield from ((row.state_id, "help_desk") for row in rows[HelpDesk])
    yield from ((row.state_id, f"cadence:{row.every}") for row in rows[Cadence])
    for item in rows[PolicyItem]:
        yield item.state_id, f"policy:{item.topic}"
        if item.status in SETTLED:
            yield item.state_id, f"policy:{item.topic}:settled"
