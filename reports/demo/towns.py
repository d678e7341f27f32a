"""Demonstration towns with a year of history: as many as make a page worth looking at, with codes outside
the LGD's own."""

from datetime import date
from functools import partial
from typing import Any

from reports.demo import happened
from reports.demo.year import YEAR, Year, ago_of
from states.models import State
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


def tell(year: Year, state: State, level: float, code: int) -> list[Ulb]:
    """The towns of one state at `level`, by codes from `code` on. The register stands when the year begins;
    what becomes of it is told."""
    count = TOWNS.get(state.iso, USUAL + state.lgd_code % 17)
    pilots = min(PILOTS, count)
    batches = _batches(year, state, count - pilots, level)
    towns = [_town(state, n, code + n, pilots, batches, level) for n in range(count)]
    Ulb.objects.bulk_create(towns)
    year.tell(year.at(YEAR), lambda: [*batches, *towns])
    for n, batch in enumerate(batches):
        passed = level - 2.3 - 0.1 * n
        if passed > 0:
            ago = max(1, round(passed * 180))
            year.tell(year.at(ago), partial(_start, batch, year.day(ago)))
    for n, town in enumerate(towns):
        _Story(year, town, n - pilots, level)
    happened.tell(year, state, batches, towns)
    return towns


def _start(batch: Batch, on: date) -> list[Batch]:
    batch.started_on = on
    return [batch]


def _batches(year: Year, state: State, towns: int, level: float) -> list[Batch]:
    first = round((level - 2.2) * 200)
    rows = [
        Batch(
            state=state,
            number=n + 1,
            planned_on=year.day(first - 40 * n),
            planned_until=year.day(first - 40 * (n + 1)),
        )
        for n in range(-(-towns // BATCH))
    ]
    return list(Batch.objects.bulk_create(rows))


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
    """One town's year: what its modules reach and what it confirms, on which day."""

    def __init__(self, year: Year, town: Ulb, place: int, level: float) -> None:
        self.year, self.town = year, town
        self.cells: list[Deployment] = []
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
                    self.year.tell(self.year.at(ago), partial(self._set, cell, fields, ago))

    def _set(self, cell: Deployment, fields: dict[str, str], ago: int) -> list[Any]:
        for name, status in fields.items():
            setattr(cell, name, self.year.day(ago))
            cell.master_data = MasterData(status) if status else cell.master_data
        if cell.live_on:
            cell.live_url = f"https://town-{self.town.lgd_code}.example.in/{cell.module.lower()}"
        cell.version += 1
        cell.changed_at = self.year.at(ago)
        begun = [other for other in self.cells if other.version]
        for name, value in reached(begun).items():
            setattr(self.town, name, value)
        return [cell, self.town]

    def _facts(self, level: float) -> None:
        for fact, (pilot, rest) in CONFIRMED.items():
            since = pilot if self.town.pilot else rest
            if level > since:
                ago = ago_of(level, since)
                self.year.tell(self.year.at(ago), partial(self._confirm, fact, ago))

    def _confirm(self, fact: Fact, ago: int) -> list[Any]:
        setattr(self.town, COLUMN_OF[fact], True)
        rows = self._baseline(ago) if fact is Fact.BASELINE else [self._answer(fact, ago)]
        return [*rows, self.town]

    def _answer(self, fact: Fact, ago: int) -> Any:
        who = "Officer of the town (demo)"
        return Readiness(
            state=self.town.state, ulb=self.town, fact=fact, answer=True, who=who, on=self.year.day(ago)
        )

    def _baseline(self, ago: int) -> list[Any]:
        """A usual month before go-live, in proportion to the town's people."""
        people = self.town.population or 0
        return [
            Figure(
                key=figure_key(self.town.state_id, self.town.pk, code, "baseline", None),
                state=self.town.state,
                ulb=self.town,
                metric=code,
                purpose="baseline",
                value=people // PEOPLE_TO_ONE.get(code, 500),
                at=self.year.at(ago),
            )
            for code, metric in metrics().items()
            if metric.baseline
        ]
