"""What is counted of a State/UT as it stood at the end of each day, from what was kept of its rows."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from nudm.core.ratio import Ratio
from states.past import made
from ulbs import gathered
from ulbs.limits import limits
from ulbs.models import ActionPoint, Batch, Cadence, Event, Incident, Ulb
from ulbs.rules.counting import COUNTED, DAYS_OF, GROUPS, Group, measures_of
from ulbs.rules.events import unanswered

REGISTERS: dict[str, type[Any]] = {
    model._meta.model_name or "": model for model in (Event, ActionPoint, Cadence, Incident)
}
ULB, BATCH = Ulb._meta.model_name or "", Batch._meta.model_name or ""
MODELS = frozenset({ULB, BATCH, *REGISTERS})
# The measures that these rows alone say. Figures are too many to be followed row by row.
FOLLOWED = frozenset(f"{group}.{word}" for group in GROUPS for word in COUNTED.values()) | {
    "pilot.identified",
    "all.planned",
    "first_batch.live",
    "batches.started",
    "metrics.tracked",
    "cadence.meetings",
    "criticals.fixed",
}
Key = tuple[bool, int | None, bool]
Towns = tuple[Key, tuple[str, ...]]


class Counts:
    """The rows of one State/UT that are counted, as the lines taken so far leave them."""

    def __init__(self) -> None:
        self.ulbs: dict[int, Towns] = {}
        self.groups: dict[Key, Counter[str]] = {}
        self.batches: dict[int, tuple[int, bool]] = {}
        self.registers: dict[str, dict[int, Any]] = {name: {} for name in REGISTERS}

    def copy(self) -> "Counts":
        found = Counts()
        found.ulbs, found.batches = dict(self.ulbs), dict(self.batches)
        found.groups = {key: Counter(group) for key, group in self.groups.items()}
        found.registers = {name: dict(rows) for name, rows in self.registers.items()}
        return found

    def take(self, model: str, row: int, data: Mapping[str, Any] | None) -> None:
        """One line of the past: what a row of one of MODELS held from then on, None where it was removed."""
        if model == ULB:
            self._ulb(row, data)
        elif model == BATCH:
            self.batches.pop(row, None)
            if data:
                self.batches[row] = (data["number"], data["started_on"] is not None)
        else:
            self.registers[model].pop(row, None)
            if data:
                kind = REGISTERS[model]
                self.registers[model][row] = made(kind, [SimpleNamespace(data=data)])[0]  # type: ignore[list-item]

    def _ulb(self, row: int, data: Mapping[str, Any] | None) -> None:
        before = self.ulbs.pop(row, None)
        if before is not None:
            self.groups[before[0]].subtract(before[1])
        if not data or not data["in_scope"] or data["ended"]:
            return
        have = [column for column in COUNTED if data.get(column)]
        if data["live_on"] and data["baseline_given"] and data["months_reported"]:
            have.append("tracked")
        key: Key = (data["pilot"], data["batch_id"], data.get("priority_planned", True))
        after = (key, ("towns", *have))
        self.ulbs[row] = after
        self.groups.setdefault(key, Counter()).update(after[1])

    def due_between(self, after: date, until: date) -> list[date]:
        """The days after `after`, up to `until`, on which a point of a meeting is no longer in time, or a
        meeting has no longer been held within the cadence: a count changes then without any act."""
        day = timedelta(days=1)
        points, events, cadences = (
            self.registers[model._meta.model_name or ""].values() for model in (ActionPoint, Event, Cadence)
        )
        late = {point.due + day for point in points if point.due is not None}
        for cadence in cadences:
            lasts = timedelta(days=DAYS_OF[cadence.every])
            late |= {event.on + lasts + day for event in events if event.closed_on and event.on}
        return sorted(on for on in late if after < on <= until)

    def measures(self, day: date) -> dict[str, Ratio]:
        """The measures of FOLLOWED at the end of `day`, as these rows have them."""
        groups = [
            Group(
                pilot=pilot,
                priority=priority,
                batch=number,
                started=started,
                towns=group["towns"],
                have={column: group[column] for column in COUNTED},
                tracked=group["tracked"],
            )
            for (pilot, batch, priority), group in self.groups.items()
            if group["towns"]
            for number, started in [self.batches.get(batch or 0, (None, False))]
        ]
        found = measures_of(groups, Counter(self._named(day)), limits(), day)
        return {name: ratio for name, ratio in found.items() if name in FOLLOWED}

    def _named(self, day: date) -> Iterable[str]:
        points, events, cadences, incidents = (
            self.registers[model._meta.model_name or ""].values()
            for model in (ActionPoint, Event, Cadence, Incident)
        )
        waiting = {point.event_id for point in points if unanswered(point, day)}
        for event in events:
            if event.closed_on:
                yield from gathered.names_of(event, answered=event.pk not in waiting)
        for incident in incidents:
            yield f"incident:{incident.severity}"
            if incident.review_id is None:
                yield "incident:tested"
            if incident.severity == "critical" and incident.closed_on is None:
                yield "critical:open"
        yield from (f"cadence:{row.every}" for row in cadences)
