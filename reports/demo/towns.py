"""Demonstration towns with a year of history: as many as make a page worth looking at, with codes outside
the LGD's own."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from states.models import Past, State
from states.past import held, line
from ulbs.catalogue import metrics
from ulbs.models import Batch, Deployment, Figure, Readiness, Ulb
from ulbs.models.figures import figure_key
from ulbs.models.readiness import COLUMN_OF, Fact
from ulbs.rules.cells import MasterData, reached

FIRST_CODE = 900_001
TOWNS = {"LD": 0, "CH": 1, "AN": 1, "LA": 2, "DH": 3, "DL": 4, "PY": 5, "SK": 7}
USUAL = 24
PILOTS = 4
BATCH = 8
YEAR = 365
MODULES = ("PGR", "MCOLLECT")
# How many people there are to one of each figure of the baseline.
PEOPLE_TO_ONE = {"transactions": 40, "employees": 900, "applications": 150}
# What a town goes through, and what it sets in each of its modules on that day.
STEPS: tuple[dict[str, str], ...] = (
    {"started_on": "collecting"},
    {"configured_on": "", "validated_on": "validated"},
    {"uat_planned_on": ""},
    {"trained_on": ""},
    {"uat_signed_on": ""},
    {"live_on": ""},
)
# When in a state's level (0 nothing done, 1 to 3 stages done) a fact is confirmed by pilots and by the rest.
CONFIRMED = {
    Fact.DATA_TEAM: (0.75, 2.3),
    Fact.NODAL_OFFICER: (1.3, 2.2),
    Fact.DATA_OPERATOR: (0.9, 2.3),
    Fact.BASELINE: (1.4, 2.25),
    Fact.OFFICIALS: (1.35, 2.5),
    Fact.ADOPTION_TEAM: (3.05, 3.1),
}


def build(state: State, level: float, today: date, code: int) -> int:
    """Towns of one state at `level`; the next free code."""
    count = TOWNS.get(state.iso, USUAL + state.lgd_code % 17)
    if not count:
        return code
    pilots = min(PILOTS, count)
    batches = _batches(state, count - pilots, level, today)
    towns = [_town(state, n, code + n, pilots, batches, level) for n in range(count)]
    Ulb.objects.bulk_create(towns)
    history = [past for batch in batches for past in _planned_then_started(batch, today)]
    cells: list[Deployment] = []
    answers: list[Readiness] = []
    figures: list[Figure] = []
    for n, town in enumerate(towns):
        story = _Story(town, n - pilots, level, today)
        cells += story.cells
        answers += story.answers
        figures += story.figures
        history += story.live_through()
    _dated(Deployment, cells, "changed_at")
    Readiness.objects.bulk_create(answers)
    _dated(Figure, figures, "at")
    Ulb.objects.bulk_create(towns, update_conflicts=True, update_fields=STORED, unique_fields=["id"])
    _number(history)
    Past.objects.bulk_create(sorted(history, key=lambda past: past.since), batch_size=1000)
    return code + count


def _dated(model: type[Any], rows: list[Any], name: str) -> None:
    """Stored with the moment of their last change, where saving would put its own."""
    changed: dict[datetime, list[Any]] = {}
    for row in rows:
        changed.setdefault(getattr(row, name), []).append(row)
    model.objects.bulk_create(rows)
    for at, of_then in changed.items():
        model.objects.filter(pk__in=[row.pk for row in of_then]).update(**{name: at})


STORED = [*reached(()), *COLUMN_OF.values()]


def moment(today: date, ago: int) -> datetime:
    return timezone.make_aware(datetime.combine(today - timedelta(days=ago), time(11, 20)))


def _batches(state: State, towns: int, level: float, today: date) -> list[Batch]:
    rows = [
        Batch(
            state=state,
            number=n + 1,
            planned_on=today - timedelta(days=round((level - 2.2) * 200) - 40 * n),
            planned_until=today - timedelta(days=round((level - 2.2) * 200) - 40 * (n + 1)),
            started_on=_started(n, level, today),
        )
        for n in range(-(-towns // BATCH))
    ]
    return list(Batch.objects.bulk_create(rows))


def _planned_then_started(batch: Batch, today: date) -> Iterator[Past]:
    """A batch was planned a year ago; that it started is known from its first day on."""
    known = held(batch)
    yield line(batch, moment(today, YEAR), known | {"started_on": None})
    if batch.started_on is not None:
        yield line(batch, moment(today, (today - batch.started_on).days), known)


def _started(batch: int, level: float, today: date) -> date | None:
    passed = level - 2.3 - 0.1 * batch
    return today - timedelta(days=max(1, round(passed * 180))) if passed > 0 else None


def _town(state: State, n: int, code: int, pilots: int, batches: list[Batch], level: float) -> Ulb:
    return Ulb(
        state=state,
        lgd_code=code,
        name=f"Demo Town {state.iso}-{n + 1:02d}",
        name_local=f"प्रदर्शन नगर {state.iso}-{n + 1:02d}",
        type_code=(4, 5, 5, 7, 7)[n % 5],
        district=f"Demo District {n % 4 + 1}",
        population=(420_000, 96_000, 61_000, 17_500, 8_200)[n % 5] + 137 * n,
        kind=("greenfield", "brownfield")[n % 2],
        pilot=level > 0.6 and n < pilots,
        batch=batches[(n - pilots) // BATCH] if n >= pilots else None,
    )


class _Story:
    """One town's year: what happened on which day, told from the oldest day on."""

    def __init__(self, town: Ulb, place: int, level: float, today: date) -> None:
        self.town, self.today = town, today
        self.cells: list[Deployment] = []
        self.answers: list[Readiness] = []
        self.figures: list[Figure] = []
        self.happened: list[tuple[int, Callable[[], list[Any]]]] = []
        if town.pilot:
            start, step = 0.7 + 0.05 * (town.lgd_code % 3), 0.32
        else:
            start, step = 2.25 + 0.1 * (place // BATCH) + 0.01 * (place % BATCH), 0.06
        if level > start:
            self._modules(start, step, level)
        self._facts(level)

    def _modules(self, start: float, step: float, level: float) -> None:
        for late, code in enumerate(MODULES):
            cell = Deployment(state=self.town.state, ulb=self.town, module=code)
            self.cells.append(cell)
            for n, fields in enumerate(STEPS):
                reached_at = start + n * step
                if level > reached_at:
                    ago = max(1, min(YEAR - 5, round((level - reached_at) * 110)) - 2 * late)
                    self.happened.append((ago, self._set(cell, fields, ago)))

    def _set(self, cell: Deployment, fields: dict[str, str], ago: int) -> Callable[[], list[Any]]:
        def act() -> list[Any]:
            for name, status in fields.items():
                setattr(cell, name, self.today - timedelta(days=ago))
                cell.master_data = MasterData(status) if status else cell.master_data
            if cell.live_on:
                cell.live_url = f"https://town-{self.town.lgd_code}.example.in/{cell.module.lower()}"
            cell.version += 1
            cell.changed_at = moment(self.today, ago)
            begun = [other for other in self.cells if other.version]
            for name, value in reached(begun).items():
                setattr(self.town, name, value)
            return [cell, self.town]

        return act

    def _facts(self, level: float) -> None:
        for fact, (pilot, rest) in CONFIRMED.items():
            since = pilot if self.town.pilot else rest
            if level > since:
                ago = max(1, min(YEAR - 10, round((level - since) * 110)))
                rows = self._baseline(ago) if fact is Fact.BASELINE else [self._answer(fact, ago)]
                self.happened.append((ago, self._confirm(fact, rows)))

    def _answer(self, fact: Fact, ago: int) -> Any:
        on = self.today - timedelta(days=ago)
        who = "Officer of the town (demo)"
        row = Readiness(state=self.town.state, ulb=self.town, fact=fact, answer=True, who=who, on=on)
        self.answers.append(row)
        return row

    def _baseline(self, ago: int) -> list[Any]:
        """A usual month before go-live, in proportion to the town's people."""
        people = self.town.population or 0
        rows = [
            Figure(
                key=figure_key(self.town.state_id, self.town.pk, code, "baseline", None),
                state=self.town.state,
                ulb=self.town,
                metric=code,
                purpose="baseline",
                value=people // PEOPLE_TO_ONE.get(code, 500),
                at=moment(self.today, ago),
            )
            for code, metric in metrics().items()
            if metric.baseline
        ]
        self.figures += rows
        return rows

    def _confirm(self, fact: Fact, rows: list[Any]) -> Callable[[], list[Any]]:
        def act() -> list[Any]:
            setattr(self.town, COLUMN_OF[fact], True)
            return [*rows, self.town]

        return act

    def live_through(self) -> Iterator[Past]:
        """Lines of the past, from the day the town was entered to today."""
        yield line(self.town, moment(self.today, YEAR), held(self.town))
        for ago, act in sorted(self.happened, key=lambda told: -told[0]):
            for row in act():
                told = line(row, moment(self.today, ago), held(row))
                told.about = row  # type: ignore[attr-defined]
                yield told


def _number(history: list[Past]) -> None:
    """Lines were told before their rows had numbers; give them those."""
    for past in history:
        row = getattr(past, "about", None)
        if row is not None and past.data is not None:
            past.row = row.pk
            past.data["id"] = row.pk
