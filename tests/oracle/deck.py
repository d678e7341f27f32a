"""The completion criteria of the deck, worked out a second time from rows alone.

Written from the deck (its "will be considered complete when" of Stages 1 to 3), without the catalogue, the
rules or the counts of the programme. Where the deck is silent, the programme's decisions are followed, each
named beside it. A criterion is `True` when it is met, `False` when it is not (or not yet known) and `None`
where it does not apply.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.oracle.rows import Row, Tables, as_day, every

CRITERIA = {1: 5, 2: 4, 3: 5}
# Thresholds that the deck does not give, as the programme has set them.
MONTHS, IN_TIME, MEETINGS = 3, 80, 2
EVERY = {"week": 7, "fortnight": 15, "month": 31, "quarter": 92}


@dataclass
class Happened:
    """What has happened once and stays so: “kicked off”, “initiated” (decision 25)."""

    pilots_kicked_off: bool = False
    tracking_initiated: bool = False
    first_batch_live: date | None = None

    def note(self, tables: Tables, on: date) -> None:
        """Look at the tables after a change on a day."""
        if self.first_batch_live is None and _a_batch_is_live(tables):
            self.first_batch_live = on
        pilots = pilots_of(tables)
        if pilots and all(
            _shows(tables, town) and _modules_with(tables, town, "started_on") for town in pilots
        ):
            self.pilots_kicked_off = True
        live = [town for town in towns_of(tables) if _modules_with(tables, town, "live_on")]
        if live and all(_baseline(tables, town) and _month_given(tables, town) for town in live):
            self.tracking_initiated = True


@dataclass
class Answer:
    """The criteria of each stage, and of each closed stage what it was closed on."""

    criteria: dict[int, list[bool | None]] = field(default_factory=dict)

    def met(self, stage: int) -> int:
        return sum(said is True for said in self.criteria[stage])

    def total(self, stage: int) -> int:
        return sum(said is not None for said in self.criteria[stage])


def towns_of(tables: Tables) -> list[Row]:
    """The ULBs that count: in scope, and still there."""
    return [town for town in every(tables, "ulb") if town.in_scope and not town.ended]


def pilots_of(tables: Tables) -> list[Row]:
    return [town for town in towns_of(tables) if town.pilot]


def _a_batch_is_live(tables: Tables) -> bool:
    """Whether all ULBs of a batch that has begun, but for pilots, are live (deck, Stage 4, input 1: after the
    pilot)."""
    for batch in [batch for batch in every(tables, "batch") if batch.started_on]:
        towns = [town for town in towns_of(tables) if town.batch_id == batch.id and not town.pilot]
        if towns and all(_modules_with(tables, town, "live_on") for town in towns):
            return True
    return False


def modules_of(tables: Tables, town: Row) -> list[Row]:
    """The service modules that are planned in a ULB and were not withdrawn."""
    found = every(tables, "deployment")
    return [cell for cell in found if cell.ulb_id == town.id and cell.in_scope and not cell.withdrawn_on]


def _shows(tables: Tables, pilot: Row) -> bool:
    """Whether a pilot carries one of the priority modules, once these are chosen (decision 26)."""
    chosen = {row.module for row in every(tables, "modulechoice")}
    return not chosen or any(cell.module in chosen for cell in modules_of(tables, pilot))


def _modules_with(tables: Tables, town: Row, column: str) -> list[Row]:
    return [cell for cell in modules_of(tables, town) if getattr(cell, column)]


def _confirmed(tables: Tables, town: Row, fact: str) -> bool:
    return any(
        row.ulb_id == town.id and row.fact == fact and row.answer for row in every(tables, "readiness")
    )


def _baseline(tables: Tables, town: Row) -> bool:
    given = any(row.ulb_id == town.id and row.purpose == "baseline" for row in every(tables, "figure"))
    return given or _confirmed(tables, town, "baseline")


def _month_given(tables: Tables, town: Row) -> bool:
    """A figure of a month in which the ULB was live: those of before its go-live are kept and not counted."""
    live = min(cell.live_on for cell in _modules_with(tables, town, "live_on"))[:7]
    return any(
        row.ulb_id == town.id and row.purpose == "actual" and row.month[:7] >= live
        for row in every(tables, "figure")
    )


def _both(parts: Iterable[bool | None]) -> bool | None:
    """All that apply; None where none does."""
    applying = [part for part in parts if part is not None]
    return all(applying) if applying else None


class Reader:
    """The answers of one State/UT from its tables at the end of a day."""

    def __init__(self, tables: Tables, day: date, happened: Happened) -> None:
        self.tables, self.day, self.happened = tables, day, happened
        self.items = {row.code: row for row in every(tables, "item")}
        self.records = {row.kind for row in every(tables, "record") if row.complete}
        self.towns, self.pilots = towns_of(tables), pilots_of(tables)

    def accepted(self, code: str, *records: str, count: bool = True) -> bool | None:
        """Accepted by the centre, with the set-up records and the count that it rests on; None where it was
        agreed not applicable."""
        item = self.items.get(code)
        if item is not None and item.status == "not_applicable":
            return None
        accepted = item is not None and item.status == "accepted"
        return accepted and all(slug in self.records for slug in records) and count

    def all_of(self, towns: list[Row], holds: Any) -> bool:
        """Nothing is met by nothing (Lakshadweep has no ULB)."""
        return bool(towns) and all(holds(town) for town in towns)

    def criteria(self) -> Answer:
        return Answer({1: self._stage_1(), 2: self._stage_2(), 3: self._stage_3()})

    def _stage_1(self) -> list[bool | None]:
        partner = _both(
            [
                self.accepted("1.ia_team_mobilised", "engagement"),
                self.accepted("1.requirement_analysis", "requirement_report"),
                self.accepted("1.as_is_analysis", "gap_report"),
            ]
        )
        return [
            _both(
                [
                    self.accepted("1.charter_published", "charter", "plan"),
                    self.accepted("1.adoption_model_finalised", "adoption"),
                ]
            ),
            self.accepted("1.resources_identified", "finance"),
            partner,
            self.accepted("1.infrastructure_procured", "procurement"),
            _both(
                [
                    self.accepted("1.modules_identified", "modules"),
                    bool(self.pilots) and "pilot_approach" in self.records,
                    self.happened.pilots_kicked_off,
                ]
            ),
        ]

    def _stage_2(self) -> list[bool | None]:
        return [
            self.accepted("2.processes_standardised"),
            self.all_of(self.pilots, self._validated),
            _both(
                [
                    self.accepted("2.platform_ready"),
                    self.all_of(self.pilots, lambda town: _confirmed(self.tables, town, "officials")),
                    self.all_of(self.pilots, self._uat_planned),
                ]
            ),
            self.accepted("2.dashboards_ready"),
        ]

    def _stage_3(self) -> list[bool | None]:
        return [
            self.all_of(self.pilots, self._signed_and_live),
            self.all_of(self.towns, lambda town: _modules_with(self.tables, town, "live_on")),
            self.accepted("3.success_metrics", count=self.happened.tracking_initiated),
            self.accepted("3.help_desk", count=self._help_desk()),
            self.accepted("3.review_cadence", count=self._meetings()),
        ]

    def _validated(self, town: Row) -> bool:
        """In each module that the pilot began with; those added later have no say (decision 25)."""
        cells = modules_of(self.tables, town)
        first = [cell for cell in cells if not getattr(cell, "added_later", False)] or cells
        return _shows(self.tables, town) and bool(first) and all(cell.validated_on for cell in first)

    def _uat_planned(self, town: Row) -> bool:
        return _shows(self.tables, town) and bool(_modules_with(self.tables, town, "uat_planned_on"))

    def _signed_and_live(self, town: Row) -> bool:
        return _shows(self.tables, town) and any(
            cell.uat_signed_on and cell.live_on for cell in modules_of(self.tables, town)
        )

    def _help_desk(self) -> bool:
        """A help desk, and tickets answered in time in the last finished months; a month with 0 tickets is
        passed over, one that nobody reported is not (decision 25)."""
        if not every(self.tables, "helpdesk"):
            return False
        month, good = _month_before(self.day), 0
        while good < MONTHS:
            tickets = self._sum("tickets", month)
            if tickets is None or (tickets > 0 and not self._in_time(month)):
                return False
            good += tickets > 0
            month = _month_before(month)
        return True

    def _in_time(self, month: date) -> bool:
        """Part and whole from the same teller: the State/UT's own two, else those of its ULBs."""
        part, whole = self._given("tickets_in_time", month), self._given("tickets", month)
        for own in (True, False):
            if part[own] and whole[own]:
                n, of = sum(part[own]), sum(whole[own])
                return n <= of and 100 * n >= IN_TIME * of
        return False

    def _given(self, metric: str, month: date) -> dict[bool, list[float]]:
        """The figures of a month: the State/UT's own (True), and those of its ULBs."""
        found: dict[bool, list[float]] = {True: [], False: []}
        for row in every(self.tables, "figure"):
            if row.metric == metric and row.purpose == "actual" and as_day(row.month) == month:
                found[row.ulb_id is None].append(float(row.value))
        return found

    def _sum(self, metric: str, month: date) -> float | None:
        """The State/UT's own total stands in place of the sum over its ULBs (decision 22)."""
        given = self._given(metric, month)
        return sum(given[True] or given[False]) if given[True] or given[False] else None

    def _meetings(self) -> bool:
        """The last two reviews were held within the days that the cadence gives, with something done about
        each point that was due (decision 25)."""
        cadence = every(self.tables, "cadence")
        if not cadence:
            return False
        waiting = {
            point.event_id
            for point in every(self.tables, "actionpoint")
            if not point.done_on and not point.taken and (not point.due or as_day(point.due) < self.day)
        }
        held = {
            as_day(event.on)
            for event in every(self.tables, "event")
            if event.kind == "meeting" and event.closed_on and event.id not in waiting
        }
        days = sorted((on for on in held if on and on <= self.day), reverse=True)[:MEETINGS]
        within = EVERY[cadence[0].every]
        gaps = [(later - on).days for later, on in zip([self.day, *days], days, strict=False)]
        return len(days) == MEETINGS and all(gap <= within for gap in gaps)


def _month_before(day: date) -> date:
    return date(day.year - (day.month == 1), (day.month - 2) % 12 + 1, 1)
