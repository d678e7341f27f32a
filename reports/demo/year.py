"""The demonstration's year: told as dated acts, lived through day by day."""

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Any

from django.utils import timezone

from states.models import Past
from states.past import end_of, held, line

# How many days ago it began.
YEAR = 365
HOUR = time(11, 20)
Act = Callable[[], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class _Told:
    """A row of which an act told, and what was kept of it then."""

    row: Any
    past: Past | None
    stored: bool


def ago_of(level: float, since: float) -> int:
    """How many days ago a state at `level` had come as far as `since`."""
    return max(1, min(YEAR - 10, round((level - since) * 110)))


class Year:
    """Acts are told in any order and done in that of their moments, each once.

    An act changes rows and gives back those that are new or changed. They are held back and written by the
    thousand: when a day has been lived (`live_until`), or where an act asks the tables (`write`). A row that
    others hang on, such as an event, is saved by its own act, so that they can name it: a row that has its
    number when it is first told of stands in its table already.
    """

    def __init__(self, today: date) -> None:
        self.today = today
        self._acts: list[tuple[datetime, int, Act]] = []
        self._numbers = count()
        self._told: list[_Told] = []
        self._known: dict[int, Any] = {}

    def day(self, ago: int) -> date:
        return self.today - timedelta(days=ago)

    def at(self, ago: int, hour: time = HOUR) -> datetime:
        return timezone.make_aware(datetime.combine(self.day(ago), hour)).astimezone(UTC)

    def tell(self, at: datetime, act: Act) -> None:
        """What happens at a moment that has not been lived yet; of one moment, in the order told."""
        heappush(self._acts, (at, next(self._numbers), act))

    def live_until(self, day: date) -> None:
        """Does what was told up to the end of `day`; then the tables hold what they held that evening."""
        end = end_of(day)
        while self._acts and self._acts[0][0] < end:
            at, _number, act = heappop(self._acts)
            for row in act():
                past = line(row, at, held(row)) if getattr(row, "kept", False) else None
                self._told.append(_Told(row, past, row.pk is not None and id(row) not in self._known))
                self._known[id(row)] = row
        self.write()

    def write(self, states: Container[int] | None = None) -> None:
        """The rows of all states, or of these, as they stand, and a line of the past for each time that one
        was told of."""
        told = [one for one in self._told if states is None or one.row.state_id in states]
        self._told = [one for one in self._told if states is not None and one.row.state_id not in states]
        rows: dict[type[Any], dict[int, Any]] = {}
        changed: set[int] = set()
        for one in told:
            rows.setdefault(type(one.row), {})[id(one.row)] = one.row
            if not one.stored:
                changed.add(id(one.row))
        for model, of in rows.items():
            moments = _moments(model, of.values())
            _store(model, [row for key, row in of.items() if key in changed])
            for (name, at), of_then in moments.items():
                for row in of_then:
                    setattr(row, name, at)
                model.objects.filter(pk__in=[row.pk for row in of_then]).update(**{name: at})
        for one in told:
            # Of a row that was new the line was told before it had its number.
            if one.past is not None and one.past.row is None and one.past.data is not None:
                one.past.row = one.past.data["id"] = one.row.pk
        Past.objects.bulk_create([one.past for one in told if one.past is not None], batch_size=1000)


def _store(model: type[Any], rows: list[Any]) -> None:
    """Rows that are new, and rows that are there already."""
    new, there = [row for row in rows if row.pk is None], [row for row in rows if row.pk is not None]
    if new:
        model.objects.bulk_create(new)
    if there:
        fields = [f.name for f in model._meta.concrete_fields if not f.primary_key and not _stamped(f)]
        model.objects.bulk_create(there, update_conflicts=True, unique_fields=["pk"], update_fields=fields)


def _moments(model: type[Any], rows: Iterable[Any]) -> dict[tuple[str, datetime], list[Any]]:
    """Which rows have which moment, where saving puts its own."""
    found: dict[tuple[str, datetime], list[Any]] = {}
    for name in [field.name for field in model._meta.local_concrete_fields if _stamped(field)]:
        for row in rows:
            found.setdefault((name, getattr(row, name)), []).append(row)
    return found


def _stamped(field: Any) -> bool:
    return bool(getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False))
