"""ULBs by service modules: which of them are asked for, in which order, and what they add up to.

Every function takes the ULBs and their modules' cells as querysets, which the database filters, or as
lists (`states.past.as_on` gives lists; their ULBs need `state` and `batch` set), which are filtered here.
"""

from array import array
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Lower

from nudm.core.prepared import Prepared
from nudm.core.ratio import Ratio
from nudm.core.search import bare, holds
from nudm.core.text import alike
from states.models import State
from ulbs.catalogue import modules
from ulbs.models import Alias, Deployment, Ulb, label_stored
from ulbs.parts import EVERY, Span, part_of
from ulbs.rules.asking import AT, COLUMN, NOT_PILOT, ORDER, PILOT, REST, Asked, code_of, fits
from ulbs.rules.cells import MasterData, Step, step_of
from ulbs.tally import has

Ulbs = QuerySet[Ulb] | list[Ulb]
Cells = QuerySet[Deployment] | list[Deployment]
Town = tuple[int, str, int | None]
Chosen = tuple[dict[int, set[Town]], set[str]]
# Columns that are not called by their field's name.
FIELD_OF = {"code": "lgd_code", "type": "type_code", "planned": "modules_planned", "live": "modules_live"}


@dataclass(frozen=True, slots=True)
class Row:
    """A ULB with the step of each of its modules; a module without a cell is not in scope."""

    ulb: Ulb
    steps: Mapping[str, Step]


@dataclass(frozen=True, slots=True)
class Choices:
    """The types, districts and batches of a state's ULBs; the modules that it has in scope anywhere."""

    types: list[int]
    districts: list[str]
    batches: list[int]
    modules: list[str]


@dataclass(frozen=True, slots=True)
class Look:
    """The primary keys of the ULBs asked for, in order, and by module how many are live of those planned."""

    keys: Sequence[int]
    totals: Mapping[str, Ratio]

    @property
    def all(self) -> Ratio:
        """Live of planned over all modules."""
        return Ratio(sum(r.n for r in self.totals.values()), sum(r.of for r in self.totals.values()))


def look(ulbs: Ulbs, cells: Cells, asked: Asked) -> Look:
    """What is asked for, over the whole set: two queries, or none where lists are given."""
    if isinstance(ulbs, QuerySet) and isinstance(cells, QuerySet):
        return Look(keys_of(ulbs, cells, asked), summed(counted(ulbs, cells, asked, EVERY)))
    return _look_through(list(ulbs), list(cells), asked)


def rows(ulbs: Ulbs, cells: Cells, keys: Iterable[int]) -> list[Row]:
    """The ULBs of these keys, in their order, with their modules' steps: two queries."""
    wanted = list(keys)
    if isinstance(ulbs, QuerySet):
        ulbs = list(ulbs.filter(pk__in=wanted).select_related("batch"))
    if isinstance(cells, QuerySet):
        cells = cells.filter(ulb__in=wanted)
    of = {ulb.pk: ulb for ulb in ulbs}
    steps = _steps(cells)
    return [Row(of[pk], steps.get(pk, {})) for pk in wanted if pk in of]


def all_rows(ulbs: Ulbs, cells: Cells, keys: Sequence[int], at_once: int = 1000) -> Iterator[Row]:
    """The same for a file of any length, some at a time."""
    for start in range(0, len(keys), at_once):
        yield from rows(ulbs, cells, keys[start : start + at_once])


def choices(ulbs: Iterable[Ulb], cells: Iterable[Deployment]) -> Choices:
    """What there is to choose from among these: the ULBs of a past day, with their batches."""
    towns = {(u.type_code, u.district, u.batch.number if u.batch else None) for u in ulbs}
    return choices_of(towns, {cell.module for cell in cells if cell.in_scope})


def _towns_and_modules(state: int, first: int, last: int) -> QuerySet[Ulb, Any]:
    # Ordered like the index: for just any cell, PostgreSQL may read those of the nation up to the first.
    planned = Deployment.objects.filter(state=state, in_scope=True).order_by("live_on").values("pk")
    cells = {code: Subquery(planned.filter(module=code)[:1]) for code in modules()}
    towns = Ulb.objects.filter(state=state, pk__range=(first, last)).order_by()
    named = {"number": F("batch__number"), "part": part_of("pk")}
    return towns.values("type_code", "district", **named, **cells).distinct()


CHOICES = Prepared(_towns_and_modules)


def chosen_from(state: State, span: Span) -> Chosen:
    """The types, districts and batches that go together, by parts of the ULBs, and beside each of them, for
    it is the same, which modules have a cell in scope anywhere: one query."""
    rows = CHOICES.rows(state.pk, *span)
    towns: dict[int, set[Town]] = {}
    for row in rows:
        towns.setdefault(row["part"], set()).add((row["type_code"], row["district"], row["number"]))
    return towns, {code for row in rows[:1] for code in modules() if row[code]}


def choices_of(towns: Iterable[Town], planned: Container[str]) -> Choices:
    return Choices(
        types=sorted({code for code, _district, _batch in towns}),
        districts=sorted({district for _type, district, _batch in towns} - {""}),
        batches=sorted({number for _type, _district, number in towns if number}),
        modules=[code for code in modules() if code in planned],
    )


def rank(cell: str = "") -> Case:
    """`step_of` for the database: the place in ORDER of the cell at the path `cell`, 0 without a cell."""
    not_null = {
        Step.WITHDRAWN: "withdrawn_on",
        Step.LIVE: "live_on",
        Step.SIGNED_OFF: "uat_signed_on",
        Step.UAT: "uat_planned_on",
        Step.CONFIGURED: "configured_on",
    }
    status = f"{cell}master_data"
    return Case(
        When(Q(**{f"{cell}in_scope": False}) | Q(**{f"{cell}pk__isnull": True}), then=Value(0)),
        *(
            When(Q(**{f"{cell}{name}__isnull": False}), then=Value(ORDER.index(step)))
            for step, name in not_null.items()
        ),
        When(Q(**{status: MasterData.VALIDATED.value}), then=Value(ORDER.index(Step.VALIDATED))),
        When(~Q(**{status: MasterData.NOT_STARTED.value}), then=Value(ORDER.index(Step.MASTER_DATA))),
        default=Value(ORDER.index(Step.NOT_STARTED)),
    )


def at_step(cells: QuerySet[Deployment], places: Iterable[int]) -> QuerySet[Deployment]:
    """The cells that are at one of these places in ORDER."""
    return cells.alias(rank=rank()).filter(rank__in=list(places))


def _steps(cells: Cells) -> dict[int, dict[str, Step]]:
    found: dict[int, dict[str, Step]] = {}
    if isinstance(cells, QuerySet):
        for ulb, module, place in cells.order_by().values_list("ulb_id", "module", rank()):
            found.setdefault(ulb, {})[module] = ORDER[place]
    else:
        for cell in cells:
            found.setdefault(cell.ulb_id, {})[cell.module] = step_of(cell)
    return found


def wanted(ulbs: QuerySet[Ulb], cells: QuerySet[Deployment], asked: Asked) -> QuerySet[Ulb]:
    return _ordered(ulbs.filter(_fits(asked, cells)), asked)


def keys_of(ulbs: QuerySet[Ulb], cells: QuerySet[Deployment], asked: Asked) -> Sequence[int]:
    return array("q", wanted(ulbs, cells, asked).values_list("pk", flat=True))


def counted(
    ulbs: QuerySet[Ulb], cells: QuerySet[Deployment], asked: Asked, span: Span
) -> dict[int, dict[str, Ratio]]:
    """How many are live of those planned, by parts of the ULBs and by module."""
    fitting = _fits(asked, cells)
    planned = cells.filter(in_scope=True, withdrawn_on__isnull=True)
    if span != EVERY:
        ulbs, planned = ulbs.filter(pk__range=span), planned.filter(ulb__pk__range=span)
    if replace(asked, columns=(), sort="name") == Asked():
        # Most ULBs are in scope: it is quicker to leave the others out.
        planned = planned.exclude(ulb__in=ulbs.exclude(fitting).order_by().values("pk"))
    elif fitting:
        planned = planned.filter(ulb__in=ulbs.filter(fitting).order_by().values("pk"))
    rows = planned.order_by().values("module", part=part_of("ulb_id"))
    parts: dict[int, dict[str, Ratio]] = {}
    for row in rows.annotate(of=Count("pk"), n=Count("live_on")):
        parts.setdefault(row["part"], {})[row["module"]] = Ratio(row["n"], row["of"])
    return parts


def summed(parts: Mapping[int, dict[str, Ratio]]) -> dict[str, Ratio]:
    totals: dict[str, Ratio] = {}
    for part in parts.values():
        for module, ratio in part.items():
            so_far = totals.get(module, Ratio(0, 0))
            totals[module] = Ratio(so_far.n + ratio.n, so_far.of + ratio.of)
    return totals


def _fits(asked: Asked, cells: QuerySet[Deployment]) -> Q:
    """`rules.asking.fits` for the database, which knows former names too."""
    wanted = {
        "in": Q(in_scope=True, ended=""),
        "out": Q(in_scope=False, ended=""),
        "ended": ~Q(ended=""),
        "all": Q(),
    }[asked.scope]
    code = code_of(asked.text)
    if code is not None:
        wanted &= Q(lgd_code=code)
    elif asked.text:
        former = Alias.objects.filter(holds(asked.text, "name")).values("ulb")
        wanted &= holds(asked.text, "name", "name_local") | Q(pk__in=former)
    if asked.district:
        wanted &= Q(district=asked.district)
    if asked.type_code is not None:
        wanted &= Q(type_code=asked.type_code)
    if asked.group:
        named = {PILOT: Q(pilot=True), NOT_PILOT: Q(pilot=False), REST: Q(pilot=False, batch__isnull=True)}
        wanted &= named.get(asked.group) or Q(pilot=False, batch__number=asked.group)
    if asked.lacking:
        wanted &= ~has(COLUMN[asked.lacking])
    if asked.module or asked.step is not None:
        of = cells.filter(ulb=OuterRef("pk"), **({"module": asked.module} if asked.module else {}))
        if asked.step is Step.NOT_IN_SCOPE and asked.how == AT:
            wanted &= ~Q(Exists(of.filter(in_scope=True)))
        else:
            wanted &= Q(Exists(at_step(of, asked.steps)))
    return wanted


def _ordered(ulbs: QuerySet[Ulb], asked: Asked) -> QuerySet[Ulb]:
    """By the column asked for, then by name; what has no value comes last either way."""
    name: Any = Lower(bare(label_stored()))
    if asked.key in modules():
        ulbs = ulbs.alias(cell=FilteredRelation("deployments", condition=Q(deployments__module=asked.key)))
        first: Any = rank("cell__")
    elif asked.key == "group":
        first = Case(When(pilot=True, then=Value(0)), default=F("batch__number"), output_field=IntegerField())
    else:
        first = name if asked.key == "name" else F(FIELD_OF.get(asked.key, asked.key))
    first = first.desc(nulls_last=True) if asked.sort.startswith("-") else first.asc(nulls_last=True)
    return ulbs.order_by(first, name, "lgd_code")


def _look_through(ulbs: list[Ulb], cells: list[Deployment], asked: Asked) -> Look:
    steps = _steps(cells)
    chosen = [ulb for ulb in ulbs if fits(asked, ulb, steps.get(ulb.pk, {}))]
    chosen.sort(key=lambda ulb: (alike(ulb.label), ulb.lgd_code))
    values = {ulb.pk: _value(ulb, steps.get(ulb.pk, {}), asked.key) for ulb in chosen}
    has = sorted(
        (pk for pk, value in values.items() if value is not None),
        key=lambda pk: values[pk],
        reverse=asked.sort.startswith("-"),
    )
    has_not = [pk for pk, value in values.items() if value is None]
    return Look(array("q", has + has_not), _totals(cells, values))


def _totals(cells: list[Deployment], chosen: Container[int]) -> dict[str, Ratio]:
    totals: dict[str, Ratio] = {}
    for cell in cells:
        if cell.in_scope and cell.withdrawn_on is None and cell.ulb_id in chosen:
            so_far = totals.get(cell.module, Ratio(0, 0))
            totals[cell.module] = Ratio(so_far.n + (cell.live_on is not None), so_far.of + 1)
    return totals


def _value(ulb: Ulb, steps: Mapping[str, Step], key: str) -> Any:
    """What the list is ordered by, as `_ordered` has it."""
    if key in modules():
        return ORDER.index(steps.get(key, Step.NOT_IN_SCOPE))
    if key == "group":
        return 0 if ulb.pilot else ulb.batch.number if ulb.batch else None
    return alike(ulb.label) if key == "name" else getattr(ulb, FIELD_OF.get(key, key))
